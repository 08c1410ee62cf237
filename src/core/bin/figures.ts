/** How much is in the bins of all buckets together, for metrics. Nothing is counted where nothing is binned. */
import { counterKey, tables } from "../keys.ts";
import type { Ports } from "../ports.ts";
import { rowsOf } from "../reclaim/slices.ts";
import { decodeBucketState } from "../records.ts";
import { onView } from "../view.ts";

export type BinFigures = { objects: number; bytes: number };

export async function countBinned(ports: Ports): Promise<BinFigures> {
  const figures = { objects: 0, bytes: 0 };
  if ((await onView(ports, (view) => view.first(tables.binEnd.range()))) === undefined) return figures;
  for await (const { key, value } of rowsOf(ports, tables.state.range())) {
    if (decodeBucketState(value).status === "reclaiming") continue;
    const [generation] = tables.state.read(key);
    const [objects, bytes] = await onView(
      ports,
      async (view) => [await view.sum(counterKey(generation, "binned")), await view.sum(counterKey(generation, "binnedBytes"))] as const,
    );
    figures.objects += objects;
    figures.bytes += bytes;
  }
  return figures;
}

/** Counts again once the last count is older than `everyMs`. */
export function binGauge(ports: Ports, everyMs: number): { refresh(): Promise<void>; figures(): BinFigures } {
  let figures: BinFigures = { objects: 0, bytes: 0 };
  let countedMs = Number.NEGATIVE_INFINITY;
  return {
    async refresh() {
      const nowMs = ports.clock.monotonicMs();
      if (nowMs - countedMs < everyMs) return;
      countedMs = nowMs;
      figures = await countBinned(ports);
    },
    figures: () => figures,
  };
}
