/** Wiring of the background thread: reclaim, compaction, and the clock that locks are judged by. */
import { flushCompileCache } from "node:module";
import { setTimeout as setTimeoutPromise } from "node:timers/promises";
import type { MessagePort } from "node:worker_threads";
import type { Log } from "./core/ports.ts";
import { startReclaim } from "./core/reclaim/reclaim.ts";
import { runRetentionClock } from "./core/retention/clock.ts";
import { openThreadStores } from "./main-stores.ts";
import { runBackgroundThread } from "./server/threads/background-thread.ts";
import type { ThreadData } from "./server/threads/messages.ts";
import type { VolumeStore } from "./storage/blobs/volumes/open-volumes.ts";

/** How often the background looks for work when there was none. */
const reclaimIntervalMs = 1_000;

/** Volumes that are at least half dead are emptied, one at a time, at a speed that leaves the disk to the requests. */
const compaction = { deadShareMin: 0.5, bytesPerSecondMax: 32 * 1024 * 1024 } as const;

async function compactLoop(blobs: VolumeStore, { everySeconds, signal, log }: { everySeconds: number; signal: AbortSignal; log: Log }): Promise<void> {
  while (!signal.aborted) {
    await setTimeoutPromise(everySeconds * 1_000, undefined, { signal, ref: false }).catch(() => {});
    try {
      for (let done = true; done && !signal.aborted; ) {
        const compacted = await blobs.compact({ deadShareMin: compaction.deadShareMin, bytesPerSecondMax: compaction.bytesPerSecondMax, signal });
        done = compacted !== undefined;
        if (compacted) log.info("volumes.compacted", { ...compacted });
      }
    } catch (error) {
      // a full or closing disk: tried again, volumes stay as they are
      if (!signal.aborted) log.error("volumes.notCompacted", error);
    }
  }
}

export async function backgroundThread(data: ThreadData, parent: MessagePort): Promise<void> {
  const { ports, close } = await openThreadStores(data, parent);
  setTimeout(flushCompileCache, 1_000).unref();
  runBackgroundThread({
    parent,
    async run(signal) {
      const reclaim = startReclaim({ ...ports, slot: data.thread }, { signal, intervalMs: reclaimIntervalMs });
      await Promise.all([
        reclaim.ended,
        compactLoop(ports.blobs, { everySeconds: data.settings.compactEverySeconds ?? 30, signal, log: ports.log }),
        runRetentionClock(ports, { signal }),
      ]);
    },
    blobFigures: () => ({ ...ports.blobs.figures }),
    closeStores: close,
  });
}
