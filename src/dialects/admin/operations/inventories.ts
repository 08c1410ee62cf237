/** What came of a bucket's inventories, and making a report by hand. */
import { adminOperation, bucketIn, optionalText, pathValue } from "../admin-operation.ts";

export const ListInventories = adminOperation({
  name: "ListInventories",
  docs: "The inventories of a bucket: each with what its last report came to (state, rows, files, the manifest's key, or the error), when the next begins, and the run that goes on.",
  method: "GET",
  path: "/buckets/:bucket/inventories",
  input: bucketIn,
  run: (core, context, address) => core.jobs.inventories(context, address),
  reply: (inventories) => ({ json: { inventories } }),
});
export const RunInventory = adminOperation({
  name: "RunInventory",
  docs: "Makes a report of an inventory now, enabled or not, as a job: { reason? }. 409 while one is made, or without that inventory.",
  method: "POST",
  path: "/buckets/:bucket/inventories/:id/run",
  input: (call) => {
    const reason = optionalText(call, "reason");
    return { ...bucketIn(call), id: pathValue(call, "id"), ...(reason === undefined ? {} : { reason }) };
  },
  run: (core, context, input) => core.jobs.runInventory(context, input),
  reply: (job) => ({ created: true, json: job }),
});
