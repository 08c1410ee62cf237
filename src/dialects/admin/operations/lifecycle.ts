/** What a bucket's lifecycle did, and running it by hand. */
import { adminOperation, bucketIn, optionalSwitch, optionalText } from "../admin-operation.ts";

export const GetLifecycleReport = adminOperation({
  name: "GetLifecycleReport",
  docs: "What the last run of a bucket's lifecycle came to, rule by rule (matched, acted, bytes, locked: kept by a lock), when the next run begins, and the run that goes on.",
  method: "GET",
  path: "/buckets/:bucket/lifecycle",
  input: bucketIn,
  run: (core, context, address) => core.jobs.lifecycle(context, address),
  reply: (report) => ({ json: report }),
});
export const RunLifecycle = adminOperation({
  name: "RunLifecycle",
  docs: "Runs a bucket's lifecycle now, as a job: { dryRun?, reason? }. A dry run counts what is due and changes nothing. 409 while a run goes on, or without rules.",
  method: "POST",
  path: "/buckets/:bucket/lifecycle/run",
  input: (call) => {
    const reason = optionalText(call, "reason");
    return { ...bucketIn(call), dryRun: optionalSwitch(call, "dryRun"), ...(reason === undefined ? {} : { reason }) };
  },
  run: (core, context, input) => core.jobs.runLifecycle(context, input),
  reply: (job) => ({ created: true, json: job }),
});
