import fs from "node:fs";
import { StoreCorrupt } from "../../../core/ports.ts";
import { appendDead, appliedMarker, type DeadEntry, readDead } from "./dead-list.ts";
import { volumeNames, withVolume } from "./epochs.ts";
import { type Files, nodeFiles } from "./files.ts";
import { deadExtension, encodeRef, headerBytes, parseVolumeName, readHeader, recordStates, stateOffset, superblockBytes, view } from "./format.ts";
import { deadPath, ensureFolder, volumePath } from "./handles.ts";
import type { MovedIndex } from "./moved.ts";
import { examineChunks, type Scannable, scanVolume } from "./scan.ts";
import { sealVolume, unlinkVolume } from "./volume-file.ts";

export type StartReport = {
  volumes: number;
  /** Volumes that a crash left open, and what stood behind their last whole record (space zeroed ahead included). */
  cutVolumes: number;
  cutBytes: number;
  /** Records begun and not finished; none of them was acknowledged. */
  tornRecords: number;
  /** Removals that stood in a list only and are in the records' headers now. */
  appliedRemovals: number;
  /** Copies that a compaction made and did not come to use. */
  unusedCopies: number;
  /** Volumes whose superblock cannot be read; left as they are for `verifyVolumes`. */
  damaged: string[];
};

/**
 * Once per start of the process, before any thread opens the folder: ends what an earlier run left open, cuts its torn tails, and carries removals over
 * from the lists to the headers. Throws `FormatTooNew`. Running it again, or after a kill half-way, changes nothing more.
 */
export const cutTornTails = async (folder: string, runId: string, options: { files?: Files; moved?: MovedIndex } = {}): Promise<StartReport> => {
  const files = options.files ?? nodeFiles;
  const report: StartReport = { volumes: 0, cutVolumes: 0, cutBytes: 0, tornRecords: 0, appliedRemovals: 0, unusedCopies: 0, damaged: [] };
  await ensureFolder(files, folder);
  const names = await volumeNames(files, folder);
  for (const name of names) {
    if (parseVolumeName(name)?.runId === runId) continue;
    report.volumes++;
    try {
      await withVolume(files, folder, name, async (fd, { kind, salt, sealed }) => {
        const volume = { name, fd, kind, salt };
        report.appliedRemovals += await applyRemovals(files, folder, volume);
        if (!sealed) await endVolume(files, folder, volume, options.moved, report);
      });
    } catch (error) {
      if (!(error instanceof StoreCorrupt)) throw error;
      if (await neverUsed(files, folder, name)) await unlinkVolume(files, folder, name);
      else report.damaged.push(name);
    }
  }
  await dropStrayLists(files, folder);
  return report;
};

const applyRemovals = async (files: Files, folder: string, volume: Scannable): Promise<number> => {
  const { unapplied } = await readDead(files, folder, volume.name);
  if (unapplied.length === 0) return 0;
  const bytes = Buffer.alloc(headerBytes);
  let applied = 0;
  for (const { offset, check } of unapplied) {
    const read = files.readSync(volume.fd, bytes, offset);
    const header = readHeader(bytes.subarray(0, read), 0, { offset, salt: volume.salt });
    if (!header || header.state === "dead" || view(check).compare(header.check) !== 0) continue;
    files.writeSync(volume.fd, Buffer.of(recordStates.dead), offset + stateOffset);
    applied++;
  }
  await files.datasync(volume.fd);
  await appendDead(files, folder, volume.name, [appliedMarker]).catch(() => {}); // on a full disk they are carried over again next time
  return applied;
};

const endVolume = async (files: Files, folder: string, volume: Scannable, moved: MovedIndex | undefined, report: StartReport): Promise<void> => {
  const { size } = files.statSync(volume.fd);
  const unused: DeadEntry[] = [];
  let dataEnd = superblockBytes;
  let seal = { records: 0, recordBytes: 0, dataEnd };
  const counted = { records: 0, recordBytes: 0 };
  for await (const record of scanVolume(files, volume, { trailers: true })) {
    const { offset, bytes, header, origin } = record;
    counted.recordBytes += bytes;
    // A trailer alone that is damaged costs nobody his bytes: every chunk still matches its checksum.
    const kept = record.whole || (offset + bytes <= size && header.state !== "dead" && "digest" in (await examineChunks(files, volume, record)));
    if (!kept) {
      if (header.state !== "dead") report.tornRecords++;
      continue;
    }
    if (record.whole) counted.records++;
    dataEnd = offset + bytes;
    seal = { ...counted, dataEnd };
    if (volume.kind === "compacted" && moved && origin && header.state === "live") {
      const newest = await moved.get(origin);
      const here = encodeRef({ volume: volume.name, offset, length: header.length, check: header.check });
      if (!newest || Buffer.compare(newest, here) !== 0) unused.push({ offset, bytes, check: header.check });
    }
  }
  if (unused.length > 0) {
    report.unusedCopies += unused.length;
    await appendDead(files, folder, volume.name, unused);
    for (const { offset } of unused) files.writeSync(volume.fd, Buffer.of(recordStates.dead), offset + stateOffset);
  }
  report.cutVolumes++;
  report.cutBytes += size - dataEnd;
  await sealVolume(files, volume.fd, seal);
};

/** A crash while a volume was made: its superblock was not flushed, so nothing was ever written behind it. */
const neverUsed = async (files: Files, folder: string, name: string): Promise<boolean> => {
  const fd = await files.open(volumePath(folder, name), fs.constants.O_RDONLY);
  try {
    const { size } = files.statSync(fd);
    const bytes = Buffer.alloc(superblockBytes);
    files.readSync(fd, bytes, 0);
    return size === 0 || (size <= superblockBytes && bytes.every((byte) => byte === 0));
  } finally {
    await files.close(fd);
  }
};

const dropStrayLists = async (files: Files, folder: string): Promise<void> => {
  const names = new Set(await volumeNames(files, folder));
  for (const file of await files.list(folder)) {
    const name = file.endsWith(deadExtension) ? file.slice(0, -deadExtension.length) : "";
    if (parseVolumeName(name) && !names.has(name)) await files.unlink(deadPath(folder, name));
  }
};
