import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Capability } from "../api.ts";
import { isDomainError } from "../errors.ts";
import type { AccountId, BucketAcl, Caller, CannedAcl, Grant, Permission, TenantName } from "../model.ts";
import { testAccount } from "../testing.ts";
import { aclLimits, grantsOf, grantsOthers, nearestCanned, settleAcl } from "./acl.ts";
import { evaluate } from "./evaluate.ts";

const owner = testAccount("owner");
const writer = testAccount("writer");
const guest = testAccount("guest");
const canned: readonly CannedAcl[] = ["private", "publicRead", "publicReadWrite", "authenticatedRead", "bucketOwnerRead", "bucketOwnerFullControl"];
const permissions: readonly Permission[] = ["read", "write", "readAcl", "writeAcl", "full"];
const capabilities: readonly Capability[] = [
  "bucket.own",
  "bucket.list",
  "bucket.readAcl",
  "bucket.writeAcl",
  "object.read",
  "object.write",
  "object.delete",
  "object.readAcl",
  "object.writeAcl",
  "object.readTags",
  "object.writeTags",
  "upload.write",
  "upload.read",
  "upload.abort",
];
const as = (account: typeof guest): Caller => ({ kind: "account", account, accessKeyId: "k" });
const user: Caller = { kind: "user", account: guest, user: "u", accessKeyId: "k" };
/** What these ACLs let the caller do to a bucket of `owner` and an object in it that `writer` wrote. */
const allowed = (caller: Caller, bucketAcl: BucketAcl, objectAcl: BucketAcl | "inherit"): string =>
  capabilities
    .filter((capability) => {
      const bucket = { tenant: "default" as TenantName, owner: owner.id, acl: bucketAcl };
      return evaluate({ caller, capability, bucket, object: { owner: writer.id, acl: objectAcl } }).allowed;
    })
    .join(" ");

const ofBucket: Record<Permission, string> = {
  read: "bucket.list",
  write: "object.write object.delete upload.write upload.read upload.abort",
  readAcl: "bucket.readAcl",
  writeAcl: "bucket.writeAcl",
  full: "bucket.list bucket.readAcl bucket.writeAcl object.write object.delete upload.write upload.read upload.abort",
};
const ofObject: Record<Permission, string> = {
  read: "object.read",
  write: "",
  readAcl: "object.readAcl",
  writeAcl: "object.writeAcl",
  full: "object.read object.readAcl object.writeAcl",
};
const none: BucketAcl = { grants: [] };

describe("lists of grants", () => {
  it("give each permission's capabilities, on a bucket and on an object, to whom they name and to nobody else", () => {
    for (const permission of permissions) {
      for (const [grant, members, others] of [
        [{ permission, account: guest.id }, [as(guest)], [user, as(testAccount("other")), { kind: "anonymous" }]],
        [{ permission, group: "accounts" }, [as(guest), as(testAccount("other"))], [user, { kind: "anonymous" }]],
        [{ permission, group: "everyone" }, [as(guest), user, { kind: "anonymous" }], []],
        [{ permission, group: "logDelivery" }, [], [as(guest), user, { kind: "anonymous" }]],
      ] as [Grant, Caller[], Caller[]][]) {
        const acl: BucketAcl = { grants: [grant] };
        for (const caller of members) {
          assert.equal(allowed(caller, acl, none), ofBucket[permission], `bucket ${JSON.stringify(grant)}`);
          assert.equal(allowed(caller, none, acl), ofObject[permission], `object ${JSON.stringify(grant)}`);
        }
        for (const caller of others) {
          assert.equal(allowed(caller, acl, none), "", JSON.stringify(grant));
          assert.equal(allowed(caller, none, acl), "", JSON.stringify(grant));
        }
      }
    }
  });

  it("of a bucket are those of an object that inherits, for reading alone", () => {
    for (const permission of permissions) {
      const reads = permission === "read" || permission === "full";
      const expected = capabilities.filter((capability) => ofBucket[permission].split(" ").includes(capability) || (reads && capability === "object.read")).join(" ");
      assert.equal(allowed(as(guest), { grants: [{ permission, account: guest.id }] }, "inherit"), expected, permission);
    }
  });

  it("take nothing from owners", () => {
    assert.equal(allowed(as(owner), none, "inherit"), capabilities.join(" "));
    assert.equal(allowed(as(writer), none, none), "object.read object.readAcl object.writeAcl object.readTags object.writeTags");
  });

  it("are kept by the name that stands for them, in any order and doubled", () => {
    for (const acl of canned) {
      const grants = grantsOf(acl, writer.id, owner.id);
      assert.equal(settleAcl({ grants: [...grants, ...grants].reverse() }, writer.id, owner.id), acl);
      assert.equal(settleAcl(acl, writer.id, owner.id), acl);
    }
    assert.equal(settleAcl({ grants: grantsOf("bucketOwnerFullControl", owner.id, owner.id) }, owner.id, owner.id), "private");
    for (const list of [none, { grants: [{ permission: "full", account: "another" as AccountId }] }] as BucketAcl[]) assert.deepEqual(settleAcl(list, owner.id, owner.id), list);
    const many = { grants: Array.from({ length: aclLimits.grantsMax + 1 }, (): Grant => ({ permission: "read", account: guest.id })) };
    assert.throws(
      () => settleAcl(many, owner.id, owner.id),
      (error) => isDomainError(error, "invalidArgument"),
    );
  });

  it("are shown to those who know canned ACLs alone by the nearest that promises everybody no more", () => {
    const everyone = (...given: Permission[]): BucketAcl => ({ grants: given.map((permission) => ({ permission, group: "everyone" })) });
    for (const [acl, shown] of [
      [everyone("read"), "publicRead"],
      [everyone("read", "write"), "publicReadWrite"],
      [everyone("full"), "publicReadWrite"],
      [everyone("write"), "private"],
      [everyone("readAcl"), "private"],
      [{ grants: [{ permission: "full", account: guest.id }] }, "private"],
      ["authenticatedRead", "authenticatedRead"],
    ] as [BucketAcl, CannedAcl][])
      assert.equal(nearestCanned(acl), shown);
  });

  it("are others' business where they name anybody but the owner", () => {
    for (const [acl, others] of [
      [none, false],
      ["private", false],
      ["bucketOwnerRead", false],
      ["publicRead", true],
      [{ grants: [{ permission: "read", account: owner.id }] }, false],
      [{ grants: [{ permission: "read", account: guest.id }] }, true],
      [{ grants: [{ permission: "write", group: "logDelivery" }] }, true],
    ] as [BucketAcl, boolean][])
      assert.equal(grantsOthers(acl, owner.id), others);
  });
});
