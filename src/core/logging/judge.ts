/** May logs be written into a bucket? Asked when it is named, and again whenever one is written. */
import { gives, grantsOf } from "../access/acl.ts";
import { authorizeBucket } from "../access/evaluate.ts";
import { judge } from "../access/policy/judge.ts";
import { bucketJudge } from "../access/policy/weigh.ts";
import type { Context } from "../api.ts";
import type { Change } from "../change.ts";
import { fail } from "../errors.ts";
import type { BucketState, ObjectKey } from "../model.ts";
import type { BucketHandle, View } from "../view.ts";
import type { Logging } from "./model.ts";

/**
 * Throws logTargetInvalid, and accessDenied to who may not write into a target that is written by the owner's right. Where the target has a policy, or no ACLs, what the policy says is not asked yet: it may speak of names and sources,
 * and may come later. The target is expected as it was read, unless it is the source itself.
 */
export async function judgeLogTarget(view: View, change: Change, context: Context, source: BucketState, logging: Logging): Promise<void> {
  const target = await findTarget(view, source, logging);
  const { state } = target;
  // The owner's right is lent to none who could not write there.
  if (logging.by === "owner") await authorizeBucket(view, { ...context, capability: "object.write", action: "PutObject" }, state, logging.prefix as ObjectKey);
  const refuse = (why: "region" | "permission" | "acls"): never => fail("logTargetInvalid", { target: logging.target, why });
  if (state.region !== "" && source.region !== "" && state.region !== source.region) refuse("region");
  if (state.ownership === "bucketOwnerOnly" && logging.grants.length > 0) refuse("acls");
  if (logging.by === "server" && state.ownership !== "bucketOwnerOnly" && !state.policy && !letsIn(state)) refuse("permission");
  if (state.generation !== source.generation) change.expect(target.stateKey, target.stateValue);
}

/** The target, if it is there, the same owner's, and takes logs at all (logTargetInvalid). */
export async function findTarget(view: View, source: Pick<BucketState, "tenant" | "owner">, { target }: Logging): Promise<BucketHandle> {
  const found = await view.findBucket({ tenant: source.tenant, bucket: target });
  if (found === undefined) return fail("logTargetInvalid", { target, why: "missing" });
  const { owner, lock, requesterPays } = found.state;
  if (owner !== source.owner) fail("logTargetInvalid", { target, why: "owner" });
  if (lock?.default) fail("logTargetInvalid", { target, why: "lock" });
  if (requesterPays) fail("logTargetInvalid", { target, why: "payer" });
  return found;
}

/** By its ACL: to write, and to read the ACL, as the vendor wants it. */
function letsIn({ acl, owner }: BucketState): boolean {
  const toServer = grantsOf(acl, owner, owner).filter((grant) => "group" in grant && grant.group === "logDelivery");
  const may = (permission: "write" | "readAcl"): boolean => toServer.some((grant) => grant.permission === permission || grant.permission === "full");
  // What everybody may the server may too.
  return (may("write") || gives(acl, "write", { kind: "anonymous" })) && (may("readAcl") || gives(acl, "readAcl", { kind: "anonymous" }));
}

/** Of one log that is about to be written: throws logTargetInvalid. `facts`: what a policy may ask about the source. */
export async function judgeDelivery(
  view: View,
  { state }: BucketHandle,
  logging: Logging,
  { key, facts }: { key: ObjectKey; facts: (name: string) => readonly string[] | undefined },
): Promise<void> {
  if (logging.by === "owner") return;
  const policy = state.policy ? await bucketJudge(view, state) : undefined;
  const asked = { caller: { kind: "service", service: "logDelivery" }, action: "PutObject", resource: `${state.name}/${key}`, facts } as const;
  const said = policy && judge(policy.judge, asked).effect;
  if (said === "allow" || (said !== "deny" && state.ownership !== "bucketOwnerOnly" && letsIn(state))) return;
  fail("logTargetInvalid", { target: logging.target, why: "permission" });
}
