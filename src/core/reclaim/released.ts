/**
 * Blobs that nothing names any more. Whoever reads them began before their row was there: when every reader that runs began after it was seen, they go,
 * hundreds with one flush, and their row behind them.
 */
import { tables } from "../keys.ts";
import { newContentId } from "../objects/store-body.ts";
import type { Bytes, Ports } from "../ports.ts";
import { decodePage } from "../records.ts";
import { onView } from "../view.ts";
import { removeRefs, type Seen } from "./remover.ts";
import { nameOf, slice, take } from "./slices.ts";

export const releasedLimits = {
  /** Rows that may wait for a reader; the generations they come from wait with them. */
  rowsMax: 256,
  /** Rows looked at in one pass. */
  passRows: 32,
} as const;

/** The key of a new row. */
export const newReleased = (ports: Ports): Bytes => tables.released.key(newContentId(ports));

export const isReleasedEmpty = (ports: Ports): Promise<boolean> => onView(ports, async (view) => (await view.first(tables.released.range())) === undefined);

/** Blobs that went. */
export async function removeReleased(ports: Ports, seen: Seen): Promise<number> {
  const rows = await onView(ports, (view) => take(view, tables.released.range(), releasedLimits.passRows));
  // After the snapshot: who could still read what a row holds has announced itself before.
  const now = ports.clock.monotonicMs();
  for (const { key } of rows) if (!seen.has(nameOf(key))) seen.set(nameOf(key), now);
  const oldest = ports.readers.oldestMs();
  const ripe = rows.filter(({ key }) => (seen.get(nameOf(key)) as number) < oldest);
  if (ripe.length === 0) return 0;
  const refs = ripe.flatMap(({ value }) => decodePage(value).map(({ ref }) => ref));
  await removeRefs(ports, refs);
  const done = await slice(ports, async (_view, change) => {
    for (const { key, value } of ripe) change.expect(key, value).remove(key);
    return refs.length;
  });
  for (const { key } of ripe) seen.delete(nameOf(key));
  return done ?? 0;
}
