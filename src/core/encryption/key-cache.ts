/**
 * The keys of objects that this thread unwrapped lately: reading the same object again unwraps and derives nothing. A customer's key is never kept: it
 * opens what it keeps each time it is shown. They are as secret as the master key, which this process holds as well, and stand outside of the
 * JavaScript heap; the runtime wipes them when nobody refers to them any more.
 */
import type { KeyObject } from "node:crypto";
import type { Encryption } from "../model.ts";
import type { MasterKey } from "../ports.ts";

export const keyCacheLimits = {
  /** Some 1 KiB each. */
  keysMax: 4096,
} as const;

type Kept = Pick<Encryption, "mode" | "wrapped" | "keyId" | "context">;
type Entry = Omit<Kept, "wrapped"> & { dataKey: KeyObject };
export type KeyCache = {
  /** What was unwrapped from this, under these very words: `wrapped` is bound to them. */
  find(kept: Kept): KeyObject | undefined;
  keep(kept: Kept, dataKey: KeyObject): void;
  /** All that the named key keeps: it was disabled. */
  forget(keyId: string): void;
};

const caches = new WeakMap<MasterKey, KeyCache>();

export function keyCache(master: MasterKey): KeyCache {
  let cache = caches.get(master);
  if (!cache) caches.set(master, (cache = openKeyCache()));
  return cache;
}

function openKeyCache(): KeyCache {
  const entries = new Map<string, Entry>();
  return {
    find({ wrapped, mode, keyId, context }) {
      const entry = entries.get(wrapped);
      return entry !== undefined && entry.mode === mode && entry.keyId === keyId && entry.context === context ? entry.dataKey : undefined;
    },
    keep({ wrapped, mode, keyId, context }, dataKey) {
      if (mode === "customer") throw new Error("A customer's key is not kept");
      // The oldest goes. What is hot comes back at the price of one unwrapping in so many.
      if (entries.size >= keyCacheLimits.keysMax) entries.delete(entries.keys().next().value as string);
      entries.set(wrapped, { mode, keyId, context, dataKey });
    },
    forget(keyId) {
      for (const [wrapped, entry] of entries) if (entry.keyId === keyId) entries.delete(wrapped);
    },
  };
}
