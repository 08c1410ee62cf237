/** Emptying and deleting buckets with what is in them, and having them back. */
import type { BucketName, Generation } from "../../../core/model.ts";
import { type Confirmed, type Detached, type DetachPlan, type PurgeKind, purgeKinds } from "../../../core/purge/api.ts";
import { type AdminCall, AdminError, adminOperation, bucketIn, optionalSwitch, optionalText, pathValue } from "../admin-operation.ts";

const refuse = (message: string): never => {
  throw new AdminError(400, "invalidArgument", message);
};

function confirmed(call: AdminCall): Confirmed {
  const reason = optionalText(call, "reason");
  return { confirm: optionalText(call, "confirm") ?? "", ...(reason === undefined ? {} : { reason }) };
}

function kindsIn({ body: { kinds } }: AdminCall): PurgeKind[] {
  if (kinds === undefined || kinds === null) return [...purgeKinds];
  if (!Array.isArray(kinds)) return refuse(`kinds is a list of ${purgeKinds.join(", ")}`);
  return kinds.map((wanted: unknown) => purgeKinds.find((kind) => kind === wanted) ?? refuse(`kinds is a list of ${purgeKinds.join(", ")}`));
}

const dayMs = 86_400_000;
/** `olderThanDays`, a number, or `before`, a date in ISO 8601. */
function beforeIn(call: AdminCall): { beforeMs?: number } {
  const { olderThanDays } = call.body;
  const before = optionalText(call, "before");
  if (before !== undefined) {
    const beforeMs = Date.parse(before);
    return Number.isNaN(beforeMs) ? refuse("before is a date in ISO 8601") : { beforeMs };
  }
  if (olderThanDays === undefined || olderThanDays === null) return {};
  if (typeof olderThanDays !== "number" || !(olderThanDays >= 0)) return refuse("olderThanDays is a number of days");
  return { beforeMs: Math.floor(call.request.receivedMs - olderThanDays * dayMs) };
}

export const PurgeBucket = adminOperation({
  name: "PurgeBucket",
  docs: "Removes for good, as a job, version by version, what is in scope: { confirm: NAME, kinds?: [current, noncurrent, markers, uploads, binned], prefix?, before? or olderThanDays?, dryRun?, reason? }. What is locked is left and counted. A dry run gives exact counts, bytes, what is locked and a sample, and changes nothing.",
  method: "POST",
  path: "/buckets/:bucket/purge",
  input: (call) => ({
    ...bucketIn(call),
    ...confirmed(call),
    ...beforeIn(call),
    kinds: kindsIn(call),
    prefix: optionalText(call, "prefix") ?? "",
    dryRun: optionalSwitch(call, "dryRun"),
  }),
  run: (core, context, input) => core.purge.purge(context, input),
  reply: (job) => ({ created: true, json: job }),
});

const wholeInput = (call: AdminCall) => ({ ...bucketIn(call), ...confirmed(call), dryRun: optionalSwitch(call, "dryRun") });
export const EmptyBucket = adminOperation({
  name: "EmptyBucket",
  docs: "Everything in a bucket goes into the trash in one step, whatever its size; name and configuration stay: { confirm: NAME, dryRun?, reason? }. A locked version refuses it by name.",
  method: "POST",
  path: "/buckets/:bucket/empty",
  input: wholeInput,
  run: (core, context, { dryRun, ...input }): Promise<DetachPlan | Detached> => (dryRun ? core.purge.plan(context, input) : core.purge.emptyBucket(context, input)),
  reply: (done) => ({ json: done }),
});
export const DeleteFullBucket = adminOperation({
  name: "DeleteFullBucket",
  docs: "A bucket goes into the trash with everything in it, in one step; its name is free at once: { confirm: NAME, dryRun?, reason? }. A locked version refuses it by name.",
  method: "POST",
  path: "/buckets/:bucket/delete",
  input: wholeInput,
  run: (core, context, { dryRun, ...input }): Promise<DetachPlan | Detached> => (dryRun ? core.purge.plan(context, input) : core.purge.deleteBucket(context, input)),
  reply: (done) => ({ json: done }),
});
export const SetTrashKeep = adminOperation({
  name: "SetTrashKeep",
  docs: "How long a bucket stays in the trash once it was emptied or deleted: { seconds }, 0 not at all; without: as --trash-keep says.",
  method: "POST",
  path: "/buckets/:bucket/trash-keep",
  input: (call) => {
    const { seconds } = call.body;
    if (seconds !== undefined && seconds !== null && typeof seconds !== "number") return refuse("seconds is a number");
    return { ...bucketIn(call), keepMs: typeof seconds === "number" ? Math.round(seconds * 1_000) : undefined };
  },
  run: (core, context, input) => core.purge.setTrashKeep(context, input),
  reply: ({ name, trashKeepMs }) => ({ json: { bucket: name, seconds: trashKeepMs === undefined ? null : trashKeepMs / 1_000 } }),
});

export const ListTrash = adminOperation({
  name: "ListTrash",
  docs: "Buckets in the trash with what is in them, who put them there and until when they can be had back: ?after=GENERATION&limit=.",
  method: "GET",
  path: "/trash",
  input: (call) => {
    const limit = call.query("limit") ?? "100";
    if (!/^\d{1,3}$/.test(limit)) return refuse("?limit= is a number up to 500");
    const after = call.query("after");
    if (after !== undefined && !/^[0-9a-f]{24}$/.test(after)) return refuse("?after= is a generation");
    return { limit: Number(limit), ...(after === undefined ? {} : { after: after as Generation }) };
  },
  run: (core, context, input) => core.purge.trash(context, input),
  reply: (page) => ({ json: page }),
});
const generationIn = (call: AdminCall): Generation => pathValue(call, "generation") as Generation;
export const RestoreBucket = adminOperation({
  name: "RestoreBucket",
  docs: "A bucket comes back from the trash as it was, under its name or another: { bucket?, reason? }. 409 for a name that is taken, with whose it is and a free one.",
  method: "POST",
  path: "/trash/:generation/restore",
  input: (call) => {
    const bucket = optionalText(call, "bucket");
    const reason = optionalText(call, "reason");
    return { generation: generationIn(call), ...(bucket === undefined ? {} : { bucket: bucket as BucketName }), ...(reason === undefined ? {} : { reason }) };
  },
  run: (core, context, input) => core.purge.restore(context, input),
  reply: ({ tenant, name, generation }) => ({ json: { tenant, bucket: name, generation } }),
});
export const EmptyTrash = adminOperation({
  name: "EmptyTrash",
  docs: "The bytes of a bucket in the trash begin to go now: { confirm: NAME, reason? }.",
  method: "POST",
  path: "/trash/:generation/delete",
  input: (call) => ({ generation: generationIn(call), ...confirmed(call) }),
  run: (core, context, input) => core.purge.emptyTrash(context, input),
  reply: () => undefined,
});
