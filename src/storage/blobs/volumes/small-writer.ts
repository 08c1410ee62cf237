import fs from "node:fs";
import { type BlobRef, type ByteSource, type Bytes, StoreOutcomeUnknown } from "../../../core/ports.ts";
import { type Context, creationFailure, refuseWhenStopped, writeFailure } from "./context.ts";
import { encodeRef, superblockBytes, writeHeader } from "./format.ts";
import { volumePath } from "./handles.ts";
import { gatherRecord, newCheck } from "./record.ts";
import type { Writable, Writables } from "./writable.ts";

type Pending = { record: Buffer; length: number; check: Bytes; owner: Bytes; resolve: (ref: BlobRef) => void; reject: (error: Error) => void };
type Open = Writable & { dsyncFd: number; zeroedTo: number; zeroStep: number; zeroing: Promise<void> | undefined };

const zeroPieceBytes = 1024 * 1024;
const zeros = Buffer.alloc(zeroPieceBytes);

export type SmallWriter = { write(source: ByteSource, options: { owner: Bytes; length: number }): Promise<BlobRef>; rotate(): Promise<void>; close(): Promise<void> };

/**
 * Group flush: one O_DSYNC write of all that queued while the last one ran, into space zeroed ahead (growing a file commits the journal of the file
 * system: facts/performance.md 3.4 has it 2 to 5 times slower). No timer: a lone writer never waits.
 */
export const openSmallWriter = (context: Context, writables: Writables): SmallWriter => {
  const { files, limits, figures } = context;
  let open: Open | undefined;
  let queue: Pending[] = [];
  let running: Promise<void> | undefined;
  let ending: Promise<void> = Promise.resolve();
  /** Rotations under way: no group begins. */
  let rotations = 0;

  const begin = async (): Promise<Open> => {
    const writable = await writables.open("small");
    const path = volumePath(context.handles.folder, writable.volume.name);
    const dsyncFd = await files.open(path, fs.constants.O_WRONLY | fs.constants.O_DSYNC).catch(async (error: unknown) => {
      await writables.rotate(writable);
      throw error;
    });
    return Object.assign(writable, { dsyncFd, zeroedTo: superblockBytes, zeroStep: limits.zeroStepBytesMin, zeroing: undefined });
  };

  const end = async (volume: Open): Promise<void> => {
    if (open === volume) open = undefined;
    await volume.zeroing?.catch(() => {});
    await files.close(volume.dsyncFd);
    await writables.rotate(volume);
  };

  const zeroStep = async (volume: Open, upTo: number): Promise<void> => {
    const to = Math.min(Math.max(volume.zeroedTo + volume.zeroStep, upTo), Math.max(limits.smallVolumeBytes, upTo));
    for (let at = volume.zeroedTo; at < to; at += zeroPieceBytes) await files.writev(volume.volume.fd, [zeros.subarray(0, Math.min(zeroPieceBytes, to - at))], at);
    await files.datasync(volume.volume.fd);
    volume.zeroedTo = to;
    volume.zeroStep = Math.min(volume.zeroStep * 2, limits.zeroStepBytesMax);
  };
  const zeroUpTo = async (volume: Open, upTo: number): Promise<void> => {
    await volume.zeroing?.catch(() => {}); // what failed in the background is tried again here, where somebody is told
    if (volume.zeroedTo < upTo) await zeroStep(volume, upTo);
  };
  const zeroAhead = (volume: Open): void => {
    if (volume.zeroing || volume.zeroedTo >= limits.smallVolumeBytes || volume.zeroedTo - volume.tail > volume.zeroStep / 2) return;
    volume.zeroing = zeroStep(volume, 0)
      .catch((error: unknown) => void writeFailure(context, error))
      .finally(() => (volume.zeroing = undefined));
  };

  /** As much of the queue as one flush takes and the volume has room for. */
  const takeGroup = (room: number): Pending[] => {
    let bytes = 0;
    let count = 0;
    for (const { record } of queue) {
      if (count === limits.groupRecordsMax || bytes + record.length > room || (count > 0 && bytes + record.length > limits.groupBytesMax)) break;
      bytes += record.length;
      count++;
    }
    const group = queue.slice(0, count);
    queue = queue.slice(count);
    return group;
  };

  const flushGroup = async (volume: Open, group: Pending[]): Promise<void> => {
    const createdMs = Date.now();
    const { name, salt } = volume.volume;
    let offset = volume.tail;
    const refs: BlobRef[] = [];
    for (const { record, length, check, owner } of group) {
      writeHeader(record, 0, { check, owner, length, createdMs, offset, salt });
      refs.push(encodeRef({ volume: name, offset, length, check }));
      offset += record.length;
    }
    await zeroUpTo(volume, offset);
    if (context.poison) throw new StoreOutcomeUnknown("an earlier flush failed", { cause: context.poison });
    const begun = performance.now();
    const buffers = group.map((each) => each.record);
    await files.writev(volume.dsyncFd, buffers, volume.tail);
    figures.flushes++;
    figures.flushMs += performance.now() - begun;
    let at = volume.tail;
    for (const [index, each] of group.entries()) {
      volume.unsettled.add(at);
      at += each.record.length;
      figures.writtenBytes += each.length;
      each.resolve(refs[index] as BlobRef);
    }
    volume.recordBytes += offset - volume.tail;
    volume.records += group.length;
    figures.writtenBlobs += group.length;
    volume.tail = offset;
    zeroAhead(volume);
  };

  const run = async (): Promise<void> => {
    while (queue.length > 0 && rotations === 0) {
      let group: Pending[] = [];
      try {
        open ??= await begin();
        group = takeGroup(limits.smallVolumeBytes - open.tail);
        if (group.length === 0 && open.tail > superblockBytes) {
          const full = open;
          open = undefined; // the next group need not wait for the seal
          ending = ending.then(() => end(full)).catch((error: unknown) => void writeFailure(context, error));
          continue;
        }
        if (group.length === 0) group = queue.splice(0, 1); // a volume smaller than its first record (tests only)
        await flushGroup(open, group);
      } catch (error) {
        const failure = open ? writeFailure(context, error) : creationFailure(context, error);
        if (group.length === 0) group = queue.splice(0);
        for (const each of group) each.reject(failure);
      }
    }
  };
  // The first group begins when this turn of the event loop is over: what came in together is flushed together.
  const kick = (): void => {
    if (running || rotations > 0 || queue.length === 0) return;
    running = new Promise<void>((resolve) => setImmediate(resolve)).then(run).finally(() => {
      running = undefined;
      kick();
    });
  };

  const rotateOpen = async (): Promise<void> => {
    rotations++;
    await running;
    try {
      if (open) await end(open);
      await ending;
    } finally {
      rotations--;
      kick();
    }
  };

  return {
    async write(source, { owner, length }) {
      const check = newCheck();
      const record = await gatherRecord(source, length, check);
      refuseWhenStopped(context);
      return new Promise((resolve, reject) => {
        queue.push({ record, length, check, owner, resolve, reject });
        kick();
      });
    },
    rotate: rotateOpen,
    close: rotateOpen,
  };
};
