/** Wiring of the threads beside the main one: stores, core, dialects, listener. */
import path from "node:path";
import { setTimeout as setTimeoutPromise } from "node:timers/promises";
import type { MessagePort } from "node:worker_threads";
import { createCore } from "./core/core.ts";
import type { Log, Ports } from "./core/ports.ts";
import { startReclaim } from "./core/reclaim/reclaim.ts";
import { createAdmin } from "./dialects/admin/admin.ts";
import { createDispatch } from "./dialects/dispatch.ts";
import { createAccessLog, noAccessLog } from "./server/access-log.ts";
import { createDiskGauge } from "./server/disk.ts";
import { createListener } from "./server/listener.ts";
import { createOwnPaths } from "./server/own-paths.ts";
import { createClock } from "./server/ports/clock.ts";
import { createLog } from "./server/ports/log.ts";
import { movedIndexIn } from "./server/ports/moved-index.ts";
import { createRandom } from "./server/ports/random.ts";
import { createReaders } from "./server/ports/readers.ts";
import { openSharedMemory, serverState, type SharedMemory } from "./server/ports/shared.ts";
import { runBackgroundThread } from "./server/threads/background-thread.ts";
import { createMetricsClient, runHttpThread } from "./server/threads/http-thread.ts";
import type { FromThread, ThreadData } from "./server/threads/messages.ts";
import { openVolumes, type VolumeStore } from "./storage/blobs/volumes/open-volumes.ts";
import { remoteMetadata } from "./storage/metadata/sqlite/remote.ts";

export const metadataFolder = (data: string): string => path.join(data, "metadata");
export const volumeFolder = (data: string): string => path.join(data, "volumes");

type OpenThread = { ports: Ports & { blobs: VolumeStore }; memory: SharedMemory; close(): Promise<void> };

async function openThread(data: ThreadData, parent: MessagePort): Promise<OpenThread> {
  const memory = openSharedMemory(data.shared);
  const log = createLog(`${data.role}-${data.thread}`);
  const metadata = remoteMetadata(data.metadataPort, metadataFolder(data.settings.data));
  const blobs = await openVolumes({
    folder: volumeFolder(data.settings.data),
    runId: data.runId,
    lane: data.thread,
    moved: movedIndexIn(metadata),
    onFatal(error) {
      log.error("volumes.failed", error);
      parent.postMessage({ kind: "fatal", message: "a volume could not be flushed" } satisfies FromThread);
    },
  });
  const epochs = endEpochs(blobs, log);
  return {
    ports: { metadata, blobs, clock: createClock(memory), random: createRandom(), readers: createReaders(memory, data.thread), log },
    memory,
    async close() {
      clearInterval(epochs);
      await blobs.close();
      await metadata.close();
    },
  };
}

/** An epoch is at most this much of one thread's writing: what it left behind is swept soon after. */
const epochMsMax = 10 * 60_000;

function endEpochs(blobs: VolumeStore, log: Log): NodeJS.Timeout {
  let writtenBefore = 0;
  return setInterval(() => {
    const { writtenBlobs } = blobs.figures;
    if (writtenBlobs === writtenBefore) return;
    writtenBefore = writtenBlobs;
    blobs.rotate().catch((error: unknown) => log.error("volumes.notRotated", error));
  }, epochMsMax).unref();
}

export async function httpThread(data: ThreadData, parent: MessagePort): Promise<void> {
  const { settings, adminToken } = data;
  const { ports, memory, close } = await openThread(data, parent);
  const { clock, log, random } = ports;
  const core = createCore(ports, { slot: data.thread });
  const accessLog = settings.accessLog === "json" ? createAccessLog() : noAccessLog;
  const metrics = createMetricsClient((message) => parent.postMessage(message));
  const disk = createDiskGauge(memory, settings.diskReserveBytes);
  const admin = createAdmin({ core, clock, log, adminToken, server: () => ({ workers: settings.workers, region: settings.region, freeBytes: disk.freeBytes() }) });
  const listener = createListener({
    dispatch: await createDispatch({ core, settings, clock, log, random }),
    own: createOwnPaths({ settings, adminToken, state: () => serverState(memory), metrics: metrics.ask, admin: admin.handle }),
    disk,
    draining: () => serverState(memory) === "draining",
    clock,
    log,
    accessLog,
    settings,
  });
  runHttpThread({ parent, address: settings.address, listener, accessLog, metrics, blobFigures: () => ({ ...ports.blobs.figures }), closeStores: close });
}

/** How often the background looks for work when there was none. */
const reclaimIntervalMs = 1_000;

/** Volumes that are at least half dead are emptied, one at a time, at a speed that leaves the disk to the requests. */
const compaction = { intervalMs: 30_000, deadShareMin: 0.5, bytesPerSecondMax: 32 * 1024 * 1024 } as const;

async function compactLoop(blobs: VolumeStore, signal: AbortSignal, log: Log): Promise<void> {
  while (!signal.aborted) {
    await setTimeoutPromise(compaction.intervalMs, undefined, { signal, ref: false }).catch(() => {});
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
  const { ports, close } = await openThread(data, parent);
  runBackgroundThread({
    parent,
    async run(signal) {
      const reclaim = startReclaim({ ...ports, slot: data.thread }, { signal, intervalMs: reclaimIntervalMs });
      await Promise.all([reclaim.ended, compactLoop(ports.blobs, signal, ports.log)]);
    },
    blobFigures: () => ({ ...ports.blobs.figures }),
    closeStores: close,
  });
}
