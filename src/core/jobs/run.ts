/** Runs the open jobs, one step of each in turn, beside everything else that waits for its turn in the background. */
import { tables } from "../keys.ts";
import type { Turn } from "../objects/store-body.ts";
import { type Ports, StoreRefused } from "../ports.ts";
import { rowsOf } from "../reclaim/slices.ts";
import { decodeJob, type Job, type JobState, ownJobs } from "./model.ts";
import { type Pace, rest } from "./pace.ts";
import { type JobKinds, scaleMin, stepJob } from "./step.ts";
import { audit } from "./verbs.ts";

export type JobFigures = {
  queued: number;
  running: number;
  paused: number;
  done: number;
  failed: number;
  steps: number;
  /** Steps that another batch overtook. */
  lost: number;
  examined: number;
  acted: number;
  bytes: number;
  locked: number;
};
export const noFigures = (): JobFigures => ({
  queued: 0,
  running: 0,
  paused: 0,
  done: 0,
  failed: 0,
  steps: 0,
  lost: 0,
  examined: 0,
  acted: 0,
  bytes: 0,
  locked: 0,
});

export const jobPace = {
  /** How often new and resumed jobs are looked for while none is at work. */
  idleMs: 500,
  /** After a store that refused (full disk, closing). */
  refusedMs: 5_000,
  /** What a step is said to have taken at most: a machine that slept was not at work. */
  activeMsMax: 60_000,
} as const;

/** What is remembered of a job from step to step; losing it costs nothing but time. */
type Memory = { scale: number; atMs: number };

/** One step of every open job that may go on, oldest first. Gives how many went on. `figures` are counted up. */
export async function stepAll(ports: Ports, kinds: JobKinds, pace: Pace, memory: Map<string, Memory>, figures: JobFigures, signal: AbortSignal): Promise<number> {
  const open: Pick<Job, "id" | "state">[] = [];
  for await (const { value } of rowsOf(ports, tables.job.range("open"))) {
    const { id, state } = decodeJob(value);
    open.push({ id, state });
  }
  const inState = (wanted: JobState): number => open.filter(({ state }) => state === wanted).length;
  figures.queued = inState("queued");
  figures.running = inState("running");
  figures.paused = inState("paused");
  const ids = new Set(open.map(({ id }) => id));
  for (const id of memory.keys()) if (!ids.has(id)) memory.delete(id);
  let went = 0;
  // A step may take several turns: what is under way when the store closes ends there.
  const turn: Turn = (work) => (signal.aborted ? Promise.reject(new StoreRefused("closing", "jobs are ending")) : pace.turn(work));
  for (const { id, state } of open) {
    if (signal.aborted) break;
    if (state === "paused") memory.delete(id);
    else if (await stepOne(ports, kinds, id, memory, figures, turn)) went++;
  }
  return went;
}

async function stepOne(ports: Ports, kinds: JobKinds, id: string, memory: Map<string, Memory>, figures: JobFigures, turn: Turn): Promise<boolean> {
  const nowMs = ports.clock.monotonicMs();
  const known = memory.get(id) ?? { scale: 1, atMs: nowMs };
  const activeMs = Math.min(jobPace.activeMsMax, Math.round(nowMs - known.atMs));
  const { was, job, counts = {} } = await stepJob(ports, kinds, id, { scale: known.scale, activeMs, turn });
  figures.steps++;
  if (was === "lost") {
    figures.lost++;
    memory.set(id, { scale: Math.max(scaleMin, known.scale / 2), atMs: known.atMs });
    return true;
  }
  for (const kind of ["examined", "acted", "bytes", "locked"] as const) figures[kind] += counts[kind] ?? 0;
  if (was === "gone" || was === "ended") memory.delete(id);
  else memory.set(id, { scale: Math.min(1, known.scale * 2), atMs: nowMs });
  if (was === "ended" && job && (job.state === "done" || job.state === "failed")) {
    figures[job.state]++;
    // A run of a lifecycle that found nothing to do happens in every bucket every day.
    if (job.by !== ownJobs || job.counts.matched > 0 || job.state === "failed") audit(ports, `job.${job.state}`, job, job.by, job.error);
  }
  return was === "stepped";
}

export type Jobs = { ended: Promise<void>; figures(): JobFigures };

/** Until `signal` aborts. `tick` starts what is due by itself and says after how many milliseconds to ask it again. */
export function startJobs(ports: Ports, options: { kinds: JobKinds; pace: Pace; signal: AbortSignal; tick(): Promise<number> }): Jobs {
  const { kinds, pace, signal, tick } = options;
  const figures = noFigures();
  const memory = new Map<string, Memory>();
  const loop = async (): Promise<void> => {
    let tickAtMs = 0;
    while (!signal.aborted) {
      let waitMs: number = jobPace.idleMs;
      try {
        const nowMs = ports.clock.monotonicMs();
        if (nowMs >= tickAtMs) tickAtMs = nowMs + (await tick());
        if ((await stepAll(ports, kinds, pace, memory, figures, signal)) > 0) waitMs = 0;
        else waitMs = Math.min(waitMs, Math.max(1, tickAtMs - ports.clock.monotonicMs()));
      } catch (error) {
        if (!signal.aborted) ports.log.error("jobs.failed", error);
        waitMs = jobPace.refusedMs;
      }
      await rest(waitMs, signal);
    }
  };
  return { ended: loop(), figures: () => ({ ...figures }) };
}
