/** The Clock port for the threads of one process, and the mark on disk that keeps its sequence from going back over a restart. */
import type { Clock } from "../../core/ports.ts";
import { type SharedMemory, sharedSlots } from "./shared.ts";

/** The same on every thread: the machine's own monotonic clock, in milliseconds. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1_000_000;

/** `wallMs` can be replaced in tests. */
export function createClock(memory: SharedMemory, wallMs: () => number = Date.now): Clock {
  return { wallMs, monotonicMs, sequenceMs: () => raise(memory, wallMs()) };
}

/** The larger of what was given before, on any thread, and `ms`. */
function raise(memory: SharedMemory, ms: number): number {
  const { longs } = memory;
  const wanted = BigInt(ms);
  for (let seen = Atomics.load(longs, sharedSlots.sequence); ; ) {
    if (seen >= wanted) return Number(seen);
    const before = Atomics.compareExchange(longs, sharedSlots.sequence, seen, wanted);
    if (before === seen) return ms;
    seen = before;
  }
}

/** The mark stands this far ahead of use and is renewed this often, so that four renewals may be lost with refused groups. */
export const clockMark = { aheadMs: 10_000, renewMs: 2_000 } as const;

export type ClockMark = {
  /** What the last run left on disk; called before the first sequence is given. */
  load(ms: number): void;
  /** Asked once per group of commits: the mark to put into it, or nothing. No committed sequence is above the mark on disk. */
  next(): number | undefined;
};

/** For the engine's thread. The sequences of a group were given before `next` is asked for it. */
export function createClockMark(memory: SharedMemory): ClockMark {
  let renewedAt = Number.NEGATIVE_INFINITY;
  return {
    load(ms) {
      raise(memory, ms);
    },
    next() {
      const given = Number(Atomics.load(memory.longs, sharedSlots.sequence));
      if (given < renewedAt + clockMark.renewMs) return undefined;
      renewedAt = given;
      return given + clockMark.aheadMs;
    },
  };
}
