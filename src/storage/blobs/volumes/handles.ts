import fs from "node:fs";
import { dirname, join } from "node:path";
import type { Files } from "./files.ts";
import { deadExtension, decodeSuperblock, type Superblock, superblockBytes, type VolumeKind, volumeExtension } from "./format.ts";

/** An open volume: what of its superblock never changes. `users`: who is reading or writing; it is closed only at 0. `usedAt` grows with each use. */
export type Volume = { readonly name: string; readonly kind: VolumeKind; readonly salt: number; readonly runId: string; readonly fd: number; users: number; usedAt: number };

export type Handles = {
  readonly folder: string;
  /** Counts the caller as a user until `release`. Throws ENOENT when there is no such volume (`isMissing`), `StoreCorrupt`, `FormatTooNew`. */
  acquire(name: string): Volume;
  release(volume: Volume): void;
  /** Closes the handle as soon as nobody uses it, so that the blocks of an unlinked volume are given back. */
  forget(name: string): void;
  close(): Promise<void>;
};

export const volumePath = (folder: string, name: string): string => join(folder, name + volumeExtension);
export const deadPath = (folder: string, name: string): string => join(folder, name + deadExtension);

/** Makes the folder when it is missing, its name flushed. */
export const ensureFolder = async (files: Files, folder: string): Promise<void> => {
  if (fs.mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined) await files.syncFolder(dirname(folder));
};

export const readSuperblock = (files: Files, fd: number, name: string): Superblock => {
  const block = Buffer.alloc(superblockBytes);
  return decodeSuperblock(block.subarray(0, files.readSync(fd, block, 0)), name);
};

/** A least-recently-used cache of open volumes. Volumes in use do not count as evictable, so a moment may hold more than `openMax`. */
export const openHandles = (options: { folder: string; files: Files; openMax: number; idleUnlinkedMs: number }): Handles => {
  const { folder, files, openMax } = options;
  const open = new Map<string, Volume>();
  const leaving = new Set<Volume>();
  let uses = 0;

  const drop = (volume: Volume): void => {
    open.delete(volume.name);
    if (volume.users > 0) leaving.add(volume);
    else void files.close(volume.fd).catch(() => {});
  };
  const evict = (): void => {
    const unused = [...open.values()].filter(({ users }) => users === 0).sort((a, b) => a.usedAt - b.usedAt);
    for (const volume of unused.slice(0, open.size - openMax)) drop(volume);
  };
  // Another thread may have unlinked what this one holds open: the disk space returns only when the last descriptor is closed.
  const timer = setInterval(() => {
    for (const volume of [...open.values()]) if (files.statSync(volume.fd).links === 0) drop(volume);
  }, options.idleUnlinkedMs);
  timer.unref();

  return {
    folder,
    acquire(name) {
      let volume = open.get(name);
      if (!volume) {
        const fd = files.openSync(volumePath(folder, name), fs.constants.O_RDWR);
        try {
          const { kind, salt, runId } = readSuperblock(files, fd, name);
          volume = { name, kind, salt, runId, fd, users: 0, usedAt: 0 };
          open.set(name, volume);
        } catch (error) {
          void files.close(fd).catch(() => {});
          throw error;
        }
      }
      volume.users++;
      volume.usedAt = ++uses;
      if (open.size > openMax) evict();
      return volume;
    },
    release(volume) {
      volume.users--;
      if (volume.users === 0 && leaving.delete(volume)) void files.close(volume.fd).catch(() => {});
    },
    forget(name) {
      const volume = open.get(name);
      if (volume) drop(volume);
    },
    async close() {
      clearInterval(timer);
      for (const volume of [...open.values()]) drop(volume);
    },
  };
};
