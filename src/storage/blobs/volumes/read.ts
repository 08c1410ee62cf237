import { type BlobRef, type ByteSource, type Bytes, StoreCorrupt } from "../../../core/ports.ts";
import type { Context } from "./context.ts";
import { checksumBytes, chunkBytes, chunkChecksum, chunkOffset, decodeRef, type Place, prefixBytes } from "./format.ts";
import { acquireOrMissing, judgeHeader, type Located, locate } from "./locate.ts";

type Range = { start: number; end: number };

/**
 * A blob of one chunk: one synchronous read of header, data and checksum into a fresh buffer (1.5 us from the page cache against 6 to 19 us for a
 * read in the thread pool: facts/performance.md 3.4). Larger ones: one of two buffers of `readChunks` chunks is filled per `read`, so that a chunk
 * handed out stays as it is until the read after the next. Every chunk is verified before any of it is handed out.
 */
export const readBlob = (context: Context, ref: BlobRef, range: Range): ByteSource => {
  let located: Located | undefined;
  let next = -1;
  let endIndex = 0;
  let done = false;
  let reading = false;
  let closed = false;
  const buffers: (Buffer | undefined)[] = [];
  let turn = 0;

  const release = (): void => {
    if (located && !reading) {
      context.handles.release(located.volume);
      located = undefined;
    }
  };
  const corrupt = (place: { volume: string; offset: number }, index: number): StoreCorrupt =>
    new StoreCorrupt(`volume ${place.volume}: chunk ${index} of the record at ${place.offset} does not match its checksum`);

  /** The chunks `next` to `last`, scattered so that their data lie side by side and their checksums elsewhere. */
  const readWindow = async ({ volume, place }: Located): Promise<Bytes> => {
    const count = Math.min(context.limits.readChunks, endIndex - next);
    const windowBytes = Math.min(count * chunkBytes, place.length - next * chunkBytes);
    turn = 1 - turn;
    let data = buffers[turn];
    if (!data || data.length < windowBytes) data = buffers[turn] = Buffer.allocUnsafeSlow(windowBytes);
    const checksums = Buffer.allocUnsafe(count * checksumBytes);
    const list: Bytes[] = [];
    for (let index = 0; index < count; index++) {
      list.push(data.subarray(index * chunkBytes, Math.min((index + 1) * chunkBytes, windowBytes)));
      list.push(checksums.subarray(index * checksumBytes, (index + 1) * checksumBytes));
    }
    const read = await context.files.readv(volume.fd, list, place.offset + chunkOffset(volume.kind, next));
    if (read !== windowBytes + checksums.length) throw corrupt(place, next);
    for (let index = 0; index < count; index++)
      if (chunkChecksum(list[index * 2] as Bytes, place.check, next + index) !== checksums.readUInt32LE(index * checksumBytes)) throw corrupt(place, next + index);
    const windowStart = next * chunkBytes;
    next += count;
    return data.subarray(Math.max(range.start - windowStart, 0), Math.min(range.end - windowStart, windowBytes));
  };

  const begin = async (): Promise<Bytes | undefined> => {
    const place = decodeRef(ref);
    if (!(0 <= range.start && range.start <= range.end && range.end <= place.length)) throw new RangeError("range outside the blob");
    const whole = place.length <= chunkBytes ? readWhole(context, place) : undefined;
    if (whole) {
      done = true;
      return range.start === range.end ? undefined : whole.subarray(range.start, range.end);
    }
    located = await locate(context, ref);
    if (range.start === range.end) {
      done = true;
      return undefined;
    }
    next = Math.floor(range.start / chunkBytes);
    endIndex = Math.ceil(range.end / chunkBytes);
    return undefined;
  };

  return {
    async read() {
      if (closed) throw new Error("read after close");
      if (reading) throw new Error("read before the last one ended");
      if (done) return undefined;
      reading = true;
      try {
        if (!located) {
          const first = await begin();
          if (done) {
            context.figures.readBytes += first?.length ?? 0;
            return first;
          }
        }
        const bytes = await readWindow(located as unknown as Located);
        done = next >= endIndex;
        context.figures.readBytes += bytes.length;
        return bytes;
      } catch (error) {
        done = true;
        if (error instanceof StoreCorrupt) context.figures.corruptReads++;
        throw error;
      } finally {
        reading = false;
        if (done || closed) release();
      }
    },
    close() {
      closed = true;
      release();
    },
  };
};

// An array of its own for each small blob costs more than reading it. A piece is never handed out twice; what is held of a slab keeps all of it.
const slabBytes = 64 * 1024;
const pieceBytesMax = 8 * 1024;
let slab = Buffer.alloc(0);
let slabUsed = 0;
const piece = (bytes: number): Buffer => {
  if (bytes > pieceBytesMax) return Buffer.allocUnsafeSlow(bytes);
  if (slabUsed + bytes > slab.length) {
    slab = Buffer.allocUnsafeSlow(slabBytes);
    slabUsed = 0;
  }
  slabUsed += bytes;
  return slab.subarray(slabUsed - bytes, slabUsed);
};

/** `undefined` when the record is not where its reference says: it was moved, or is gone. */
const readWhole = (context: Context, place: Place): Bytes | undefined => {
  const volume = acquireOrMissing(context, place.volume);
  if (!volume) return undefined;
  try {
    const dataAt = prefixBytes(volume.kind);
    const end = dataAt + place.length;
    const bytes = piece(end + (place.length > 0 ? checksumBytes : 0));
    const read = context.files.readSync(volume.fd, bytes, place.offset);
    if (judgeHeader(bytes.subarray(0, read), place, volume) === "moved") return undefined;
    if (place.length === 0) return bytes.subarray(end);
    const data = bytes.subarray(dataAt, end);
    if (read < bytes.length || chunkChecksum(data, place.check, 0) !== bytes.readUInt32LE(end))
      throw new StoreCorrupt(`volume ${place.volume}: the record at ${place.offset} does not match its checksum`);
    return data;
  } finally {
    context.handles.release(volume);
  }
};
