/** Changes of a bucket's state record. */
import { isDeepStrictEqual } from "node:util";
import { grantsOthers, settleAcl } from "../access/acl.ts";
import { judgeAcl } from "../access/ownership.ts";
import type { Context, Core } from "../api.ts";
import type { Change } from "../change.ts";
import { fail } from "../errors.ts";
import type { BucketState } from "../model.ts";
import { bucketTurn } from "../objects/find.ts";
import type { Ports } from "../ports.ts";
import { encodeBucketState } from "../records.ts";
import { transact } from "../transact.ts";
import type { BucketHandle } from "../view.ts";

/** Expects the state as read, puts the changed one with the next epoch, and gives it. */
export function changeState(
  change: Change,
  bucket: BucketHandle,
  changes: Partial<
    Pick<
      BucketState,
      | "acl"
      | "versioning"
      | "status"
      | "lock"
      | "retention"
      | "ownership"
      | "publicAccess"
      | "accountAccess"
      | "varyOrigin"
      | "encryption"
      | "checksReferer"
      | "requesterPays"
      | "policy"
      | "expires"
      | "abortsUploads"
      | "logs"
      | "notifies"
      | "capacityBytes"
      | "tlsVersions"
      | "trashKeepMs"
      | "binKeepMs"
      | "name"
    >
  >,
): BucketState {
  const state: BucketState = { ...bucket.state, ...changes, epoch: bucket.state.epoch + 1 };
  change.expect(bucket.stateKey, bucket.stateValue).put(bucket.stateKey, encodeBucketState(state));
  return state;
}

export async function setBucketAcl(ports: Ports, context: Context, input: Parameters<Core["buckets"]["setAcl"]>[1]): Promise<void> {
  await transact(ports, context, bucketTurn(input), async (view, change) => {
    const bucket = await view.bucket(context, input);
    judgeAcl(bucket.state, input.acl);
    const acl = settleAcl(input.acl, bucket.state.owner, bucket.state.owner);
    if (!isDeepStrictEqual(bucket.state.acl, acl)) changeState(change, bucket, { acl });
  });
}

/** Throws aclsInUse: ACLs cannot cease to count while the bucket's own gives something to others. */
export async function setBucketOwnership(ports: Ports, context: Context, input: Parameters<Core["buckets"]["setOwnership"]>[1]): Promise<void> {
  await transact(ports, context, bucketTurn(input), async (view, change) => {
    const bucket = await view.bucket(context, input);
    if (input.ownership === "bucketOwnerOnly" && grantsOthers(bucket.state.acl, bucket.state.owner)) fail("aclsInUse", { bucket: input.bucket });
    if (bucket.state.ownership !== input.ownership) changeState(change, bucket, { ownership: input.ownership });
  });
}

export async function setPublicAccess(ports: Ports, context: Context, input: Parameters<Core["buckets"]["setPublicAccess"]>[1]): Promise<void> {
  await transact(ports, context, bucketTurn(input), async (view, change) => {
    const bucket = await view.bucket(context, input);
    if (!isDeepStrictEqual(bucket.state.publicAccess, input.publicAccess)) changeState(change, bucket, { publicAccess: input.publicAccess });
  });
}

/** Versioning can be suspended, never turned off again; lockNeedsVersioning where versions may be locked. */
export async function setBucketVersioning(ports: Ports, context: Context, input: Parameters<Core["buckets"]["setVersioning"]>[1]): Promise<void> {
  await transact(ports, context, bucketTurn(input), async (view, change) => {
    const bucket = await view.bucket(context, input);
    if (bucket.state.lock && input.versioning !== "enabled") fail("lockNeedsVersioning", { bucket: bucket.state.name });
    if (bucket.state.versioning !== input.versioning) changeState(change, bucket, { versioning: input.versioning });
  });
}
