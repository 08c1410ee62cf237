/** What is in the bin goes for good when its time is over, wherever its bucket is: live or in the trash. */
import type { Change } from "../change.ts";
import { tables } from "../keys.ts";
import type { Generation } from "../model.ts";
import type { Entry, Ports } from "../ports.ts";
import { isFull, reclaimLimits, slice, take } from "../reclaim/slices.ts";
import { decodeBucketState } from "../records.ts";
import type { View } from "../view.ts";
import { endBinned } from "./rows.ts";

/** Gives how many rows went, about `budget` of them at the most. */
export async function expireBinned(ports: Ports, budget: number): Promise<number> {
  let gone = 0;
  while (gone < budget) {
    const { from } = tables.binEnd.range();
    const due = { from, to: tables.binEnd.range(ports.clock.wallMs()).to };
    const done = await slice(ports, async (view, change) => {
      const rows = await take(view, due, reclaimLimits.sliceRows, { keysOnly: true });
      let taken = 0;
      while (taken < rows.length && !isFull(change)) await expire(view, change, (rows[taken++] as Entry).key);
      return { taken, isEnd: taken === rows.length && taken < reclaimLimits.sliceRows };
    });
    gone += done?.taken ?? 0;
    if (done === undefined || done.isEnd) break;
  }
  return gone;
}

async function expire(view: View, change: Change, end: Uint8Array): Promise<void> {
  const [, generation, key, sequence] = tables.binEnd.read(end);
  change.remove(end);
  const rowKey = tables.binned.key(generation, key, sequence);
  const value = await view.get(rowKey);
  // The rest of a generation that is being reclaimed is the reclaim job's.
  if (value !== undefined && (await isKept(view, change, generation))) await endBinned(view, change, generation, { key: rowKey, value }, { counts: true });
}

async function isKept(view: View, change: Change, generation: Generation): Promise<boolean> {
  const stateKey = tables.state.key(generation);
  const state = await view.get(stateKey);
  change.expect(stateKey, state);
  return state !== undefined && decodeBucketState(state).status !== "reclaiming";
}
