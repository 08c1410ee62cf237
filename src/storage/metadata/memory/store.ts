/** The metadata store in memory: for unit tests of the core, and the plainest reading of the port there is. Nothing is durable. */
import {
  type Batch,
  type Bytes,
  type CommitOutcome,
  type Cursor,
  type Entry,
  type KeyRange,
  type MetadataStore,
  metadataLimits,
  type Snapshot,
  StoreRefused,
} from "../../../core/ports.ts";
import { compareBytes, equalBytes, successor } from "../../../lib/bytes.ts";
import { checkBatch } from "../check-batch.ts";
import { copyBytes, isEmptyRange } from "../keys.ts";
import { monotonicMs } from "../monotonic.ts";
import { turnQueues } from "../turns.ts";
import { type Place, type SortedView, sortedMap } from "./sorted-map.ts";

const noBytes = new Uint8Array(0);

/** `monotonicMs`: the clock of `turn`'s deadlines, for tests that bring their own. `snapshotMsMax` is not held here: a slow test box proves nothing. */
export function memoryMetadata(options: { monotonicMs?: () => number; snapshotRowsMax?: number } = {}): MetadataStore {
  const rowsMax = options.snapshotRowsMax ?? metadataLimits.snapshotRowsMax;
  const entries = sortedMap<Bytes>();
  const counters = sortedMap<number>();
  const turns = turnQueues(options.monotonicMs ?? monotonicMs);
  let closed = false;

  function judge(batch: Batch): Bytes[] {
    const view = entries.now();
    const conflicts: Bytes[] = [];
    for (const expectation of batch.expect) {
      if ("empty" in expectation) {
        const place = isEmptyRange(expectation.empty) ? undefined : view.atOrAfter(expectation.empty.from);
        if (place !== undefined && compareBytes(view.key(place), expectation.empty.to) < 0) conflicts.push(expectation.empty.from);
        continue;
      }
      const value = view.get(expectation.key);
      const holds = value === undefined || expectation.is === undefined ? value === expectation.is : equalBytes(value, expectation.is);
      if (!holds) conflicts.push(expectation.key);
    }
    for (const { range, rows } of batch.clear ?? []) if (keysIn(range).length !== rows) conflicts.push(range.from);
    return conflicts;
  }

  function keysIn(range: KeyRange): Bytes[] {
    const view = entries.now();
    const keys: Bytes[] = [];
    if (isEmptyRange(range)) return keys;
    for (let place = view.atOrAfter(range.from); place && compareBytes(view.key(place), range.to) < 0; place = view.next(place)) keys.push(view.key(place));
    return keys;
  }

  function apply(batch: Batch): void {
    for (const { range } of batch.clear ?? []) for (const key of keysIn(range)) entries.remove(key);
    for (const { key, value } of batch.put) entries.put(copyBytes(key), copyBytes(value));
    for (const key of batch.remove) entries.remove(key);
    for (const { counter, delta } of batch.add) counters.put(copyBytes(counter), (counters.now().get(counter) ?? 0) + delta);
    for (const counter of batch.drop ?? []) counters.remove(counter);
  }

  return {
    async snapshot() {
      if (closed) throw new StoreRefused("closing", "the store is closed");
      return snapshotOf(entries.snapshot(), counters.snapshot(), rowsMax);
    },
    async commit(batch): Promise<CommitOutcome> {
      if (closed) throw new StoreRefused("closing", "the store is closed");
      checkBatch(batch);
      const conflicts = judge(batch);
      if (conflicts.length > 0) return { committed: false, conflicts };
      apply(batch);
      return { committed: true };
    },
    turn: (key, deadlineMs) => turns.take(key, deadlineMs),
    async close() {
      closed = true;
      turns.close();
    },
  };
}

function snapshotOf(entries: SortedView<Bytes>, counters: SortedView<number>, rowsMax: number): Snapshot {
  let rows = 0;
  let closed = false;
  const count = (more: number): void => {
    if (closed) throw new Error("a snapshot was read after its close");
    if (rows >= rowsMax) throw new StoreRefused("timeout", `a snapshot may read ${rowsMax} rows: begin another`);
    rows += more;
  };
  return {
    async get(key) {
      count(1);
      const value = entries.get(key);
      return value && copyBytes(value);
    },
    scan: (range) => cursorOf(entries, range, count),
    async sum(counter) {
      count(1);
      return counters.get(counter) ?? 0;
    },
    async counters(range) {
      count(1);
      const found: { counter: Bytes; value: number }[] = [];
      if (isEmptyRange(range)) return found;
      for (let place = counters.atOrAfter(range.from); place && compareBytes(counters.key(place), range.to) < 0; place = counters.next(place)) {
        found.push({ counter: copyBytes(counters.key(place)), value: counters.value(place) });
      }
      count(found.length);
      return found;
    },
    close() {
      closed = true;
    },
  };
}

function cursorOf(view: SortedView<Bytes>, range: KeyRange & { reverse?: boolean; keysOnly?: boolean }, count: (rows: number) => void): Cursor {
  let { from, to } = range;
  let closed = false;
  const entry = (place: Place): Entry => ({ key: copyBytes(view.key(place)), value: range.keysOnly ? noBytes : copyBytes(view.value(place)) });
  return {
    async next(n) {
      if (closed) throw new Error("a cursor was read after its close");
      count(0);
      const found: Entry[] = [];
      if (compareBytes(from, to) >= 0 || n < 1) return found;
      let place = range.reverse ? view.before(to) : view.atOrAfter(from);
      while (place !== undefined && found.length < n) {
        const key = view.key(place);
        if (range.reverse ? compareBytes(key, from) < 0 : compareBytes(key, to) >= 0) break;
        found.push(entry(place));
        place = range.reverse ? view.previous(place) : view.next(place);
      }
      const last = found.at(-1);
      if (last !== undefined && range.reverse) to = last.key;
      else if (last !== undefined) from = successor(last.key);
      count(found.length);
      return found;
    },
    seek(key) {
      if (range.reverse) {
        const bound = successor(key);
        if (compareBytes(bound, to) < 0) to = bound;
      } else if (compareBytes(key, from) > 0) from = copyBytes(key);
    },
    close() {
      closed = true;
    },
  };
}
