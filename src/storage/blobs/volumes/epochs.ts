import fs from "node:fs";
import { type BlobListing, StoreCorrupt } from "../../../core/ports.ts";
import type { Context } from "./context.ts";
import { readDead } from "./dead-list.ts";
import { type Files, isMissing } from "./files.ts";
import { encodeRef, parseVolumeName, type Superblock, sweptOffset, volumeExtension } from "./format.ts";
import { readSuperblock, volumePath } from "./handles.ts";
import { acquireOrMissing } from "./locate.ts";
import { unlinkWhenEmpty } from "./remove.ts";
import { scanVolume } from "./scan.ts";
import { setFlag } from "./volume-file.ts";

export const volumeNames = async (files: Files, folder: string): Promise<string[]> =>
  (await files.list(folder))
    .filter((file) => file.endsWith(volumeExtension))
    .map((file) => file.slice(0, -volumeExtension.length))
    .filter((name) => parseVolumeName(name) !== undefined)
    .sort();

/** Opens a volume for one use, without a place in the cache. `undefined` when it is gone meanwhile. Throws as `readSuperblock` does. */
export const withVolume = async <T>(files: Files, folder: string, name: string, use: (fd: number, superblock: Superblock) => Promise<T> | T): Promise<T | undefined> => {
  let fd: number;
  try {
    fd = await files.open(volumePath(folder, name), fs.constants.O_RDWR);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  try {
    return await use(fd, readSuperblock(files, fd, name));
  } finally {
    await files.close(fd);
  }
};

/** One volume is one epoch, named like it. It has ended when it is sealed, or when an earlier run wrote it. `known`: swept ones, not looked at again. */
export const endedEpochs = async (context: Context, known: Set<string>): Promise<string[]> => {
  const names = await volumeNames(context.files, context.handles.folder);
  const there = new Set(names);
  for (const name of known) if (!there.has(name)) known.delete(name);
  const ended = await endedAmong(
    context,
    names.filter((name) => !known.has(name)),
  );
  for (const { name, swept } of ended) if (swept) known.add(name);
  return ended.filter(({ swept }) => !swept).map(({ name }) => name);
};

/** Every ended epoch, swept or not: for a check of everything. */
export const allEndedEpochs = async (context: Context): Promise<string[]> =>
  (await endedAmong(context, await volumeNames(context.files, context.handles.folder))).map(({ name }) => name);

const endedAmong = async (context: Context, names: readonly string[]): Promise<{ name: string; swept: boolean }[]> => {
  const ended: { name: string; swept: boolean }[] = [];
  for (const name of names) {
    const superblock = await withVolume(context.files, context.handles.folder, name, (_, block) => block).catch((error: unknown) => {
      if (error instanceof StoreCorrupt) return undefined; // `verify` says so
      throw error;
    });
    if (superblock && (superblock.swept || superblock.sealed || superblock.runId !== context.runId)) ended.push({ name, swept: superblock.swept });
  }
  return ended;
};

/** Live records, under the references the core knows. What compaction has moved is listed where it is now. */
export async function* listEpoch(context: Context, epoch: string): AsyncGenerator<BlobListing[]> {
  const { files, handles, moved } = context;
  const volume = parseVolumeName(epoch) ? acquireOrMissing(context, epoch) : undefined;
  if (!volume) return;
  try {
    const dead = new Set((await readDead(files, handles.folder, epoch)).entries.map((entry) => entry.offset));
    const { compacting } = readSuperblock(files, volume.fd, epoch);
    let page: BlobListing[] = [];
    for await (const { header, offset, origin } of scanVolume(files, volume)) {
      if (header.state === "dead" || header.state === "moved" || dead.has(offset)) continue;
      const place = encodeRef({ volume: epoch, offset, length: header.length, check: header.check });
      const ref = volume.kind === "compacted" ? origin : place;
      if (!ref) continue; // damaged: `verify` says so
      if (volume.kind === "compacted" || compacting) {
        const newest = await moved?.get(ref);
        if (volume.kind === "compacted" ? !newest || Buffer.compare(newest, place) !== 0 : newest) continue;
      }
      page.push({ ref, owner: header.owner, size: header.length });
      if (page.length === context.limits.listPageEntries) {
        yield page;
        page = [];
      }
    }
    if (page.length > 0) yield page;
  } finally {
    handles.release(volume);
  }
}

export const markSwept = async (context: Context, epoch: string): Promise<void> => {
  const volume = parseVolumeName(epoch) ? acquireOrMissing(context, epoch) : undefined;
  if (!volume) return;
  try {
    await setFlag(context.files, volume.fd, sweptOffset);
    const { sealed } = readSuperblock(context.files, volume.fd, epoch);
    const { entries } = await readDead(context.files, context.handles.folder, epoch);
    if (sealed && entries.length >= sealed.records) await unlinkWhenEmpty(context, volume);
  } finally {
    context.handles.release(volume);
  }
};
