/** Takes apart generations that nothing points at any more: deleted and purged buckets. */

import { endBinned } from "../bin/rows.ts";
import type { Change } from "../change.ts";
import { counterKey, counterKinds, currentKeyText, readRestKey, restRange, tables } from "../keys.ts";
import { reportKey } from "../lifecycle/report.ts";
import type { Generation } from "../model.ts";
import type { Entry, KeyRange, Ports } from "../ports.ts";
import { decodeBucketState } from "../records.ts";
import { encodeEnded } from "../uploads/records.ts";
import { onView, type View } from "../view.ts";
import { endVersions } from "./end-versions.ts";
import { releasedLimits } from "./released.ts";
import { gather, isFull, reclaimLimits, spanOf, take } from "./slices.ts";

/**
 * Rows that went, generations' last rows among them. A generation whose state is not `reclaiming` (any more) is left alone; nothing else changes its
 * rows. None while very many blobs wait for a slow reader: what waits is kept small.
 */
export async function reclaimGenerations(ports: Ports, budget: number): Promise<number> {
  const { rowsMax } = releasedLimits;
  const [waiting, queue] = await onView(ports, async (view) => [
    await take(view, tables.released.range(), rowsMax, { keysOnly: true }),
    await take(view, tables.deadGeneration.range(), reclaimLimits.sliceRows),
  ]);
  let cleared = 0;
  if (waiting.length >= rowsMax) return cleared;
  for (const queued of queue) {
    if (cleared >= budget) break;
    cleared += await reclaimSome(ports, queued, budget - cleared);
  }
  return cleared;
}

/** Slice after slice; each is read while the one before it is committed. Both are judged in their order. */
async function reclaimSome(ports: Ports, queued: Entry, budget: number): Promise<number> {
  const [generation] = tables.deadGeneration.read(queued.key);
  const jobs = jobsOf(generation);
  let cleared = 0;
  let committing: Promise<boolean> = Promise.resolve(true);
  for (let planned = 0, isLast = false; planned < budget && !isLast; ) {
    const { result, change } = await gather(ports, (view, into) => takeApart(view, into, { generation, queued, jobs }));
    const { rows } = result;
    isLast = result.isLast;
    if (!(await committing) || rows === 0) break;
    planned += rows;
    committing = ports.metadata.commit(change.toBatch()).then(({ committed }) => {
      if (committed) cleared += rows;
      return committed;
    });
    // It is awaited above or below, and may fail before.
    committing.catch(() => {});
  }
  await committing;
  return cleared;
}

/** What is left of a range: `range.from` moves on. Its rows are cleared, and `ends` sees to what they stand for; or each is ended with its own row. */
type Job = { range: KeyRange; ends?(view: View, change: Change, rows: readonly Entry[]): Promise<void>; oneByOne?(view: View, change: Change, row: Entry): Promise<void> };
type Dead = { generation: Generation; queued: Entry; jobs: Job[] };

const nothing = { rows: 0, isLast: true } as const;

/** The next rows of the first range that has any; when none has, the generation's end. Gives how many rows go. */
async function takeApart(view: View, change: Change, { generation, queued, jobs }: Dead): Promise<{ rows: number; isLast: boolean }> {
  const stateKey = tables.state.key(generation);
  const stateValue = await view.get(stateKey);
  if (stateValue === undefined || decodeBucketState(stateValue).status !== "reclaiming" || (await view.get(queued.key)) === undefined) return nothing;
  change.expect(stateKey, stateValue).expect(queued.key, queued.value);
  for (const job of jobs) {
    const rows = await take(view, job.range, reclaimLimits.generationRows);
    const taken = job.oneByOne ? await takeOneByOne(view, change, rows, job.oneByOne) : rows;
    if (taken.length === 0) continue;
    const span = spanOf(taken);
    if (!job.oneByOne) change.clear(span, taken.length);
    await job.ends?.(view, change, taken);
    job.range = { from: span.to, to: job.range.to };
    return { rows: taken.length, isLast: false };
  }
  for (const { range } of jobsOf(generation)) change.expectEmpty(range);
  for (const kind of counterKinds) change.drop(counterKey(generation, kind));
  change.remove(stateKey).remove(queued.key).remove(reportKey(generation));
  return { rows: 1, isLast: true };
}

/** Rows that end their own, as many as one batch takes. */
async function takeOneByOne(view: View, change: Change, rows: readonly Entry[], end: NonNullable<Job["oneByOne"]>): Promise<Entry[]> {
  const taken: Entry[] = [];
  for (const row of rows) {
    if (isFull(change)) break;
    await end(view, change, row);
    taken.push(row);
  }
  return taken;
}

function jobsOf(generation: Generation): Job[] {
  return [
    {
      range: tables.upload.range(generation),
      async ends(_view, change, rows) {
        for (const { key } of rows) change.put(tables.ended.key(tables.upload.read(key)[2]), encodeEnded({ generation, unused: "all" }));
      },
    },
    { range: tables.current.range(generation), ends: (view, change, rows) => endVersions(view, change, generation, rows, currentKeyText) },
    { range: restRange(generation), ends: (view, change, rows) => endVersions(view, change, generation, rows, (row) => readRestKey(row).key) },
    { range: tables.binned.range(generation), oneByOne: async (view, change, row) => void (await endBinned(view, change, generation, row, { counts: false })) },
    { range: tables.detail.range(generation) },
    { range: tables.locked.range(generation) },
    { range: tables.channel.range(generation) },
    { range: tables.document.range(generation) },
  ];
}
