import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Context, limits } from "../api.ts";
import { isDomainError } from "../errors.ts";
import { counterKey, generationBytes, tables } from "../keys.ts";
import type { BucketName, UploadId } from "../model.ts";
import { deleteObject } from "../objects/delete.ts";
import { headObject } from "../objects/read.ts";
import type { Ports } from "../ports.ts";
import { decodeBucketState, encodeJson } from "../records.ts";
import { asKey, overtaken, put, rowsOf, type TestBucket, testAccount, testBucket, testContext, testPorts, testTenant } from "../testing.ts";
import { bucketBlockers } from "./blockers.ts";
import { createBucket } from "./create.ts";
import { deleteBucket } from "./delete.ts";
import { listBuckets } from "./list.ts";
import { bucketUsage, getBucket } from "./read.ts";
import { setBucketAcl, setBucketVersioning } from "./state.ts";

const own = testContext("bucket.own");
const remove = (ports: Ports, bucket: TestBucket, openUploads: "refuse" | "end" = "end", context: Context = own) =>
  deleteBucket(ports, context, { tenant: bucket.tenant, bucket: bucket.bucket, openUploads });
const make = (ports: Ports, name: string, more: Partial<Parameters<typeof createBucket>[2]> = {}, account = testAccount()) =>
  createBucket(ports, testContext("service.createBucket", account), {
    tenant: testTenant,
    bucket: name as BucketName,
    storageClass: "standard",
    redundancy: "local",
    region: "",
    overwrite: "allowed",
    ifOwned: "refuse",
    ...more,
  });
const list = (ports: Ports, more: object = {}) => listBuckets(ports, testContext("service.listBuckets"), { tenant: testTenant, prefix: "", after: "", limit: 1000, ...more });
const names = (page: Awaited<ReturnType<typeof list>>): string[] => page.buckets.map(({ name }) => name);

describe("buckets", () => {
  it("are made once: own again is said or kept, somebody else's is taken", async () => {
    const ports = testPorts();
    const { state } = await testBucket(ports, { name: "b" });
    await assert.rejects(make(ports, "b"), { kind: "bucketOwned" });
    const kept = await make(ports, "b", { ifOwned: "keep", storageClass: "archive" });
    assert.deepEqual(kept, { created: false, state });
    const withAcl = await make(ports, "b", { ifOwned: "keep", acl: "publicRead" });
    assert.deepEqual(withAcl.state, { ...state, acl: "publicRead", epoch: 2 });
    await testBucket(ports, { name: "c", owner: testAccount("other") });
    await assert.rejects(make(ports, "c"), { kind: "bucketTaken" });
    await assert.rejects(make(ports, "d", {}, testAccount("gone")), { kind: "accessDenied" });
    await assert.rejects(make(ports, "d", {}, testAccount("alien", { tenant: "europe" as never })), { kind: "accessDenied" });
  });

  it("of many makers of one name one wins", async () => {
    const ports = testPorts();
    await testBucket(ports, { name: "first" });
    const results = await Promise.allSettled(Array.from({ length: 16 }, () => make(ports, "b")));
    assert.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
    assert.ok(results.every((each) => each.status === "fulfilled" || isDomainError(each.reason, "bucketOwned")));
    assert.deepEqual(names(await list(ports)), ["b", "first"]);
  });

  it("are listed for their owner, by prefix and page by page", async () => {
    const ports = testPorts();
    for (const name of ["a-1", "a-2", "a-3", "b"]) await testBucket(ports, { name });
    await testBucket(ports, { name: "theirs", owner: testAccount("other") });
    assert.deepEqual(names(await list(ports)), ["a-1", "a-2", "a-3", "b"]);
    const page = await list(ports, { prefix: "a-", limit: 2 });
    assert.deepEqual([names(page), page.truncated], [["a-1", "a-2"], true]);
    const next = await list(ports, { prefix: "a-", limit: 2, after: "a-2" });
    assert.deepEqual([names(next), next.truncated], [["a-3"], false]);
    assert.deepEqual(names(await list(ports, { after: "a-" })), ["a-1", "a-2", "a-3", "b"]);
    assert.deepEqual(names(await list(ports, { prefix: "a-", after: "z" })), []);
    assert.deepEqual(names(await list(ports, { limit: 0 })), []);
    await assert.rejects(listBuckets(ports, testContext("service.listBuckets", { kind: "anonymous" }), { tenant: testTenant, prefix: "", after: "", limit: 1 }), {
      kind: "accessDenied",
    });
  });

  it("of one account have a limit", async () => {
    const ports = testPorts();
    await testBucket(ports, { name: "first" });
    const put = Array.from({ length: limits.bucketsPerAccountMax - 1 }, (_, i) => ({
      key: tables.owned.key(testAccount().id, testTenant, `x${i}` as BucketName),
      value: generationBytes("00".repeat(12) as never),
    }));
    await ports.metadata.commit({ expect: [], put, remove: [], add: [] });
    await assert.rejects(make(ports, "b"), { kind: "tooManyBuckets" });
  });

  it("change their ACL and versioning with a new epoch each time", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    await setBucketAcl(ports, own, { ...bucket, acl: "publicRead" });
    await setBucketAcl(ports, own, { ...bucket, acl: "publicRead" });
    await setBucketVersioning(ports, own, { ...bucket, versioning: "enabled" });
    await setBucketVersioning(ports, own, { ...bucket, versioning: "suspended" });
    const { state, owner } = await getBucket(ports, own, bucket);
    assert.deepEqual([state.acl, state.versioning, state.epoch, owner.name], ["publicRead", "suspended", 4, "main"]);
    await assert.rejects(setBucketAcl(ports, testContext("bucket.writeAcl", testAccount("other")), { ...bucket, acl: "private" }), { kind: "accessDenied" });
  });

  it("lose no change of configuration to another, and no write slips past one", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    await overtaken(
      ports,
      (p) => setBucketAcl(p, own, { ...bucket, acl: "publicRead" }),
      () => setBucketVersioning(ports, own, { ...bucket, versioning: "enabled" }),
    );
    const { state } = await getBucket(ports, own, bucket);
    assert.deepEqual([state.acl, state.versioning, state.epoch], ["publicRead", "enabled", 3]);
    const [late] = await overtaken(
      ports,
      (p) => put(p, bucket, "k", "x"),
      () => setBucketVersioning(ports, own, { ...bucket, versioning: "suspended" }),
    );
    assert.ok(late.status === "fulfilled" && late.value.version.isNull && late.value.versioning === "suspended");
  });
});

describe("DeleteBucket", () => {
  it("removes name, list entry and state's liveness in one batch and queues the generation", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    await remove(ports, bucket);
    await assert.rejects(getBucket(ports, own, bucket), { kind: "bucketMissing" });
    await assert.rejects(remove(ports, bucket), { kind: "bucketMissing" });
    assert.deepEqual(names(await list(ports)), []);
    const [state] = await rowsOf(ports, tables.state.range());
    assert.ok(state);
    assert.deepEqual([decodeBucketState(state.value).status, decodeBucketState(state.value).epoch], ["reclaiming", 2]);
    assert.equal((await rowsOf(ports, tables.deadGeneration.range(bucket.state.generation))).length, 1);
    const again = await testBucket(ports);
    assert.notEqual(again.state.generation, bucket.state.generation);
    assert.equal(again.state.epoch, 1);
  });

  it("is refused by objects, old versions and markers, and says what is in the way", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports, { versioning: "enabled" });
    const { version } = await put(ports, bucket, "k", "12345");
    const drop = (v?: number) => deleteObject(ports, testContext("object.delete"), { ...bucket, key: asKey("k"), version: v });
    const marker = (await drop()).marker?.sequence;
    await assert.rejects(remove(ports, bucket), (error) => {
      assert.ok(isDomainError(error, "bucketNotEmpty"));
      assert.deepEqual(error.detail.blockers, { objects: 0, versions: 1, markers: 1, uploads: 0, channels: 0, exampleKey: "k" });
      return true;
    });
    const { usage } = await bucketUsage(ports, own, bucket);
    assert.deepEqual([usage.versions, usage.markers, usage.bytes], [1, 1, 5]);
    await drop(version.sequence);
    await assert.rejects(remove(ports, bucket), { kind: "bucketNotEmpty" });
    await drop(marker);
    await remove(ports, bucket);
    await assert.rejects(headObject(ports, testContext("object.read"), { ...bucket, key: asKey("k") }), { kind: "bucketMissing" });
  });

  it("is refused by open uploads and channels through one door and not through the other", async () => {
    for (const kind of ["uploads", "channels"] as const) {
      const ports = testPorts();
      const bucket = await testBucket(ports);
      const { generation } = bucket.state;
      const id = "0123456789ABCDEF".repeat(2) as UploadId;
      const key = kind === "uploads" ? tables.upload.key(generation, asKey("up"), id) : tables.channel.key(generation, "live");
      await ports.metadata.commit({ expect: [], put: [{ key, value: encodeJson({ initiatedMs: 77 }) }], remove: [], add: [{ counter: counterKey(generation, kind), delta: 1 }] });
      await assert.rejects(remove(ports, bucket, "refuse"), { kind: "bucketNotEmpty" });
      const blockers = await bucketBlockers(ports, own, bucket);
      assert.equal(blockers[kind], 1);
      if (kind === "uploads") assert.deepEqual(blockers.exampleUpload, { key: "up", uploadId: id, initiatedMs: 77 });
      await remove(ports, bucket, "end");
    }
  });

  it("is the owner's alone, and nobody else learns whether it is empty", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports, { acl: "publicReadWrite" });
    await put(ports, bucket, "k", "x");
    for (const caller of [testContext("bucket.own", { kind: "anonymous" }), testContext("bucket.own", testAccount("other"))]) {
      await assert.rejects(remove(ports, bucket, "end", caller), { kind: "accessDenied" });
    }
    assert.equal((await bucketUsage(ports, own, bucket)).usage.objects, 1);
  });
});
