/**
 * Deletes an empty bucket in one batch: its name goes, its generation is handed to the reclaim job. Emptiness is decided by ranges inside the
 * commit, and every write expects the state that this changes: a late write finds no bucket.
 */
import type { Context, Core } from "../api.ts";
import { fail } from "../errors.ts";
import { dropHosts } from "../hosts/hosts.ts";
import { whoAsks } from "../jobs/verbs.ts";
import { restRange, tables } from "../keys.ts";
import { bucketTurn } from "../objects/find.ts";
import { pointsOf } from "../points/model.ts";
import type { Ports } from "../ports.ts";
import { keepMsOf, putAside } from "../purge/detach.ts";
import { transact } from "../transact.ts";
import { blockersOf } from "./blockers.ts";
import { ownedKey } from "./create.ts";

/** Throws bucketMissing, accessDenied, bucketNotEmpty with what is in the way. `openUploads` "end": they end with the generation. */
export async function deleteBucket(ports: Ports, context: Context, input: Parameters<Core["buckets"]["delete"]>[1]): Promise<void> {
  await transact(ports, context, bucketTurn(input), async (view, change) => {
    const bucket = await view.bucket(context, input);
    const { generation, owner } = bucket.state;
    const empty = [tables.current.range(generation), restRange(generation), pointsOf(generation)];
    if (input.openUploads === "refuse") empty.push(tables.upload.range(generation), tables.channel.range(generation));
    for (const range of empty) {
      if (await view.first(range)) fail("bucketNotEmpty", { bucket: input.bucket, blockers: await blockersOf(view, generation) });
      change.expectEmpty(range);
    }
    // What was soft-deleted is kept for its time: then the generation goes to the trash, also where no other does.
    const binned = tables.binned.range(generation);
    const hasBinned = (await view.first(binned)) !== undefined;
    if (!hasBinned) change.expectEmpty(binned);
    const keepMs = hasBinned ? Math.max(keepMsOf(bucket.state, ports), bucket.state.binKeepMs ?? 0) : 0;
    putAside(change, bucket, ports, { keepMs, by: whoAsks(context), reason: "deleted by its owner, with soft-deleted objects in it" });
    const nameKey = tables.name.key(input.tenant, input.bucket);
    change.expect(nameKey, await view.get(nameKey)).remove(nameKey);
    await dropHosts(view, change, input, generation);
    const owned = ownedKey(owner, input);
    change.expect(owned, await view.get(owned)).remove(owned);
  });
}
