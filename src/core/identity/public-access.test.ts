import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createCore } from "../core.ts";
import type { AccountId, BucketName, PublicAccess } from "../model.ts";
import { asKey, saveAccount, testAccount, testBucket, testContext, testPorts } from "../testing.ts";

const closed: PublicAccess = { refuseAcls: true, ignoreAcls: true, refusePolicies: true, restrictPublic: true };
const owner = testAccount();
const other = testAccount("other");
const anonymous = { kind: "anonymous" } as const;

async function world() {
  const ports = testPorts();
  const core = createCore(ports);
  const address = await testBucket(ports, { acl: "publicRead" });
  await saveAccount(ports, other);
  const set = (publicAccess: PublicAccess | undefined, who = owner) => core.identity.setPublicAccess(testContext("service.own", who), { account: owner.id, publicAccess });
  const list = () => core.listing.objects(testContext("bucket.list", anonymous), { ...address, prefix: "", delimiter: "", after: "", limit: 1 });
  const create = (bucket: string, acl: "private" | "publicRead") =>
    core.buckets.create(testContext("service.createBucket"), {
      ...address,
      bucket: bucket as BucketName,
      acl,
      storageClass: "standard",
      redundancy: "local",
      region: "",
      overwrite: "allowed",
      ifOwned: "refuse",
    });
  return { ports, core, address, set, list, create };
}
const denied = { kind: "accessDenied" } as const;

describe("what an account keeps closed", () => {
  it("holds in its buckets, those made later too, and no longer when it is taken away", async () => {
    const { core, address, set, list, create } = await world();
    await list();
    await set(closed);
    assert.deepEqual(await core.identity.publicAccess(testContext("service.own"), owner.id), closed);
    await assert.rejects(list(), denied);
    await assert.rejects(core.buckets.setAcl(testContext("bucket.writeAcl"), { ...address, acl: "publicReadWrite" }), denied);
    await assert.rejects(core.objects.setAcl(testContext("object.writeAcl"), { ...address, key: asKey("none"), acl: "publicRead" }), { kind: "keyMissing" });
    await assert.rejects(create("later", "publicRead"), denied);
    assert.deepEqual((await create("later", "private")).state.accountAccess, closed);
    // The bucket's own word opens nothing that the account keeps closed.
    const open = { refuseAcls: false, ignoreAcls: false, refusePolicies: false, restrictPublic: false };
    await core.buckets.setPublicAccess(testContext("bucket.own"), { ...address, publicAccess: open });
    await assert.rejects(list(), denied);
    await set(undefined);
    assert.equal(await core.identity.publicAccess(testContext("service.own"), owner.id), undefined);
    await list();
    await core.buckets.setAcl(testContext("bucket.writeAcl"), { ...address, bucket: "later" as BucketName, acl: "publicRead" });
  });

  it("is its own affair, and root's", async () => {
    const { core, set } = await world();
    for (const who of [other, anonymous, { kind: "user", account: owner, user: "u", accessKeyId: "k" } as const]) {
      const context = testContext("service.own", who);
      await assert.rejects(core.identity.setPublicAccess(context, { account: owner.id, publicAccess: closed }), denied);
      await assert.rejects(core.identity.publicAccess(context, owner.id), denied);
    }
    await set(closed, testAccount("root", { root: true }));
    assert.deepEqual(await core.identity.publicAccess(testContext("service.own"), owner.id), closed);
    await assert.rejects(core.identity.publicAccess(testContext("service.own"), "nobody" as AccountId), { kind: "accountMissing" });
  });

  it("reaches a bucket whose state changes meanwhile, and one that is made meanwhile", async () => {
    const { core, address, set, create, list } = await world();
    const own = testContext("bucket.own");
    for (let round = 0; round < 20; round++) {
      await Promise.all([
        set(round % 2 === 0 ? closed : undefined),
        create(`made-${round}`, "private"),
        core.buckets.setPublicAccess(own, { ...address, publicAccess: round % 3 === 0 ? undefined : { ...closed, ignoreAcls: false } }),
      ]);
      for (const bucket of [address.bucket, `made-${round}` as BucketName]) {
        const { state } = await core.buckets.get(own, { ...address, bucket });
        assert.deepEqual(state.accountAccess, round % 2 === 0 ? closed : undefined, `${bucket} in round ${round}`);
      }
    }
    await list();
  });
});
