/**
 * ACLs: a canned one by its name, which stands for grants, or a list of grants that no name stands for.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html
 */
import { fail } from "../errors.ts";
import type { AccountId, BucketAcl, Caller, CannedAcl, Grant, GranteeGroup, GrantList, ObjectAcl, Permission } from "../model.ts";

export const aclLimits = {
  /** Of one bucket or object. */
  grantsMax: 100,
} as const;

const cannedAcls: readonly CannedAcl[] = ["private", "publicRead", "publicReadWrite", "authenticatedRead", "bucketOwnerRead", "bucketOwnerFullControl"];

/** The grants of an ACL, whichever way it is kept. `bucketOwner`: of the bucket that holds the object; of a bucket, its owner. */
export function grantsOf(acl: BucketAcl, owner: AccountId, bucketOwner: AccountId): Grant[] {
  if (typeof acl === "object") return acl.grants;
  const own: Grant = { account: owner, permission: "full" };
  switch (acl) {
    case "private":
      return [own];
    case "publicRead":
      return [{ group: "everyone", permission: "read" }, own];
    case "publicReadWrite":
      return [{ group: "everyone", permission: "read" }, { group: "everyone", permission: "write" }, own];
    case "authenticatedRead":
      return [{ group: "accounts", permission: "read" }, own];
    case "bucketOwnerRead":
      return owner === bucketOwner ? [own] : [own, { account: bucketOwner, permission: "read" }];
    case "bucketOwnerFullControl":
      return owner === bucketOwner ? [own] : [own, { account: bucketOwner, permission: "full" }];
  }
}

const grantText = (grant: Grant): string => `${"account" in grant ? `account ${grant.account}` : `group ${grant.group}`} ${grant.permission}`;
const listText = (grants: readonly Grant[]): string => [...new Set(grants.map(grantText))].sort().join("\n");

/** As it is kept: under the name that stands for exactly these grants, where there is one. invalidArgument beyond `aclLimits.grantsMax`. */
export function settleAcl<A extends ObjectAcl>(acl: A, owner: AccountId, bucketOwner: AccountId): A | CannedAcl {
  if (typeof acl !== "object") return acl;
  const { grants } = acl;
  if (grants.length > aclLimits.grantsMax) fail("invalidArgument", { argument: "acl", value: String(grants.length), why: `an ACL has at most ${aclLimits.grantsMax} grants` });
  const wanted = listText(grants);
  return cannedAcls.find((canned) => listText(grantsOf(canned, owner, bucketOwner)) === wanted) ?? acl;
}

const isPublicGroup = (grant: Grant): boolean => "group" in grant && (grant.group === "everyone" || grant.group === "accounts");

export const isPublicAcl = (acl: ObjectAcl): boolean =>
  typeof acl === "object" ? acl.grants.some(isPublicGroup) : acl === "publicRead" || acl === "publicReadWrite" || acl === "authenticatedRead";

/** What is left of it when its grants to everybody do not count. */
export function withoutPublic<A extends ObjectAcl>(acl: A): A | "private" | GrantList {
  if (!isPublicAcl(acl)) return acl;
  return typeof acl === "object" ? { grants: acl.grants.filter((grant) => !isPublicGroup(grant)) } : "private";
}

/** Beyond the owner of the bucket, who is also who the ACL of a bucket means by its owner. */
export const grantsOthers = (acl: BucketAcl, owner: AccountId): boolean => grantsOf(acl, owner, owner).some((grant) => !("account" in grant) || grant.account !== owner);

const isMember: Record<GranteeGroup, (caller: Caller) => boolean> = {
  everyone: () => true,
  // A user is not counted among them: what it may do waits for its policies.
  accounts: (caller) => caller.kind === "account",
  // The server itself, which asks nobody.
  logDelivery: () => false,
};
const isGrantee = (grant: Grant, caller: Caller): boolean =>
  "account" in grant ? caller.kind === "account" && caller.account.id === grant.account : isMember[grant.group](caller);

/** Does it give the caller this? What it gives to owners by their part, as canned ACLs do, is not asked here. */
export function gives(acl: BucketAcl, permission: Exclude<Permission, "full">, caller: Caller): boolean {
  if (typeof acl === "object") return acl.grants.some((grant) => (grant.permission === permission || grant.permission === "full") && isGrantee(grant, caller));
  if (permission === "read") return acl === "publicRead" || acl === "publicReadWrite" || (acl === "authenticatedRead" && caller.kind === "account");
  return permission === "write" && acl === "publicReadWrite";
}

/** For those who have names only for ACLs about everybody: the nearest, which promises nobody more than the list does. */
export function nearestCanned(acl: BucketAcl): CannedAcl {
  if (typeof acl !== "object") return acl;
  const toAll = (permission: Permission): boolean =>
    acl.grants.some((grant) => "group" in grant && grant.group === "everyone" && (grant.permission === permission || grant.permission === "full"));
  if (!toAll("read")) return "private";
  return toAll("write") ? "publicReadWrite" : "publicRead";
}
