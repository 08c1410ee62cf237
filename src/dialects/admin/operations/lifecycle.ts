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
export const SetDisposition = adminOperation({
  name: "SetDisposition",
  docs: "Whether versions whose retention is over go by themselves, for good, in the runs of the bucket's lifecycle: { enabled, reason? }. What is held, and what was never retained, stays.",
  method: "POST",
  path: "/buckets/:bucket/disposition",
  input: (call) => {
    const reason = optionalText(call, "reason");
    return { ...bucketIn(call), enabled: optionalSwitch(call, "enabled"), ...(reason === undefined ? {} : { reason }) };
  },
  run: async (core, context, input) => {
    await core.jobs.setDisposition(context, input);
    return input;
  },
  reply: ({ bucket, enabled }) => ({ json: { bucket, enabled } }),
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
