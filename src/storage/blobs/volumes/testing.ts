import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openVolumes, type VolumeOptions, type VolumeStore } from "./open-volumes.ts";

/** For tests: a folder of their own, and volumes of a size that a test can fill. */
export const smallLimits = { smallVolumeBytes: 2 * 1024 * 1024, largeVolumeBytes: 8 * 1024 * 1024, zeroStepBytesMin: 256 * 1024, zeroStepBytesMax: 1024 * 1024 } as const;
export const newRunId = (): string => randomBytes(8).toString("hex");
export const temporaryFolder = async (): Promise<{ folder: string; remove(): Promise<void> }> => {
  const folder = await mkdtemp(join(tmpdir(), "amphora-blobs-"));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
};

export const openTemporary = async (options: Partial<VolumeOptions> = {}): Promise<{ store: VolumeStore; folder: string; close(): Promise<void> }> => {
  const { folder, remove } = await temporaryFolder();
  const store = await openVolumes({ folder, runId: newRunId(), lane: 0, limits: smallLimits, ...options });
  return {
    store,
    folder,
    close: async () => {
      await store.close();
      await remove();
    },
  };
};
