import type { BlobRef } from "../../../core/ports.ts";
import type { Files } from "./files.ts";
import {
  checksumBytes,
  chunkBytes,
  chunkChecksum,
  chunkCount,
  chunkOffset,
  extendDigest,
  type Header,
  headerBytes,
  headerMagic,
  originBytes,
  readHeader,
  readOrigin,
  readTrailer,
  recordBytes,
  superblockBytes,
  trailerBytes,
  trailerOffset,
} from "./format.ts";
import type { Volume } from "./handles.ts";

/** A record met by a scan. `origin`: the reference the core knows it by, when compaction put it here; `gapBefore`: bytes that are no record. */
export type Scanned = { offset: number; bytes: number; header: Header; origin: BlobRef | undefined; gapBefore: number; whole: boolean | undefined };
export type Scannable = Pick<Volume, "name" | "fd" | "kind" | "salt">;

const windowBytes = 256 * 1024;
const searchBytes = 1024 * 1024;
const magic = Buffer.alloc(4);
magic.writeUInt32LE(headerMagic);

/** Reads pieces of a file through one window; a piece is valid until the next is asked for. Shorter than asked for at the end of the file. */
const windowed = (files: Files, fd: number): ((at: number, bytes: number) => Promise<Buffer>) => {
  const window = Buffer.allocUnsafeSlow(windowBytes);
  let start = 0;
  let filled = 0;
  return async (at, bytes) => {
    if (at < start || at + bytes > start + filled) {
      start = at;
      filled = await files.readv(fd, [window], at);
    }
    return window.subarray(at - start, Math.min(at - start + bytes, filled));
  };
};

/**
 * The records of a volume in order, by hopping from header to header. Where no header stands (a torn tail, a run that was never written, a damaged
 * header) it searches on for the next one, so that one flipped bit hides one record and not all behind it. `trailers` says whether each is whole.
 */
export async function* scanVolume(files: Files, volume: Scannable, options: { trailers?: boolean } = {}): AsyncGenerator<Scanned> {
  const read = windowed(files, volume.fd);
  const end = files.statSync(volume.fd).size;
  const prefix = volume.kind === "compacted" ? headerBytes + originBytes : headerBytes;
  let gapFrom = superblockBytes;
  for (let at = superblockBytes; at < end; ) {
    const bytes = await read(at, prefix);
    const header = bytes.length === prefix ? readHeader(bytes, 0, { offset: at, salt: volume.salt }) : undefined;
    const size = header ? recordBytes(volume.kind, header.length) : 0;
    if (!header) {
      const next = await findHeader(files, volume, at + 8, end);
      if (next === undefined) return;
      at = next;
      continue;
    }
    const copy = { ...header, check: Buffer.from(header.check), owner: Buffer.from(header.owner) };
    const origin = volume.kind === "compacted" ? readOrigin(bytes, headerBytes) : undefined;
    const whole = options.trailers ? readTrailer(await read(at + trailerOffset(volume.kind, copy.length), trailerBytes), 0, copy) !== undefined : undefined;
    yield { offset: at, bytes: size, header: copy, origin, gapBefore: at - gapFrom, whole };
    at += size;
    gapFrom = at;
  }
}

const findHeader = async (files: Files, volume: Scannable, from: number, end: number): Promise<number | undefined> => {
  const window = Buffer.allocUnsafeSlow(searchBytes);
  for (let start = from; start < end; start += searchBytes - headerBytes) {
    const filled = await files.readv(volume.fd, [window], start);
    const bytes = window.subarray(0, filled);
    for (let hit = bytes.indexOf(magic); hit !== -1; hit = bytes.indexOf(magic, hit + 1)) {
      const offset = start + hit;
      if (offset % 8 === 0 && readHeader(bytes, hit, { offset, salt: volume.salt })) return offset;
    }
    if (filled < searchBytes) return undefined;
  }
  return undefined;
};

/** Reads a record's chunks and checks each. Gives their digest, or what is wrong. */
export const examineChunks = async (files: Files, volume: Scannable, record: Pick<Scanned, "header" | "offset">): Promise<{ digest: number } | { problem: string }> => {
  const { header, offset } = record;
  const buffer = Buffer.allocUnsafeSlow(Math.min(chunkBytes, header.length) + checksumBytes);
  let digest = 0;
  for (let index = 0; index < chunkCount(header.length); index++) {
    const size = Math.min(chunkBytes, header.length - index * chunkBytes);
    const target = buffer.subarray(0, size + checksumBytes);
    if ((await files.readv(volume.fd, [target], offset + chunkOffset(volume.kind, index))) < target.length) return { problem: `chunk ${index} is cut off` };
    if (chunkChecksum(target.subarray(0, size), header.check, index) !== target.readUInt32LE(size)) return { problem: `chunk ${index} does not match its checksum` };
    digest = extendDigest(digest, target.subarray(size));
  }
  return { digest };
};

/** Reads a whole record and checks every chunk, the trailer and the padding. Gives what is wrong with it, or `undefined`. */
export const examineRecord = async (files: Files, volume: Scannable, record: Scanned): Promise<string | undefined> => {
  if (record.header.state === "lost") return "its state is damaged";
  if (volume.kind === "compacted" && !record.origin) return "its origin is damaged";
  const chunks = await examineChunks(files, volume, record);
  if ("problem" in chunks) return chunks.problem;
  const trailerAt = trailerOffset(volume.kind, record.header.length);
  const rest = Buffer.alloc(record.bytes - trailerAt);
  if ((await files.readv(volume.fd, [rest], record.offset + trailerAt)) < rest.length) return "its trailer is cut off";
  const trailer = readTrailer(rest, 0, record.header);
  if (!trailer) return "its trailer is damaged";
  if (trailer.digest !== chunks.digest) return "its digest does not match";
  return rest.subarray(trailerBytes).some((byte) => byte !== 0) ? "its padding is damaged" : undefined;
};
