import { randomBytes } from "node:crypto";
import fs from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MovedIndex } from "./moved.ts";
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

/** Volumes and slices so small that a few blobs make several. */
export const compactLimits = { ...smallLimits, smallVolumeBytes: 512 * 1024, largeVolumeBytes: 2 * 1024 * 1024, compactSliceRecords: 2 } as const;

/** A moved index that survives a kill: one line a change, flushed. */
export const fileMovedIndex = (path: string): MovedIndex => {
  const places = new Map<string, string>();
  const text = fs.existsSync(path) ? fs.readFileSync(path, "utf8") : "";
  for (const line of text.split("\n").slice(0, -1)) {
    const [ref, place] = line.split(" ") as [string, string];
    if (place) places.set(ref, place);
    else places.delete(ref);
  }
  const append = (changes: [ref: string, place: string][]): void => {
    const fd = fs.openSync(path, "a");
    fs.writeSync(fd, changes.map(([ref, place]) => `${ref} ${place}\n`).join(""));
    fs.fdatasyncSync(fd);
    fs.closeSync(fd);
    for (const [ref, place] of changes)
      if (place) places.set(ref, place);
      else places.delete(ref);
  };
  const text16 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
  return {
    get: async (ref) => {
      const place = places.get(text16(ref));
      return place ? Buffer.from(place, "hex") : undefined;
    },
    put: async (entries) => append(entries.map(({ ref, place }) => [text16(ref), text16(place)])),
    remove: async (refs) => append(refs.map((ref) => [text16(ref), ""])),
  };
};
