/**
 * Who owns what is written, and which ACLs may be set: https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html and
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html. OSS and HCP make buckets without either.
 */
import type { Context } from "../api.ts";
import { fail } from "../errors.ts";
import type { AccountId, BucketAcl, BucketState, ObjectAcl, PublicAccess } from "../model.ts";
import { isPublicAcl, settleAcl, withoutPublic } from "./acl.ts";

export type Closed = Partial<Pick<BucketState, "ownership" | "publicAccess" | "accountAccess">>;

/** Does the bucket, or its owner's account for all its buckets, keep this closed? */
export const keepsClosed = ({ publicAccess, accountAccess }: Closed, what: keyof PublicAccess): boolean => publicAccess?.[what] === true || accountAccess?.[what] === true;

/** What an ACL says where none counts, or where what it gives everybody is ignored. */
export function aclInForce(state: Closed, acl: BucketAcl): BucketAcl;
export function aclInForce(state: Closed, acl: ObjectAcl): ObjectAcl;
export function aclInForce(state: Closed, acl: ObjectAcl): ObjectAcl {
  if (state.ownership === "bucketOwnerOnly") return "private";
  return keepsClosed(state, "ignoreAcls") ? withoutPublic(acl) : acl;
}

type Judged = Closed & Pick<BucketState, "name">;

/** For a change of an ACL: throws aclsDisabled, or accessDenied for an ACL that would open what is to stay closed. */
export function judgeAcl(state: Judged, acl: ObjectAcl): void {
  if (state.ownership === "bucketOwnerOnly") fail("aclsDisabled", { bucket: state.name });
  judgePublic(state, acl);
}
/** Of a new bucket or object as well. */
export function judgePublic(state: Closed, acl: ObjectAcl): void {
  if (isPublicAcl(acl) && keepsClosed(state, "refuseAcls")) fail("accessDenied", { reason: "the bucket refuses public ACLs" });
}

/**
 * Of a new object: throws as `judgeAcl`, gives its owner and its ACL as kept. `aclAsked`: the writer named the ACL, it is no default. Where no
 * ACLs count, the one that says what holds anyway may be named.
 */
export function placeObject(context: Context, state: BucketState, { acl, aclAsked }: { acl: ObjectAcl; aclAsked?: boolean }): { owner: AccountId; acl: ObjectAcl } {
  const writer = context.caller.kind === "anonymous" ? state.owner : context.caller.account.id;
  if (state.ownership === "bucketOwnerOnly") {
    const kept = settleAcl(acl, state.owner, state.owner);
    const saysWhatHolds = kept === "bucketOwnerFullControl" || (typeof acl === "object" && kept === "private");
    if (aclAsked && !saysWhatHolds) fail("aclsDisabled", { bucket: state.name });
    return { owner: state.owner, acl: kept };
  }
  judgePublic(state, acl);
  const kept = settleAcl(acl, writer, state.owner);
  return { owner: state.ownership === "bucketOwnerIfGranted" && kept === "bucketOwnerFullControl" ? state.owner : writer, acl: kept };
}
