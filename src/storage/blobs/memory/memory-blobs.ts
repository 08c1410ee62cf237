import { randomBytes } from "node:crypto";
import { BlobGone, type BlobListing, type BlobRef, type BlobStore, BodyLengthError, type ByteSource, type Bytes, StoreRefused } from "../../../core/ports.ts";

type Blob = { owner: Bytes; bytes: Bytes; epoch: number };
type Epoch = { rotated: boolean; swept: boolean; written: number; unsettled: Set<string> };

export const memoryBlobsLimits = { chunkBytes: 64 * 1024, pageEntries: 100 } as const;
/** What an expired chunk is filled with, so that a consumer that holds one too long sees it in its tests. */
const expiredByte = 0xdb;

export type MemoryBlobs = BlobStore & {
  /** Ends the open epoch as soon as its writes are settled. */
  rotate(): void;
  count(): number;
};

/**
 * The blob store of tests and of models: everything in this process, the rules those of the port. Chunks handed out are overwritten as soon as
 * the port's validity rule lets them expire. `blobsPerEpoch`: how many writes one epoch takes before the next is begun.
 */
export const memoryBlobs = (options: { blobsPerEpoch?: number } = {}): MemoryBlobs => {
  const blobsPerEpoch = options.blobsPerEpoch ?? 1_000;
  const blobs = new Map<string, Blob>();
  const epochs = new Map<number, Epoch>();
  let current = 0;
  let closed = false;

  const openEpoch = (): Epoch => {
    let epoch = epochs.get(current);
    if (epoch && (epoch.rotated || epoch.written >= blobsPerEpoch)) {
      epoch.rotated = true;
      epoch = undefined;
      current++;
    }
    epoch ??= { rotated: false, swept: false, written: 0, unsettled: new Set() };
    epochs.set(current, epoch);
    return epoch;
  };

  return {
    async write(source, { owner, length, shelf = 0 }) {
      if (closed) throw new StoreRefused("closing", "the blob store is closed");
      const epoch = openEpoch();
      const number = current;
      const ref = makeRef(number, shelf);
      const key = keyOf(ref);
      epoch.written++;
      epoch.unsettled.add(key);
      try {
        blobs.set(key, { owner: owner.slice(), bytes: await gather(source, length), epoch: number });
      } catch (error) {
        epoch.unsettled.delete(key);
        throw error;
      }
      return ref;
    },
    shelfOf: (ref) => ref[shelfAt] ?? 0,
    read: (ref, range) => {
      const blob = blobs.get(keyOf(ref));
      if (!blob) return failing(new BlobGone("no such blob"));
      if (!(0 <= range.start && range.start <= range.end && range.end <= blob.bytes.length)) return failing(new RangeError("range outside the blob"));
      return scribblingSource(blob.bytes.subarray(range.start, range.end));
    },
    async remove(refs) {
      for (const ref of refs) blobs.delete(keyOf(ref));
    },
    settled(ref) {
      epochs.get(epochOf(ref))?.unsettled.delete(keyOf(ref));
    },
    async endedEpochs() {
      return [...epochs].filter(([, epoch]) => (epoch.rotated || epoch.written >= blobsPerEpoch) && !epoch.swept && epoch.unsettled.size === 0).map(([number]) => String(number));
    },
    async *list(epoch) {
      let page: BlobListing[] = [];
      for (const [key, blob] of [...blobs]) {
        if (String(blob.epoch) !== epoch || !blobs.has(key)) continue;
        page.push({ ref: new Uint8Array(Buffer.from(key, "hex")), owner: blob.owner, size: blob.bytes.length });
        if (page.length === memoryBlobsLimits.pageEntries) {
          yield page;
          page = [];
        }
      }
      if (page.length > 0) yield page;
    },
    async markSwept(epoch) {
      const found = epochs.get(Number(epoch));
      if (found) found.swept = true;
    },
    async close() {
      closed = true;
    },
    rotate() {
      const epoch = epochs.get(current);
      if (epoch && epoch.written > 0) epoch.rotated = true;
    },
    count: () => blobs.size,
  };
};

const keyOf = (ref: BlobRef): string => Buffer.from(ref).toString("hex");
const makeRef = (epoch: number, shelf: number): BlobRef => {
  const ref = new Uint8Array(randomBytes(24));
  new DataView(ref.buffer).setUint32(0, epoch);
  ref[shelfAt] = shelf;
  return ref;
};
const shelfAt = 4;
const epochOf = (ref: BlobRef): number => (ref.length === 24 ? new DataView(ref.buffer, ref.byteOffset).getUint32(0) : -1);

const gather = async (source: ByteSource, length: number): Promise<Bytes> => {
  const bytes = new Uint8Array(length);
  let received = 0;
  for (let chunk = await source.read(); chunk; chunk = await source.read()) {
    if (received + chunk.length > length) throw new BodyLengthError(length, received + chunk.length);
    bytes.set(chunk, received);
    received += chunk.length;
  }
  if (received < length) throw new BodyLengthError(length, received);
  return bytes;
};

const failing = (error: Error): ByteSource => ({
  async read() {
    throw error;
  },
  close() {},
});

const scribblingSource = (bytes: Bytes): ByteSource => {
  let position = 0;
  let closed = false;
  const handedOut: Bytes[] = [];
  return {
    async read() {
      if (closed) throw new Error("read after close");
      if (handedOut.length > 1) handedOut.shift()?.fill(expiredByte);
      if (position === bytes.length) return undefined;
      const chunk = bytes.slice(position, position + memoryBlobsLimits.chunkBytes);
      position += chunk.length;
      handedOut.push(chunk);
      return chunk;
    },
    close() {
      closed = true;
    },
  };
};
