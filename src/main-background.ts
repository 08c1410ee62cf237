/** Wiring of the background thread: jobs and reclaim, which take turns; compaction, and the clock that locks are judged by. */
import { flushCompileCache } from "node:module";
import { setTimeout as setTimeoutPromise } from "node:timers/promises";
import type { MessagePort } from "node:worker_threads";
import { binGauge } from "./core/bin/figures.ts";
import type { Delivery } from "./core/events/deliver.ts";
import { jobKinds } from "./core/jobs/kinds.ts";
import { createPace } from "./core/jobs/pace.ts";
import { type Jobs, startJobs } from "./core/jobs/run.ts";
import { startDueRuns } from "./core/lifecycle/run.ts";
import type { Log, Ports } from "./core/ports.ts";
import { expireTrash } from "./core/purge/trash.ts";
import { type Reclaim, startReclaim } from "./core/reclaim/reclaim.ts";
import { runRetentionClock } from "./core/retention/clock.ts";
import { isReclaimAsked, reclaimNow } from "./core/space/reclaim-now.ts";
import { ossInventoryForm } from "./dialects/oss/inventory-form.ts";
import { s3InventoryForm } from "./dialects/s3/documents/inventory.ts";
import { eventRows, startEvents } from "./main-events.ts";
import { openThreadStores } from "./main-stores.ts";
import { binRows } from "./server/bin-figures.ts";
import { jobRows } from "./server/job-figures.ts";
import { watchLoad } from "./server/ports/shared.ts";
import { runBackgroundThread } from "./server/threads/background-thread.ts";
import type { ThreadData } from "./server/threads/messages.ts";
import type { VolumeStore } from "./storage/blobs/volumes/open-volumes.ts";

/** Reports are in the words of the dialect that asked for them. */
const inventoryForms = { s3: s3InventoryForm, hcp: s3InventoryForm, oss: ossInventoryForm };
/** How often it is counted what is soft-deleted. */
const binCountMs = 60_000;

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

/** An operator's "now" is not held back by a share of the disk, and volumes with little in them that is dead are worth it too. */
const nowShareMin = 0.03;
const lookMs = 1_000;

async function reclaimNowLoop(ports: Ports & { blobs: VolumeStore }, reclaim: Reclaim, signal: AbortSignal): Promise<void> {
  const { blobs, log } = ports;
  const maker = { space: () => blobs.space(), rotate: () => blobs.rotate(), compact: (stop: AbortSignal) => blobs.compact({ deadShareMin: nowShareMin, signal: stop }) };
  while (!signal.aborted) {
    await setTimeoutPromise(lookMs, undefined, { signal, ref: false }).catch(() => {});
    try {
      if (signal.aborted || !(await isReclaimAsked(ports))) continue;
      await reclaim.pause();
      await reclaimNow(ports, maker, signal);
    } catch (error) {
      // a full or closing disk: begun anew
      if (!signal.aborted) log.error("reclaim.nowFailed", error);
    } finally {
      reclaim.resume();
    }
  }
}

/** What begins by itself. Gives after how many milliseconds to look again. */
async function tick(ports: Ports, bin: ReturnType<typeof binGauge>): Promise<number> {
  await expireTrash(ports);
  await bin.refresh();
  return await startDueRuns(ports);
}

export async function backgroundThread(data: ThreadData, parent: MessagePort): Promise<void> {
  const { ports, memory, close } = await openThreadStores(data, parent);
  let jobs: Jobs | undefined;
  let delivery: Delivery | undefined;
  const bin = binGauge(ports, binCountMs);
  setTimeout(flushCompileCache, 1_000).unref();
  runBackgroundThread({
    parent,
    async run(signal) {
      const own = { ...ports, slot: data.thread, inventoryForms };
      const pace = createPace({ share: data.settings.backgroundShare ?? 50, clock: ports.clock, signal, othersAtWork: watchLoad(memory) });
      const reclaim = startReclaim(own, { signal, intervalMs: reclaimIntervalMs, pace });
      jobs = startJobs(own, { kinds: jobKinds, pace, signal, tick: () => tick(own, bin) });
      delivery = startEvents(own, data.settings, signal);
      await Promise.all([
        reclaim.ended,
        jobs.ended,
        delivery.ended,
        reclaimNowLoop({ ...own, blobs: ports.blobs }, reclaim, signal),
        compactLoop(ports.blobs, { everySeconds: data.settings.compactEverySeconds ?? 30, signal, log: ports.log }),
        runRetentionClock(ports, { signal }),
      ]);
    },
    blobFigures: () => ({ ...ports.blobs.figures }),
    otherFigures: () => [...(jobs ? jobRows(jobs.figures()) : []), ...binRows(bin.figures()), ...eventRows(delivery)],
    closeStores: close,
  });
}
