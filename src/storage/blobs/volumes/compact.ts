import { setTimeout as sleep } from "node:timers/promises";
import { type BlobRef, StoreCorrupt } from "../../../core/ports.ts";
import { type Context, creationFailure, refuseWhenStopped, writeFailure } from "./context.ts";
import { readDead } from "./dead-list.ts";
import {
  checksumBytes,
  chunkBytes,
  chunkChecksum,
  chunkCount,
  chunkOffset,
  compactingOffset,
  decodeRef,
  encodeRef,
  headerBytes,
  originBytes,
  recordBytes,
  recordStates,
  stateOffset,
  superblockBytes,
  trailerOffset,
  writeHeader,
  writeOrigin,
} from "./format.ts";
import { readSuperblock, type Volume } from "./handles.ts";
import { acquireOrMissing } from "./locate.ts";
import type { MovedIndex } from "./moved.ts";
import { makeDead } from "./remove.ts";
import { type Scanned, scanVolume } from "./scan.ts";
import { surveyVolumes } from "./survey.ts";
import { setFlag, unlinkVolume } from "./volume-file.ts";
import type { Writable, Writables } from "./writable.ts";

/** After each of these a crash loses nothing; tests stop there. */
export type CompactStep = "flagged" | "copied" | "moved" | "marked" | "unlinked";
export type CompactOptions = {
  /** A volume qualifies when at least this share of its bytes is dead (0 to 1). */
  deadShareMin: number;
  bytesPerSecondMax?: number;
  signal?: AbortSignal;
  onStep?: (step: CompactStep) => void | Promise<void>;
};
export type Compacted = { volume: string; copiedRecords: number; copiedBytes: number; freedBytes: number };

export type Compactor = { compact(options: CompactOptions): Promise<Compacted | undefined>; rotate(): Promise<void>; close(): Promise<void> };

type Copy = { ref: BlobRef; offset: number; place: BlobRef };

/**
 * Frees the volume with the largest dead share: what lives in it is copied into a volume of the compactor's own, flushed, named in the moved index in
 * slices, and the volume is unlinked. It judges nothing: only volumes that were swept qualify. One thread of the process compacts at a time.
 */
export const openCompactor = (context: Context, writables: Writables, moved: MovedIndex): Compactor => {
  const { files, handles, limits, figures } = context;
  let open: Writable | undefined;
  let last: Promise<unknown> = Promise.resolve();
  /** Volumes found damaged; they stay as they are until somebody looks at them. */
  const damaged = new Set<string>();
  const sliceBytesMax = Math.min(limits.groupBytesMax, limits.largeVolumeBytes / 4);

  const rotate = async (): Promise<void> => {
    const ending = open;
    open = undefined;
    if (ending) await writables.rotate(ending);
  };

  const target = async (bytes: number): Promise<Writable> => {
    if (open && open.tail + bytes > limits.largeVolumeBytes && open.tail > superblockBytes) await rotate();
    open ??= await writables.open("compacted");
    return open;
  };

  /** Copies one record, each chunk verified on its way; not flushed. */
  const copyRecord = async (from: Volume, record: Scanned, ref: BlobRef): Promise<BlobRef> => {
    const { header } = record;
    const bytes = recordBytes("compacted", header.length);
    const to = await target(bytes);
    const at = to.tail;
    const head = Buffer.alloc(headerBytes + originBytes);
    writeHeader(head, 0, { ...header, offset: at, salt: to.volume.salt });
    writeOrigin(head, headerBytes, ref);
    await files.writev(to.volume.fd, [head], at);
    const batch = Buffer.allocUnsafeSlow(Math.min(limits.batchChunks, Math.max(chunkCount(header.length), 1)) * (chunkBytes + checksumBytes));
    for (let index = 0; index < chunkCount(header.length); ) {
      const count = Math.min(limits.batchChunks, chunkCount(header.length) - index);
      const size = Math.min(count * chunkBytes, header.length - index * chunkBytes) + count * checksumBytes;
      const piece = batch.subarray(0, size);
      const read = await files.readv(from.fd, [piece], record.offset + chunkOffset(from.kind, index));
      for (let each = 0; each < count; each++) {
        const start = each * (chunkBytes + checksumBytes);
        const end = Math.min(start + chunkBytes, size - checksumBytes);
        if (read < size || chunkChecksum(piece.subarray(start, end), header.check, index + each) !== piece.readUInt32LE(end))
          throw new StoreCorrupt(`volume ${from.name}: chunk ${index + each} of the record at ${record.offset} does not match its checksum`);
      }
      await files.writev(to.volume.fd, [piece], at + chunkOffset("compacted", index));
      index += count;
    }
    const rest = Buffer.alloc(bytes - trailerOffset("compacted", header.length));
    await files.readv(from.fd, [rest], record.offset + trailerOffset(from.kind, header.length));
    await files.writev(to.volume.fd, [rest], at + trailerOffset("compacted", header.length));
    to.tail += bytes;
    to.records++;
    to.recordBytes += bytes;
    return encodeRef({ volume: to.volume.name, offset: at, length: header.length, check: header.check });
  };

  /** A slice of copies, all in one volume: flushed, then named. On a failure they are as if never made. */
  const copySlice = async (from: Volume, slice: { record: Scanned; ref: BlobRef }[], onStep: CompactOptions["onStep"]): Promise<Copy[]> => {
    const copies: Copy[] = [];
    const before = await target(slice.reduce((sum, { record }) => sum + record.bytes + originBytes, 0)).catch((error: unknown) => {
      throw creationFailure(context, error);
    });
    const { tail, records, recordBytes: bytes } = before;
    try {
      for (const { record, ref } of slice) copies.push({ ref, offset: record.offset, place: await copyRecord(from, record, ref) });
      await files.datasync(before.volume.fd);
    } catch (error) {
      Object.assign(before, { tail, records, recordBytes: bytes });
      throw error instanceof StoreCorrupt ? error : writeFailure(context, error);
    }
    await onStep?.("copied");
    await moved.put(copies.map(({ ref, place }) => ({ ref, place })));
    await onStep?.("moved");
    return copies;
  };

  const compactVolume = async (volume: Volume, options: CompactOptions): Promise<Compacted> => {
    const superblock = readSuperblock(files, volume.fd, volume.name);
    const { sealed } = superblock;
    if (!sealed || !superblock.swept) throw new Error(`volume ${volume.name} is not sealed and swept`);
    const fileBytes = files.statSync(volume.fd).size;
    if (!superblock.compacting) await setFlag(files, volume.fd, compactingOffset);
    await options.onStep?.("flagged");
    const throttle = newThrottle(options.bytesPerSecondMax, options.signal);
    const dead = new Set((await readDead(files, handles.folder, volume.name)).entries.map((entry) => entry.offset));
    const copies: Copy[] = [];
    const result: Compacted = { volume: volume.name, copiedRecords: 0, copiedBytes: 0, freedBytes: fileBytes };
    let whole = 0;
    let slice: { record: Scanned; ref: BlobRef }[] = [];
    let sliceBytes = 0;
    const flush = async (): Promise<void> => {
      if (slice.length === 0) return;
      options.signal?.throwIfAborted();
      refuseWhenStopped(context);
      copies.push(...(await copySlice(volume, slice, options.onStep)));
      result.copiedRecords += slice.length;
      result.copiedBytes += sliceBytes;
      await throttle(sliceBytes);
      slice = [];
      sliceBytes = 0;
    };
    for await (const record of scanVolume(files, volume, { trailers: true })) {
      const { header, offset, bytes } = record;
      if (record.whole) whole++;
      if (header.state === "dead" || dead.has(offset)) continue;
      if (header.state === "lost" || !record.whole) throw new StoreCorrupt(`volume ${volume.name}: the record at ${offset} is damaged; it is not compacted`);
      const here = encodeRef({ volume: volume.name, offset, length: header.length, check: header.check });
      const ref = volume.kind === "compacted" ? record.origin : here;
      if (!ref) throw new StoreCorrupt(`volume ${volume.name}: the record at ${offset} has lost its origin; it is not compacted`);
      const newest = await moved.get(ref);
      if (volume.kind === "compacted" ? !newest : header.state === "moved" && !newest) continue; // removed while it was moved, or a copy never used
      if (newest && Buffer.compare(newest, here) !== 0) {
        copies.push({ ref, offset, place: newest }); // an earlier compaction of this volume was interrupted
        continue;
      }
      slice.push({ record, ref });
      sliceBytes += bytes;
      if (slice.length === limits.compactSliceRecords || sliceBytes >= sliceBytesMax) await flush();
    }
    await flush();
    if (whole < sealed.records) throw new StoreCorrupt(`volume ${volume.name}: ${sealed.records - whole} records cannot be found; it is kept`);
    await finish(volume, copies);
    await options.onStep?.("marked");
    await unlinkVolume(files, handles.folder, volume.name);
    handles.forget(volume.name);
    await options.onStep?.("unlinked");
    figures.compactedVolumes++;
    figures.compactedBytes += result.copiedBytes;
    return result;
  };

  /** Copies of what was removed meanwhile are removed too (see `removeBlobs`); who still holds the old volume open is sent to the index for the others. */
  const finish = async (volume: Volume, copies: Copy[]): Promise<void> => {
    const dead = new Set((await readDead(files, handles.folder, volume.name)).entries.map((entry) => entry.offset));
    const state = Buffer.alloc(1);
    for (const { ref, offset, place } of copies) {
      files.readSync(volume.fd, state, offset + stateOffset);
      if (dead.has(offset) || state[0] === recordStates.dead) {
        await removeCopy(place);
        await moved.remove([ref]);
      } else files.writeSync(volume.fd, Buffer.of(recordStates.moved), offset + stateOffset);
    }
  };

  const removeCopy = async (ref: BlobRef): Promise<void> => {
    const place = decodeRef(ref);
    const volume = acquireOrMissing(context, place.volume);
    if (!volume) return;
    try {
      await makeDead(context, volume, [{ offset: place.offset, bytes: recordBytes(volume.kind, place.length), check: place.check }]);
    } finally {
      handles.release(volume);
    }
  };

  const compact = async (options: CompactOptions): Promise<Compacted | undefined> => {
    refuseWhenStopped(context);
    const { volumes } = await surveyVolumes(handles.folder, files);
    const share = (volume: (typeof volumes)[number]): number => (volume.compacting ? 2 : volume.liveBytes === 0 ? 1 : volume.deadBytes / (volume.deadBytes + volume.liveBytes));
    const candidates = volumes.filter((each) => each.sealed && each.swept && !damaged.has(each.name) && share(each) >= options.deadShareMin);
    for (const { name } of candidates.sort((a, b) => share(b) - share(a))) {
      const volume = acquireOrMissing(context, name);
      if (!volume) continue;
      try {
        return await compactVolume(volume, options);
      } catch (error) {
        if (!(error instanceof StoreCorrupt)) throw error;
        damaged.add(name);
        figures.corruptReads++; // kept as it is; `verifyVolumes` names it
      } finally {
        handles.release(volume);
      }
    }
    return undefined;
  };

  return {
    compact(options) {
      const run = last.then(() => compact(options));
      last = run.catch(() => {});
      return run;
    },
    rotate,
    async close() {
      await last;
      await rotate();
    },
  };
};

const newThrottle = (bytesPerSecondMax: number | undefined, signal: AbortSignal | undefined): ((bytes: number) => Promise<void>) => {
  if (bytesPerSecondMax === undefined) return async () => {};
  const begun = performance.now();
  let total = 0;
  return async (bytes) => {
    total += bytes;
    const aheadMs = (total / bytesPerSecondMax) * 1000 - (performance.now() - begun);
    if (aheadMs > 1) await sleep(aheadMs, undefined, signal ? { signal } : {});
  };
};
