import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import { faultyMetadata } from "../../storage/metadata/faulty/store.ts";
import { memoryMetadata } from "../../storage/metadata/memory/store.ts";
import type { Core } from "../api.ts";
import { checkStore } from "../check/check.ts";
import { createCore } from "../core.ts";
import { jobKinds } from "../jobs/kinds.ts";
import { runJobs, type SetClock, setClock } from "../jobs/testing.ts";
import type { StorageClass } from "../model.ts";
import { copyObject } from "../objects/copy.ts";
import { StoreRefused } from "../ports.ts";
import { runUntilIdle } from "../reclaim/reclaim.ts";
import { asKey, auditGeneration, drain, overtaken, put, type TestPorts, testAccount, testBucket, testContext, testPorts } from "../testing.ts";
import { begin, complete, sendPart } from "../uploads/testing.ts";
import type { LifecycleRule } from "./model.ts";
import { startDueRuns } from "./run.ts";

const dayMs = 86_400_000;
const begun = Date.UTC(2026, 10, 28, 9);
type Bucket = Awaited<ReturnType<typeof testBucket>>;
type World = { ports: TestPorts; clock: SetClock; bucket: Bucket; core: Core };
const shelves = new Map<StorageClass, number>([
  ["infrequent", 1],
  ["archiveInstant", 2],
]);
async function world(options: Parameters<typeof testBucket>[1] = {}, more: Partial<TestPorts> = {}): Promise<World> {
  const clock = setClock(begun);
  const ports = testPorts({ clock, shelves, ...more });
  return { ports, clock, bucket: await testBucket(ports, options), core: createCore(ports) };
}
const setRules = ({ core, bucket }: World, rule: Partial<LifecycleRule>) => {
  const rules = [{ id: "r", enabled: true, filter: { tags: [] }, transitions: [], noncurrentTransitions: [], ...rule }];
  return core.documents.put(testContext("bucket.own"), { ...bucket, kind: "lifecycle", document: { model: { rules, smallObjects: "byClass" }, writer: "", raw: "" } });
};
async function run({ ports }: World): Promise<void> {
  await startDueRuns(ports);
  await runJobs(ports, jobKinds);
}
const read = async ({ core, bucket }: World, key: string, version?: number): Promise<Buffer> =>
  drain((await core.objects.open(testContext("object.read"), { ...bucket, key: asKey(key), onBadRange: "fail", ...(version === undefined ? {} : { version }) })).body);
const ruleReport = async ({ core, bucket }: World) => (await core.jobs.lifecycle(testContext("admin", testAccount("root", { root: true })), bucket)).rules[0];

/** Class and shelf of each version, newest first; everything else of the store is right, and nothing is left over. */
async function placed({ ports, bucket }: World): Promise<Record<string, string[]>> {
  ports.blobs.rotate();
  const chains = await auditGeneration(ports, bucket.state.generation);
  await runUntilIdle(ports, { budget: 1_000, passesMax: 100 });
  assert.deepEqual(
    (await checkStore(ports)).filter(({ what }) => what !== "identityRowWrong"),
    [],
  );
  return Object.fromEntries(
    [...chains].map(([key, versions]) => [
      key,
      versions.map(({ storageClass, content }) => [storageClass, ...new Set((content?.extents ?? []).map(({ ref }) => ports.blobs.shelfOf?.(ref)))].join(" ")),
    ]),
  );
}
const large = (seed: number): Buffer => Buffer.alloc(200_000, seed);
const toInfrequent: Partial<LifecycleRule> = { transitions: [{ days: 1, storageClass: "infrequent" }], noncurrentTransitions: [{ days: 1, storageClass: "archiveInstant" }] };

describe("a lifecycle that moves bytes", () => {
  it("writes them to the folder of the class, current and noncurrent, locked and sealed, and counts them", async () => {
    const it = await world({ lock: true });
    const { ports, bucket, clock } = it;
    await put(ports, bucket, "k", large(1), { lock: { retention: { mode: "compliance", untilMs: begun + 90 * dayMs } } });
    const first = (await auditGeneration(ports, bucket.state.generation)).get(asKey("k"))?.[0]?.sequence;
    clock.add(1);
    await put(ports, bucket, "k", large(2));
    await put(ports, bucket, "sealed", large(3), { encryption: { mode: "store" } });
    await put(ports, bucket, "small", "x");
    await setRules(it, toInfrequent);
    clock.add(3 * dayMs);
    await run(it);
    assert.deepEqual(await placed(it), { k: ["infrequent 1", "archiveInstant 2"], sealed: ["infrequent 1"], small: ["infrequent"] });
    assert.deepEqual([await read(it, "k"), await read(it, "k", first), await read(it, "sealed")], [large(2), large(1), large(3)]);
    const { matched, acted, moved = 0, left } = (await ruleReport(it)) ?? { matched: 0, acted: 0 };
    assert.deepEqual([matched, acted, left], [4, 4, undefined]);
    assert.ok(moved > 600_000 && moved < 601_000, `${moved}: three bodies, one of them sealed`);
    assert.equal(ports.blobs.count(), 3);
  });

  it("gives each of two versions that share bytes its own place, and objects of many parts theirs whole", async () => {
    const it = await world();
    const { ports, bucket, clock } = it;
    await put(ports, bucket, "a", large(1));
    await copyObject(ports, testContext("object.write"), {
      ...bucket,
      ...{ key: asKey("b"), source: { ...bucket, key: asKey("a") }, sourceAction: "read", acl: "inherit", ontoItself: "refuse" },
    });
    const { id } = await begin(ports, bucket, "parts");
    const bytes = randomBytes(36_000);
    for (let n = 0; n < 12; n++) await sendPart(ports, bucket, "parts", id, n + 1, bytes.subarray(n * 3_000, n * 3_000 + 3_000));
    await complete(ports, bucket, "parts", id);
    await setRules(it, { filter: { prefix: "a", tags: [] }, transitions: [{ days: 1, storageClass: "infrequent" }] });
    clock.add(3 * dayMs);
    await run(it);
    assert.deepEqual(await placed(it), { a: ["infrequent 1"], b: ["standard 0"], parts: ["standard"] });
    await setRules(it, { transitions: [{ days: 1, storageClass: "archiveInstant" }] });
    clock.add(dayMs);
    await run(it);
    assert.deepEqual(await placed(it), { a: ["archiveInstant 2"], b: ["archiveInstant 2"], parts: ["archiveInstant 2"] });
    assert.deepEqual([await read(it, "a"), await read(it, "b"), await read(it, "parts")], [large(1), large(1), bytes]);
    assert.equal(ports.blobs.count(), 3);
  });

  it("a reader that began before goes on", async () => {
    const it = await world();
    await put(it.ports, it.bucket, "k", large(1));
    await setRules(it, toInfrequent);
    it.clock.add(3 * dayMs);
    const { body } = await it.core.objects.open(testContext("object.read"), { ...it.bucket, key: asKey("k"), onBadRange: "fail" });
    const head = Buffer.from((await body.read()) ?? []);
    await run(it);
    await runUntilIdle(it.ports, { budget: 100, passesMax: 20 });
    assert.deepEqual(Buffer.concat([head, await drain(body)]), large(1));
    assert.deepEqual(await placed(it), { k: ["infrequent 1"] });
  });

  it("an object that is written while its old bytes are on the way stays as it was written", async () => {
    const it = await world();
    for (const key of ["a", "b"]) await put(it.ports, it.bucket, key, large(1));
    await setRules(it, toInfrequent);
    it.clock.add(3 * dayMs);
    await startDueRuns(it.ports);
    await runJobs(it.ports, jobKinds, { sweepsMax: 1 });
    const [ran, wrote] = await overtaken(
      it.ports,
      (ports) => runJobs(ports, jobKinds, { sweepsMax: 1 }),
      () => put(it.ports, it.bucket, "a", large(9)),
    );
    assert.deepEqual([ran.status, wrote.status], ["fulfilled", "fulfilled"]);
    await runJobs(it.ports, jobKinds);
    assert.deepEqual(await placed(it), { a: ["standard 0"], b: ["infrequent 1"] });
    assert.deepEqual([await read(it, "a"), (await ruleReport(it))?.moved], [large(9), 200_000]);
    assert.equal(it.ports.blobs.count(), 2);
  });

  it("passes over what a full folder has no room for and what cannot be read, and says so; the next run moves it", async () => {
    const it = await world();
    const { write, read: readBlob } = it.ports.blobs;
    let isFull = true;
    it.ports.blobs.write = (source, options) => (isFull && options.shelf === 1 ? Promise.reject(new StoreRefused("full", "full")) : write(source, options));
    for (const key of ["a", "b", "small"]) await put(it.ports, it.bucket, key, key === "small" ? "x" : large(1));
    await setRules(it, toInfrequent);
    it.clock.add(3 * dayMs);
    await run(it);
    assert.deepEqual(await ruleReport(it), { id: "r", enabled: true, matched: 3, acted: 1, bytes: 0, locked: 0, left: 2 });
    assert.deepEqual(await placed(it), { a: ["standard 0"], b: ["standard 0"], small: ["infrequent"] });
    isFull = false;
    it.ports.blobs.read = (ref, range) => (it.ports.blobs.count() > 0 && Buffer.from(ref).equals(damaged) ? broken : readBlob(ref, range));
    const damaged = Buffer.from((await auditGeneration(it.ports, it.bucket.state.generation)).get(asKey("a"))?.[0]?.content?.extents?.[0]?.ref ?? []);
    it.clock.add(dayMs);
    await run(it);
    it.ports.blobs.read = readBlob;
    assert.deepEqual(await ruleReport(it), { id: "r", enabled: true, matched: 2, acted: 1, bytes: 0, locked: 0, moved: 200_000, left: 1 });
    assert.deepEqual(await placed(it), { a: ["standard 0"], b: ["infrequent 1"], small: ["infrequent"] });
  });

  it("comes to the same whatever the store does in the middle of it", async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const metadata = faultyMetadata(memoryMetadata(), { seed });
      const it = await world({ versioning: "enabled" }, { metadata } as Partial<TestPorts>);
      for (let n = 0; n < 8; n++) {
        await put(it.ports, it.bucket, `k${n % 4}`, Buffer.alloc(n % 3 === 0 ? 10 : 5_000 + n, n));
        it.clock.add(1);
      }
      await setRules(it, toInfrequent);
      it.clock.add(3 * dayMs);
      await startDueRuns(it.ports);
      metadata.plan({ refuse: 0.1, unknownApplied: 0.15, unknownLost: 0.15 });
      for (let start = 0; start < 200; start++) {
        const outcomes = await Promise.allSettled([runJobs(it.ports, jobKinds), runJobs(it.ports, jobKinds)]);
        if (outcomes.every(({ status }) => status === "fulfilled")) break;
      }
      metadata.plan({ refuse: 0, unknownApplied: 0, unknownLost: 0 });
      await runJobs(it.ports, jobKinds);
      const chains = await auditGeneration(it.ports, it.bucket.state.generation);
      for (const [key, [head, older]] of chains) {
        const shelfOf = (version = head): number[] => (version?.content?.extents ?? []).map(({ ref }) => it.ports.blobs.shelfOf?.(ref) ?? 0);
        assert.deepEqual([head?.storageClass, older?.storageClass], ["infrequent", "archiveInstant"], `${key} of seed ${seed}`);
        assert.deepEqual([...shelfOf(head), ...shelfOf(older)], [...shelfOf(head).map(() => 1), ...shelfOf(older).map(() => 2)], `${key} of seed ${seed}`);
        const n = Number(key[1]) + 4;
        assert.deepEqual(await read(it, key), Buffer.alloc(n % 3 === 0 ? 10 : 5_000 + n, n));
      }
    }
  });
});

const broken = {
  async read(): Promise<never> {
    throw new Error("an unreadable sector");
  },
  close() {},
};
