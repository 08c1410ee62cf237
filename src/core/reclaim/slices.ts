/** Background work goes in slices: a few rows, one batch. All of it may be killed anywhere and is begun again where the rows say. */
import { compareBytes, equalBytes, successor } from "../../lib/bytes.ts";
import { Change } from "../change.ts";
import type { ContentId } from "../model.ts";
import { type Bytes, type Entry, type KeyRange, metadataLimits, type Ports } from "../ports.ts";
import { onView, type View } from "../view.ts";

export const reclaimLimits = {
  /** Rows that one batch of a job removes; each is up to four operations. */
  sliceRows: 200,
  /** Rows of a dead generation that one batch takes: most go by ranges, and everybody's commits wait for a few milliseconds. */
  generationRows: 250,
  /** References handed to the blob store at a time, which flushes once for them in each volume. */
  refsAtOnce: 2_048,
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

const beginsWith = (key: Bytes, prefix: Bytes): boolean => equalBytes(key.subarray(0, prefix.length), prefix);

/** From the first row to the last. */
export const spanOf = (rows: readonly Entry[]): KeyRange => ({ from: (rows[0] as Entry).key, to: successor((rows.at(-1) as Entry).key) });

/**
 * The first `most` keys that the table holds under each content. `ids`: in the order of their bytes. What was written together mostly goes together:
 * one scan over all of them finds little between, and only where it finds much each content is looked up alone. `place`: of the first of them among
 * the rows of that one scan, so that neighbours in the table can be told.
 */
export async function eachUnder(
  view: View,
  table: { range(id: ContentId): KeyRange },
  ids: readonly ContentId[],
  most: number,
): Promise<{ found: Bytes[]; place: number | undefined }[]> {
  const [low, high] = [ids[0], ids.at(-1)];
  if (low === undefined || high === undefined) return [];
  const enough = ids.length * most + 1;
  const among = await take(view, { from: table.range(low).from, to: table.range(high).to }, enough, { keysOnly: true });
  if (among.length === 0) return ids.map(() => ({ found: [], place: 0 }));
  const each: { found: Bytes[]; place: number | undefined }[] = [];
  if (among.length === enough) {
    for (const id of ids) each.push({ found: (await take(view, table.range(id), most, { keysOnly: true })).map(({ key }) => key), place: undefined });
    return each;
  }
  let next = 0;
  for (const id of ids) {
    const { from } = table.range(id);
    while (next < among.length && compareBytes((among[next] as Entry).key, from) < 0) next++;
    const found: Bytes[] = [];
    for (let at = next; at < among.length && found.length < most && beginsWith((among[at] as Entry).key, from); at++) found.push((among[at] as Entry).key);
    each.push({ found, place: next });
  }
  return each;
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
