/** For tests of jobs: a clock that stands still until it is set, and the runner without its pauses. */
import type { Clock, Ports } from "../ports.ts";
import type { Pace } from "./pace.ts";
import { noFigures, stepAll } from "./run.ts";
import type { JobKinds } from "./step.ts";

export type SetClock = Clock & { set(ms: number): void; add(ms: number): void };
export function setClock(startMs: number): SetClock {
  let now = startMs;
  return {
    wallMs: () => now,
    sequenceMs: () => now,
    monotonicMs: () => now,
    set: (ms) => void (now = ms),
    add: (ms) => void (now += ms),
  };
}

export const noPace: Pace = { turn: (work) => work() };

/** Steps every open job until none goes on. Throws what the store throws: call it again, as a restart would. */
export async function runJobs(ports: Ports, kinds: JobKinds, options: { sweepsMax?: number } = {}): Promise<ReturnType<typeof noFigures>> {
  const figures = noFigures();
  const memory = new Map();
  const { signal } = new AbortController();
  for (let sweep = 0; sweep < (options.sweepsMax ?? 10_000); sweep++) {
    if ((await stepAll(ports, kinds, noPace, memory, figures, signal)) === 0) return figures;
  }
  return figures;
}
