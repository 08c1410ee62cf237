/** Takes apart the annotations of versions that are gone, in slices. */
import { decodeAnnotation } from "../annotations/records.ts";
import { endAnnotation } from "../annotations/rows.ts";
import { tables } from "../keys.ts";
import type { Entry, Ports } from "../ports.ts";
import { clearEach, reclaimLimits, slice, take } from "./slices.ts";

/** Rows that went, those that say which set has ended among them. */
export const clearAnnotations = (ports: Ports, budget: number): Promise<number> => clearEach(ports, tables.endedAnnotations.range(), budget, (row) => clearSlice(ports, row));

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
