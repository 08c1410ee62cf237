/** A map that forgets what was longest not asked for. */
export type LruCache<K, V> = { get(key: K): V | undefined; set(key: K, value: V): void; delete(key: K): void; readonly size: number };

/** `entriesMax`: at least 1. */
export function lruCache<K, V>(entriesMax: number): LruCache<K, V> {
  const entries = new Map<K, V>();
  let newest: K | undefined;
  return {
    get(key) {
      const value = entries.get(key);
      // Re-inserted to become the newest; the same key again and again stays where it is.
      if (value !== undefined && key !== newest) {
        entries.delete(key);
        entries.set(key, value);
        newest = key;
      }
      return value;
    },
    set(key, value) {
      entries.delete(key);
      if (entries.size >= entriesMax) entries.delete(entries.keys().next().value as K);
      entries.set(key, value);
      newest = key;
    },
    delete(key) {
      entries.delete(key);
    },
    get size() {
      return entries.size;
    },
  };
}
