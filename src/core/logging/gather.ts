/** Lines of logs on their way into objects: gathered in this thread's memory, written when there are enough or time has passed. */

import { isDomainError } from "../errors.ts";
import type { ObjectKey } from "../model.ts";
import type { Bytes, Log } from "../ports.ts";
import type { LogDelivery, LoggingVerbs } from "./api.ts";

export const gatherLimits = {
  /** Of one thread: lines beyond it are dropped and counted, whoever they tell of. */
  heldBytesMax: 8 * 1024 * 1024,
  /** A log of this size is written at once. */
  logBytes: 1024 * 1024,
  /** What comes while the disk is full or the store busy is tried so often. */
  triesMax: 5,
  retryMs: 2_000,
} as const;

/** Where a line belongs: lines of the same `name` share a log. `key`: made when it is written. */
export type LogPlace = Pick<LogDelivery, "plan" | "facts"> & { name: string; key(): ObjectKey };
export type LogFigures = { lines: number; droppedLines: number; logs: number; failedLogs: number };
export type LogGatherer = {
  note(line: string, place: LogPlace): void;
  /** Resolves when everything noted before is written or given up. */
  flush(): Promise<void>;
  figures(): LogFigures;
};

type Pending = { place: LogPlace; lines: string[]; bytes: number };

export function gatherLogs({ deliver, log, flushMs }: { deliver: LoggingVerbs["deliver"]; log: Log; flushMs: number }): LogGatherer {
  const pending = new Map<string, Pending>();
  const running = new Set<Promise<void>>();
  const figures: LogFigures = { lines: 0, droppedLines: 0, logs: 0, failedLogs: 0 };
  let held = 0;
  let timer: NodeJS.Timeout | undefined;
  let isFlushing = false;

  async function write({ place, lines, bytes }: Pending): Promise<void> {
    const text: Bytes = Buffer.from(lines.join(""), "latin1");
    try {
      for (let tried = 1; ; tried++) {
        try {
          await deliver({ plan: place.plan, facts: place.facts, key: place.key(), lines: text });
          figures.logs++;
          return;
        } catch (error) {
          const isPassing = isDomainError(error, "overloaded") || isDomainError(error, "diskFull");
          if (isPassing && tried < gatherLimits.triesMax && !isFlushing) {
            await new Promise((resolve) => setTimeout(resolve, gatherLimits.retryMs * tried).unref());
            continue;
          }
          throw error;
        }
      }
    } catch (error) {
      figures.failedLogs++;
      figures.droppedLines += lines.length;
      const { bucket, logging } = place.plan;
      const about = { bucket, target: logging.target, lines: lines.length };
      if (isDomainError(error, "logTargetInvalid")) log.warn("bucketLog.refused", { ...about, why: error.detail.why, advice: "see docs/guide/logging.md" });
      else log.error("bucketLog.failed", error, about);
    } finally {
      held -= bytes;
    }
  }
  function begin(each: Pending): void {
    const done = write(each).finally(() => running.delete(done));
    running.add(done);
  }
  function beginAll(): void {
    clearTimeout(timer);
    timer = undefined;
    for (const each of pending.values()) begin(each);
    pending.clear();
  }

  return {
    note(line, place) {
      if (held + line.length > gatherLimits.heldBytesMax) {
        figures.droppedLines++;
        return;
      }
      figures.lines++;
      held += line.length;
      let into = pending.get(place.name);
      if (!into) pending.set(place.name, (into = { place, lines: [], bytes: 0 }));
      into.lines.push(line);
      into.bytes += line.length;
      if (into.bytes >= gatherLimits.logBytes) {
        pending.delete(place.name);
        begin(into);
      } else timer ??= setTimeout(beginAll, flushMs).unref();
    },
    async flush() {
      isFlushing = true;
      beginAll();
      await Promise.all(running);
      isFlushing = false;
    },
    figures: () => ({ ...figures }),
  };
}
