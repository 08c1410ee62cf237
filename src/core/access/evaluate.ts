/**
 * The one place that says who may do what: ownership, ACLs, and policies where there are any (policy/weigh.ts).
 * The vendors' words: https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html (canned ACLs, what a grant maps to),
 * https://help.aliyun.com/en/oss/developer-reference/overview-of-acls (object ACL "default" = as the bucket's).
 */
import type { Capability, Context, DeleteEntry } from "../api.ts";
import { fail } from "../errors.ts";
import type { AccountId, BucketAcl, BucketName, BucketState, Caller, ObjectAcl, ObjectKey, TenantName, Version } from "../model.ts";
import type { View } from "../view.ts";
import { gives } from "./acl.ts";
import { aclInForce } from "./ownership.ts";
import { judgePayer } from "./payer.ts";
import { versionedAction } from "./policy/vocabulary.ts";
import { mayHavePolicies, policiesAbout, type Said, weigh } from "./policy/weigh.ts";

/** What is asked: `bucket` for everything under a bucket, `tenant` for the service, `object` for a version that is there. */
export type Question = {
  caller: Caller;
  capability: Capability;
  tenant?: TenantName;
  bucket?: Pick<BucketState, "tenant" | "owner" | "acl"> & Partial<Pick<BucketState, "ownership" | "publicAccess" | "accountAccess">>;
  object?: { owner: AccountId; acl: ObjectAcl };
  /** What policies said, where there are any. */
  said?: Said;
};
/** `reason` is for logs and for who may ask "why was this denied?"; it names no secret and no other account. */
export type Decision = { allowed: boolean; reason: string /** Of policies, where they decided. */; statements?: string[] };

const allow = (reason: string): Decision => ({ allowed: true, reason });
const deny = (reason: string): Decision => ({ allowed: false, reason });

/** Decides. Pure: the same question has the same answer. */
export function evaluate(question: Question): Decision {
  const { capability } = question;
  let { caller } = question;
  const bucket = question.bucket && { ...question.bucket, acl: aclInForce(question.bucket, question.bucket.acl) };
  if (capability === "admin") {
    return caller.kind === "account" && caller.account.root && caller.session === undefined ? allow("root account") : deny("only the root account administers");
  }
  const tenant = bucket?.tenant ?? question.tenant;
  if (question.said !== undefined) {
    const outcome = weigh(question.said, caller, bucket, question.object && ownerOf(bucket, question.object));
    if ("decided" in outcome) return outcome.decided;
    caller = outcome.caller;
  }
  // A bucket's policy may let in who it names or everybody; ownership and ACLs end where the tenant does.
  if (isForeign(caller, tenant)) return deny("the account belongs to another tenant");
  if (capability === "service.listBuckets" || capability === "service.createBucket" || capability === "service.own") return service(caller, capability);
  if (!bucket) throw new Error(`${capability} is asked about a bucket`);
  if (asksObject(capability)) {
    const { object } = question;
    if (!object) throw new Error(`${capability} is asked about an object`);
    return onObject(caller, capability, bucket, { owner: ownerOf(bucket, object), acl: aclInForce(bucket, object.acl) });
  }
  return onBucket(caller, capability, bucket);
}

const isForeign = (caller: Caller, tenant: TenantName | undefined): boolean => caller.kind !== "anonymous" && tenant !== undefined && caller.account.tenant !== tenant;
const ownerOf = (bucket: Question["bucket"], object: { owner: AccountId }): AccountId => (bucket?.ownership === "bucketOwnerOnly" ? bucket.owner : object.owner);

function service(caller: Caller, capability: "service.listBuckets" | "service.createBucket" | "service.own"): Decision {
  if (caller.kind === "anonymous") return deny("anonymous callers have no service of their own");
  if (caller.kind !== "account") return deny(`a ${caller.kind} has no right without a policy`);
  const { hcp } = caller.account;
  if (capability === "service.createBucket" && hcp && !hcp.allowNamespaceManagement) return deny("the account may not manage namespaces");
  return allow("an account");
}

type ObjectCapability = "object.read" | "object.readAcl" | "object.writeAcl" | "object.readTags" | "object.writeTags";
type BucketCapability = Exclude<Capability, "service.listBuckets" | "service.createBucket" | "service.own" | "admin" | ObjectCapability>;

/** Of the bucket: its owner may do everything, whatever the ACL's grants to it: an account's own keys act with all its rights, as AWS's root does. */
function onBucket(caller: Caller, capability: BucketCapability, bucket: { owner: AccountId; acl: BucketAcl }): Decision {
  if (isAccount(caller, bucket.owner)) return allow("bucket owner");
  switch (capability) {
    case "bucket.own":
      return deny("only the bucket's owner may");
    case "bucket.readAcl":
      return byAcl(gives(bucket.acl, "readAcl", caller), `bucket ACL ${nameOf(bucket.acl)}`, caller);
    case "bucket.writeAcl":
      return byAcl(gives(bucket.acl, "writeAcl", caller), `bucket ACL ${nameOf(bucket.acl)}`, caller);
    case "bucket.list":
      return byAcl(gives(bucket.acl, "read", caller), `bucket ACL ${nameOf(bucket.acl)}`, caller);
    case "object.write":
    case "object.delete":
    case "upload.write":
    case "upload.read":
    case "upload.abort":
      return byAcl(gives(bucket.acl, "write", caller), `bucket ACL ${nameOf(bucket.acl)}`, caller);
  }
}

function onObject(caller: Caller, capability: ObjectCapability, bucket: { owner: AccountId; acl: BucketAcl }, object: { owner: AccountId; acl: ObjectAcl }): Decision {
  if (isAccount(caller, object.owner)) return allow("object owner");
  if (isAccount(caller, bucket.owner)) {
    // An object that another account wrote with an ACL of its own is that account's: the bucket's owner may delete it, not read it.
    // Its tags are the bucket's business: they decide what becomes of it.
    if (capability === "object.readTags" || capability === "object.writeTags") return allow("bucket owner");
    if (object.acl === "inherit" || object.acl === "bucketOwnerFullControl") return allow(`bucket owner, object ACL ${nameOf(object.acl)}`);
    if (capability === "object.read" && object.acl === "bucketOwnerRead") return allow("bucket owner, object ACL bucketOwnerRead");
  }
  switch (capability) {
    case "object.readTags":
    case "object.writeTags":
      return deny("only the object's owner may");
    case "object.readAcl":
    case "object.writeAcl": {
      // An ACL that is as the bucket's is about reading: it makes nobody who may change the bucket's ACL a keeper of the objects' own.
      const permission = capability === "object.readAcl" ? "readAcl" : "writeAcl";
      return byAcl(object.acl !== "inherit" && gives(object.acl, permission, caller), `object ACL ${nameOf(object.acl)}`, caller);
    }
    case "object.read": {
      const acl = object.acl === "inherit" ? bucket.acl : object.acl;
      return byAcl(gives(acl, "read", caller), object.acl === "inherit" ? `bucket ACL ${nameOf(acl)}` : `object ACL ${nameOf(acl)}`, caller);
    }
  }
}

const isAccount = (caller: Caller, owner: AccountId): boolean => caller.kind === "account" && caller.account.id === owner;

const byAcl = (given: boolean, acl: string, caller: Caller): Decision =>
  given ? allow(acl) : deny(caller.kind === "user" || caller.kind === "role" ? `a ${caller.kind} has no right without a policy, ${acl} gives none` : `${acl} gives no such right`);

const nameOf = (acl: ObjectAcl): string => (typeof acl === "object" ? "with grants" : acl);

const demand = (question: Question): void => {
  const decision = evaluate(question);
  if (!decision.allowed) fail("accessDenied", { reason: decision.reason });
};

/** For `service.*` and `admin`: throws accessDenied. `tenant`: where the buckets would be. */
export function authorizeService(context: Context, tenant?: TenantName): void {
  demand({ caller: context.caller, capability: context.capability, ...(tenant === undefined ? {} : { tenant }) });
}

/** As `authorizeService`, with what a user's policies say. */
export async function authorizeUse(view: View, context: Context, tenant: TenantName, bucket?: BucketName): Promise<void> {
  if (!mayHavePolicies(context, undefined)) return authorizeService(context, tenant);
  const said = await policiesAbout(view, context, undefined, bucket === undefined ? {} : { bucket });
  demand({ caller: context.caller, capability: context.capability, tenant, said });
}

/** Whatever the operation's own capability is: only the root account. */
export function authorizeAdmin(context: Context): void {
  demand({ caller: context.caller, capability: "admin" });
}

/** Of a connection that is not encrypted, and where nobody knows, nothing is said. */
function judgeTls({ facts }: Context, versions: readonly string[]): void {
  const [version] = facts?.("request.tlsVersion") ?? [];
  if (version !== undefined && !versions.includes(version)) fail("accessDenied", { reason: `the bucket does not let in TLS ${version}` });
}

/**
 * The bucket's step: throws accessDenied. For `object.read`, `object.readAcl` and `object.writeAcl` the object's own ACL decides
 * (`authorizeObject`), so nothing is refused here but an account of another tenant.
 */
export async function authorizeBucket(view: View, context: Context, state: BucketState, key?: ObjectKey): Promise<void> {
  const { caller, capability, point } = context;
  // What is said of the bucket itself is said at its own door.
  if (point !== undefined && ownCapabilities.includes(capability)) fail("accessDenied", { reason: "not through an access point" });
  if (state.requesterPays) judgePayer(context, state);
  if (state.tlsVersions) judgeTls(context, state.tlsVersions);
  const hasPolicies = mayHavePolicies(context, state);
  // Of a list of objects to delete, each is asked about by itself where policies can tell them apart (`authorizeEntry`).
  if (asksObject(capability) || (hasPolicies && capability === "object.delete" && key === undefined)) {
    if (!hasPolicies && isForeign(caller, state.tenant)) fail("accessDenied", { reason: "the account belongs to another tenant" });
    return;
  }
  demand(hasPolicies ? { caller, capability, bucket: state, said: await policiesAbout(view, context, state, { key }) } : { caller, capability, bucket: state });
}

/** One of a list of objects to delete, after the bucket's step. */
export async function authorizeEntry(view: View, context: Context, state: BucketState, { key, version, condition }: DeleteEntry): Promise<void> {
  if (!mayHavePolicies(context, state)) return;
  const action = version === undefined ? context.action : versionedAction(context.action);
  // What a list asks of each of its entries, no header of the request does.
  const facts = { "condition.ifMatch": condition?.ifMatch };
  demand({ caller: context.caller, capability: context.capability, bucket: state, said: await policiesAbout(view, { ...context, action }, state, { key, facts }) });
}

/**
 * The object's step, after the bucket's. `version` undefined: there is no such object; then only who may list learns that (the function
 * returns and the verb says keyMissing), everybody else is told accessDenied. A delete marker is nobody's and counts as absent.
 */
export async function authorizeObject(view: View, context: Context, state: BucketState, version: Version | undefined, key?: ObjectKey): Promise<void> {
  const { caller, capability } = context;
  if (!asksObject(capability)) return;
  if (mayHavePolicies(context, state)) return demand(await objectQuestion(view, context, state, version, key));
  if (!version || version.kind === "marker") return demand({ caller, capability: "bucket.list", bucket: state });
  demand({ caller, capability, bucket: state, object: { owner: version.owner, acl: version.acl } });
}

/** With policies. What is not there is told of to who may list it, unless asking for it is denied. */
export async function objectQuestion(view: View, context: Context, state: BucketState, version: Version | undefined, key?: ObjectKey): Promise<Question> {
  const { caller, capability } = context;
  const isThere = version !== undefined && version.kind !== "marker";
  const said = await policiesAbout(view, context, state, { key, version: isThere ? version : undefined });
  if (isThere) return { caller, capability, bucket: state, object: { owner: version.owner, acl: version.acl }, said };
  const isDenied = said.ofBucket?.effect === "deny" || said.ofUser?.effect === "deny";
  const list = isDenied ? said : await policiesAbout(view, context, state, { action: "ListBucket", facts: { "list.prefix": [key ?? ""] } });
  return { caller, capability: "bucket.list", bucket: state, said: list };
}

const ownCapabilities: readonly Capability[] = ["bucket.own", "bucket.readAcl", "bucket.writeAcl"];
const objectCapabilities: readonly Capability[] = ["object.read", "object.readAcl", "object.writeAcl", "object.readTags", "object.writeTags"] satisfies ObjectCapability[];
export const asksObject = (capability: Capability): capability is ObjectCapability => objectCapabilities.includes(capability);
