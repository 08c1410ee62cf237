import type { BlobRef, ByteSource, Bytes } from "../../../core/ports.ts";
import { type Context, creationFailure, refuseWhenStopped, writeFailure } from "./context.ts";
import { checksumBytes, chunkBytes, encodeRef, headerBytes, recordBytes, recordStates, stateOffset, superblockBytes, trailerBytes, writeHeader, writeTrailer } from "./format.ts";
import { newCheck, pull, sealChunk } from "./record.ts";
import { flushShared, type Writable, type Writables } from "./writable.ts";

export type LargeWriter = { write(source: ByteSource, options: { owner: Bytes; length: number }): Promise<BlobRef>; rotate(): Promise<void>; close(): Promise<void> };

/** A run of a volume, reserved at its tail for one record. */
type Run = { writable: Writable; offset: number; bytes: number };

/**
 * Streams bodies whose length is known: a run is reserved, filled in batches of chunks while the source is pulled (at most one batch being written,
 * one being filled), and flushed by an fdatasync shared with the streams that end at the same time.
 */
export const openLargeWriter = (context: Context, writables: Writables): LargeWriter => {
  const { files, limits, figures } = context;
  const slabBytes = headerBytes + limits.batchChunks * (chunkBytes + checksumBytes) + trailerBytes + 8;
  const idle: Buffer[] = [];
  let open: Promise<Writable> | undefined;
  const under = new Set<Promise<unknown>>();

  const takeSlab = (): Buffer => idle.pop() ?? Buffer.allocUnsafeSlow(slabBytes);
  const giveSlab = (slab: Buffer): void => {
    if (idle.length < limits.idleSlabsMax) idle.push(slab);
  };

  const writeSlab = async (fd: number, slab: Buffer, used: number, position: number): Promise<void> => {
    try {
      await files.writev(fd, [slab.subarray(0, used)], position);
    } finally {
      giveSlab(slab);
    }
  };

  const rotateOpen = async (): Promise<void> => {
    const ending = open;
    open = undefined;
    const writable = await ending?.catch(() => undefined);
    if (writable) await writables.rotate(writable);
  };

  const reserve = async (length: number): Promise<Run> => {
    const bytes = recordBytes("large", length);
    for (;;) {
      open ??= writables.open("large");
      const opening = open;
      let writable: Writable;
      try {
        writable = await opening;
      } catch (error) {
        if (open === opening) open = undefined;
        throw error;
      }
      if (open !== opening) continue;
      if (writable.tail + bytes > limits.largeVolumeBytes && writable.tail > superblockBytes) {
        await rotateOpen();
        continue;
      }
      const offset = writable.tail;
      writable.tail += bytes;
      writable.writing++;
      return { writable, offset, bytes };
    }
  };

  /** Nothing of the run was acknowledged, and nobody writes to it any more. At the tail it is given back, with what was abandoned in front of it. */
  const abandon = ({ writable, offset, bytes }: Run, header: Parameters<typeof writeHeader>[2]): void => {
    const dead = Buffer.alloc(headerBytes);
    writeHeader(dead, 0, header);
    dead[stateOffset] = recordStates.dead;
    writable.abandoned.set(offset + bytes, { offset, header: dead });
    for (let last = writable.abandoned.get(writable.tail); last; last = writable.abandoned.get(writable.tail)) {
      writable.abandoned.delete(writable.tail);
      writable.tail = last.offset;
    }
    writable.writing--;
    writables.written(writable);
  };

  const stream = async (source: ByteSource, run: Run, header: Parameters<typeof writeHeader>[2]): Promise<void> => {
    const { length, check } = header;
    const { fd } = run.writable.volume;
    const puller = pull(source, length);
    let slab = takeSlab();
    let holding = true;
    let writing: Promise<void> = Promise.resolve();
    const failures: unknown[] = [];
    try {
      writeHeader(slab, 0, header);
      let used: number = headerBytes;
      let position = run.offset;
      let digest = 0;
      for (let index = 0, left = length; left > 0; ) {
        const size = Math.min(left, chunkBytes);
        await puller.fill(slab, used, size);
        digest = sealChunk(slab, used, size, check, index, digest);
        used += size + checksumBytes;
        left -= size;
        index++;
        if (left === 0) {
          await puller.end();
          const end = run.offset + run.bytes - position;
          slab.fill(0, used, end);
          writeTrailer(slab, used, { digest, check, length });
          used = end;
        } else if (index % limits.batchChunks !== 0) continue;
        await writing;
        if (failures.length > 0) throw failures[0];
        writing = writeSlab(fd, slab, used, position).catch((error: unknown) => void failures.push(writeFailure(context, error)));
        holding = false;
        position += used;
        used = 0;
        if (left > 0) {
          slab = takeSlab();
          holding = true;
        }
      }
    } finally {
      if (holding) giveSlab(slab);
      await writing;
    }
    if (failures.length > 0) throw failures[0];
  };

  const write = async (source: ByteSource, { owner, length }: { owner: Bytes; length: number }): Promise<BlobRef> => {
    let run: Run;
    try {
      run = await reserve(length);
    } catch (error) {
      throw creationFailure(context, error);
    }
    const { writable, offset } = run;
    const check = newCheck();
    const header = { check, owner, length, createdMs: Date.now(), offset, salt: writable.volume.salt };
    try {
      await stream(source, run, header);
      await flushShared(context, writable);
    } catch (error) {
      abandon(run, header);
      throw error;
    }
    writable.records++;
    writable.recordBytes += run.bytes;
    writable.unsettled.add(offset);
    writable.writing--;
    figures.writtenBlobs++;
    figures.writtenBytes += length;
    return encodeRef({ volume: writable.volume.name, offset, length, check });
  };

  return {
    write(source, options) {
      refuseWhenStopped(context);
      const writing = write(source, options);
      under.add(writing);
      const done = (): void => void under.delete(writing);
      writing.then(done, done);
      return writing;
    },
    rotate: rotateOpen,
    async close() {
      await Promise.allSettled([...under]);
      await rotateOpen();
    },
  };
};
