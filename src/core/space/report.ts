/** What is live, in the trash and on its way out, added up bucket by bucket; each page in a snapshot of its own. */
import { authorizeAdmin } from "../access/evaluate.ts";
import type { Context } from "../api.ts";
import { usageOf } from "../buckets/read.ts";
import { tables } from "../keys.ts";
import type { BucketState, Extent, Generation } from "../model.ts";
import type { Ports } from "../ports.ts";
import type { TrashRow } from "../purge/api.ts";
import { rowsOf, take } from "../reclaim/slices.ts";
import { decodeBucketState, decodeDead, decodeJson, decodePage } from "../records.ts";
import { onView } from "../view.ts";
import type { SpaceOf, SpaceReport } from "./api.ts";
import { readReclaimRow } from "./reclaim-now.ts";

export const spaceLimits = {
  /** Generations whose counters are read in one snapshot. */
  generationsAtOnce: 100,
  /** Dead contents that are counted; beyond, there are "more". */
  deadMax: 10_000,
} as const;

const names = ["objects", "versions", "markers", "uploads", "bytes", "partBytes", "binned", "binnedBytes"] as const;
const nothing = (): SpaceOf => ({ buckets: 0, objects: 0, versions: 0, markers: 0, uploads: 0, bytes: 0, partBytes: 0, binned: 0, binnedBytes: 0 });

export async function spaceReport(ports: Ports, context: Context): Promise<SpaceReport> {
  authorizeAdmin(context);
  const [live, trash, reclaiming] = [nothing(), nothing(), nothing()];
  const sums: Record<BucketState["status"], SpaceOf> = { live, trash, reclaiming };
  for await (const group of inGroups(statesOf(ports), spaceLimits.generationsAtOnce)) {
    await onView(ports, async (view) => {
      // Added up before it counts: a snapshot may be taken back half-way, and this is done again.
      const found = await Promise.all(group.map(async ({ status, generation }) => ({ sum: sums[status], usage: await usageOf(view, generation) })));
      for (const { sum, usage } of found) {
        sum.buckets++;
        for (const name of names) sum[name] += usage[name];
      }
    });
  }
  const ends: number[] = [];
  for await (const { value } of rowsOf(ports, tables.trash.range())) ends.push(decodeJson<TrashRow>(value).untilMs);
  const times = ends.length === 0 ? {} : { nextMs: ends.reduce((a, b) => Math.min(a, b)), lastMs: ends.reduce((a, b) => Math.max(a, b)) };
  const disk = await ports.blobs.space?.();
  const reclaim = await readReclaimRow(ports);
  return {
    live,
    trash: { ...trash, ...times },
    reclaiming,
    waiting: await waitingContents(ports),
    ...(disk ? { disk } : {}),
    ...(reclaim ? { reclaim } : {}),
  };
}

async function* statesOf(ports: Ports): AsyncGenerator<{ status: BucketState["status"]; generation: Generation }> {
  for await (const { value } of rowsOf(ports, tables.state.range())) {
    const { status, generation } = decodeBucketState(value);
    yield { status, generation };
  }
}
async function* inGroups<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let group: T[] = [];
  for await (const item of items) {
    group.push(item);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

const lengthOf = (extents: readonly Extent[]): number => extents.reduce((sum, { length }) => sum + length, 0);

async function waitingContents(ports: Ports): Promise<SpaceReport["waiting"]> {
  const rows = await onView(ports, (view) => take(view, tables.dead.range(), spaceLimits.deadMax + 1));
  const counted = rows.slice(0, spaceLimits.deadMax);
  const waiting = { contents: counted.length, bytes: 0, more: rows.length > counted.length };
  for (const { value } of counted) waiting.bytes += lengthOf(decodeDead(value).extents);
  // Of what was released each blob is a content, or a part of a large one.
  for await (const { value } of rowsOf(ports, tables.released.range(), 16)) {
    const extents = decodePage(value);
    waiting.contents += extents.length;
    waiting.bytes += lengthOf(extents);
  }
  return waiting;
}
