import { type Context, flushFailure, writeFailure } from "./context.ts";
import { isFull } from "./files.ts";
import { superblockBytes, type VolumeKind } from "./format.ts";
import type { Volume } from "./handles.ts";
import { createVolume, sealVolume } from "./volume-file.ts";

/** A volume this thread writes. `tail`: where the next record begins. `unsettled`: offsets of the records acknowledged and not yet settled. */
export type Writable = {
  readonly volume: Volume;
  tail: number;
  records: number;
  recordBytes: number;
  writing: number;
  unsettled: Set<number>;
  /** Runs that failed, by where they end: none of their bytes counts. They are given back when the tail comes down to them. */
  abandoned: Map<number, { offset: number; header: Buffer }>;
  rotated: boolean;
  sealing: Promise<void> | undefined;
  flushing: Promise<void> | undefined;
  nextFlush: Promise<void> | undefined;
};

export type Writables = {
  open(kind: VolumeKind): Promise<Writable>;
  /** Nothing new begins in it; it is sealed when its writes have ended and are settled. Resolves when that is under way no more, or not yet possible. */
  rotate(writable: Writable): Promise<void>;
  settled(volume: string, offset: number): void;
  /** Call when `writing` went down. */
  written(writable: Writable): void;
  /** Waits for the seals under way and seals what can be; the rest is ended by the next run. */
  close(): Promise<void>;
};

export const openWritables = (context: Context): Writables => {
  const all = new Map<string, Writable>();

  const sealWhenDone = (writable: Writable): void => {
    if (!writable.rotated || writable.sealing || writable.writing > 0 || writable.unsettled.size > 0 || context.poison) return;
    const seal = { records: writable.records, dataEnd: writable.tail, recordBytes: writable.recordBytes };
    writable.sealing = markAbandoned(context, writable)
      .then(() => sealVolume(context.files, writable.volume.fd, seal))
      .catch((error: unknown) => void writeFailure(context, error))
      .finally(() => {
        all.delete(writable.volume.name);
        context.handles.release(writable.volume);
      });
  };

  return {
    async open(kind) {
      const volume = await createVolume(context, kind);
      const writable: Writable = {
        volume,
        tail: superblockBytes,
        records: 0,
        recordBytes: 0,
        writing: 0,
        unsettled: new Set(),
        abandoned: new Map(),
        rotated: false,
        sealing: undefined,
        flushing: undefined,
        nextFlush: undefined,
      };
      all.set(volume.name, writable);
      return writable;
    },
    async rotate(writable) {
      writable.rotated = true;
      sealWhenDone(writable);
      await writable.sealing;
    },
    settled(volume, offset) {
      const writable = all.get(volume);
      if (writable?.unsettled.delete(offset)) sealWhenDone(writable);
    },
    written: sealWhenDone,
    async close() {
      for (const writable of [...all.values()]) {
        writable.rotated = true;
        sealWhenDone(writable);
        if (writable.sealing) continue;
        if (!context.poison) await context.files.truncate(writable.volume.fd, writable.tail).catch(() => {});
        all.delete(writable.volume.name);
        context.handles.release(writable.volume);
      }
      await Promise.all([...all.values()].map((writable) => writable.sealing));
    },
  };
};

/** Dead headers let a scan hop over what failed. Where the disk is too full even for that, it searches for the next header. */
const markAbandoned = async (context: Context, { abandoned, volume }: Writable): Promise<void> => {
  for (const { offset, header } of abandoned.values()) {
    try {
      await context.files.writev(volume.fd, [header], offset);
    } catch (error) {
      if (!isFull(error)) throw error;
    }
  }
};

/** One fdatasync for all who asked before it began; who asks while one runs shares the next. */
export const flushShared = (context: Context, writable: Writable): Promise<void> => {
  const start = async (): Promise<void> => {
    writable.flushing = writable.nextFlush;
    writable.nextFlush = undefined;
    const begun = performance.now();
    try {
      if (context.poison) throw context.poison;
      await context.files.datasync(writable.volume.fd);
    } catch (error) {
      throw flushFailure(context, error);
    } finally {
      context.figures.flushes++;
      context.figures.flushMs += performance.now() - begun;
      if (!writable.nextFlush) writable.flushing = undefined;
    }
  };
  if (!writable.nextFlush) writable.nextFlush = (writable.flushing ?? Promise.resolve()).then(start, start);
  return writable.nextFlush;
};
