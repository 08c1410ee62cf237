/** The background jobs, one after the other in one thread: what the store no longer needs goes, slowly and for good. */
import { expireBinned } from "../bin/expire.ts";
import { type Pace, rest } from "../jobs/pace.ts";
import type { Bytes, Ports } from "../ports.ts";
import { clearAnnotations } from "./annotations.ts";
import { forgetAnswers } from "./answers.ts";
import { clearEnded } from "./ended-uploads.ts";
import { reclaimGenerations } from "./generations.ts";
import { isReleasedEmpty, removeReleased } from "./released.ts";
import { removeDead, removeDropped, type Seen } from "./remover.ts";
import { sweep } from "./sweep.ts";

/** What is remembered from pass to pass; a fresh one only delays. */
export type ReclaimMemory = { seen: Seen; deadFrom: Bytes | undefined };
export const newReclaimMemory = (): ReclaimMemory => ({ seen: new Map(), deadFrom: undefined });

/** Rows, blobs and epochs that went. */
export type Reclaimed = {
  binned: number;
  dead: number;
  dropped: number;
  released: number;
  ended: number;
  generations: number;
  answers: number;
  annotations: number;
  sweptEpochs: number;
  sweptBlobs: number;
};

/** One pass of every job, each doing about `budget` rows. Idempotent; may be killed anywhere. All zero: there was nothing that could go now. */
export async function runOnce(ports: Ports, options: { budget: number; memory?: ReclaimMemory }): Promise<Reclaimed> {
  const { budget } = options;
  const memory = options.memory ?? newReclaimMemory();
  const binned = await expireBinned(ports, budget);
  // Each waits for flushes of its own, and neither for the other.
  const [generations, released] = await Promise.all([reclaimGenerations(ports, 2 * budget), removeReleased(ports, memory.seen)]);
  const ended = await clearEnded(ports, budget);
  const annotations = await clearAnnotations(ports, budget);
  const dropped = await removeDropped(ports, budget);
  const { removed: dead, next } = await removeDead(ports, memory.seen, memory.deadFrom, budget);
  memory.deadFrom = next;
  const answers = await forgetAnswers(ports, budget);
  // What was released stands under no owner's name, and may have readers.
  const { epochs: sweptEpochs, blobs: sweptBlobs } = (await isReleasedEmpty(ports)) ? await sweep(ports, 1) : { epochs: 0, blobs: 0 };
  return { binned, dead, dropped, released, ended, generations, answers, annotations, sweptEpochs, sweptBlobs };
}

const total = (done: Reclaimed): number => Object.values(done).reduce((sum, count) => sum + count, 0);

/** Passes until one finds nothing that can go now. For tests, and for a server that is told to tidy up. */
export async function runUntilIdle(ports: Ports, options: { budget: number; passesMax: number }): Promise<void> {
  const memory = newReclaimMemory();
  for (let pass = 0; pass < options.passesMax; pass++) {
    if (total(await runOnce(ports, { budget: options.budget, memory })) === 0 && memory.deadFrom === undefined) return;
  }
  throw new Error(`Reclaim is not idle after ${options.passesMax} passes`);
}

export const reclaimPace = {
  /** Rows of each job in one pass: short enough that a pass never holds the engine. */
  budget: 2_000,
  /** Between passes while there is work: a pass has a price of its own, so what dies is left to gather. */
  gatherMs: 250,
  /** Between passes when one was not enough for what there was, at least, where no pace says how long or nothing could go. */
  backlogMs: 20,
  /** After a pass that failed (full disk, closing store). */
  failedMs: 5_000,
} as const;

export type Reclaim = {
  /** No pass begins until `resume`; resolves when none is running. */
  pause(): Promise<void>;
  resume(): void;
  /** Resolves when the loop has ended after `signal` aborted. */
  ended: Promise<void>;
};

/**
 * Runs passes until `signal` aborts: at once after another while there is work, else every `intervalMs`. A failed pass is logged and tried again.
 * `pace`: whose turns it takes; without it, half of one core's time at most goes here.
 */
export function startReclaim(ports: Ports, options: { signal: AbortSignal; intervalMs: number; pace?: Pace }): Reclaim {
  const { signal, intervalMs, pace } = options;
  const memory = newReclaimMemory();
  let paused = false;
  let running: Promise<unknown> = Promise.resolve();
  const loop = async (): Promise<void> => {
    let waitMs: number = reclaimPace.gatherMs;
    while (!signal.aborted) {
      await rest(waitMs, signal);
      if (signal.aborted || paused) {
        waitMs = intervalMs;
        continue;
      }
      let tookMs = 0;
      const once = async (): Promise<Reclaimed> => {
        const started = ports.clock.monotonicMs();
        const done = await runOnce(ports, { budget: reclaimPace.budget, memory });
        // Who takes turns rests between them.
        tookMs = pace ? 0 : ports.clock.monotonicMs() - started;
        return done;
      };
      const pass = pace ? pace.turn(once) : once();
      running = pass.catch(() => {});
      try {
        const done = await pass;
        const isBacklog = memory.deadFrom !== undefined || [done.dead, done.generations, done.released].some((count) => count >= reclaimPace.budget);
        const isMoving = total(done) > 0;
        if (isBacklog) waitMs = pace && isMoving ? 0 : Math.max(reclaimPace.backlogMs, tookMs);
        else waitMs = isMoving ? Math.min(reclaimPace.gatherMs, intervalMs) : intervalMs;
      } catch (error) {
        if (!signal.aborted) ports.log.error("reclaim.failed", error);
        waitMs = Math.max(intervalMs, reclaimPace.failedMs);
      }
    }
  };
  return {
    async pause() {
      paused = true;
      await running;
    },
    resume() {
      paused = false;
    },
    ended: loop(),
  };
}
