/** Wiring of the threads beside the main one: stores, core, dialects, listener. */
import path from "node:path";
import type { MessagePort } from "node:worker_threads";
import { createCore } from "./core/core.ts";
import type { Ports } from "./core/ports.ts";
import { startReclaim } from "./core/reclaim/start.ts";
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
  return {
    ports: { metadata, blobs, clock: createClock(memory), random: createRandom(), readers: createReaders(memory, data.thread), log },
    memory,
    async close() {
      await blobs.close();
      await metadata.close();
    },
  };
}

export async function httpThread(data: ThreadData, parent: MessagePort): Promise<void> {
  const { settings, adminToken } = data;
  const { ports, memory, close } = await openThread(data, parent);
  const { clock, log, random } = ports;
  const core = createCore(ports, { slot: data.thread });
  const accessLog = settings.accessLog === "json" ? createAccessLog() : noAccessLog;
  const metrics = createMetricsClient((message) => parent.postMessage(message));
  const admin = createAdmin({ core, settings, clock, log, adminToken });
  const listener = createListener({
    dispatch: await createDispatch({ core, settings, clock, log, random }),
    own: createOwnPaths({ settings, adminToken, state: () => serverState(memory), metrics: metrics.ask, admin: admin.handle }),
    disk: createDiskGauge(memory, settings.diskReserveBytes),
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

export async function backgroundThread(data: ThreadData, parent: MessagePort): Promise<void> {
  const { ports, close } = await openThread(data, parent);
  runBackgroundThread({
    parent,
    run: (signal) => startReclaim(ports, { signal, intervalMs: reclaimIntervalMs }),
    blobFigures: () => ({ ...ports.blobs.figures }),
    closeStores: close,
  });
}
