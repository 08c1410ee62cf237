/**
 * An ordered map from bytes to values with snapshots that cost nothing to take: two levels, a list of chunks of sorted keys, each copied on the first
 * write after a snapshot (by epoch), never changed under one.
 */
import type { Bytes } from "../../../core/ports.ts";
import { compareBytes } from "../../../lib/bytes.ts";

/** A chunk that grows past this is cut in two. */
const chunkKeysMax = 256;

type Chunk<V> = { keys: Bytes[]; values: V[]; epoch: number };
export type SortedView<V> = {
  get(key: Bytes): V | undefined;
  /** The first entry at or after `key`. */
  atOrAfter(key: Bytes): Place | undefined;
  /** The last entry before `key`. */
  before(key: Bytes): Place | undefined;
  next(place: Place): Place | undefined;
  previous(place: Place): Place | undefined;
  key(place: Place): Bytes;
  value(place: Place): V;
};
export type Place = { chunk: number; index: number };
export type SortedMap<V> = {
  /** Reads the present state; used at once, before the next write. */
  now(): SortedView<V>;
  /** A view that no later write changes. */
  snapshot(): SortedView<V>;
  put(key: Bytes, value: V): void;
  remove(key: Bytes): boolean;
};

export function sortedMap<V>(): SortedMap<V> {
  let epoch = 0;
  let chunksEpoch = 0;
  let chunks: Chunk<V>[] = [];

  function ownedChunk(at: number): Chunk<V> {
    if (chunksEpoch !== epoch) {
      chunks = chunks.slice();
      chunksEpoch = epoch;
    }
    let chunk = chunks[at] as Chunk<V>;
    if (chunk.epoch !== epoch) {
      chunk = { keys: chunk.keys.slice(), values: chunk.values.slice(), epoch };
      chunks[at] = chunk;
    }
    return chunk;
  }

  return {
    now: () => viewOf(chunks),
    snapshot() {
      epoch++;
      return viewOf(chunks);
    },
    put(key, value) {
      if (chunks.length === 0) {
        chunks = [{ keys: [key], values: [value], epoch }];
        chunksEpoch = epoch;
        return;
      }
      const at = Math.max(0, chunkOf(chunks, key));
      const chunk = ownedChunk(at);
      const index = lowerBound(chunk.keys, key);
      const found = chunk.keys[index];
      if (found !== undefined && compareBytes(found, key) === 0) {
        chunk.values[index] = value;
        return;
      }
      chunk.keys.splice(index, 0, key);
      chunk.values.splice(index, 0, value);
      if (chunk.keys.length <= chunkKeysMax) return;
      const half = chunk.keys.length >> 1;
      chunks.splice(at + 1, 0, { keys: chunk.keys.splice(half), values: chunk.values.splice(half), epoch });
    },
    remove(key) {
      const at = chunkOf(chunks, key);
      const index = at < 0 ? -1 : indexOf((chunks[at] as Chunk<V>).keys, key);
      if (index < 0) return false;
      const chunk = ownedChunk(at);
      chunk.keys.splice(index, 1);
      chunk.values.splice(index, 1);
      if (chunk.keys.length === 0) chunks.splice(at, 1);
      return true;
    },
  };
}

function viewOf<V>(chunks: readonly Chunk<V>[]): SortedView<V> {
  const at = (place: Place): Chunk<V> => chunks[place.chunk] as Chunk<V>;
  const next = (place: Place): Place | undefined => {
    if (place.index + 1 < at(place).keys.length) return { chunk: place.chunk, index: place.index + 1 };
    return place.chunk + 1 < chunks.length ? { chunk: place.chunk + 1, index: 0 } : undefined;
  };
  const previous = (place: Place): Place | undefined => {
    if (place.index > 0) return { chunk: place.chunk, index: place.index - 1 };
    const chunk = chunks[place.chunk - 1];
    return chunk && { chunk: place.chunk - 1, index: chunk.keys.length - 1 };
  };
  const atOrAfter = (key: Bytes): Place | undefined => {
    if (chunks.length === 0) return undefined;
    const chunk = Math.max(0, chunkOf(chunks, key));
    const { keys } = chunks[chunk] as Chunk<V>;
    const index = lowerBound(keys, key);
    if (index < keys.length) return { chunk, index };
    return next({ chunk, index: keys.length - 1 });
  };
  return {
    get(key) {
      const chunk = chunks[chunkOf(chunks, key)];
      const index = chunk === undefined ? -1 : indexOf(chunk.keys, key);
      return index < 0 ? undefined : chunk?.values[index];
    },
    atOrAfter,
    before(key) {
      const place = atOrAfter(key);
      if (place !== undefined) return previous(place);
      const chunk = chunks.length - 1;
      return chunk < 0 ? undefined : { chunk, index: (chunks[chunk] as Chunk<V>).keys.length - 1 };
    },
    next,
    previous,
    key: (place) => at(place).keys[place.index] as Bytes,
    value: (place) => at(place).values[place.index] as V,
  };
}

/** The last chunk whose first key is at or before `key`, or -1. */
function chunkOf<V>(chunks: readonly Chunk<V>[], key: Bytes): number {
  let low = 0;
  let high = chunks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareBytes((chunks[middle] as Chunk<V>).keys[0] as Bytes, key) <= 0) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
function lowerBound(keys: readonly Bytes[], key: Bytes): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareBytes(keys[middle] as Bytes, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
function indexOf(keys: readonly Bytes[], key: Bytes): number {
  const index = lowerBound(keys, key);
  const found = keys[index];
  return found !== undefined && compareBytes(found, key) === 0 ? index : -1;
}
