/**
 * The time that locks are judged by: the earlier of the wall clock and a clock kept on disk. That one advances with the monotonic clock and
 * follows the wall clock at no more than twice its speed, so neither a wall clock that jumps ahead nor one that is set back and forth lets
 * a lock lapse early by more than that. Time during which nothing ran does not count at once: it is caught up at the same pace.
 */
import { rest } from "../jobs/pace.ts";
import { tables } from "../keys.ts";
import type { Batch, Bytes, Clock, Ports } from "../ports.ts";
import { decodeJson, encodeJson } from "../records.ts";
import type { View } from "../view.ts";
import { onView } from "../view.ts";

export const retentionClockLimits = {
  /** How often the row is written while a server runs. */
  tickMs: 60_000,
  /** The most monotonic time that one row vouches for: what is beyond did not pass under our eyes (a late tick, another machine). */
  stepMsMax: 120_000,
  /** The kept clock's speed behind the wall clock. */
  catchUp: 2,
} as const;

/** `ms`: the kept clock when `monotonicMs` was read. A restart of the machine makes the latter smaller, which counts as no time at all. */
export type RetentionMark = { ms: number; monotonicMs: number };

const markKey = tables.machine.key("retention");
const decodeMark = (value: Bytes): RetentionMark => decodeJson<RetentionMark>(value);

/** The kept clock now. Pure. Ahead of the wall clock (which was set back) it goes on at its own pace. */
export function advanceMark(mark: RetentionMark, clock: Pick<Clock, "wallMs" | "monotonicMs">): RetentionMark {
  const monotonicMs = clock.monotonicMs();
  const passedMs = Math.min(Math.max(0, monotonicMs - mark.monotonicMs), retentionClockLimits.stepMsMax);
  const ms = Math.max(mark.ms + passedMs, Math.min(clock.wallMs(), mark.ms + retentionClockLimits.catchUp * passedMs));
  return { ms, monotonicMs };
}

/** What locks are judged by, in this view. Before a store's first tick there is no kept clock: then the wall clock is all there is. */
export async function retentionNowMs(view: View): Promise<number> {
  const { clock } = view.ports;
  const value = await view.get(markKey);
  const wallMs = clock.wallMs();
  return value === undefined ? wallMs : Math.min(wallMs, advanceMark(decodeMark(value), clock).ms);
}

/**
 * Writes the kept clock down. While nothing at all is locked there is nothing to protect, and it is the wall clock: a store that stood still, or
 * was first started before the machine knew the date, does not make its next lock last longer for it. What loses to another tick, or to the first lock, is made up by the next one.
 */
export async function tickRetentionClock(ports: Ports): Promise<void> {
  const { clock } = ports;
  const locks = tables.locked.range();
  const { before, isAnyLocked } = await onView(ports, async (view) => ({ before: await view.get(markKey), isAnyLocked: (await view.first(locks)) !== undefined }));
  const mark = before === undefined || !isAnyLocked ? { ms: clock.wallMs(), monotonicMs: clock.monotonicMs() } : advanceMark(decodeMark(before), clock);
  const expect: Batch["expect"] = [{ key: markKey, is: before }];
  if (!isAnyLocked) expect.push({ empty: locks });
  await ports.metadata.commit({ expect, put: [{ key: markKey, value: encodeJson(mark) }], remove: [], add: [] });
}

/** Ticks now and every `tickMs` until `signal` aborts. A tick that fails is logged and tried again at the next one. Resolves when it has ended. */
export async function runRetentionClock(ports: Ports, { signal, tickMs = retentionClockLimits.tickMs }: { signal: AbortSignal; tickMs?: number }): Promise<void> {
  while (!signal.aborted) {
    try {
      await tickRetentionClock(ports);
    } catch (error) {
      if (!signal.aborted) ports.log.error("retention.clockNotKept", error);
    }
    await rest(tickMs, signal);
  }
}
