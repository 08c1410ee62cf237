import { type BlobStore, type ByteSource, StoreCorrupt, StoreOutcomeUnknown, StoreRefused } from "../../../core/ports.ts";

/** Chances between 0 and 1, each drawn per call (`corruptRead`: per chunk). */
export type BlobFaults = {
  seed: number;
  /** `write` refuses before it takes a byte. */
  refuse?: number;
  /** `write` stores and then does not know whether it did. */
  failedFlush?: number;
  /** `remove` throws before it removes. */
  failedRemove?: number;
  /** A read breaks off with `StoreCorrupt`, as it does below a checksum for a flipped byte or a file that was cut. */
  corruptRead?: number;
  /** Every call waits up to this long. */
  delayMsMax?: number;
};

/** Seeded faults around any blob store: the same seed and the same order of calls give the same faults. `faults` counts what was dealt out. */
export const faultyBlobs = (inner: BlobStore, options: BlobFaults): BlobStore & { readonly faults: { refused: number; unknown: number; corrupt: number } } => {
  const random = seeded(options.seed);
  const faults = { refused: 0, unknown: 0, corrupt: 0 };
  const hit = (chance: number | undefined): boolean => random() < (chance ?? 0);
  const delay = async (): Promise<void> => {
    const delayMs = random() * (options.delayMsMax ?? 0);
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
  };
  return {
    faults,
    async write(source, request) {
      await delay();
      if (hit(options.refuse)) {
        faults.refused++;
        throw new StoreRefused("full", "the disk is full (a fault made on purpose)");
      }
      const ref = await inner.write(source, request);
      if (!hit(options.failedFlush)) return ref;
      faults.unknown++;
      inner.settled(ref); // the bytes stay as garbage, which the sweep of their epoch finds
      throw new StoreOutcomeUnknown("the flush failed (a fault made on purpose)");
    },
    ...(inner.shelfOf ? { shelfOf: (ref) => inner.shelfOf?.(ref) ?? 0 } : {}),
    read(ref, range): ByteSource {
      const source = inner.read(ref, range);
      return {
        async read() {
          await delay();
          if (hit(options.corruptRead)) {
            faults.corrupt++;
            throw new StoreCorrupt("a chunk does not match its checksum (a fault made on purpose)");
          }
          return await source.read();
        },
        close: () => source.close(),
      };
    },
    async remove(refs) {
      await delay();
      if (hit(options.failedRemove)) {
        faults.refused++;
        throw new StoreRefused("timeout", "not removed (a fault made on purpose)");
      }
      await inner.remove(refs);
    },
    settled: (ref) => inner.settled(ref),
    endedEpochs: () => inner.endedEpochs(),
    list: (epoch) => inner.list(epoch),
    markSwept: (epoch) => inner.markSwept(epoch),
    close: () => inner.close(),
  };
};

/** mulberry32. */
const seeded = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};
