/**
 * Ends the versions of a dead generation, hundreds in one batch: their uses of their contents go, and what then nobody uses is released. Contents that
 * were written together stand together in `use`, and mostly each has one use: whole ranges of rows go at once.
 */
import { equalBytes } from "../../lib/bytes.ts";
import type { Change } from "../change.ts";
import { tables, versionUser } from "../keys.ts";
import type { Content, ContentId, Extent, Generation, ObjectKey } from "../model.ts";
import type { Bytes, Entry, KeyRange } from "../ports.ts";
import { decodeHeld, encodeDead, encodePage, presence } from "../records.ts";
import { isStoredApart } from "../versions/stored-apart.ts";
import type { View } from "../view.ts";
import { newReleased } from "./released.ts";
import { eachUnder } from "./slices.ts";

/** `use`: the row that says so. */
type Use = { content: Content; use: Bytes };

/** The versions' own rows are the caller's. `keyOf`: the object key in a row's. */
export async function endVersions(view: View, change: Change, generation: Generation, rows: readonly Entry[], keyOf: (row: Bytes) => ObjectKey): Promise<void> {
  const ended: Use[] = [];
  for (const { key, value } of rows) {
    const { sequence, content, annotations } = decodeHeld(value);
    if (annotations) change.put(tables.endedAnnotations.key(annotations.set), presence);
    if (isStoredApart(content)) ended.push({ content, use: tables.use.key(content.id, versionUser(generation, keyOf(key), sequence)) });
  }
  if (ended.length === 0) return;
  ended.sort((a, b) => (a.content.id < b.content.id ? -1 : 1));
  const ids = ended.map(({ content }) => content.id);
  const uses = await eachUnder(view, tables.use, ids, 2);
  const pages = await eachUnder(view, tables.content, ids, 1);
  const released: Extent[] = [];
  let run: { first: ContentId; last: ContentId; place: number; rows: number } | undefined;
  const endRun = (): void => {
    if (run) change.clear(betweenContents(run.first, run.last), run.rows);
    run = undefined;
  };
  for (const [n, { content, use }] of ended.entries()) {
    const { found, place } = uses[n] as { found: Bytes[]; place: number | undefined };
    const isLast = found.length === 1 && equalBytes(found[0] as Bytes, use) && pages[n]?.found.length === 0 && isWhole(content);
    if (!isLast) {
      await endUseOf(view, change, { content, use });
      continue;
    }
    released.push(...(content.extents ?? []));
    // Neighbours in the table go as one range. That it has no more rows than these is told at the commit: nobody has begun to use them.
    if (run && place !== undefined && place === run.place + 1) run = { ...run, last: content.id, place, rows: run.rows + 1 };
    else {
      endRun();
      run = { first: content.id, last: content.id, place: place ?? Number.NaN, rows: 1 };
    }
  }
  endRun();
  if (released.length > 0) change.put(newReleased(view.ports), encodePage(released));
}

/** All its bytes are its own, and its record names them. */
const isWhole = ({ paged, extents = [] }: Content): boolean => paged !== true && extents.every(({ from }) => from === undefined);

const betweenContents = (first: ContentId, last: ContentId): KeyRange => ({ from: tables.use.range(first).from, to: tables.use.range(last).to });

/** Others may use it still: the remover looks. */
async function endUseOf(view: View, change: Change, { content, use }: Use): Promise<void> {
  change
    .expect(use, await view.get(use))
    .remove(use)
    .put(tables.dead.key(content.id), encodeDead(content));
}
