/**
 * A retention of everything in a bucket, by age: each version stays for so many days after it was written. It holds from the moment it is begun, lapses after
 * a day unless it is sealed, and sealed it is only ever made longer. What it forbids is asked where versions leave their chains (versions/chain.ts).
 */
import type { Context } from "../api.ts";
import { changeState } from "../buckets/state.ts";
import { fail } from "../errors.ts";
import { tables } from "../keys.ts";
import type { BucketRetention, Generation } from "../model.ts";
import { bucketTurn } from "../objects/find.ts";
import type { Ports } from "../ports.ts";
import { presence } from "../records.ts";
import { transact } from "../transact.ts";
import { type BucketHandle, onView, type View } from "../view.ts";
import { bucketRetentionLimits, isInForce, wholeBucketKey } from "./age.ts";
import type { BucketRetentionVerbs } from "./api.ts";
import { retentionNowMs } from "./clock.ts";

const idBytes = 16;

/** While there is one the retention clock does not follow the wall clock blindly. */
const lockRow = (generation: Generation) => tables.locked.key(generation, Number.POSITIVE_INFINITY, wholeBucketKey, 0);

/** The bucket's, if it is in force; `id`: it must be called so. */
async function inForce(view: View, { state }: BucketHandle, id?: string): Promise<BucketRetention | undefined> {
  const { retention } = state;
  if (retention === undefined || !isInForce(retention, await retentionNowMs(view))) return undefined;
  return id === undefined || id === retention.id ? retention : undefined;
}

function judgeDays(days: number): void {
  if (Number.isInteger(days) && days >= 1 && days <= bucketRetentionLimits.daysMax) return;
  fail("invalidArgument", { argument: "days", value: String(days), why: `a bucket retains for 1 to ${bucketRetentionLimits.daysMax} days` });
}

type Named = Parameters<BucketRetentionVerbs["seal"]>[1];

/** One that is there and is called so. Throws bucketRetention. */
function change(ports: Ports, context: Context, input: Named, next: (before: BucketRetention) => BucketRetention): Promise<void> {
  return transact(ports, context, bucketTurn(input), async (view, batch) => {
    const bucket = await view.bucket(context, input);
    const before = (await inForce(view, bucket, input.id)) ?? fail("bucketRetention", { bucket: input.bucket, why: "missing" });
    changeState(batch, bucket, { retention: next(before) });
  });
}

function begin(ports: Ports, context: Context, input: Parameters<BucketRetentionVerbs["begin"]>[1]): Promise<BucketRetention> {
  judgeDays(input.days);
  return transact(ports, context, bucketTurn(input), async (view, batch) => {
    const bucket = await view.bucket(context, input);
    if ((await inForce(view, bucket)) !== undefined) fail("bucketRetention", { bucket: input.bucket, why: "exists" });
    const id = Buffer.from(ports.random.bytes(idBytes)).toString("hex").toUpperCase();
    const retention: BucketRetention = { id, days: input.days, createdMs: ports.clock.wallMs(), sealed: false };
    changeState(batch, bucket, { retention });
    const row = lockRow(bucket.state.generation);
    batch.expect(row, await view.get(row)).put(row, presence);
    return retention;
  });
}

function end(ports: Ports, context: Context, input: Parameters<BucketRetentionVerbs["end"]>[1]): Promise<void> {
  return transact(ports, context, bucketTurn(input), async (view, batch) => {
    const bucket = await view.bucket(context, input);
    const before = (await inForce(view, bucket)) ?? fail("bucketRetention", { bucket: input.bucket, why: "missing" });
    if (before.sealed) fail("bucketRetention", { bucket: input.bucket, why: "sealed" });
    changeState(batch, bucket, { retention: undefined });
    const row = lockRow(bucket.state.generation);
    batch.expect(row, await view.get(row)).remove(row);
  });
}

export const bucketRetentionVerbs = (ports: Ports): BucketRetentionVerbs => ({
  get: (context, input) => onView(ports, async (view) => inForce(view, await view.bucket(context, input))),
  begin: (context, input) => begin(ports, context, input),
  seal: (context, input) =>
    change(ports, context, input, (before) => (before.sealed ? fail("bucketRetention", { bucket: input.bucket, why: "sealed" }) : { ...before, sealed: true })),
  extend(context, input) {
    judgeDays(input.days);
    return change(ports, context, input, (before) => {
      if (!before.sealed) fail("bucketRetention", { bucket: input.bucket, why: "unsealed" });
      if (input.days <= before.days) fail("bucketRetention", { bucket: input.bucket, why: "shorter" });
      return { ...before, days: input.days };
    });
  },
  end: (context, input) => end(ports, context, input),
});
