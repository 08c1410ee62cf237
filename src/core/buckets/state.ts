/** Changes of a bucket's state record. */
import type { Context, Core } from "../api.ts";
import type { Change } from "../change.ts";
import type { BucketState } from "../model.ts";
import { bucketTurn } from "../objects/find.ts";
import type { Ports } from "../ports.ts";
import { encodeBucketState } from "../records.ts";
import { transact } from "../transact.ts";
import type { BucketHandle } from "../view.ts";

/** Expects the state as read, puts the changed one with the next epoch, and gives it. */
export function changeState(change: Change, bucket: BucketHandle, changes: Partial<Pick<BucketState, "acl" | "versioning" | "status">>): BucketState {
  const state: BucketState = { ...bucket.state, ...changes, epoch: bucket.state.epoch + 1 };
  change.expect(bucket.stateKey, bucket.stateValue).put(bucket.stateKey, encodeBucketState(state));
  return state;
}

export async function setBucketAcl(ports: Ports, context: Context, input: Parameters<Core["buckets"]["setAcl"]>[1]): Promise<void> {
  await transact(ports, context, bucketTurn(input), async (view, change) => {
    const bucket = await view.bucket(context, input);
    if (bucket.state.acl !== input.acl) changeState(change, bucket, { acl: input.acl });
  });
}

/** Versioning can be suspended, never turned off again. */
export async function setBucketVersioning(ports: Ports, context: Context, input: Parameters<Core["buckets"]["setVersioning"]>[1]): Promise<void> {
  await transact(ports, context, bucketTurn(input), async (view, change) => {
    const bucket = await view.bucket(context, input);
    if (bucket.state.versioning !== input.versioning) changeState(change, bucket, { versioning: input.versioning });
  });
}
