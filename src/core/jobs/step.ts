/** One step of a job: one batch that expects the job's row as read, does a little, and puts the row with the cursor moved. */
import { equalBytes } from "../../lib/bytes.ts";
import type { Change } from "../change.ts";
import { isDomainError } from "../errors.ts";
import { discard } from "../objects/store-body.ts";
import { type BlobRef, type Bytes, metadataLimits, type Ports, StoreOutcomeUnknown, StoreRefused } from "../ports.ts";
import { gather } from "../reclaim/slices.ts";
import { onView, type View } from "../view.ts";
import { endJob } from "./end.ts";
import { addCounts, decodeJob, encodeJob, type Job, type JobCounts, type JobKindName, jobLimits, noted, openJobKey } from "./model.ts";

/** What a kind of job did in one batch. `done`: nothing is left. `expected`: how much there is, when it is found out. */
export type Step = { cursor?: unknown; result?: unknown; counts?: Partial<JobCounts>; expected?: number; done?: boolean };
/** `scale`, above 0 and at most 1: the share of its usual batch that it may try. Nothing may be kept from one call to the next: any may be in vain. */
export type JobKind = (view: View, change: Change, job: Job, scale: number) => Promise<Step>;
/**
 * For what a batch cannot hold: bytes that are stored before it, under `refs`. They are kept if the batch that `step` makes is committed, else
 * removed; `step` is called only while the job's row is as `prepare` was given it, and must name all of them.
 */
export type PreparedStep = { refs: BlobRef[]; step: JobKind };
export type PreparedKind = { prepare(ports: Ports, job: Job, scale: number): Promise<PreparedStep> };
export type JobKinds = Record<JobKindName, JobKind | PreparedKind>;

/** "lost": another batch came first, or it was too much at once: smaller, again. "gone": it is over, paused, or somebody else's. */
export type StepOutcome = { was: "stepped" | "ended" | "gone" | "lost"; job?: Job; counts?: Partial<JobCounts> };

/** The batch would be beyond what the store takes. */
class StepTooLarge extends Error {
  override name = "StepTooLarge";
}

/** `activeMs`: since the step before. Throws `StoreRefused` (nothing happened) and `StoreOutcomeUnknown`. */
export async function stepJob(ports: Ports, kinds: JobKinds, id: string, options: { scale: number; activeMs: number }): Promise<StepOutcome> {
  try {
    const read = await onView(ports, (view) => view.get(openJobKey(id)), { startsAlone: true });
    const kind = read && kinds[decodeJob(read).kind];
    if (read === undefined || kind === undefined) return { was: "gone" };
    const { activeMs } = options;
    if (typeof kind === "function") return await commitStep(ports, id, { activeMs }, (view, change, job) => kind(view, change, job, options.scale));
    if (decodeJob(read).state === "paused") return { was: "gone" };
    const { refs, step } = await kind.prepare(ports, decodeJob(read), options.scale);
    return await keepIfDone(ports, refs, () => commitStep(ports, id, { activeMs, read }, (view, change, job) => step(view, change, job, options.scale)));
  } catch (error) {
    if (error instanceof StoreRefused || error instanceof StoreOutcomeUnknown) throw error;
    if (options.scale > scaleMin && (error instanceof StepTooLarge || isDomainError(error, "overloaded"))) return { was: "lost" };
    ports.log.error("job.stepFailed", error, { job: id });
    return await noteFailure(ports, id, error);
  }
}
/** A batch is not cut smaller than this. */
export const scaleMin = 1 / 1024;

async function keepIfDone(ports: Ports, refs: readonly BlobRef[], commit: () => Promise<StepOutcome>): Promise<StepOutcome> {
  let outcome: StepOutcome;
  try {
    outcome = await commit();
  } catch (error) {
    if (!(error instanceof StoreOutcomeUnknown)) await discard(ports, refs);
    throw error;
  }
  if (outcome.was === "stepped" || outcome.was === "ended") for (const ref of refs) ports.blobs.settled(ref);
  else await discard(ports, refs);
  return outcome;
}

/** `read`: what the job's row must still be. */
async function commitStep(
  ports: Ports,
  id: string,
  { activeMs, read }: { activeMs: number; read?: Bytes },
  work: (view: View, change: Change, job: Job) => Promise<Step>,
): Promise<StepOutcome> {
  const { result: outcome, change } = await gather(ports, async (view, change): Promise<StepOutcome> => {
    const value = await view.get(openJobKey(id));
    const job = value && decodeJob(value);
    if (!job || job.state === "paused") return { was: "gone" };
    if (read && !equalBytes(read, value as Bytes)) return { was: "lost" };
    change.expect(openJobKey(id), value);
    const { cursor, result, counts = {}, expected, done } = await work(view, change, job);
    const nowMs = ports.clock.wallMs();
    const after: Job = {
      ...job,
      state: done ? "done" : "running",
      startedMs: job.startedMs ?? nowMs,
      activeMs: job.activeMs + activeMs,
      counts: addCounts(job.counts, counts),
      failures: 0,
      ...(cursor === undefined ? {} : { cursor }),
      ...(result === undefined ? {} : { result }),
      ...(expected === undefined ? {} : { expected }),
    };
    delete after.error;
    if (!done) {
      change.put(openJobKey(id), encodeJob(after));
      return { was: "stepped", job: after, counts };
    }
    return { was: "ended", job: await endJob(view, change, { ...after, notes: noted(after, { atMs: nowMs, what: "done", by: "server" }) }), counts };
  });
  if (change.isEmpty) return outcome;
  if (change.operations > metadataLimits.batchOperationsMax || change.bytes > metadataLimits.batchBytesMax / 2) throw new StepTooLarge();
  return (await ports.metadata.commit(change.toBatch())).committed ? outcome : { was: "lost" };
}

/** A step that throws is tried again some times; what it would have done is not done. */
async function noteFailure(ports: Ports, id: string, error: unknown): Promise<StepOutcome> {
  const { result: outcome, change } = await gather(ports, async (view, change): Promise<StepOutcome> => {
    const value = await view.get(openJobKey(id));
    if (value === undefined) return { was: "gone" };
    const job = decodeJob(value);
    const nowMs = ports.clock.wallMs();
    const failed: Job = { ...job, error: String(error).slice(0, 500), failures: job.failures + 1 };
    change.expect(openJobKey(id), value);
    if (failed.failures < jobLimits.failuresMax) {
      change.put(openJobKey(id), encodeJob(failed));
      return { was: "lost", job: failed };
    }
    return { was: "ended", job: await endJob(view, change, { ...failed, state: "failed", notes: noted(failed, { atMs: nowMs, what: "failed", by: "server" }) }) };
  });
  if (change.isEmpty) return outcome;
  return (await ports.metadata.commit(change.toBatch())).committed ? outcome : { was: "lost" };
}
