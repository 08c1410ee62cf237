import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createCore } from "../core.ts";
import type { Ownership, PublicAccess } from "../model.ts";
import { asKey, saveAccount, testAccount, testBucket, testContext, testPorts } from "../testing.ts";

const main = testAccount();
const other = testAccount("other");
const open: PublicAccess = { refuseAcls: false, ignoreAcls: false, refusePolicies: false, restrictPublic: false };

/** A bucket of `main` that everybody may write to, and `other` who does. */
async function world(ownership?: Ownership, publicAccess?: Partial<PublicAccess>) {
  const ports = testPorts();
  const core = createCore(ports);
  const { tenant, bucket } = await testBucket(ports, { acl: ownership === "bucketOwnerOnly" ? "private" : "publicReadWrite" });
  await saveAccount(ports, other);
  const address = { tenant, bucket };
  if (ownership) await core.buckets.setOwnership(testContext("bucket.own"), { ...address, ownership });
  if (publicAccess) await core.buckets.setPublicAccess(testContext("bucket.own"), { ...address, publicAccess: { ...open, ...publicAccess } });
  const body = () => ({ source: { read: async () => undefined, close() {} }, length: 0, expected: () => ({}) });
  const write = (who: typeof main, acl: "private" | "publicRead" | "bucketOwnerFullControl", aclAsked = true) =>
    core.objects.put(testContext("object.write", who), { ...address, key: asKey("k"), headers: {}, metadata: [], acl, aclAsked, body: body() });
  return { core, address, write };
}

describe("object ownership", () => {
  it("as the writer's: each owns what it wrote", async () => {
    for (const ownership of [undefined, "writer"] as const) {
      const { core, address, write } = await world(ownership);
      assert.equal((await write(other, "private")).version.owner, other.id);
      assert.equal((await write(other, "bucketOwnerFullControl")).version.owner, other.id);
      await write(other, "private");
      const at = { ...address, key: asKey("k") };
      await assert.rejects(core.objects.head(testContext("object.read"), at), { kind: "accessDenied" });
      assert.deepEqual((await core.objects.setTags(testContext("object.writeTags"), { ...at, tags: [["a", "b"]] })).version.tags, [["a", "b"]], "tags are the bucket owner's too");
    }
  });

  it("as the bucket owner's if granted", async () => {
    const { write } = await world("bucketOwnerIfGranted");
    assert.equal((await write(other, "private")).version.owner, other.id);
    assert.equal((await write(other, "bucketOwnerFullControl")).version.owner, main.id);
  });

  it("as the bucket owner's alone: no ACL is set, and none counts", async () => {
    const { core, address, write } = await world("bucketOwnerOnly");
    await assert.rejects(write(main, "private"), { kind: "aclsDisabled" });
    await write(main, "private", false);
    await write(main, "bucketOwnerFullControl");
    const key = asKey("k");
    await assert.rejects(core.buckets.setAcl(testContext("bucket.writeAcl"), { ...address, acl: "private" }), { kind: "aclsDisabled" });
    await assert.rejects(core.objects.setAcl(testContext("object.writeAcl"), { ...address, key, acl: "publicRead" }), { kind: "aclsDisabled" });
    const creation = { ...address, key, headers: {}, metadata: [] as [string, string][], acl: "publicRead" as const, aclAsked: true };
    await assert.rejects(core.uploads.create(testContext("upload.write"), creation), { kind: "aclsDisabled" });
  });

  it("turned to the bucket owner's takes away what ACLs gave, and gives it back when turned again", async () => {
    const { core, address, write } = await world();
    await write(other, "publicRead");
    const at = { ...address, key: asKey("k") };
    const own = testContext("bucket.own");
    await assert.rejects(core.buckets.setOwnership(own, { ...address, ownership: "bucketOwnerOnly" }), { kind: "aclsInUse" });
    await core.buckets.setAcl(testContext("bucket.writeAcl"), { ...address, acl: "private" });
    await core.buckets.setOwnership(own, { ...address, ownership: "bucketOwnerOnly" });
    const reads = (who: typeof main) => core.objects.head(testContext("object.read", who), at);
    assert.equal((await reads(main)).version.owner, other.id);
    await assert.rejects(reads(other), { kind: "accessDenied" }, "its owner is the bucket's now");
    const acl = await core.objects.acl(testContext("object.readAcl"), at);
    assert.deepEqual([acl.owner.id, acl.version.acl], [main.id, "private"]);
    await core.buckets.setOwnership(own, { ...address, ownership: undefined });
    assert.equal((await reads(other)).version.owner, other.id);
  });

  it("is given to a new bucket, where an ACL for others has no place", async () => {
    const { core, address } = await world();
    const input = {
      ...address,
      bucket: "fresh" as typeof address.bucket,
      storageClass: "standard",
      redundancy: "local",
      region: "",
      overwrite: "allowed",
      ifOwned: "refuse",
      ownership: "bucketOwnerOnly",
    } as const;
    const asked = testContext("service.createBucket");
    await assert.rejects(core.buckets.create(asked, { ...input, acl: "publicRead" }), { kind: "aclsInUse" });
    assert.equal((await core.buckets.create(asked, { ...input, acl: "private" })).state.ownership, "bucketOwnerOnly");
  });
});

describe("public access block", () => {
  it("refuses public ACLs on buckets, objects and uploads, and leaves those there are", async () => {
    const { core, address, write } = await world(undefined, { refuseAcls: true });
    await write(main, "private");
    const at = { ...address, key: asKey("k") };
    await assert.rejects(write(main, "publicRead"), { kind: "accessDenied" });
    await assert.rejects(core.objects.setAcl(testContext("object.writeAcl"), { ...at, acl: "authenticatedRead" }), { kind: "accessDenied" });
    await assert.rejects(core.buckets.setAcl(testContext("bucket.writeAcl"), { ...address, acl: "publicRead" }), { kind: "accessDenied" });
    await assert.rejects(core.uploads.create(testContext("upload.write"), { ...at, headers: {}, metadata: [], acl: "publicReadWrite" }), { kind: "accessDenied" });
    await assert.rejects(core.objects.copy(testContext("object.write"), { ...at, source: at, sourceAction: "read", acl: "publicRead", ontoItself: "allow" }), {
      kind: "accessDenied",
    });
    await write(other, "private");
  });

  it("ignores public ACLs, the inherited too, until it is gone", async () => {
    const { core, address, write } = await world();
    await write(main, "publicRead");
    const at = { ...address, key: asKey("k") };
    const strangers = [
      () => core.objects.head(testContext("object.read", other), at),
      () => core.listing.objects(testContext("bucket.list", other), { ...address, prefix: "", delimiter: "", after: "", limit: 1 }),
      () => write(other, "private"),
    ];
    for (const ask of strangers.slice(0, 2)) await ask();
    const set = (publicAccess: PublicAccess | undefined) => core.buckets.setPublicAccess(testContext("bucket.own"), { ...address, publicAccess });
    await set({ ...open, ignoreAcls: true });
    for (const ask of strangers) await assert.rejects(ask, { kind: "accessDenied" });
    await core.objects.setAcl(testContext("object.writeAcl"), { ...at, acl: "inherit" });
    await assert.rejects(core.objects.head(testContext("object.read", other), at), { kind: "accessDenied" });
    await set(undefined);
    for (const ask of strangers) await ask();
  });
});
