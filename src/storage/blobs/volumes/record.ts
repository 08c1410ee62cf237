import { randomFillSync } from "node:crypto";
import { BodyLengthError, type ByteSource, type Bytes } from "../../../core/ports.ts";
import { checksumBytes, chunkBytes, chunkChecksum, chunkOffset, extendDigest, recordBytes, trailerOffset, writeTrailer } from "./format.ts";

const randomPool = Buffer.allocUnsafeSlow(4096);
let randomLeft = 0;
/** Eight random bytes that nobody can guess; drawn from the system in blocks. */
export const newCheck = (): Buffer => {
  if (randomLeft === 0) {
    randomFillSync(randomPool);
    randomLeft = randomPool.length;
  }
  randomLeft -= 8;
  return Buffer.from(randomPool.subarray(randomLeft, randomLeft + 8));
};

/** Pulls a source chunk by chunk of the format: exactly `length` bytes, or `BodyLengthError`. */
export type Puller = {
  /** Fills `target` from `at` with the next `bytes` bytes. */
  fill(target: Buffer, at: number, bytes: number): Promise<void>;
  /** The source must have nothing more. */
  end(): Promise<void>;
};

export const pull = (source: ByteSource, length: number): Puller => {
  let chunk: Bytes | undefined;
  let taken = 0;
  let received = 0;
  const take = (next: Bytes | undefined): boolean => {
    chunk = next;
    taken = 0;
    received += next?.length ?? 0;
    return next !== undefined;
  };
  return {
    async fill(target, at, bytes) {
      let filled = 0;
      while (filled < bytes) {
        if (!chunk || taken === chunk.length) {
          if (!take(await source.read())) throw new BodyLengthError(length, received);
          continue;
        }
        const part = Math.min(chunk.length - taken, bytes - filled);
        target.set(taken === 0 && part === chunk.length ? chunk : chunk.subarray(taken, taken + part), at + filled);
        taken += part;
        filled += part;
      }
    },
    async end() {
      while (received <= length && (chunk === undefined || taken === chunk.length)) if (!take(await source.read())) return;
      throw new BodyLengthError(length, received);
    },
  };
};

/** A whole record in memory but for its header, which needs the place it will have. `at` is where the record begins in `target`. */
export const gatherRecord = async (source: ByteSource, length: number, check: Bytes): Promise<Buffer> => {
  const bytes = recordBytes("small", length);
  const record = Buffer.allocUnsafe(bytes);
  const puller = pull(source, length);
  let digest = 0;
  for (let index = 0, left = length; left > 0; index++) {
    const size = Math.min(left, chunkBytes);
    const at = chunkOffset("small", index);
    await puller.fill(record, at, size);
    digest = sealChunk(record, at, size, check, index, digest);
    left -= size;
  }
  await puller.end();
  const trailer = trailerOffset("small", length);
  record.fill(0, trailer);
  writeTrailer(record, trailer, { digest, check, length });
  return record;
};

/** Writes the checksum of a chunk behind it and gives the digest so far. */
export const sealChunk = (record: Buffer, at: number, size: number, check: Bytes, index: number, digest: number): number => {
  record.writeUInt32LE(chunkChecksum(record.subarray(at, at + size), check, index), at + size);
  return extendDigest(digest, record.subarray(at + size, at + size + checksumBytes));
};
