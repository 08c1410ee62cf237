/** What a bucket is, and how much is in it. */
import type { BucketInfo, Context, Core, Usage } from "../api.ts";
import { counterRange, readCounterKey } from "../keys.ts";
import type { Generation } from "../model.ts";
import type { Ports } from "../ports.ts";
import { onView, type View } from "../view.ts";

export async function getBucket(ports: Ports, context: Context, input: Parameters<Core["buckets"]["get"]>[1]): Promise<BucketInfo> {
  return await onView(ports, async (view) => {
    const { state } = await view.bucket(context, input);
    return { state, owner: await view.owner(state.owner) };
  });
}

/** Exact: the counters as of one snapshot. */
export async function bucketUsage(ports: Ports, context: Context, input: Parameters<Core["buckets"]["usage"]>[1]): Promise<BucketInfo & { usage: Usage }> {
  return await onView(ports, async (view) => {
    const { state } = await view.bucket(context, input);
    return { state, owner: await view.owner(state.owner), usage: await usageOf(view, state.generation) };
  });
}

export async function usageOf(view: View, generation: Generation): Promise<Usage> {
  const usage: Usage = { objects: 0, versions: 0, markers: 0, bytes: 0, uploads: 0, parts: 0, partBytes: 0, channels: 0, binned: 0, binnedBytes: 0 };
  for (const { counter, value } of await view.counters(counterRange(generation))) usage[readCounterKey(counter).kind] = value;
  return usage;
}
