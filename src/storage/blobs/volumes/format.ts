/**
 * The bytes of a volume. Little-endian. docs/design: superblock (4096) then records, each on a multiple of 8:
 *   header 64 | origin 40 (volumes of kind compacted only) | chunk, crc32 | chunk, crc32 | ... | trailer 24 | zeros to a multiple of 8
 * The header's last byte is its state, outside its checksum: one byte is written atomically, so other threads see a removal at once.
 */
import { crc32 } from "node:zlib";
import { type BlobRef, type Bytes, type Shelf, StoreCorrupt } from "../../../core/ports.ts";

export const formatVersion = 1;
export const superblockBytes = 4096;
export const headerBytes = 64;
export const originBytes = 40;
export const trailerBytes = 24;
export const chunkBytes = 64 * 1024;
export const checksumBytes = 4;
const alignment = 8;

export const headerMagic = 0x52_50_4d_41; // "AMPR"
const trailerMagic = 0x54_50_4d_41; // "AMPT"
const volumeMagic = Buffer.from("amphvol\n");

/** `lost`: neither of the three, a bit flipped. Far apart, so that no single flip turns one into another. */
export const recordStates = { live: 0x00, dead: 0xdd, moved: 0xb3 } as const;
export const stateOffset = headerBytes - 1;
export const volumeKinds = { small: 1, large: 2, compacted: 3 } as const;
export type VolumeKind = keyof typeof volumeKinds;

/** A record's place: the volume's name, the offset in it, the length of the data and the random check of its header. */
export type Place = { volume: string; offset: number; length: number; check: Bytes };

const align = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;
export const chunkCount = (length: number): number => Math.ceil(length / chunkBytes);
export const prefixBytes = (kind: VolumeKind): number => (kind === "compacted" ? headerBytes + originBytes : headerBytes);
/** What a blob of `length` takes in a volume of that kind. */
export const recordBytes = (kind: VolumeKind, length: number): number => align(prefixBytes(kind) + length + checksumBytes * chunkCount(length) + trailerBytes);
/** Where a chunk begins, from the start of its record. */
export const chunkOffset = (kind: VolumeKind, index: number): number => prefixBytes(kind) + index * (chunkBytes + checksumBytes);
export const trailerOffset = (kind: VolumeKind, length: number): number => prefixBytes(kind) + length + checksumBytes * chunkCount(length);

const namePattern = /^([0-9a-f]{16})-(\d{1,5})-(\d{1,10})$/;
export const volumeExtension = ".vol";
export const deadExtension = ".dead";
export const volumeName = (runId: string, lane: number, number: number): string => `${runId}-${lane}-${number}`;
export const parseVolumeName = (name: string): { runId: string; lane: number; number: number } | undefined => {
  const match = namePattern.exec(name);
  return match ? { runId: match[1] as string, lane: Number(match[2]), number: Number(match[3]) } : undefined;
};

/**
 * A lane is the number of a thread that writes and, in its upper bits, the shelf that it writes to: so every name of a volume, and every reference, says in
 * which folder the volume stands. What was written before there were shelves is on shelf 0.
 */
const threadsMax = 1024;
export const shelvesMax = 16;
export const laneOf = (shelf: Shelf, thread: number): number => {
  if (!Number.isInteger(shelf) || shelf < 0 || shelf >= shelvesMax || !Number.isInteger(thread) || thread < 0 || thread >= threadsMax)
    throw new Error(`no lane for thread ${thread} on shelf ${shelf}`);
  return shelf * threadsMax + thread;
};
/** Of what is no reference, whatever stands there: whoever decodes it says so. */
export const shelfOfRef = (ref: BlobRef): Shelf => (ref[10] ?? 0) >> 2;
export const shelfOfVolume = (name: string): Shelf => Math.floor((parseVolumeName(name)?.lane ?? 0) / threadsMax);

// ---- references: version 1, run 8, lane 2, number 4, offset / 8 in 4, length 4, check 8 ----
export const refBytes = 31;
const refVersion = 1;
/** Where the volume's part of a reference ends. */
const volumeEnd = 15;

export const encodeRef = (place: Place): BlobRef => {
  const name = parseVolumeName(place.volume);
  if (!name) throw new Error(`not a volume's name: ${place.volume}`);
  const ref = Buffer.alloc(refBytes);
  ref[0] = refVersion;
  ref.write(name.runId, 1, "hex");
  ref.writeUInt16LE(name.lane, 9);
  ref.writeUInt32LE(name.number, 11);
  ref.writeUInt32LE(place.offset / alignment, 15);
  ref.writeUInt32LE(place.length, 19);
  ref.set(place.check, 23);
  return ref;
};

/** References that come one after the other mostly name one volume. */
let lastVolume = { reference: Buffer.alloc(volumeEnd), name: "" };
function volumeOf(ref: Buffer): string {
  if (lastVolume.reference.compare(ref, 0, volumeEnd) !== 0) {
    const name = volumeName(ref.toString("hex", 1, 9), ref.readUInt16LE(9), ref.readUInt32LE(11));
    lastVolume = { reference: Buffer.from(ref.subarray(0, volumeEnd)), name };
  }
  return lastVolume.name;
}

/** Throws `StoreCorrupt` for what no store of this format wrote. */
export const decodeRef = (bytes: BlobRef): Place => {
  if (bytes.length !== refBytes || bytes[0] !== refVersion) throw new StoreCorrupt("not a reference of this blob store");
  const ref = view(bytes);
  return {
    volume: volumeOf(ref),
    offset: ref.readUInt32LE(15) * alignment,
    length: ref.readUInt32LE(19),
    check: ref.subarray(23, 31),
  };
};

export const view = (bytes: Bytes): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

// ---- record header ----
export type Header = { check: Bytes; owner: Bytes; length: number; createdMs: number; state: "live" | "dead" | "moved" | "lost" };

/** `salt` is the volume's: a header copied from elsewhere, or made by whoever uploads bytes that look like one, does not match. */
export const writeHeader = (target: Buffer, at: number, header: Omit<Header, "state"> & { offset: number; salt: number }): void => {
  target.fill(0, at, at + headerBytes);
  target.writeUInt32LE(headerMagic, at);
  target.writeUInt16LE(formatVersion, at + 4);
  target.set(header.check, at + 8);
  target.set(header.owner, at + 16);
  target.writeUInt32LE(header.length, at + 32);
  target.writeUInt32LE(chunkBytes, at + 36);
  target.writeUIntLE(header.createdMs, at + 40, 6);
  target.writeUInt32LE(header.offset / alignment, at + 48);
  target.writeUInt32LE(crc32(target.subarray(at, at + 56), header.salt), at + 56);
};

/** `undefined` when no header of this volume stands at `at` (which is `offset` in the volume). */
export const readHeader = (source: Buffer, at: number, where: { offset: number; salt: number }): Header | undefined => {
  if (source.length < at + headerBytes || source.readUInt32LE(at) !== headerMagic) return undefined;
  if (source.readUInt32LE(at + 56) !== crc32(source.subarray(at, at + 56), where.salt)) return undefined;
  if (source.readUInt32LE(at + 48) * alignment !== where.offset || source.readUInt16LE(at + 4) !== formatVersion) return undefined;
  const state = source[at + stateOffset];
  const padding = (source[at + 60] as number) | (source[at + 61] as number) | (source[at + 62] as number);
  return {
    check: source.subarray(at + 8, at + 16),
    owner: source.subarray(at + 16, at + 32),
    length: source.readUInt32LE(at + 32),
    createdMs: source.readUIntLE(at + 40, 6),
    state: padding !== 0 ? "lost" : state === recordStates.live ? "live" : state === recordStates.dead ? "dead" : state === recordStates.moved ? "moved" : "lost",
  };
};

// ---- origin: the reference under which the core knows a record that compaction moved ----
export const writeOrigin = (target: Buffer, at: number, origin: BlobRef): void => {
  target.fill(0, at, at + originBytes);
  target.set(origin, at);
  target.writeUInt32LE(crc32(target.subarray(at, at + 36)), at + 36);
};
export const readOrigin = (source: Buffer, at: number): BlobRef | undefined =>
  source.readUInt32LE(at + 36) === crc32(source.subarray(at, at + 36)) ? Buffer.from(source.subarray(at, at + refBytes)) : undefined;

// ---- chunk checksums and trailer ----
/** Seeded by the record's check and the chunk's index: another record's bytes, or another chunk's, do not match. */
export const chunkSeed = (check: Bytes, index: number): number => (view(check).readUInt32LE(0) ^ Math.imul(index + 1, 0x9e3779b1)) >>> 0;
export const chunkChecksum = (data: Bytes, check: Bytes, index: number): number => crc32(data, chunkSeed(check, index));

/** `digest`: the CRC-32 of the chunks' checksums in order (`extendDigest`). */
export const extendDigest = (digest: number, checksum: Bytes): number => crc32(checksum, digest);

export const writeTrailer = (target: Buffer, at: number, trailer: { digest: number; check: Bytes; length: number }): void => {
  target.writeUInt32LE(trailerMagic, at);
  target.writeUInt32LE(trailer.digest, at + 4);
  target.set(trailer.check, at + 8);
  target.writeUInt32LE(trailer.length, at + 16);
  target.writeUInt32LE(crc32(target.subarray(at, at + 20)), at + 20);
};
/** `undefined` when it is not the trailer of the record with that check and length. */
export const readTrailer = (source: Buffer, at: number, header: { check: Bytes; length: number }): { digest: number } | undefined => {
  if (source.length < at + trailerBytes || source.readUInt32LE(at) !== trailerMagic) return undefined;
  if (source.readUInt32LE(at + 20) !== crc32(source.subarray(at, at + 20)) || source.readUInt32LE(at + 16) !== header.length) return undefined;
  return source.compare(header.check, 0, 8, at + 8, at + 16) === 0 ? { digest: source.readUInt32LE(at + 4) } : undefined;
};

// ---- superblock ----
export type Superblock = {
  kind: VolumeKind;
  runId: string;
  lane: number;
  number: number;
  salt: number;
  createdMs: number;
  /** Written when the volume's writer is done with it and every write is settled; bytes and count of all its records, dead ones included. */
  sealed?: { records: number; dataEnd: number; recordBytes: number };
  swept: boolean;
  compacting: boolean;
};
/** The first 44 bytes keep their places in every later format, so that any version can tell a newer one. The rest: each in a sector of its own, written alone. */
export const sealOffset = 512;
export const sweptOffset = 1024;
export const compactingOffset = 1536;
export const flagSet = 0xa5;
const sealMagic = 0x4c_41_45_53;

export const encodeSuperblock = (block: Omit<Superblock, "sealed" | "swept" | "compacting">): Buffer => {
  const bytes = Buffer.alloc(superblockBytes);
  bytes.set(volumeMagic);
  bytes.writeUInt16LE(formatVersion, 8);
  bytes[10] = volumeKinds[block.kind];
  bytes.writeUInt16LE(block.lane, 12);
  bytes.write(block.runId, 16, "hex");
  bytes.writeUInt32LE(block.number, 24);
  bytes.writeUInt32LE(block.salt, 28);
  bytes.writeUIntLE(block.createdMs, 32, 6);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 40)), 40);
  if (block.kind === "compacted") bytes[sweptOffset] = flagSet; // its records were all judged where they came from
  return bytes;
};

/** What a newer Amphora wrote is not touched. */
export class FormatTooNew extends Error {
  override name = "FormatTooNew";
}

/** Throws `FormatTooNew`, or `StoreCorrupt` when it is no superblock of the volume `name`. */
export const decodeSuperblock = (bytes: Buffer, name: string): Superblock => {
  if (bytes.length < superblockBytes || bytes.compare(volumeMagic, 0, 8, 0, 8) !== 0) throw new StoreCorrupt(`volume ${name}: not a volume`);
  const version = bytes.readUInt16LE(8);
  if (bytes.readUInt32LE(40) !== crc32(bytes.subarray(0, 40))) throw new StoreCorrupt(`volume ${name}: its superblock is damaged`);
  if (version > formatVersion)
    throw new FormatTooNew(
      `volume ${name} has format ${version}, written by a newer Amphora; this one reads formats up to ${formatVersion}. Start the newer version again, or restore a backup made before the upgrade.`,
    );
  const kind = (Object.keys(volumeKinds) as VolumeKind[]).find((each) => volumeKinds[each] === bytes[10]);
  const runId = bytes.toString("hex", 16, 24);
  const block = { runId, lane: bytes.readUInt16LE(12), number: bytes.readUInt32LE(24) };
  if (!kind || volumeName(block.runId, block.lane, block.number) !== name) throw new StoreCorrupt(`volume ${name}: its superblock is another volume's`);
  const sealed = readSeal(bytes);
  return {
    ...block,
    kind,
    salt: bytes.readUInt32LE(28),
    createdMs: bytes.readUIntLE(32, 6),
    ...(sealed ? { sealed } : {}),
    swept: bytes[sweptOffset] === flagSet,
    compacting: bytes[compactingOffset] === flagSet,
  };
};

/** `undefined` when the volume is not sealed, or its seal is damaged. */
export const readSeal = (superblock: Buffer): Superblock["sealed"] => {
  const bytes = superblock.subarray(sealOffset, sealOffset + 24);
  if (bytes.readUInt32LE(0) !== sealMagic || bytes.readUInt32LE(20) !== crc32(bytes.subarray(0, 20))) return undefined;
  return { records: bytes.readUInt32LE(4), dataEnd: bytes.readUIntLE(8, 6), recordBytes: bytes.readUIntLE(14, 6) };
};

export const encodeSeal = (seal: { records: number; dataEnd: number; recordBytes: number }): Buffer => {
  const bytes = Buffer.alloc(24);
  bytes.writeUInt32LE(sealMagic);
  bytes.writeUInt32LE(seal.records, 4);
  bytes.writeUIntLE(seal.dataEnd, 8, 6);
  bytes.writeUIntLE(seal.recordBytes, 14, 6);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 20)), 20);
  return bytes;
};
