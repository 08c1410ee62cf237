/**
 * Background work takes turns, one at a time, and rests after each so long that all of it together keeps within its share of the time, as long as
 * others are at work too.
 */
import type { Clock } from "../ports.ts";

export type Pace = {
  /** First come, first served. Throws what the work throws; after `signal` it runs at once. */
  turn<T>(work: () => Promise<T>): Promise<T>;
};

export const paceLimits = {
  /** One long turn is not paid back by a standstill. */
  restMsMax: 10_000,
} as const;

/**
 * `share`: percent of the time, 1 to 100. `othersAtWork`: was anybody else at work since it was last asked? Nobody has to be left time for who is alone.
 */
type PaceOptions = { share: number; clock: Pick<Clock, "monotonicMs">; signal: AbortSignal; othersAtWork?: () => boolean };

export function createPace({ share, clock, signal, othersAtWork = () => true }: PaceOptions): Pace {
  let last: Promise<void> = Promise.resolve();
  return {
    async turn(work) {
      const before = last;
      const { promise, resolve } = Promise.withResolvers<void>();
      last = promise;
      await before;
      const began = clock.monotonicMs();
      try {
        return await work();
      } finally {
        const tookMs = othersAtWork() ? clock.monotonicMs() - began : 0;
        // Whoever waits next waits for the rest too; who had the turn does not.
        void rest(Math.min(paceLimits.restMsMax, (tookMs * (100 - share)) / share), signal).then(resolve);
      }
    },
  };
}

/** Resolves after so long, or when the signal aborts. */
export function rest(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted || ms <= 0) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
