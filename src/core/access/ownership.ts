/**
 * Who owns what is written, and which ACLs may be set: https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html and
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html. OSS and HCP make buckets without either.
 */
import type { Context } from "../api.ts";
import { fail } from "../errors.ts";
import type { AccountId, BucketState, ObjectAcl } from "../model.ts";

export const isPublicAcl = (acl: ObjectAcl): boolean => acl === "publicRead" || acl === "publicReadWrite" || acl === "authenticatedRead";

/** What an ACL says where none counts, or where what it gives everybody is ignored: nothing. */
export function aclInForce<A extends ObjectAcl>({ ownership, publicAccess }: Partial<Pick<BucketState, "ownership" | "publicAccess">>, acl: A): A | "private" {
  if (ownership === "bucketOwnerOnly") return "private";
  return publicAccess?.ignoreAcls && isPublicAcl(acl) ? "private" : acl;
}

/** For a change of an ACL: throws aclsDisabled, or accessDenied for an ACL that would open what is to stay closed. */
export function judgeAcl(state: Pick<BucketState, "name" | "ownership" | "publicAccess">, acl: ObjectAcl): void {
  if (state.ownership === "bucketOwnerOnly") fail("aclsDisabled", { bucket: state.name });
  if (state.publicAccess?.refuseAcls && isPublicAcl(acl)) fail("accessDenied", { reason: "the bucket refuses public ACLs" });
}

/**
 * Of a new object: throws as `judgeAcl`, gives its owner. `aclAsked`: the writer named the ACL, it is no default. Where no ACLs count, the one
 * that says what holds anyway may be named.
 */
export function placeObject(context: Context, state: BucketState, { acl, aclAsked }: { acl: ObjectAcl; aclAsked?: boolean }): AccountId {
  const writer = context.caller.kind === "anonymous" ? state.owner : context.caller.account.id;
  if (state.ownership === "bucketOwnerOnly") {
    if (aclAsked && acl !== "bucketOwnerFullControl") fail("aclsDisabled", { bucket: state.name });
    return state.owner;
  }
  if (state.publicAccess?.refuseAcls && isPublicAcl(acl)) fail("accessDenied", { reason: "the bucket refuses public ACLs" });
  return state.ownership === "bucketOwnerIfGranted" && acl === "bucketOwnerFullControl" ? state.owner : writer;
}
