import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Capability, Context } from "../api.ts";
import { isDomainError } from "../errors.ts";
import type { Account, AccountId, BucketState, Caller, CannedAcl, ObjectAcl, TenantName, Version } from "../model.ts";
import type { View } from "../view.ts";
import { authorizeBucket, authorizeObject, authorizeService, evaluate } from "./evaluate.ts";

const account = (id: string, more: Partial<Account> = {}): Account => ({
  id: id as AccountId,
  tenant: "default" as TenantName,
  name: id,
  canonicalId: "",
  uid: "",
  accountId: "",
  displayName: id,
  email: "",
  root: false,
  epoch: 1,
  createdMs: 0,
  ...more,
});
const as = (of: Account): Caller => ({ kind: "account", account: of, accessKeyId: "k" });
const owner = account("owner");
const other = account("other");
const writer = account("writer");
const foreign = account("foreign", { tenant: "europe" as TenantName });
const callers: Record<string, Caller> = {
  anonymous: { kind: "anonymous" },
  owner: as(owner),
  other: as(other),
  writer: as(writer),
  root: as(account("root", { root: true })),
  foreign: as(foreign),
  userOfOwner: { kind: "user", account: owner, user: "u", accessKeyId: "k" },
  userOfOther: { kind: "user", account: other, user: "u", accessKeyId: "k" },
};
const bucketOf = (acl: CannedAcl) => ({ tenant: "default" as TenantName, owner: owner.id, acl });
const allowed = (capability: Capability, acl: CannedAcl, object?: ObjectAcl): string =>
  Object.entries(callers)
    .filter(([, caller]) => evaluate({ caller, capability, bucket: bucketOf(acl), ...(object ? { object: { owner: writer.id, acl: object } } : {}) }).allowed)
    .map(([name]) => name)
    .join(" ");

const everybody = "anonymous owner other writer root userOfOwner userOfOther";
const accounts = "owner other writer root";

/** capability, bucket ACL -> exactly who may. */
const bucketTable: [Capability[], CannedAcl[], string][] = [
  [["bucket.own", "bucket.readAcl", "bucket.writeAcl"], ["private", "publicRead", "publicReadWrite", "authenticatedRead", "bucketOwnerRead", "bucketOwnerFullControl"], "owner"],
  [["bucket.list"], ["private", "bucketOwnerRead", "bucketOwnerFullControl"], "owner"],
  [["bucket.list"], ["publicRead", "publicReadWrite"], everybody],
  [["bucket.list"], ["authenticatedRead"], accounts],
  [
    ["object.write", "object.delete", "upload.write", "upload.read", "upload.abort"],
    ["private", "publicRead", "authenticatedRead", "bucketOwnerRead", "bucketOwnerFullControl"],
    "owner",
  ],
  [["object.write", "object.delete", "upload.write", "upload.read", "upload.abort"], ["publicReadWrite"], everybody],
];
/** capability, bucket ACL, ACL of an object that `writer` owns -> exactly who may. */
const objectTable: [Capability[], CannedAcl[], ObjectAcl[], string][] = [
  [["object.read"], ["private", "publicRead", "publicReadWrite", "authenticatedRead"], ["private"], "writer"],
  [["object.read"], ["private", "publicRead"], ["publicRead", "publicReadWrite"], everybody],
  [["object.read"], ["private", "publicRead"], ["authenticatedRead"], accounts],
  [["object.read"], ["private", "publicRead"], ["bucketOwnerRead", "bucketOwnerFullControl"], "owner writer"],
  [["object.read"], ["private", "bucketOwnerRead"], ["inherit"], "owner writer"],
  [["object.read"], ["publicRead", "publicReadWrite"], ["inherit"], everybody],
  [["object.read"], ["authenticatedRead"], ["inherit"], accounts],
  [["object.readAcl", "object.writeAcl"], ["private", "publicReadWrite"], ["private", "publicRead", "publicReadWrite", "authenticatedRead", "bucketOwnerRead"], "writer"],
  [["object.readAcl", "object.writeAcl"], ["private", "publicReadWrite"], ["bucketOwnerFullControl", "inherit"], "owner writer"],
];

describe("access", () => {
  it("decides every bucket capability by owner and ACL alone", () => {
    let rows = 0;
    for (const [capabilities, acls, who] of bucketTable) {
      for (const capability of capabilities) for (const acl of acls) assert.equal(allowed(capability, acl), who, `${capability} under ${acl} (row ${rows++})`);
    }
    assert.equal(rows, 9 * 6, "the table covers nine capabilities x six ACLs");
  });

  it("decides every object capability by the object's owner and ACL, and by the bucket's where it inherits", () => {
    for (const [capabilities, buckets, acls, who] of objectTable) {
      for (const capability of capabilities)
        for (const bucket of buckets) for (const acl of acls) assert.equal(allowed(capability, bucket, acl), who, `${capability} of ${acl} in ${bucket}`);
    }
  });

  it("lets no account reach another tenant's bucket, whatever its ACL", async () => {
    const state = { ...bucketOf("publicReadWrite"), name: "b" } as unknown as BucketState;
    for (const capability of ["bucket.list", "object.write", "object.read"] as const) {
      await assert.rejects(authorizeBucket(view, context(as(foreign), capability), state), (e) => isDomainError(e, "accessDenied"));
    }
    assert.equal(allowed("object.read", "publicReadWrite", "publicReadWrite").includes("foreign"), false);
  });

  it("lets any account use the service, an HCP account create buckets only with the right, and nobody else", () => {
    const may = (caller: Caller, capability: Capability, tenant = "default") => {
      try {
        authorizeService(context(caller, capability), tenant as TenantName);
        return true;
      } catch (error) {
        assert.ok(isDomainError(error, "accessDenied"));
        return false;
      }
    };
    const hcp = (allowNamespaceManagement: boolean) => as(account("h", { tenant: "europe" as TenantName, hcp: { username: "h", allowNamespaceManagement } }));
    for (const capability of ["service.listBuckets", "service.createBucket"] as const) {
      assert.equal(may(as(other), capability), true);
      assert.equal(may(as(other), capability, "europe"), false, "another tenant's service");
      assert.equal(may({ kind: "anonymous" }, capability), false);
      assert.equal(may({ kind: "user", account: owner, user: "u", accessKeyId: "k" }, capability), false);
      assert.equal(may(hcp(true), capability, "europe"), true);
    }
    assert.equal(may(hcp(false), "service.listBuckets", "europe"), true);
    assert.equal(may(hcp(false), "service.createBucket", "europe"), false);
    assert.equal(may(as(account("root", { root: true })), "admin", "europe"), true);
    assert.equal(may(as(other), "admin"), false);
    assert.equal(may({ kind: "user", account: account("root", { root: true }), user: "u", accessKeyId: "k" }, "admin"), false);
  });

  it("tells a missing object or a marker from a forbidden one only to who may list", async () => {
    const denied = (e: unknown) => isDomainError(e, "accessDenied");
    const closed = bucketOf("private") as unknown as BucketState;
    const open = bucketOf("publicRead") as unknown as BucketState;
    const marker = { kind: "marker", owner: other.id, acl: "private" } as unknown as Version;
    for (const missing of [undefined, marker]) {
      await authorizeObject(view, context(as(owner), "object.read"), closed, missing);
      await authorizeObject(view, context({ kind: "anonymous" }, "object.read"), open, missing);
      await assert.rejects(authorizeObject(view, context(as(other), "object.read"), closed, missing), denied);
      await assert.rejects(authorizeObject(view, context({ kind: "anonymous" }, "object.readAcl"), closed, missing), denied);
    }
  });
});

/** Access asks the view nothing yet. */
const view = {} as View;
function context(caller: Caller, capability: Capability): Context {
  return { caller, capability, action: "test", signal: new AbortController().signal, deadlineMs: 1 };
}
