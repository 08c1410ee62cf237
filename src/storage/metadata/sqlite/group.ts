/** One transaction's worth of batches: each judged against what stands there and what the batches before it in the group have done, then applied. */
import { type Batch, type Bytes, type Entry, StoreCorrupt } from "../../../core/ports.ts";
import { equalBytes } from "../../../lib/bytes.ts";
import { isEmptyRange, mapKey } from "../keys.ts";
import type { Tables } from "./tables.ts";

/** Larger values are read again rather than remembered. */
const rememberedValueBytesMax = 4 * 1024;
/** What many small batches expect (a bucket's state) is worth remembering, and the many rows of one large batch are not. */
const rememberedOperationsMax = 64;

export type Group = {
  /** The keys whose expectation failed; empty: applied. Throws `StoreCorrupt`, having applied nothing, when a row that is expected is damaged. */
  judge(batch: Batch): Bytes[];
  /** An entry that depends on nothing. */
  stamp(entry: Entry): void;
  /** Writes what was added to counters, each once. Call before COMMIT. */
  finish(): void;
  /** Has anything been written? */
  changed(): boolean;
};

type CounterChange = { counter: Bytes; dropped: boolean; delta: number | undefined };

export function beginGroup(tables: Tables): Group {
  const remembered = new Map<string, Bytes | undefined>();
  const counters = new Map<string, CounterChange>();
  let changed = false;
  /** What is remembered stands in the tables too. */
  let remembers = true;

  function read(key: Bytes): Bytes | undefined {
    if (!remembers) return tables.read(key);
    const name = mapKey(key);
    const known = remembered.get(name);
    if (known !== undefined || remembered.has(name)) return known;
    const value = tables.read(key);
    remember(name, value);
    return value;
  }
  function remember(name: string, value: Bytes | undefined): void {
    if (value === undefined || value.length <= rememberedValueBytesMax) remembered.set(name, value);
    else remembered.delete(name);
  }
  function put(key: Bytes, value: Bytes): void {
    tables.put(key, value);
    if (remembers) remember(mapKey(key), value);
  }
  function changeOf(counter: Bytes): CounterChange {
    const name = mapKey(counter);
    let change = counters.get(name);
    if (change === undefined) {
      change = { counter, dropped: false, delta: undefined };
      counters.set(name, change);
    }
    return change;
  }

  return {
    judge(batch) {
      const conflicts: Bytes[] = [];
      remembers = batch.expect.length + batch.put.length + batch.remove.length <= rememberedOperationsMax;
      if (!remembers) remembered.clear();
      for (const expectation of batch.expect) {
        if ("empty" in expectation) {
          if (!isEmptyRange(expectation.empty) && !tables.isEmpty(expectation.empty)) conflicts.push(expectation.empty.from);
          continue;
        }
        const value = read(expectation.key);
        const holds = value === undefined || expectation.is === undefined ? value === expectation.is : equalBytes(value, expectation.is);
        if (!holds) conflicts.push(expectation.key);
      }
      const cleared = batch.clear ?? [];
      for (const { range, rows } of cleared) if (tables.count(range, rows) !== rows) conflicts.push(range.from);
      if (conflicts.length > 0) return conflicts;
      for (const { range } of cleared) tables.clear(range);
      if (cleared.length > 0) remembered.clear();
      for (const { key, value } of batch.put) put(key, value);
      for (const key of batch.remove) {
        tables.remove(key);
        if (remembers) remembered.set(mapKey(key), undefined);
      }
      for (const { counter, delta } of batch.add) {
        const change = changeOf(counter);
        change.delta = (change.delta ?? 0) + delta;
      }
      for (const counter of batch.drop ?? []) {
        const change = changeOf(counter);
        change.dropped = true;
        change.delta = undefined;
      }
      changed ||= batch.put.length + batch.remove.length + batch.add.length + (batch.drop?.length ?? 0) + cleared.length > 0;
      return conflicts;
    },
    stamp({ key, value }) {
      put(key, value);
      changed = true;
    },
    finish() {
      for (const { counter, dropped, delta } of counters.values()) {
        if (delta === undefined) {
          tables.dropCounter(counter);
          continue;
        }
        const value = (dropped ? 0 : tables.readCounter(counter)) + delta;
        if (!Number.isSafeInteger(value)) throw new StoreCorrupt(`a counter would become ${value}`);
        tables.putCounter(counter, value);
      }
    },
    changed: () => changed,
  };
}
