/**
 * The few rows that every request reads and hardly anybody changes (who is who, which bucket, its state), kept per thread. They are exactly as
 * fresh as a snapshot: the store counts, on every thread at once, the commits that touch them (`MetadataStore.watched`), and a row counts only
 * while that number is the one under which it was read. A revoked key fails on the next request.
 */
import { tables } from "./keys.ts";
import type { Bytes, MetadataStore } from "./ports.ts";

const cachedTables: ReadonlySet<number | undefined> = new Set(
  [
    tables.name,
    tables.state,
    tables.document,
    tables.tenant,
    tables.account,
    tables.accountBy,
    tables.accessKey,
    tables.user,
    tables.holder,
    tables.hcpUser,
    tables.encryptionKey,
    tables.alias,
  ].map(({ tag }) => tag),
);
/** What the engine is told to watch. */
export const isCachedRow = (key: Bytes): boolean => cachedTables.has(key[0]);

const rowsMax = 20_000;

export type RowCache = {
  /** The number to read under: taken before the snapshot begins. `undefined`: nothing can be kept now. */
  stamp(): number | undefined;
  /** `undefined`: not kept under this number. `value` may itself be undefined: the row is absent. */
  find(stamp: number, name: string): { value: Bytes | undefined } | undefined;
  /** A row as a snapshot begun under `stamp` gave it. Kept only if nothing watched was committed since. */
  keep(stamp: number, name: string, value: Bytes | undefined): void;
  /** What was made of kept rows alone, under the same number. Shared: nobody may change it. Names and rows' names are apart. */
  findMade(stamp: number, name: string): object | undefined;
  keepMade(stamp: number, name: string, made: object): void;
};

const caches = new WeakMap<MetadataStore, RowCache>();

export function rowCache(metadata: MetadataStore): RowCache | undefined {
  const { watched } = metadata;
  if (!watched) return undefined;
  let cache = caches.get(metadata);
  if (!cache) caches.set(metadata, (cache = openCache(watched)));
  return cache;
}

function openCache(watched: () => number): RowCache {
  const rows = new Map<string, { value: Bytes | undefined }>();
  const things = new Map<string, object>();
  let under = -1;
  /** May something read under this number be kept now? */
  const accepts = (stamp: number): boolean => {
    if (watched() !== stamp) return false;
    if (stamp !== under || rows.size >= rowsMax || things.size >= rowsMax) {
      rows.clear();
      things.clear();
    }
    under = stamp;
    return true;
  };
  return {
    stamp() {
      const stamp = watched();
      return stamp % 2 === 0 ? stamp : undefined;
    },
    find: (stamp, name) => (stamp === under ? rows.get(name) : undefined),
    keep(stamp, name, value) {
      if (accepts(stamp)) rows.set(name, { value });
    },
    findMade: (stamp, name) => (stamp === under ? things.get(name) : undefined),
    keepMade(stamp, name, made) {
      if (accepts(stamp)) things.set(name, made);
    },
  };
}

/** What a view begun now would find made (`View.made`), if it is there; the caller vouches for the type, which the name says. */
export function madeBefore<T extends object>(metadata: MetadataStore, name: string): T | undefined {
  const cache = rowCache(metadata);
  const stamp = cache?.stamp();
  return stamp === undefined ? undefined : (cache?.findMade(stamp, name) as T | undefined);
}

/** Decodes a row once for as long as its bytes are kept. What it gives is shared: nobody may change it. */
export function decodedOnce<T extends object>(decode: (value: Bytes) => T): (value: Bytes) => T {
  const made = new WeakMap<Bytes, T>();
  return (value) => {
    let decoded = made.get(value);
    if (decoded === undefined) made.set(value, (decoded = decode(value)));
    return decoded;
  };
}
