/**
 * The rows of current versions that were read lately, kept per thread, with what was made of them. They are exactly as fresh as the store: it
 * counts, on every thread at once, the commits that touch such a row (`MetadataStore.watchedRow`, odd while one is under way), and a kept row
 * counts only while that number is the one under which it was read. (docs/decisions/0007-row-cache.md)
 */
import { lruCache } from "../lib/lru.ts";
import { asBuffer, tables } from "./keys.ts";
import type { Bytes, MetadataStore } from "./ports.ts";

const limits = { rowsMax: 8_192, valueBytesMax: 2_048 } as const;

/** What the engine is told to watch row by row. */
export const isHotRow = (key: Bytes): boolean => key[0] === tables.current.tag;

/** `made`: what was decoded from the value; shared, nobody may change it. */
export type HotRow = { readonly stamp: number; readonly value: Bytes; made: object | undefined };

export type HotRows = {
  find(key: Bytes): HotRow | undefined;
  /** Call before the row is read, and what it gives with what was read: kept when no commit touched the row in between. */
  reading(key: Bytes): ((value: Bytes | undefined) => HotRow | undefined) | undefined;
};

const caches = new WeakMap<MetadataStore, HotRows>();

export function hotRows(metadata: MetadataStore): HotRows | undefined {
  if (!metadata.watchedRow) return undefined;
  let cache = caches.get(metadata);
  if (!cache) caches.set(metadata, (cache = openCache(metadata.watchedRow)));
  return cache;
}

const nameOf = (key: Bytes): string => asBuffer(key).toString("latin1");

function openCache(watchedRow: (key: Bytes) => number): HotRows {
  const rows = lruCache<string, HotRow>(limits.rowsMax);
  return {
    find(key) {
      const row = rows.get(nameOf(key));
      return row?.stamp === watchedRow(key) ? row : undefined;
    },
    reading(key) {
      const stamp = watchedRow(key);
      if (stamp % 2 !== 0) return undefined;
      return (value) => {
        if (value === undefined || value.length > limits.valueBytesMax || watchedRow(key) !== stamp) return undefined;
        const row: HotRow = { stamp, value, made: undefined };
        rows.set(nameOf(key), row);
        return row;
      };
    },
  };
}
