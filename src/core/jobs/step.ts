/** One step of a job: one batch that expects the job's row as read, does a little, and puts the row with the cursor moved. */
import { equalBytes } from "../../lib/bytes.ts";
import type { Change } from "../change.ts";
import { isDomainError } from "../errors.ts";
import type { ContentId } from "../model.ts";
import { keepMoved } from "../objects/shelves.ts";
import { discard, type Turn } from "../objects/store-body.ts";
import { type BlobRef, type Bytes, metadataLimits, type Ports, StoreOutcomeUnknown, StoreRefused } from "../ports.ts";
import { gather } from "../reclaim/slices.ts";
import { onView, type View } from "../view.ts";
import { type Carried, type Carry, carryAll, movedOf } from "./carry.ts";
import { endJob } from "./end.ts";
import { addCounts, decodeJob, encodeJob, type Job, type JobCounts, type JobKindName, jobLimits, noted, openJobKey } from "./model.ts";

/**
 * What a kind of job did in one batch. `done`: nothing is left. `expected`: how much there is, when it is found out. `carry`: nothing was done, since these
 * bytes must lie elsewhere first; then the same is asked again with what was `carried`. `used`: the new ids of what was carried that the batch names.
 */
export type Step = { cursor?: unknown; result?: unknown; counts?: Partial<JobCounts>; expected?: number; done?: boolean; carry?: Carry[]; used?: ContentId[] };
/** `scale`, above 0 and at most 1: the share of its usual batch that it may try. Nothing may be kept from one call to the next: any may be in vain. */
export type JobKind = (view: View, change: Change, job: Job, scale: number, carried?: Carried) => Promise<Step>;
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

/** `activeMs`: since the step before; `turn`: when it may work. Throws `StoreRefused` (nothing happened) and `StoreOutcomeUnknown`. */
export async function stepJob(ports: Ports, kinds: JobKinds, id: string, options: { scale: number; activeMs: number; turn: Turn }): Promise<StepOutcome> {
  const { scale, activeMs, turn } = options;
  let finished: (() => void) | undefined;
  try {
    const read = await onView(ports, (view) => view.get(openJobKey(id)), { startsAlone: true });
    const kind = read && kinds[decodeJob(read).kind];
    if (read === undefined || kind === undefined) return { was: "gone" };
    if (typeof kind !== "function") return await turn(() => stepPrepared(ports, kind, id, read, { scale, activeMs }));
    // Announced before the snapshot in which contents are found: they stay while they are carried.
    if (ports.shelves) finished = ports.readers.begin();
    const work = (carried?: Carried) => (view: View, change: Change, job: Job) => kind(view, change, job, scale, carried);
    const { outcome, carry } = await turn(() => commitStep(ports, id, { activeMs }, work()));
    if (carry.length === 0) return outcome;
    const carried = await carryAll(ports, carry, turn);
    return await keepMoved(ports, movedOf(carried), () => turn(() => commitCarried(ports, id, activeMs, work(carried))));
  } catch (error) {
    if (error instanceof StoreRefused || error instanceof StoreOutcomeUnknown) throw error;
    if (options.scale > scaleMin && (error instanceof StepTooLarge || isDomainError(error, "overloaded"))) return { was: "lost" };
    ports.log.error("job.stepFailed", error, { job: id });
    return await noteFailure(ports, id, error);
  } finally {
    finished?.();
  }
}
/** Of what was carried, what the batch did not name goes: all of it, if there was no batch. */
async function commitCarried(ports: Ports, id: string, activeMs: number, work: Work): Promise<{ result: StepOutcome; named: ReadonlySet<ContentId> }> {
  const { outcome, used } = await commitStep(ports, id, { activeMs }, work);
  const isDone = outcome.was === "stepped" || outcome.was === "ended";
  return { result: outcome, named: new Set(isDone ? used : []) };
}
/** A batch is not cut smaller than this. */
export const scaleMin = 1 / 1024;

async function stepPrepared(ports: Ports, kind: PreparedKind, id: string, read: Bytes, { scale, activeMs }: { scale: number; activeMs: number }): Promise<StepOutcome> {
  const before = decodeJob(read);
  if (before.state === "paused") return { was: "gone" };
  const { refs, step } = await kind.prepare(ports, before, scale);
  return await keepIfDone(ports, refs, async () => (await commitStep(ports, id, { activeMs, read }, (view, change, job) => step(view, change, job, scale))).outcome);
}

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

type Work = (view: View, change: Change, job: Job) => Promise<Step>;
/** `carry`: nothing was committed before these are. `used`: of what was carried. */
type Attempt = { outcome: StepOutcome; carry: Carry[]; used: ContentId[] };

/** `read`: what the job's row must still be. */
async function commitStep(ports: Ports, id: string, { activeMs, read }: { activeMs: number; read?: Bytes }, work: Work): Promise<Attempt> {
  const { result: attempt, change } = await gather(ports, async (view, change): Promise<Attempt> => {
    const plain = (outcome: StepOutcome): Attempt => ({ outcome, carry: [], used: [] });
    const value = await view.get(openJobKey(id));
    const job = value && decodeJob(value);
    if (!job || job.state === "paused") return plain({ was: "gone" });
    if (read && !equalBytes(read, value as Bytes)) return plain({ was: "lost" });
    change.expect(openJobKey(id), value);
    const { cursor, result, counts = {}, expected, done, carry = [], used = [] } = await work(view, change, job);
    if (carry.length > 0) return { outcome: { was: "lost" }, carry, used };
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
      return { outcome: { was: "stepped", job: after, counts }, carry, used };
    }
    const ended = await endJob(view, change, { ...after, notes: noted(after, { atMs: nowMs, what: "done", by: "server" }) });
    return { outcome: { was: "ended", job: ended, counts }, carry, used };
  });
  if (change.isEmpty || attempt.carry.length > 0) return attempt;
  if (change.operations > metadataLimits.batchOperationsMax || change.bytes > metadataLimits.batchBytesMax / 2) throw new StepTooLarge();
  return (await ports.metadata.commit(change.toBatch())).committed ? attempt : { ...attempt, outcome: { was: "lost" } };
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
