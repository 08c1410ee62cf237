import fs from "node:fs";
import { crc32 } from "node:zlib";
import type { Bytes } from "../../../core/ports.ts";
import { type Files, isMissing } from "./files.ts";
import { deadPath } from "./handles.ts";

/**
 * `<volume>.dead`: which records of a volume were removed. Entries of 32 bytes, appended by any thread (O_APPEND: the kernel keeps them apart):
 * magic, offset / 8, record bytes, check, 8 zeros, CRC. An entry at offset 0 says that all before it also stands in the records' headers.
 */
export type DeadEntry = { offset: number; bytes: number; check: Bytes };
export const deadEntryBytes = 32;
const magic = 0x44_50_4d_41;

export const encodeDead = (entries: readonly DeadEntry[]): Buffer => {
  const bytes = Buffer.alloc(entries.length * deadEntryBytes);
  for (const [index, entry] of entries.entries()) {
    const at = index * deadEntryBytes;
    bytes.writeUInt32LE(magic, at);
    bytes.writeUInt32LE(entry.offset / 8, at + 4);
    bytes.writeUInt32LE(entry.bytes, at + 8);
    bytes.set(entry.check, at + 12);
    bytes.writeUInt32LE(crc32(bytes.subarray(at, at + 28)), at + 28);
  }
  return bytes;
};
export const appliedMarker: DeadEntry = { offset: 0, bytes: 0, check: new Uint8Array(8) };

/** What is torn or damaged is stepped over byte by byte: entries behind an append that failed half-way stand at odd places. */
export const decodeDead = (bytes: Buffer): DeadEntry[] => {
  const entries: DeadEntry[] = [];
  for (let at = 0; at + deadEntryBytes <= bytes.length; ) {
    if (bytes.readUInt32LE(at) === magic && bytes.readUInt32LE(at + 28) === crc32(bytes.subarray(at, at + 28))) {
      entries.push({ offset: bytes.readUInt32LE(at + 4) * 8, bytes: bytes.readUInt32LE(at + 8), check: bytes.subarray(at + 12, at + 20) });
      at += deadEntryBytes;
    } else at++;
  }
  return entries;
};

/** Appends and flushes. Gives how many entries the list can hold by its size. */
export const appendDead = async (files: Files, folder: string, volume: string, entries: readonly DeadEntry[]): Promise<number> => {
  const fd = await files.open(deadPath(folder, volume), fs.constants.O_WRONLY | fs.constants.O_APPEND | fs.constants.O_CREAT);
  try {
    const before = files.statSync(fd).size;
    await files.append(fd, encodeDead(entries));
    await files.datasync(fd);
    if (before === 0) await files.syncFolder(folder);
    return Math.floor(files.statSync(fd).size / deadEntryBytes);
  } finally {
    await files.close(fd);
  }
};

export type DeadList = { entries: DeadEntry[]; unapplied: DeadEntry[]; damagedBytes: number };

/** The entries of a volume's list; none when it has no list. `unapplied`: those that no marker says to stand in the headers. */
export const readDead = async (files: Files, folder: string, volume: string): Promise<DeadList> => {
  let fd: number;
  try {
    fd = await files.open(deadPath(folder, volume), fs.constants.O_RDONLY);
  } catch (error) {
    if (isMissing(error)) return { entries: [], unapplied: [], damagedBytes: 0 };
    throw error;
  }
  try {
    const bytes = Buffer.allocUnsafeSlow(files.statSync(fd).size);
    const read = await files.readv(fd, [bytes], 0);
    const all = decodeDead(bytes.subarray(0, read));
    const marker = all.findLastIndex((entry) => entry.offset === 0);
    return { entries: all.filter((entry) => entry.offset !== 0), unapplied: all.slice(marker + 1), damagedBytes: read - all.length * deadEntryBytes };
  } finally {
    await files.close(fd);
  }
};
