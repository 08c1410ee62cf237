/** Clears the part rows of uploads that were completed or aborted, in slices with their counters. */
import { counterKey, tables, uploadUser } from "../keys.ts";
import type { BlobRef, Entry, Ports } from "../ports.ts";
import { decodeBucketState } from "../records.ts";
import { endUse } from "../uploads/place-part.ts";
import { decodeEnded, decodePart } from "../uploads/records.ts";
import { onView } from "../view.ts";
import { removeRefs } from "./remover.ts";
import { clearEach, reclaimLimits, slice, take } from "./slices.ts";

/** Part rows that went, and ended rows. No part of an ended upload has a reader: bytes that nobody needs go at once, before their row. */
export const clearEnded = (ports: Ports, budget: number): Promise<number> => clearEach(ports, tables.ended.range(), budget, (row) => clearSlice(ports, row));

/** 0: the ended row is gone already. */
async function clearSlice(ports: Ports, ended: Entry): Promise<number | undefined> {
  const [id] = tables.ended.read(ended.key);
  const { generation, unused } = decodeEnded(ended.value);
  const drop = unused === "all" ? undefined : new Set(unused);
  const isUnused = (number: number): boolean => drop === undefined || drop.has(number);
  const rows = await onView(ports, (view) => take(view, tables.part.range(id), reclaimLimits.sliceRows));
  const parts = rows.filter(({ key }) => tables.part.read(key)[1] !== 0).map(({ value }) => decodePart(value));
  const refs: BlobRef[] = parts.filter(({ number }) => isUnused(number)).flatMap(({ extents }) => extents.filter(({ from }) => from === undefined).map(({ ref }) => ref));
  await removeRefs(ports, refs);
  return slice(ports, async (view, change) => {
    if ((await view.get(ended.key)) === undefined) return 0;
    change.expect(ended.key, ended.value);
    // Counters are kept while the generation is live or in the trash; afterwards its last batch drops them all.
    const stateKey = tables.state.key(generation);
    const stateValue = await view.get(stateKey);
    change.expect(stateKey, stateValue);
    const counts = stateValue !== undefined && decodeBucketState(stateValue).status !== "reclaiming";
    for (const { key, value } of rows) change.expect(key, value).remove(key);
    for (const part of parts) {
      if (isUnused(part.number) && part.source !== undefined) await endUse(view, change, part.source, uploadUser(id, part.number));
      if (counts) change.add(counterKey(generation, "parts"), -1).add(counterKey(generation, "partBytes"), -part.size);
    }
    if (rows.length === reclaimLimits.sliceRows) return rows.length;
    change.remove(ended.key);
    return rows.length + 1;
  });
}
