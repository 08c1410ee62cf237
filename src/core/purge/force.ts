/**
 * A delete that takes what is in the way with it, asked for through a dialect by who owns the bucket or is let by a policy, under an action of its own. A
 * whole bucket is detached; what is under a prefix is removed version by version, here as long as the request lasts, and then by a job.
 */
import { authorizeForce } from "../access/besides.ts";
import type { BucketAddress, Context } from "../api.ts";
import { deleteBucket } from "../buckets/delete.ts";
import { fail, isDomainError } from "../errors.ts";
import { addCounts, type Job, newJobId, noCounts } from "../jobs/model.ts";
import { scaleMin } from "../jobs/step.ts";
import { audit, boundReason, insertJob, whoAsks } from "../jobs/verbs.ts";
import { tables } from "../keys.ts";
import type { Generation, ObjectKey } from "../model.ts";
import { bucketTurn } from "../objects/find.ts";
import { metadataLimits, type Ports } from "../ports.ts";
import { gather, isFull, rowsOf } from "../reclaim/slices.ts";
import { retentionNowMs } from "../retention/clock.ts";
import { lockedFrom } from "../retention/rows.ts";
import { transact } from "../transact.ts";
import { onView } from "../view.ts";
import type { ForcedPurge, PurgeKind, PurgeResult } from "./api.ts";
import { detachNamed } from "./detach.ts";
import { type PurgeInput, purgeStep } from "./step.ts";

export const forceLimits = {
  /** How long a request removes what is under a prefix by itself. */
  inRequestMsMax: 10_000,
} as const;

/** What is in a bin keeps its time. */
const kinds: PurgeKind[] = ["current", "noncurrent", "markers", "uploads"];

/** An empty bucket goes as it always does. Throws bucketMissing, accessDenied, versionLocked with the first that is. */
export async function forceDeleteBucket(ports: Ports, context: Context, input: BucketAddress & { openUploads: "refuse" | "end" }): Promise<void> {
  try {
    return await deleteBucket(ports, context, input);
  } catch (error) {
    if (!isDomainError(error, "bucketNotEmpty")) throw error;
  }
  const by = whoAsks(context);
  const reason = "forced delete";
  const { generation, usage } = await transact(ports, context, bucketTurn(input), async (view, change) => {
    const bucket = await view.bucket(context, input);
    await authorizeForce(view, context, bucket.state);
    return await detachNamed(view, change, bucket, by, reason);
  });
  ports.log.info("audit", { what: "bucket.deleted", tenant: input.tenant, bucket: input.bucket, generation, objects: usage.objects, bytes: usage.bytes, by, reason });
}

/**
 * Every version under the prefix, markers and open uploads too, for good. Throws bucketMissing, accessDenied, and versionLocked for what is locked there: before
 * anything went, unless it came to be locked meanwhile or its age holds it.
 */
export async function forcePurge(ports: Ports, context: Context, input: BucketAddress & { prefix: string }): Promise<ForcedPurge> {
  const { tenant, bucket: name, prefix } = input;
  const told: PurgeInput = { kinds, prefix, dryRun: false };
  const generation = await onView(ports, async (view) => {
    const { state } = await view.bucket(context, input);
    await authorizeForce(view, context, state);
    return state.generation;
  });
  await expectUnlocked(ports, generation, prefix);
  const nowMs = ports.clock.wallMs();
  let job: Job = {
    id: newJobId(ports),
    kind: "purge",
    state: "running",
    bucket: { tenant, name, generation },
    input: told,
    by: whoAsks(context),
    reason: boundReason("forced delete of a prefix"),
    createdMs: nowMs,
    activeMs: 0,
    counts: noCounts,
    failures: 0,
    notes: [],
  };
  const untilMs = Math.min(context.deadlineMs, ports.clock.monotonicMs() + forceLimits.inRequestMsMax);
  for (let scale = 1; ; ) {
    const step = await tryStep(ports, job, scale);
    scale = step === undefined ? Math.max(scaleMin, scale / 2) : Math.min(1, scale * 2);
    if (step !== undefined) job = { ...job, cursor: step.cursor, result: step.result, counts: addCounts(job.counts, step.counts ?? {}) };
    if (step?.done) break;
    if (ports.clock.monotonicMs() < untilMs && !context.signal.aborted) continue;
    // Where it is and what it found go along; it counts what it does itself.
    const rest = await transact(ports, context, bucketTurn(input), (view, change) => insertJob(view, change, job));
    audit(ports, "job.started", rest, rest.by, rest.reason);
    return { job: rest.id };
  }
  audit(ports, "prefix.purged", job, job.by, prefix);
  if (job.counts.locked === 0) return {};
  const locked = (job.result as PurgeResult | undefined)?.sample.find((one) => one.locked);
  return fail("versionLocked", { key: locked?.key ?? (prefix as ObjectKey), versionId: String(locked?.sequence ?? ""), by: "hold", untilMs: undefined, among: true });
}

/** One batch. `undefined`: another came first, or it was too much at once. */
async function tryStep(ports: Ports, job: Job, scale: number): Promise<Awaited<ReturnType<typeof purgeStep>> | undefined> {
  const { result: step, change } = await gather(ports, (view, change) => purgeStep(view, change, job, scale));
  if (change.isEmpty) return step;
  if (scale > scaleMin && (change.operations > metadataLimits.batchOperationsMax || isFull(change))) return undefined;
  return (await ports.metadata.commit(change.toBatch())).committed ? step : undefined;
}

/** Throws versionLocked with the first under the prefix that is locked from now on. */
async function expectUnlocked(ports: Ports, generation: Generation, prefix: string): Promise<void> {
  const range = lockedFrom(generation, await onView(ports, retentionNowMs));
  for await (const row of rowsOf(ports, range)) {
    const [, untilMs, key, sequence] = tables.locked.read(row.key);
    if (key.startsWith(prefix)) fail("versionLocked", { key, versionId: String(sequence), by: "hold", untilMs: Number.isFinite(untilMs) ? untilMs : undefined, among: true });
  }
}
