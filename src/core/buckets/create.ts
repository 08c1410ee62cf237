/** Makes a bucket: a name that points at a new generation. */
import { isDeepStrictEqual } from "node:util";
import { grantsOthers, settleAcl } from "../access/acl.ts";
import { authorizeMade } from "../access/besides.ts";
import { authorizeUse } from "../access/evaluate.ts";
import { judgeAcl, judgePublic } from "../access/ownership.ts";
import { type BucketAddress, type Context, type Core, limits } from "../api.ts";
import type { Change } from "../change.ts";
import { fail } from "../errors.ts";
import { generationBytes, generationOf, tables } from "../keys.ts";
import type { AccountId, BucketState, Generation } from "../model.ts";
import { parseBucketName } from "../names.ts";
import { bucketTurn } from "../objects/find.ts";
import type { Bytes, Ports } from "../ports.ts";
import { decodeAccount, encodeBucketState } from "../records.ts";
import { transact } from "../transact.ts";
import type { View } from "../view.ts";
import { changeState } from "./state.ts";

type Input = Parameters<Core["buckets"]["create"]>[1];

/**
 * Throws bucketTaken (somebody else's), bucketOwned (own already, `ifOwned` "refuse"), aclsInUse, tooManyBuckets, accessDenied (an ACL that the account refuses, too), invalidArgument. With "keep" an own bucket
 * keeps everything but an ACL that was given. The name is expected absent, so of several makers one wins.
 */
export async function createBucket(ports: Ports, context: Context, input: Input): Promise<{ created: boolean; state: BucketState }> {
  return await transact(ports, context, bucketTurn(input), async (view, change) => {
    await authorizeUse(view, context, input.tenant, input.bucket);
    parseBucketName(input.bucket);
    const { caller } = context;
    if (caller.kind === "anonymous") return fail("accessDenied", { reason: "anonymous callers own no buckets" });
    const owner = caller.account.id;
    const acl = input.acl && settleAcl(input.acl, owner, owner);
    const existing = await view.findBucket(input);
    if (existing) {
      if (existing.state.owner !== owner) fail("bucketTaken", { bucket: input.bucket });
      if (input.ifOwned === "refuse") fail("bucketOwned", { bucket: input.bucket });
      if (acl !== undefined && !isDeepStrictEqual(acl, existing.state.acl)) judgeAcl(existing.state, acl);
      if (acl !== undefined) await authorizeMade(view, context, existing.state, { ...input, lock: false });
      const state = acl === undefined ? existing.state : changeState(change, existing, { acl });
      return { created: false, state };
    }
    await authorizeMade(view, context, undefined, input);
    if (input.ownership === "bucketOwnerOnly" && acl !== undefined && grantsOthers(acl, owner)) fail("aclsInUse", { bucket: input.bucket });
    const account = await roomFor(view, change, owner);
    // A change of what the account keeps closed touches its row, and all the buckets there are.
    const { publicAccess: accountAccess } = decodeAccount(account);
    if (acl !== undefined) judgePublic({ accountAccess }, acl);
    const state: BucketState = {
      tenant: input.tenant,
      name: input.bucket,
      generation: newGeneration(ports),
      status: "live",
      owner,
      createdMs: ports.clock.wallMs(),
      epoch: 1,
      versioning: input.lock ? "enabled" : (input.versioning ?? "off"),
      acl: acl ?? "private",
      storageClass: input.storageClass,
      redundancy: input.redundancy,
      region: input.region,
      overwrite: input.overwrite,
      ...(input.lock ? { lock: {} } : {}),
      ...(input.encryption === undefined ? {} : { encryption: input.encryption }),
      ...(input.ownership === undefined ? {} : { ownership: input.ownership }),
      ...(accountAccess === undefined ? {} : { accountAccess }),
    };
    await nameBucket(view, change, input, state);
    return { created: true, state };
  });
}

/** Throws tooManyBuckets, accessDenied. Gives the account's row, which is expected: deleting an account expects that it owns nothing. */
export async function roomFor(view: View, change: Change, owner: AccountId): Promise<Bytes> {
  const owned = view.scan({ ...tables.owned.range(owner), keysOnly: true });
  const count = (await owned.next(limits.bucketsPerAccountMax)).length;
  owned.close();
  if (count >= limits.bucketsPerAccountMax) fail("tooManyBuckets", { limit: limits.bucketsPerAccountMax });
  const accountKey = tables.account.key(owner);
  const account = await view.get(accountKey);
  if (account === undefined) return fail("accessDenied", { reason: "the account does not exist any more" });
  change.expect(accountKey, account);
  return account;
}

/** Points a free name at a generation: name, owner's list, state. */
export async function nameBucket(view: View, change: Change, address: BucketAddress, state: BucketState): Promise<void> {
  const nameKey = tables.name.key(address.tenant, address.bucket);
  change.expect(nameKey, await view.get(nameKey)).put(nameKey, generationBytes(state.generation));
  change.put(tables.owned.key(state.owner, address.tenant, address.bucket), generationBytes(state.generation));
  const stateKey = tables.state.key(state.generation);
  change.expect(stateKey, undefined).put(stateKey, encodeBucketState(state));
}

/** 12 random bytes: never used again. */
export const newGeneration = (ports: Ports): Generation => generationOf(ports.random.bytes(12));

/** The row of a bucket in its owner's list. */
export const ownedKey = (owner: AccountId, { tenant, bucket }: BucketAddress): Bytes => tables.owned.key(owner, tenant, bucket);
