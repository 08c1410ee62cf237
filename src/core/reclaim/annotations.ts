/** Takes apart the annotations of versions that are gone, in slices. */
import { decodeAnnotation } from "../annotations/records.ts";
import { endAnnotation } from "../annotations/rows.ts";
import { tables } from "../keys.ts";
import type { Entry, Ports } from "../ports.ts";
import { onView } from "../view.ts";
import { reclaimLimits, slice, take } from "./slices.ts";

/** Rows that went, those that say which set has ended among them. */
export async function clearAnnotations(ports: Ports, budget: number): Promise<number> {
  let cleared = 0;
  const ended = await onView(ports, (view) => take(view, tables.endedAnnotations.range(), Math.max(1, Math.min(budget, reclaimLimits.sliceRows))));
  for (const row of ended) {
    while (cleared < budget) {
      const done = await clearSlice(ports, row);
      cleared += done ?? 0;
      if (done === undefined || done === 0) break;
    }
    if (cleared >= budget) break;
  }
  return cleared;
}

/** Nothing is added to a set whose version is gone: an empty one is at its end. 0: the row is gone already. */
async function clearSlice(ports: Ports, ended: Entry): Promise<number | undefined> {
  const [set] = tables.endedAnnotations.read(ended.key);
  return slice(ports, async (view, change) => {
    if ((await view.get(ended.key)) === undefined) return 0;
    change.expect(ended.key, ended.value);
    const rows = await take(view, tables.annotation.range(set), reclaimLimits.sliceRows);
    for (const { key, value } of rows) {
      const [, name] = tables.annotation.read(key);
      change.expect(key, value).remove(key);
      await endAnnotation(view, change, set, decodeAnnotation(name, value));
    }
    if (rows.length === reclaimLimits.sliceRows) return rows.length;
    change.remove(ended.key);
    return rows.length + 1;
  });
}
