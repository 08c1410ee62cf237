/** Removes the bytes of contents that nobody uses and nobody reads any more, and the blobs of parts that were replaced. */
import { contentUser, tables, usesByUpload } from "../keys.ts";
import type { ContentId, Extent, UploadId } from "../model.ts";
import type { BlobRef, Bytes, Entry, KeyRange, Ports } from "../ports.ts";
import { decodeDead, decodePage, presence } from "../records.ts";
import { endUse } from "../uploads/place-part.ts";
import { onView, type View } from "../view.ts";
import { eachUnder, nameOf, reclaimLimits, rowsOf, slice, take } from "./slices.ts";

/** When each dead row was first seen without any use, `clock.monotonicMs()`. Kept from pass to pass; losing it only delays. */
export type Seen = Map<string, number>;

/**
 * Goes over dead rows from `from` on, `budget` of them. One is acted on when every reader that runs began after its content was seen unused:
 * a row may be older than that (a version dies while a copy of it lives on), so its age says nothing. Bytes go first, then pages, then the
 * row. Gives how many rows went and where the next pass begins.
 */
export async function removeDead(ports: Ports, seen: Seen, from: Bytes | undefined, budget: number): Promise<{ removed: number; next: Bytes | undefined }> {
  const all = tables.dead.range();
  const rows = await onView(ports, (view) => take(view, { from: from ?? all.from, to: all.to }, budget));
  let removed = await lookAt(
    ports,
    rows.filter(({ key }) => !seen.has(nameOf(key))),
    seen,
  );
  const oldest = ports.readers.oldestMs();
  const ripe = rows.filter(({ key }) => (seen.get(nameOf(key)) ?? Number.POSITIVE_INFINITY) < oldest);
  for (let first = 0; first < ripe.length; first += reclaimLimits.sliceRows) {
    const group = ripe.slice(first, first + reclaimLimits.sliceRows);
    removed += await removeGroup(ports, group);
    for (const { key } of group) seen.delete(nameOf(key));
  }
  const last = rows.at(-1);
  return { removed, next: last === undefined || rows.length < budget ? undefined : Buffer.concat([last.key, Buffer.from([0])]) };
}

/** Rows not seen before: one that is used still goes at once (whoever ends that use puts it again); of the others the time is kept. */
async function lookAt(ports: Ports, rows: readonly Entry[], seen: Seen): Promise<number> {
  let removed = 0;
  for (let first = 0; first < rows.length; first += reclaimLimits.sliceRows) {
    const group = rows.slice(first, first + reclaimLimits.sliceRows);
    const uses = await onView(ports, (view) => firstKeys(view, tables.use, group));
    // After the snapshot: who could still see a use has announced itself before.
    const now = ports.clock.monotonicMs();
    for (const [n, row] of group.entries()) {
      const use = uses[n];
      if (use) removed += await leave(ports, row, use);
      else if (seen.size < reclaimLimits.seenMax) seen.set(nameOf(row.key), now);
    }
  }
  return removed;
}

/** For each dead row the first key that the table holds under its content. */
const firstKeys = async (view: View, table: { range(id: ContentId): KeyRange }, dead: readonly Entry[]): Promise<(Bytes | undefined)[]> =>
  (
    await eachUnder(
      view,
      table,
      dead.map(({ key }) => tables.dead.read(key)[0]),
      1,
    )
  ).map(({ found }) => found[0]);

/**
 * Rows whose contents were seen without a use (`lookAt`), which is final. Most have a few extents in their dead row and no pages: those go
 * together, in one flush and one batch.
 */
async function removeGroup(ports: Ports, group: Entry[]): Promise<number> {
  let removed = 0;
  const small: Entry[] = [];
  const large: Entry[] = [];
  const refs: BlobRef[] = [];
  // A content whose versions all named their extents has pages too, once a part was copied from it.
  const pages = await onView(ports, (view) => firstKeys(view, tables.content, group));
  for (const [n, row] of group.entries()) {
    const { extents } = decodeDead(row.value);
    if (pages[n] || extents.some(({ from }) => from !== undefined)) large.push(row);
    else {
      small.push(row);
      for (const { ref } of extents) refs.push(ref);
    }
  }
  await removeRefs(ports, refs);
  removed += await removeRows(ports, small);
  for (const row of large) removed += await removeLarge(ports, row);
  return removed;
}

/** Somebody uses the content still. The batch expects that one to be there: whoever ends the last use puts the row again or makes this a conflict. */
async function leave(ports: Ports, dead: Entry, use: Bytes): Promise<number> {
  return (await slice(ports, async (_view, change) => change.expect(dead.key, dead.value).expect(use, presence).remove(dead.key))) ? 1 : 0;
}

/** An empty range of uses is final, so these rows only go. */
async function removeRows(ports: Ports, rows: readonly Entry[]): Promise<number> {
  if (rows.length === 0) return 0;
  const done = await slice(ports, async (_view, change) => {
    for (const { key, value } of rows) change.expect(key, value).remove(key);
    return rows.length;
  });
  return done ?? 0;
}

async function removeLarge(ports: Ports, dead: Entry): Promise<number> {
  const [id] = tables.dead.read(dead.key);
  await removeExtents(ports, id, decodeDead(dead.value).extents);
  for await (const page of rowsOf(ports, tables.content.range(id), 16)) await removeExtents(ports, id, decodePage(page.value));
  for (;;) {
    const pages = await onView(ports, (view) => take(view, { ...tables.content.range(id) }, reclaimLimits.sliceRows));
    if (pages.length === 0) break;
    if ((await removeRows(ports, pages)) === 0) return 0;
  }
  return removeRows(ports, [dead]);
}

/** Its own blobs are removed; what it borrowed is given back. */
async function removeExtents(ports: Ports, id: ContentId, extents: readonly Extent[]): Promise<void> {
  await removeRefs(
    ports,
    extents.filter(({ from }) => from === undefined).map(({ ref }) => ref),
  );
  const sources = new Set(extents.map(({ from }) => from));
  for (const source of sources) if (source !== undefined) await giveBack(ports, source, id);
}

async function giveBack(ports: Ports, source: ContentId, borrower: ContentId): Promise<void> {
  const byUpload = usesByUpload(source, borrower as string as UploadId);
  const byContent = tables.use.key(source, contentUser(borrower));
  for (;;) {
    const left = await slice(ports, async (view, change) => {
      const rows = await take(view, byUpload, reclaimLimits.sliceRows);
      for (const { key } of rows) await endUse(view, change, source, tables.use.read(key)[1]);
      const use = await view.get(byContent);
      if (use !== undefined) await endUse(view, change, source, contentUser(borrower));
      return rows.length;
    });
    if (left !== undefined && left < reclaimLimits.sliceRows) return;
  }
}

export async function removeRefs(ports: Ports, refs: readonly BlobRef[]): Promise<void> {
  for (let first = 0; first < refs.length; first += reclaimLimits.refsAtOnce) await ports.blobs.remove(refs.slice(first, first + reclaimLimits.refsAtOnce));
}

/** Blobs of replaced parts: nobody ever read them. */
export async function removeDropped(ports: Ports, budget: number): Promise<number> {
  const rows = await onView(ports, (view) => take(view, tables.dropped.range(), Math.min(budget, reclaimLimits.sliceRows)));
  await removeRefs(
    ports,
    rows.flatMap(({ value }) => decodePage(value).map(({ ref }) => ref)),
  );
  return removeRows(ports, rows);
}
