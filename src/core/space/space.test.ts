import assert from "node:assert/strict";
import { test } from "node:test";
import { createCore } from "../core.ts";
import { isDomainError } from "../errors.ts";
import { deleteObject } from "../objects/delete.ts";
import { openObject } from "../objects/read.ts";
import type { BlobSpace } from "../ports.ts";
import { asKey, drain, put, saveAccount, testAccount, testBucket, testContext, testPorts } from "../testing.ts";
import { isReclaimAsked, reclaimNow, rotationWatch, type SpaceMaker } from "./reclaim-now.ts";

const root = testAccount("root", { root: true });
const admin = testContext("admin", root);
const never = new AbortController().signal;

async function world() {
  const ports = testPorts({ trashKeepMs: 86_400_000 });
  await saveAccount(ports, root);
  return { ports, core: createCore(ports) };
}
type World = Awaited<ReturnType<typeof world>>;

/** A disk of one volume that still grows and two with dead bytes, as far as one can see from here. */
function makerOf({ ports }: World) {
  const told: string[] = [];
  let open = ["growing"];
  let dead = 2;
  const space = async (): Promise<BlobSpace> => ({ fileBytes: 1_000 + dead * 500, liveBytes: 1_000, deadBytes: dead * 500, volumes: 1 + dead, open });
  const maker: SpaceMaker = {
    space,
    async rotate() {
      told.push(`rotate with ${ports.blobs.count()} blobs`);
      setTimeout(() => (open = []), 20);
    },
    async compact() {
      told.push(`compact with ${open.length} open`);
      return dead === 0 ? undefined : (dead--, { copiedBytes: 10 });
    },
  };
  return { maker, told };
}

test("the report tells live, trashed and reclaiming buckets apart, and what waits for its readers", async () => {
  const { ports, core } = await world();
  const live = await testBucket(ports, { name: "live", versioning: "enabled" });
  for (const _ of [1, 2]) await put(ports, live, "k", "x".repeat(2_000));
  const trashed = await testBucket(ports, { name: "trashed" });
  await put(ports, trashed, "k", "x".repeat(3_000));
  const given = await testBucket(ports, { name: "given" });
  await put(ports, given, "k", "x".repeat(4_000));
  const kept = await core.purge.deleteBucket(admin, { ...trashed, confirm: "trashed" });
  const { generation } = await core.purge.deleteBucket(admin, { ...given, confirm: "given" });
  await core.purge.emptyTrash(admin, { generation, confirm: "given" });
  const plain = await testBucket(ports, { name: "plain" });
  await put(ports, plain, "gone", "x".repeat(5_000));
  await deleteObject(ports, testContext("object.delete"), { ...plain, key: asKey("gone") });
  const report = await core.space.report(admin);
  const { buckets, objects, versions, bytes } = report.live;
  assert.deepEqual([buckets, objects, versions, bytes], [2, 1, 1, 4_000]);
  assert.deepEqual([report.trash.buckets, report.trash.bytes, report.trash.nextMs, report.trash.lastMs], [1, 3_000, kept.untilMs, kept.untilMs]);
  assert.deepEqual([report.reclaiming.buckets, report.reclaiming.bytes], [1, 4_000]);
  assert.deepEqual(report.waiting, { contents: 1, bytes: 5_000, more: false });
  assert.deepEqual([report.disk, report.reclaim], [undefined, undefined]);
  await assert.rejects(core.space.report(testContext("admin")), (error) => isDomainError(error, "accessDenied"));
});

test("reclaiming at once clears what nobody holds, has volumes ended, compacts, and says what came of it", async () => {
  const it = await world();
  const { ports, core } = it;
  const bucket = await testBucket(ports, { name: "b" });
  for (let n = 0; n < 30; n++) await put(ports, bucket, `k${n}`, "x".repeat(2_000));
  await put(ports, bucket, "stays", "x".repeat(2_000));
  for (let n = 0; n < 30; n++) await deleteObject(ports, testContext("object.delete"), { ...bucket, key: asKey(`k${n}`) });
  const { maker, told } = makerOf(it);
  await reclaimNow(ports, maker, never);
  assert.deepEqual([told, await isReclaimAsked(ports)], [[], false], "nobody asked");
  assert.deepEqual([(await core.space.reclaimNow(admin, { reason: "full disk" })).asked, await isReclaimAsked(ports)], [1, true]);
  await reclaimNow(ports, maker, never);
  assert.equal(ports.blobs.count(), 1);
  assert.deepEqual(told, ["rotate with 1 blobs", "compact with 0 open", "compact with 0 open", "compact with 0 open", "rotate with 1 blobs"]);
  const { reclaim } = await core.space.report(admin);
  assert.deepEqual([reclaim?.asked, reclaim?.done, reclaim?.freedBytes, reclaim?.copiedBytes, reclaim?.volumes], [1, 1, 1_000, 20, 2]);
  assert.deepEqual([reclaim?.reason, await isReclaimAsked(ports)], ["full disk", false]);
});

test("asked again while it is at work, it is done once more; broken off, it is begun anew", async () => {
  const it = await world();
  const { maker } = makerOf(it);
  await it.core.space.reclaimNow(admin, {});
  const broken = { ...maker, compact: () => Promise.reject(new Error("a full disk")) };
  await assert.rejects(reclaimNow(it.ports, broken, never), /a full disk/);
  assert.equal(await isReclaimAsked(it.ports), true);
  let again = true;
  const interrupted: SpaceMaker = {
    ...maker,
    async compact(signal) {
      if (again) await it.core.space.reclaimNow(admin, {});
      again = false;
      return await maker.compact(signal);
    },
  };
  await reclaimNow(it.ports, interrupted, never);
  assert.equal(await isReclaimAsked(it.ports), true);
  await reclaimNow(it.ports, maker, never);
  assert.deepEqual([(await it.core.space.report(admin)).reclaim?.done, await isReclaimAsked(it.ports)], [2, false]);
});

test("what a reader holds is not taken", async () => {
  const it = await world();
  const { ports, core } = it;
  const bucket = await testBucket(ports, { name: "b" });
  await put(ports, bucket, "k", "x".repeat(2_000));
  const reader = await openObject(ports, testContext("object.read"), { ...bucket, key: asKey("k"), onBadRange: "fail" });
  await deleteObject(ports, testContext("object.delete"), { ...bucket, key: asKey("k") });
  await core.space.reclaimNow(admin, {});
  const stop = new AbortController();
  const working = reclaimNow(ports, makerOf(it).maker, stop.signal);
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(ports.blobs.count(), 1);
  assert.equal((await drain(reader.body)).length, 2_000);
  await working;
  assert.equal(ports.blobs.count(), 0);
});

test("a thread ends its volumes once for each time it was asked, and not for what was before it", async () => {
  const { ports, core } = await world();
  await core.space.reclaimNow(admin, {});
  let rotations = 0;
  const look = rotationWatch(ports, async () => void rotations++);
  for (const wanted of [0, 0]) {
    await look();
    assert.equal(rotations, wanted);
  }
  await core.space.reclaimNow(admin, {});
  for (const wanted of [1, 1]) {
    await look();
    assert.equal(rotations, wanted);
  }
});
