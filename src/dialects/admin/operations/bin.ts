/** Soft delete: what was deleted or replaced in a bucket without versions, and having it back. */
import type { BinShown } from "../../../core/bin/api.ts";
import type { ObjectKey } from "../../../core/model.ts";
import { type AdminCall, AdminError, adminOperation, bucketIn, optionalSwitch, optionalText, requiredText } from "../admin-operation.ts";

const refuse = (message: string): never => {
  throw new AdminError(400, "invalidArgument", message);
};
const shown = ({ keepMs, ...bin }: BinShown) => ({ seconds: keepMs === undefined ? null : keepMs / 1_000, ...bin });

export const SetSoftDelete = adminOperation({
  name: "SetSoftDelete",
  docs: "What is deleted or replaced in a bucket without versions can be had back for so long: { seconds }, 0 or none: not at all. What is in the bin already keeps its time. 409 where there is versioning.",
  method: "POST",
  path: "/buckets/:bucket/soft-delete",
  input: (call) => {
    const { seconds } = call.body;
    if (seconds !== undefined && seconds !== null && typeof seconds !== "number") return refuse("seconds is a number");
    return { ...bucketIn(call), keepMs: typeof seconds === "number" ? Math.round(seconds * 1_000) : undefined };
  },
  run: (core, context, input) => core.bin.setKeep(context, input),
  reply: (bin) => ({ json: shown(bin) }),
});
export const GetSoftDelete = adminOperation({
  name: "GetSoftDelete",
  docs: "For how long a bucket keeps what is deleted in it, whether that is in force (versions are kept instead where there is versioning), and how many objects and bytes are in its bin.",
  method: "GET",
  path: "/buckets/:bucket/soft-delete",
  input: bucketIn,
  run: (core, context, address) => core.bin.get(context, address),
  reply: (bin) => ({ json: shown(bin) }),
});

const pageDefault = 100;
function pageIn(call: AdminCall) {
  const limit = call.query("limit") ?? String(pageDefault);
  if (!/^\d{1,4}$/.test(limit)) return refuse("?limit= is a number up to 1000");
  const key = call.query("afterKey");
  const sequence = call.query("afterSequence");
  if ((key === undefined) !== (sequence === undefined) || (sequence !== undefined && !/^\d{1,16}$/.test(sequence)))
    return refuse("?afterKey= and ?afterSequence= are those of the last one that was listed");
  const after = key === undefined ? {} : { after: { key, sequence: Number(sequence) } };
  return { ...bucketIn(call), prefix: call.query("prefix") ?? "", limit: Number(limit), ...after };
}
export const ListBinned = adminOperation({
  name: "ListBinned",
  docs: "What is in a bucket's bin, by key, of each the newest first, with when it was deleted (or replaced) and until when it can be had back: ?prefix=&afterKey=&afterSequence=&limit=.",
  method: "GET",
  path: "/buckets/:bucket/bin",
  input: pageIn,
  run: (core, context, input) => core.bin.list(context, input),
  reply: (page) => ({ json: page }),
});
export const RestoreBinned = adminOperation({
  name: "RestoreBinned",
  docs: "Puts an object from the bin back under its key: { key, sequence, replace?, reason? }. 409 while the key has an object; with `replace` that one goes into the bin instead.",
  method: "POST",
  path: "/buckets/:bucket/bin/restore",
  input: (call) => {
    const { sequence } = call.body;
    const reason = optionalText(call, "reason");
    if (typeof sequence !== "number") return refuse("sequence is a number");
    const key = requiredText(call, "key") as ObjectKey;
    return { ...bucketIn(call), key, sequence, replace: optionalSwitch(call, "replace"), ...(reason === undefined ? {} : { reason }) };
  },
  run: (core, context, input) => core.bin.restore(context, input),
  reply: ({ version: { key, sequence, size, etag } }) => ({ json: { key, sequence, size, etag } }),
});
