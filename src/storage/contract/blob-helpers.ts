import { createHash } from "node:crypto";
import type { BlobListing, BlobRef, BlobStore, ByteSource, Bytes } from "../../core/ports.ts";

/** Bytes that are the same for the same seed and differ between seeds. */
export const seededBytes = (seed: number, length: number): Buffer => {
  const bytes = Buffer.allocUnsafe(length);
  let state = (Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995) >>> 0 || 1;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    state = xorshift(state);
    bytes.writeUInt32LE(state, at);
  }
  for (; at < length; at++) {
    state = xorshift(state);
    bytes[at] = state & 0xff;
  }
  return bytes;
};
const xorshift = (state: number): number => {
  let x = state;
  x ^= x << 13;
  x ^= x >>> 17;
  x ^= x << 5;
  return x >>> 0;
};
export const seededRandom = (seed: number): (() => number) => {
  let state = (Math.imul(seed, 0x9e3779b1) ^ 0x2545f491) >>> 0 || 1;
  return () => {
    state = xorshift(state);
    return state / 2 ** 32;
  };
};

/** A source that uses its right to overwrite every chunk that has expired. */
export const sourceOf = (bytes: Bytes, options: { chunkBytes?: number; delayMs?: number; failAfter?: number } = {}): ByteSource => {
  const chunkBytes = options.chunkBytes ?? 64 * 1024;
  const given: Buffer[] = [];
  let at = 0;
  return {
    async read() {
      if (options.delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, options.delayMs));
      if (given.length > 1) given.shift()?.fill(0xdb);
      if (options.failAfter !== undefined && at >= options.failAfter) throw new Error("the client went away");
      if (at >= bytes.length) return undefined;
      const chunk = Buffer.from(bytes.subarray(at, at + chunkBytes));
      at += chunk.length;
      given.push(chunk);
      return chunk;
    },
    close() {},
  };
};

export const ownerOf = (number: number): Bytes => {
  const owner = Buffer.alloc(16);
  owner.writeUInt32BE(number, 12);
  return owner;
};

export const put = async (store: BlobStore, bytes: Bytes, owner = 1, chunkBytes?: number): Promise<BlobRef> => {
  const options = chunkBytes === undefined ? {} : { chunkBytes };
  const ref = await store.write(sourceOf(bytes, options), { owner: ownerOf(owner), length: bytes.length });
  store.settled(ref);
  return ref;
};

/** Reads as the port allows: each chunk is copied only after the next was fetched. `pauseMs`: a slow reader. */
export const collect = async (source: ByteSource, pauseMs?: number): Promise<Buffer> => {
  const parts: Buffer[] = [];
  try {
    let held: Bytes | undefined;
    for (;;) {
      const chunk = await source.read();
      if (pauseMs !== undefined) await new Promise((resolve) => setTimeout(resolve, pauseMs));
      if (held) parts.push(Buffer.from(held));
      if (!chunk) return Buffer.concat(parts);
      held = chunk;
    }
  } finally {
    source.close();
  }
};

export const get = (store: BlobStore, ref: BlobRef, length: number, range: { start: number; end: number } = { start: 0, end: length }): Promise<Buffer> =>
  collect(store.read(ref, range));
export const listAll = async (store: BlobStore, epoch: string): Promise<BlobListing[]> => {
  const all: BlobListing[] = [];
  for await (const page of store.list(epoch)) all.push(...page);
  return all;
};
export const hex = (bytes: Bytes): string => Buffer.from(bytes).toString("hex");
export const sha = (bytes: Bytes): string => createHash("sha256").update(bytes).digest("hex");
