/** Finding one version for somebody: existence of the bucket, then access, then existence of the version. */
import { authorizeObject } from "../access/evaluate.ts";
import { mayHavePolicies } from "../access/policy/weigh.ts";
import type { Context, ObjectAddress } from "../api.ts";
import { fail } from "../errors.ts";
import type { AccountId, BucketState, Version, VersionSelector } from "../model.ts";
import { Chain } from "../versions/chain.ts";
import type { BucketHandle, View } from "../view.ts";

export type Found = { bucket: BucketHandle; chain: Chain; version: Version };

/**
 * The version, whole. Throws bucketMissing, accessDenied, keyMissing (no current version), versionMissing (no such id) or versionIsMarker.
 * A missing object is told from a forbidden one only to who may list.
 */
export async function findVersion(view: View, context: Context, address: ObjectAddress, selector: VersionSelector): Promise<Found> {
  const bucket = await view.bucket(context, address);
  const chain = await Chain.load(view, bucket.state.generation, address.key);
  const { key } = address;
  const found = selector === undefined ? chain.head : await chain.find(selector);
  // Policies ask for tags.
  const version = found && !chain.isWhole(found) && mayHavePolicies(context, bucket.state) ? await chain.whole(found) : found;
  await authorizeObject(view, context, bucket.state, version, key);
  if (!version) return selector === undefined ? fail("keyMissing", { key }) : fail("versionMissing", { key, versionId: String(selector) });
  if (version.kind === "marker") {
    fail("versionIsMarker", { key, versionId: version.isNull ? "null" : String(version.sequence), sequence: version.sequence, current: selector === undefined });
  }
  return { bucket, chain, version: chain.isWhole(version) ? version : await chain.whole(version) };
}

/** Who owns what the caller writes: its account; what an anonymous caller writes is the bucket owner's. */
export const writerOf = (context: Context, state: BucketState): AccountId => (context.caller.kind === "anonymous" ? state.owner : context.caller.account.id);

/** Writers of one key wait for their turn under this name. */
export const objectTurn = ({ tenant, bucket, key }: ObjectAddress): Uint8Array => Buffer.from(`object\0${tenant}\0${bucket}\0${key}`, "utf8");
export const bucketTurn = ({ tenant, bucket }: { tenant: string; bucket: string }): Uint8Array => Buffer.from(`bucket\0${tenant}\0${bucket}`, "utf8");
