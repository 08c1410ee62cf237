/** Wiring of the stores of a thread beside the main one. */
import type { MessagePort } from "node:worker_threads";
import type { Settings } from "./config/settings.ts";
import { masterKeyOf } from "./core/encryption/master.ts";
import type { Log, MasterKey, MetadataStore, Ports } from "./core/ports.ts";
import { rotationWatch } from "./core/space/reclaim-now.ts";
import { metadataFolder, placesOf, shelvesOf } from "./main-folders.ts";
import { createShelfGuard } from "./server/class-disks.ts";
import { createClock } from "./server/ports/clock.ts";
import { createHostProofs } from "./server/ports/host-proofs.ts";
import { createLog } from "./server/ports/log.ts";
import { movedIndexIn } from "./server/ports/moved-index.ts";
import { createRandom } from "./server/ports/random.ts";
import { createReaders } from "./server/ports/readers.ts";
import { committedGroups, openSharedMemory, type SharedMemory, watchedRow, watchedRows } from "./server/ports/shared.ts";
import type { FromThread, ThreadData } from "./server/threads/messages.ts";
import type { VolumeLimits } from "./storage/blobs/volumes/limits.ts";
import type { VolumeStore } from "./storage/blobs/volumes/open-volumes.ts";
import { openShelves } from "./storage/blobs/volumes/shelves.ts";
import { remoteMetadata } from "./storage/metadata/sqlite/remote.ts";

/** How often a thread looks whether its volumes are to end. */
const lookMs = 1_000;

export type ThreadStores = { ports: Ports & { blobs: VolumeStore }; memory: SharedMemory; close(): Promise<void> };

const masterOf = ({ masterKey, settings }: ThreadData): MasterKey => ({ ...masterKeyOf(masterKey), anyName: settings.encryptionKeys === "any" });

export async function openThreadStores(data: ThreadData, parent: MessagePort): Promise<ThreadStores> {
  const memory = openSharedMemory(data.shared);
  const log = createLog(`${data.role}-${data.thread}`);
  const metadata = remoteMetadata(
    data.metadataPort,
    metadataFolder(data.settings.data),
    {},
    {
      watched: () => watchedRows(memory),
      watchedRow: (key) => watchedRow(memory, key),
      commits: () => committedGroups(memory),
    },
  );
  const blobs = await openShelves({
    shelves: shelvesOf(data.settings.data, data.folders),
    guard: createShelfGuard(memory, data.settings.diskReserveBytes),
    runId: data.runId,
    thread: data.thread,
    moved: movedIndexIn(metadata),
    limits: volumeLimitsOf(data.settings),
    onFatal(error) {
      log.error("volumes.failed", error);
      parent.postMessage({ kind: "fatal", message: "a volume could not be flushed" } satisfies FromThread);
    },
  });
  const epochs = endEpochs(blobs, log, data.settings.volumeSeconds);
  const stopLooking = endAskedEpochs(metadata, blobs, log);
  return {
    ports: {
      metadata,
      blobs,
      clock: createClock(memory),
      random: createRandom(),
      readers: createReaders(memory, data.thread),
      log,
      master: masterOf(data),
      hosts: data.settings.trustHostNames === true ? "trusted" : createHostProofs(),
      trashKeepMs: (data.settings.trashKeepSeconds ?? 604_800) * 1_000,
      dayMs: (data.settings.lifecycleDaySeconds ?? 86_400) * 1_000,
      ...(data.settings.transitionBytesMin === undefined ? {} : { transitionBytesMin: data.settings.transitionBytesMin }),
      ...placesOf(data.folders),
    },
    memory,
    async close() {
      clearInterval(epochs);
      stopLooking();
      await blobs.close();
      await metadata.close();
    },
  };
}

function volumeLimitsOf({ volumeBytes }: Settings): Partial<VolumeLimits> {
  return volumeBytes === undefined ? {} : { smallVolumeBytes: volumeBytes, largeVolumeBytes: 4 * volumeBytes };
}

/** An epoch is at most this much of one thread's writing: what it left behind is swept soon after. */
function endEpochs(blobs: VolumeStore, log: Log, seconds = 600): NodeJS.Timeout {
  let writtenBefore = 0;
  return setInterval(() => {
    const { writtenBlobs } = blobs.figures;
    if (writtenBlobs === writtenBefore) return;
    writtenBefore = writtenBlobs;
    blobs.rotate().catch((error: unknown) => log.error("volumes.notRotated", error));
  }, seconds * 1_000).unref();
}

/** Whoever wants all space back at once needs every thread's open volumes to be ended. Gives what stops it. */
function endAskedEpochs(metadata: MetadataStore, blobs: VolumeStore, log: Log): () => void {
  const look = rotationWatch({ metadata }, () => blobs.rotate());
  let state: "waiting" | "looking" | "stopped" = "waiting";
  const timer = setInterval(() => {
    if (state !== "waiting") return;
    state = "looking";
    look()
      .catch((error: unknown) => state !== "stopped" && log.error("volumes.notRotated", error))
      .finally(() => {
        if (state === "looking") state = "waiting";
      });
  }, lookMs).unref();
  return () => {
    state = "stopped";
    clearInterval(timer);
  };
}
