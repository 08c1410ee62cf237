import { randomBytes } from "node:crypto";
import fs from "node:fs";
import { type Files, isThere } from "./files.ts";
import { encodeSeal, encodeSuperblock, flagSet, sealOffset, type VolumeKind, volumeName } from "./format.ts";
import { deadPath, type Handles, type Volume, volumePath } from "./handles.ts";

/** Makes the next volume of a lane, its superblock and its name flushed. The result counts its caller as a user. */
export const createVolume = async (store: { files: Files; handles: Handles; runId: string; lane: number; nextNumber: () => number }, kind: VolumeKind): Promise<Volume> => {
  const { files, handles, runId, lane } = store;
  for (;;) {
    const number = store.nextNumber();
    const name = volumeName(runId, lane, number);
    const path = volumePath(handles.folder, name);
    let fd: number;
    try {
      fd = await files.open(path, fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_EXCL);
    } catch (error) {
      if (isThere(error)) continue; // a thread of this lane ended and was started again
      throw error;
    }
    try {
      const salt = randomBytes(4).readUInt32LE();
      await files.writev(fd, [encodeSuperblock({ kind, runId, lane, number, salt, createdMs: Date.now() })], 0);
      await files.datasync(fd);
      await files.syncFolder(handles.folder);
    } catch (error) {
      await files.unlink(path).catch(() => {});
      throw error;
    } finally {
      await files.close(fd);
    }
    return handles.acquire(name);
  }
};

/** Says, for every thread and every later run, that nothing will be added: the epoch has ended. Cuts what was prepared behind the last record. */
export const sealVolume = async (files: Files, fd: number, seal: { records: number; dataEnd: number; recordBytes: number }): Promise<void> => {
  await files.truncate(fd, seal.dataEnd);
  await files.writev(fd, [encodeSeal(seal)], sealOffset);
  await files.datasync(fd);
};

/** Sets one of the superblock's flags (`sweptOffset`, `compactingOffset`), flushed. */
export const setFlag = async (files: Files, fd: number, offset: number): Promise<void> => {
  await files.writev(fd, [Buffer.of(flagSet)], offset);
  await files.datasync(fd);
};

/** The volume first: without its list of dead records a volume would bring them back. */
export const unlinkVolume = async (files: Files, folder: string, name: string): Promise<void> => {
  const ignoreMissing = (error: NodeJS.ErrnoException): void => {
    if (error.code !== "ENOENT") throw error;
  };
  await files.unlink(volumePath(folder, name)).catch(ignoreMissing);
  await files.syncFolder(folder);
  await files.unlink(deadPath(folder, name)).catch(ignoreMissing);
};
