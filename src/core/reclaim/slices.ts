/** Background work goes in slices: a few rows, one batch. All of it may be killed anywhere and is begun again where the rows say. */
import { compareBytes, successor } from "../../lib/bytes.ts";
import { Change } from "../change.ts";
import { type Bytes, type Entry, type KeyRange, metadataLimits, type Ports } from "../ports.ts";
import { onView, type View } from "../view.ts";

export const reclaimLimits = {
  /** Rows that one batch of a job removes; each is up to four operations. */
  sliceRows: 200,
  /** References handed to the blob store at a time. */
  refsAtOnce: 512,
  /** Dead contents remembered with the time they were first seen. */
  seenMax: 100_000,
  pageRows: 500,
} as const;

/** What an attempt makes of a fresh view, not committed yet. A view whose snapshot is taken back half-way leaves nothing in the change. */
export function gather<T>(ports: Ports, attempt: (view: View, change: Change) => Promise<T>): Promise<{ result: T; change: Change }> {
  return onView(ports, async (view) => {
    const change = new Change();
    return { result: await attempt(view, change), change };
  });
}

/** One batch on a fresh view. `undefined`: it met a conflict, and nothing happened; the rows are there for the next pass. */
export async function slice<T>(ports: Ports, attempt: (view: View, change: Change) => Promise<T>): Promise<T | undefined> {
  const { result, change } = await gather(ports, attempt);
  if (change.isEmpty) return result;
  const outcome = await ports.metadata.commit(change.toBatch());
  return outcome.committed ? result : undefined;
}

/** Rows can be long: a batch takes no more of them than leave room in it. */
export const isFull = (change: Change): boolean => change.bytes > metadataLimits.batchBytesMax / 2;

/** The next rows of a range, and no more than `count`. */
export async function take(view: View, range: KeyRange, count: number, options: { keysOnly?: boolean } = {}): Promise<Entry[]> {
  if (compareBytes(range.from, range.to) >= 0) return [];
  const cursor = view.scan({ ...range, ...options });
  const rows = await cursor.next(count);
  cursor.close();
  return rows;
}

/**
 * Takes apart what each row of a range stands for, one slice after the other; gives the rows that went, about `budget` of them at the most. `clear`:
 * one slice, 0 when nothing is left of it, `undefined` when it met a conflict.
 */
export async function clearEach(ports: Ports, range: KeyRange, budget: number, clear: (row: Entry) => Promise<number | undefined>): Promise<number> {
  let cleared = 0;
  for (const row of await onView(ports, (view) => take(view, range, Math.max(1, Math.min(budget, reclaimLimits.sliceRows))))) {
    while (cleared < budget) {
      const done = await clear(row);
      cleared += done ?? 0;
      if (done === undefined || done === 0) break;
    }
    if (cleared >= budget) break;
  }
  return cleared;
}

/** Every row of a range, page by page, each page in a snapshot of its own. */
export async function* rowsOf(ports: Ports, range: KeyRange, pageRows: number = reclaimLimits.pageRows): AsyncGenerator<Entry> {
  for (let from = range.from; ; ) {
    const page = await onView(ports, (view) => take(view, { from, to: range.to }, pageRows));
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < pageRows) return;
    from = successor(last.key);
  }
}

/** As a string, for maps. */
export const nameOf = (bytes: Bytes): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
