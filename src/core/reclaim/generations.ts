/** Takes apart generations that nothing points at any more: deleted and purged buckets. */

import { endBinned } from "../bin/rows.ts";
import type { Change } from "../change.ts";
import { counterKey, counterKinds, currentKeyText, readRestKey, restRange, tables, versionUser } from "../keys.ts";
import { reportKey } from "../lifecycle/report.ts";
import type { Generation, ObjectKey } from "../model.ts";
import type { Bytes, Entry, KeyRange, Ports } from "../ports.ts";
import { decodeBucketState, decodeVersion, encodeDead, presence } from "../records.ts";
import { encodeEnded } from "../uploads/records.ts";
import { isStoredApart } from "../versions/stored-apart.ts";
import type { View } from "../view.ts";
import { clearEach, isFull, reclaimLimits, slice, take } from "./slices.ts";

/** Rows that went, generations' last rows among them. A generation whose state is not `reclaiming` (any more) is left alone. */
export const reclaimGenerations = (ports: Ports, budget: number): Promise<number> => clearEach(ports, tables.deadGeneration.range(), budget, (row) => reclaimSlice(ports, row));

type Job = { range: KeyRange; remove(view: View, change: Change, row: Entry): Promise<void> };

/** The first rows of the first range that has any; when none has, the generation's end. */
async function reclaimSlice(ports: Ports, queued: Entry): Promise<number | undefined> {
  const [generation] = tables.deadGeneration.read(queued.key);
  return slice(ports, async (view, change) => {
    const stateKey = tables.state.key(generation);
    const stateValue = await view.get(stateKey);
    if (stateValue === undefined || decodeBucketState(stateValue).status !== "reclaiming" || (await view.get(queued.key)) === undefined) return 0;
    change.expect(stateKey, stateValue).expect(queued.key, queued.value);
    const jobs = jobsOf(generation);
    for (const { range, remove } of jobs) {
      const rows = await take(view, range, reclaimLimits.sliceRows);
      let taken = 0;
      for (const row of rows) {
        if (isFull(change)) break;
        change.expect(row.key, row.value).remove(row.key);
        await remove(view, change, row);
        taken++;
      }
      if (taken > 0) return taken;
    }
    for (const { range } of jobs) change.expectEmpty(range);
    for (const kind of counterKinds) change.drop(counterKey(generation, kind));
    change.remove(stateKey).remove(queued.key).remove(reportKey(generation));
    return 1;
  });
}

function jobsOf(generation: Generation): Job[] {
  const plain = async (): Promise<void> => {};
  return [
    {
      range: tables.upload.range(generation),
      async remove(_view, change, { key }) {
        change.put(tables.ended.key(tables.upload.read(key)[2]), encodeEnded({ generation, unused: "all" }));
      },
    },
    { range: tables.current.range(generation), remove: (view, change, { key, value }) => endVersion(view, change, generation, currentKeyText(key), value) },
    { range: restRange(generation), remove: (view, change, { key, value }) => endVersion(view, change, generation, readRestKey(key).key, value) },
    { range: tables.binned.range(generation), remove: async (view, change, row) => void (await endBinned(view, change, generation, row, { counts: false })) },
    { range: tables.detail.range(generation), remove: plain },
    { range: tables.locked.range(generation), remove: plain },
    { range: tables.channel.range(generation), remove: plain },
    { range: tables.document.range(generation), remove: plain },
  ];
}

/** Its use of its content goes with it; its detail row in its turn. */
async function endVersion(view: View, change: Change, generation: Generation, key: ObjectKey, value: Bytes): Promise<void> {
  const { version } = decodeVersion(key, value);
  if (version.annotations) change.put(tables.endedAnnotations.key(version.annotations.set), presence);
  if (!isStoredApart(version.content)) return;
  const use = tables.use.key(version.content.id, versionUser(generation, key, version.sequence));
  change
    .expect(use, await view.get(use))
    .remove(use)
    .put(tables.dead.key(version.content.id), encodeDead(version.content));
}
