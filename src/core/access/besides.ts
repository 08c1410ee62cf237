/**
 * What a request asks beyond its own action, each a right of its own: the ACL, tags and lock that come with a write, and the lifting of governance.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html (permissions), https://help.aliyun.com/en/oss/developer-reference/putobject
 */
import type { BucketAddress, Capability, Context } from "../api.ts";
import { fail } from "../errors.ts";
import type { BucketAcl, BucketState, LockAsked, ObjectKey, Tags } from "../model.ts";
import type { View } from "../view.ts";
import { type Decision, evaluate, type Question } from "./evaluate.ts";
import { mayHavePolicies, policiesAbout } from "./policy/weigh.ts";

type Besides = { key: ObjectKey; aclAsked?: boolean; tags?: Tags; lock?: LockAsked };

/**
 * Throws accessDenied. Who writes an object owns it, and may say who else reads it and how it is tagged; a user where policies allow that by
 * itself. A lock is the bucket owner's to give, or whom policies allow.
 */
export async function authorizeBesides(view: View, context: Context, state: BucketState, { key, aclAsked, tags, lock }: Besides): Promise<void> {
  // Where no ACLs count, the one that may be named says nothing.
  const asked: [is: boolean | undefined, action: string, capability: Capability][] = [
    [aclAsked && state.ownership !== "bucketOwnerOnly", "PutObjectAcl", "object.writeAcl"],
    [tags !== undefined && tags.length > 0, "PutObjectTagging", "object.writeTags"],
    [lock?.retention !== undefined || lock?.eventHold !== undefined, "PutObjectRetention", "bucket.own"],
    [lock?.legalHold !== undefined, "PutObjectLegalHold", "bucket.own"],
  ];
  for (const [is, action, capability] of asked) {
    if (is !== true) continue;
    const { allowed, reason } = await decide(view, context, state, { key, action, capability });
    if (!allowed) fail("accessDenied", { reason: `${action}: ${reason}` });
  }
}

type Made = BucketAddress & { acl?: BucketAcl; lock?: boolean };

/**
 * What making a bucket asks besides: an ACL, locking and the versioning that comes with it. `state`: of the one that is there, whose ACL would
 * change. Throws accessDenied. An account that may make buckets may say all of it, unless the policy of the one that is there denies it.
 */
export async function authorizeMade(view: View, context: Context, state: BucketState | undefined, { tenant, bucket, acl, lock }: Made): Promise<void> {
  if (!mayHavePolicies(context, state)) return;
  const { caller } = context;
  for (const [is, action] of [
    [acl !== undefined, "PutBucketAcl"],
    [lock === true, "PutBucketObjectLockConfiguration"],
    [lock === true, "PutBucketVersioning"],
  ] as const) {
    if (!is) continue;
    const said = await policiesAbout(view, context, state, { bucket, action });
    const { allowed, reason } = evaluate(state ? { caller, capability: "bucket.own", bucket: state, said } : { caller, capability: "service.createBucket", tenant, said });
    if (!allowed) fail("accessDenied", { reason: `${action}: ${reason}` });
  }
}

/** Who asks for it and may not is not refused: the wish counts for nothing. */
export async function mayLiftGovernance(view: View, context: Context, state: BucketState, key: ObjectKey): Promise<boolean> {
  return (await decide(view, context, state, { key, action: "BypassGovernanceRetention", capability: "bucket.own" })).allowed;
}

/** To delete a bucket, or what is under a prefix, with everything in it. Throws accessDenied; nobody does that unsigned, whatever a policy gives to everybody. */
export async function authorizeForce(view: View, context: Context, state: BucketState): Promise<void> {
  if (context.caller.kind === "anonymous") fail("accessDenied", { reason: "a forced delete is signed" });
  if (context.point !== undefined) fail("accessDenied", { reason: "not through an access point" });
  const { allowed, reason } = await decide(view, context, state, { action: "ForceDeleteBucket", capability: "bucket.own" });
  if (!allowed) fail("accessDenied", { reason: `ForceDeleteBucket: ${reason}` });
}

type Asked = { key?: ObjectKey; action: string; capability: Capability };
async function decide(view: View, context: Context, state: BucketState, { key, action, capability }: Asked): Promise<Decision> {
  const { caller } = context;
  const said = mayHavePolicies(context, state) ? { said: await policiesAbout(view, context, state, { key, action }) } : {};
  const question: Question = { caller, capability, bucket: state, ...said };
  if (capability === "bucket.own") return evaluate(question);
  // Who has no say as an owner (nobody in particular, and who comes from another tenant) has that of who may write.
  if (caller.kind === "anonymous" || caller.account.tenant !== state.tenant) return evaluate({ ...question, capability: "object.write" });
  return evaluate({ ...question, object: { owner: caller.account.id, acl: "private" } });
}
