/** The writer's statements over the two tables, in payloads and whole numbers. All throw `StoreCorrupt` for a row that does not match its checksum. */
import type { DatabaseSync } from "node:sqlite";
import type { Bytes, KeyRange } from "../../../core/ports.ts";
import { counterBytes, counterValue, keyCheck, seal, unseal } from "./seal.ts";

export type Tables = {
  read(key: Bytes): Bytes | undefined;
  isEmpty(range: KeyRange): boolean;
  /** How many rows a range has, as far as `most + 1`. */
  count(range: KeyRange, most: number): number;
  clear(range: KeyRange): void;
  put(key: Bytes, value: Bytes): void;
  remove(key: Bytes): void;
  /** 0 when there is none. */
  readCounter(counter: Bytes): number;
  putCounter(counter: Bytes, value: number): void;
  dropCounter(counter: Bytes): void;
};

export function openTables(db: DatabaseSync): Tables {
  const select = db.prepare("SELECT v FROM kv WHERE k = ?");
  const some = db.prepare("SELECT 1 FROM kv WHERE k >= ? AND k < ? LIMIT 1");
  const countTo = db.prepare("SELECT count(*) FROM (SELECT 1 FROM kv WHERE k >= ? AND k < ? LIMIT ?)");
  const clear = db.prepare("DELETE FROM kv WHERE k >= ? AND k < ?");
  const upsert = db.prepare("INSERT INTO kv VALUES (?, ?, ?) ON CONFLICT (k) DO UPDATE SET v = excluded.v");
  const erase = db.prepare("DELETE FROM kv WHERE k = ?");
  const selectCounter = db.prepare("SELECT v FROM counters WHERE k = ?");
  const upsertCounter = db.prepare("INSERT INTO counters VALUES (?, ?, ?) ON CONFLICT (k) DO UPDATE SET v = excluded.v");
  const eraseCounter = db.prepare("DELETE FROM counters WHERE k = ?");
  for (const statement of [select, some, countTo, selectCounter]) statement.setReturnArrays(true);
  const first = (row: unknown): unknown => (row as unknown[])[0];

  return {
    read(key) {
      const row = select.get(key);
      return row === undefined ? undefined : unseal(keyCheck(key), first(row));
    },
    isEmpty: (range) => some.get(boundOf(range.from), boundOf(range.to)) === undefined,
    count: (range, most) => first(countTo.get(boundOf(range.from), boundOf(range.to), most + 1)) as number,
    clear(range) {
      clear.run(boundOf(range.from), boundOf(range.to));
    },
    put(key, value) {
      const check = keyCheck(key);
      upsert.run(key, check, seal(check, value));
    },
    remove(key) {
      erase.run(key);
    },
    readCounter(counter) {
      const row = selectCounter.get(counter);
      return row === undefined ? 0 : counterValue(unseal(keyCheck(counter), first(row)));
    },
    putCounter(counter, value) {
      const check = keyCheck(counter);
      upsertCounter.run(counter, check, seal(check, counterBytes(value)));
    },
    dropCounter(counter) {
      eraseCounter.run(counter);
    },
  };
}

const lowest = new Uint8Array(1);
/** An empty array is bound as NULL, which compares with nothing. No key is empty, so the lowest key says the same. */
export const boundOf = (bound: Bytes): Bytes => (bound.length === 0 ? lowest : bound);
