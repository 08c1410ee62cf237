import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { faultyMetadata } from "../../storage/metadata/faulty/store.ts";
import { memoryMetadata } from "../../storage/metadata/memory/store.ts";
import type { Core, Usage } from "../api.ts";
import { checkStore } from "../check/check.ts";
import { createCore } from "../core.ts";
import { jobKinds } from "../jobs/kinds.ts";
import type { JobKinds } from "../jobs/step.ts";
import { runJobs, type SetClock, setClock } from "../jobs/testing.ts";
import { tables } from "../keys.ts";
import type { BucketName, Generation, ObjectKey } from "../model.ts";
import { deleteObject } from "../objects/delete.ts";
import { runUntilIdle } from "../reclaim/reclaim.ts";
import { asKey, auditGeneration, overtaken, put, rowsOf, saveAccount, type TestPorts, testAccount, testBucket, testContext, testPorts, testTenant } from "../testing.ts";
import { begin, sendPart } from "../uploads/testing.ts";
import type { PurgeKind, PurgeResult } from "./api.ts";
import { expireTrash } from "./trash.ts";

const dayMs = 86_400_000;
const begun = Date.UTC(2026, 10, 28, 9);
const admin = testContext("admin", testAccount("root", { root: true }));
const own = () => testContext("bucket.own");
const all: PurgeKind[] = ["current", "noncurrent", "markers", "uploads"];
const confirm = "bucket";
type World = { ports: TestPorts; clock: SetClock; core: Core; bucket: Awaited<ReturnType<typeof testBucket>> };

async function world(options: Parameters<typeof testBucket>[1] = {}, more: Partial<TestPorts> = {}): Promise<World> {
  const clock = setClock(begun);
  const ports = testPorts({ clock, trashKeepMs: 7 * dayMs, ...more });
  return { ports, clock, core: createCore(ports), bucket: await testBucket(ports, options) };
}
const remove = ({ ports, bucket }: World, key: string, version?: number) => deleteObject(ports, testContext("object.delete"), { ...bucket, key: asKey(key), version });
const chainsOf = async ({ ports, bucket }: World): Promise<[string, number][]> =>
  [...(await auditGeneration(ports, bucket.state.generation))].map(([key, chain]): [string, number] => [key, chain.length]).sort();
const problemsOf = async ({ ports }: World) => (await checkStore(ports)).filter(({ what }) => what !== "identityRowWrong");
const idle = ({ ports }: World) => runUntilIdle(ports, { budget: 1_000, passesMax: 200 });
const purge = async (it: World, more: Partial<Parameters<Core["purge"]["purge"]>[1]> = {}, kinds: JobKinds = jobKinds) => {
  const { id } = await it.core.purge.purge(admin, { ...it.bucket, kinds: all, prefix: "", confirm, dryRun: false, ...more });
  await runJobs(it.ports, kinds);
  const job = await it.core.jobs.get(admin, id);
  return { ...job, result: job.result as PurgeResult };
};
/** Steps so small that they end in the middle of a chain. */
const tiny: JobKinds = { ...jobKinds, purge: (view, change, job, scale) => jobKinds.purge(view, change, job, scale / 3_000) };

/** a: three versions; b: a version under a marker; c: one version; an upload each of a and c. */
async function filled(options: Parameters<typeof testBucket>[1] = { versioning: "enabled" }): Promise<World> {
  const it = await world(options);
  for (const key of ["a", "a", "a", "b", "c"]) {
    it.clock.add(1);
    await put(it.ports, it.bucket, key, "x".repeat(2_000));
  }
  await remove(it, "b");
  for (const key of ["a", "c"]) {
    const { id } = await begin(it.ports, it.bucket, key);
    await sendPart(it.ports, it.bucket, key, id, 1, "part");
  }
  return it;
}

describe("a purge", () => {
  it("counts exactly what it would remove, with a sample, and changes nothing in a dry run", async () => {
    const it = await filled();
    const before = await chainsOf(it);
    const { counts, result, state } = await purge(it, { dryRun: true, confirm: "" });
    assert.equal(state, "done");
    assert.deepEqual(counts, { examined: 8, matched: 8, acted: 0, bytes: 10_000, locked: 0 });
    assert.deepEqual(result.found, { current: 2, noncurrent: 3, markers: 1, uploads: 2, binned: 0 });
    assert.deepEqual(
      result.sample.map(({ kind, key }) => `${kind} ${key}`),
      ["current a", "noncurrent a", "noncurrent a", "markers b", "noncurrent b", "current c", "uploads a", "uploads c"],
    );
    assert.deepEqual(await chainsOf(it), before);
  });

  it("removes each kind alone, in large steps and in the smallest", async () => {
    for (const kinds of [jobKinds, tiny]) {
      for (const [wanted, left, uploads] of [
        [
          ["current"],
          [
            ["a", 2],
            ["b", 2],
          ],
          2,
        ], // prettier-ignore
        [
          ["noncurrent"],
          [
            ["a", 1],
            ["b", 1],
            ["c", 1],
          ],
          2,
        ],
        [
          ["markers"],
          [
            ["a", 3],
            ["b", 1],
            ["c", 1],
          ],
          2,
        ],
        [
          ["uploads"],
          [
            ["a", 3],
            ["b", 2],
            ["c", 1],
          ],
          0,
        ],
        [["current", "noncurrent"], [["b", 1]], 2],
        [all, [], 0],
      ] as [PurgeKind[], [string, number][], number][]) {
        const it = await filled();
        const { state, counts } = await purge(it, { kinds: wanted }, kinds);
        assert.equal(state, "done");
        assert.deepEqual([await chainsOf(it), counts.acted], [left, 6 - left.reduce((sum, [, count]) => sum + count, 0) + 2 - uploads], wanted.join());
        assert.equal((await rowsOf(it.ports, tables.upload.range(it.bucket.state.generation))).length, uploads);
        await idle(it);
        assert.deepEqual(await problemsOf(it), []);
      }
    }
  });

  it("keeps to its prefix and age, passes over what is locked and counts it, and asks for the name", async () => {
    const it = await world({ lock: true });
    for (const key of ["p/1", "p/2", "q/1"]) await put(it.ports, it.bucket, key, "x", key === "p/2" ? { lock: { legalHold: true } } : {});
    it.clock.add(dayMs);
    await put(it.ports, it.bucket, "p/3", "x");
    await assert.rejects(it.core.purge.purge(admin, { ...it.bucket, kinds: all, prefix: "", confirm: "other", dryRun: false }), { kind: "invalidArgument" });
    await assert.rejects(it.core.purge.purge(admin, { ...it.bucket, kinds: [], prefix: "", confirm, dryRun: false }), { kind: "invalidArgument" });
    await assert.rejects(it.core.purge.purge(testContext("admin"), { ...it.bucket, kinds: all, prefix: "", confirm, dryRun: false }), { kind: "accessDenied" });
    const dry = await purge(it, { prefix: "p/", beforeMs: begun + dayMs, dryRun: true });
    assert.deepEqual(dry.counts, { examined: 3, matched: 2, acted: 0, bytes: 1, locked: 1 });
    const { counts } = await purge(it, { prefix: "p/", beforeMs: begun + dayMs });
    assert.deepEqual(counts, { examined: 3, matched: 2, acted: 1, bytes: 1, locked: 1 });
    assert.deepEqual(
      (await chainsOf(it)).map(([key]) => key),
      ["p/2", "p/3", "q/1"],
    );
  });

  it("tells of each version it took, in the batch that takes it", async () => {
    const it = await filled();
    const rule = { id: "r", target: "t", kinds: ["removed.version" as const], prefix: "", suffix: "", named: "", asked: [] };
    await it.core.documents.put(own(), { ...it.bucket, kind: "notifications", document: { model: { rules: [rule], bus: false }, writer: "", raw: "" } });
    const before = (await rowsOf(it.ports, tables.outbox.range())).length;
    await purge(it, { kinds: ["current", "noncurrent"], prefix: "a" });
    assert.equal((await rowsOf(it.ports, tables.outbox.range())).length - before, 3);
    assert.deepEqual(await problemsOf(it), []);
  });

  it("leaves what is written while it runs", async () => {
    const it = await world();
    await put(it.ports, it.bucket, "k", "old");
    await it.core.purge.purge(admin, { ...it.bucket, kinds: all, prefix: "", confirm, dryRun: false });
    await overtaken(
      it.ports,
      (ports) => runJobs(ports, jobKinds, { sweepsMax: 1 }),
      () => deleteObject(it.ports, testContext("object.delete"), { ...it.bucket, key: asKey("k") }),
    );
    await runJobs(it.ports, jobKinds);
    await put(it.ports, it.bucket, "k", "new");
    await runJobs(it.ports, jobKinds);
    assert.deepEqual(await chainsOf(it), [["k", 1]]);
  });
});

describe("a bucket with everything in it", () => {
  it("goes in one batch, its name is free, it lies in the trash with its sizes, and comes back as it was", async () => {
    const it = await filled();
    const before = await chainsOf(it);
    const usage = (await it.core.purge.plan(admin, it.bucket)).usage;
    assert.deepEqual([usage.objects, usage.versions, usage.markers, usage.uploads, usage.parts], [2, 3, 1, 2, 2]);
    await assert.rejects(it.core.purge.deleteBucket(admin, { ...it.bucket, confirm: "Bucket" }), { kind: "invalidArgument" });
    const { generation, untilMs } = await it.core.purge.deleteBucket(admin, { ...it.bucket, confirm, reason: "wrong one" });
    assert.equal(untilMs, it.clock.wallMs() + 7 * dayMs);
    await assert.rejects(put(it.ports, it.bucket, "late", "x"), { kind: "bucketMissing" });
    assert.deepEqual((await it.core.buckets.list(testContext("service.listBuckets"), { tenant: testTenant, prefix: "", after: "", limit: 10 })).buckets, []);
    const { trashed } = await it.core.purge.trash(admin, { limit: 10 });
    assert.deepEqual([trashed.length, trashed[0]?.name, trashed[0]?.reason, trashed[0]?.by, trashed[0]?.usage], [1, "bucket", "wrong one", "root (K)", usage]);
    await idle(it);
    // Its name belongs to another by now: it is refused with whose it is and a name that is free.
    const other = await testBucket(it.ports);
    await put(it.ports, other, "theirs", "x");
    await assert.rejects(it.core.purge.restore(admin, { generation }), { kind: "nameTaken", detail: { what: "bucket", name: "bucket", holder: "main", free: "bucket-restored" } });
    const restored = await it.core.purge.restore(admin, { generation, bucket: "bucket-restored" as BucketName });
    assert.deepEqual([restored.name, restored.generation, restored.status], ["bucket-restored", generation, "live"]);
    assert.deepEqual(await chainsOf(it), before);
    assert.deepEqual((await it.core.buckets.usage(own(), { tenant: testTenant, bucket: restored.name })).usage, usage);
    await assert.rejects(it.core.purge.restore(admin, { generation }), { kind: "trashMissing" });
    await assert.rejects(it.core.purge.restore(admin, { generation: "nothing" as Generation }), { kind: "trashMissing" });
    assert.deepEqual(await problemsOf(it), []);
  });

  it("can be emptied: name, owner and configuration stay over nothing", async () => {
    const it = await filled();
    await it.core.documents.put(own(), { ...it.bucket, kind: "tags", document: { model: [["team", "a"]], writer: "", raw: "raw" } });
    const { generation } = await it.core.purge.emptyBucket(admin, { ...it.bucket, confirm });
    const info = await it.core.buckets.usage(own(), it.bucket);
    assert.deepEqual([info.state.versioning, info.state.createdMs, info.usage.objects, info.usage.versions], ["enabled", it.bucket.state.createdMs, 0, 0]);
    assert.notEqual(info.state.generation, generation);
    assert.deepEqual(await it.core.documents.get(own(), { ...it.bucket, kind: "tags" }), { model: [["team", "a"]], writer: "", raw: "raw" });
    await it.core.buckets.delete(own(), { ...it.bucket, openUploads: "refuse" });
    assert.equal((await it.core.purge.restore(admin, { generation })).name, "bucket");
    assert.deepEqual(await chainsOf(it), [
      ["a", 3],
      ["b", 2],
      ["c", 1],
    ]);
    await idle(it);
    assert.deepEqual(await problemsOf(it), []);
  });

  it("is refused by name while a version in it is locked, in the commit too", async () => {
    const it = await world({ lock: true });
    const untilMs = begun + dayMs;
    const { version } = await put(it.ports, it.bucket, "kept", "x", { lock: { retention: { mode: "compliance", untilMs } } });
    assert.deepEqual((await it.core.purge.plan(admin, it.bucket)).locked, { key: "kept", sequence: version.sequence, untilMs });
    for (const verb of ["deleteBucket", "emptyBucket"] as const) {
      await assert.rejects(it.core.purge[verb](admin, { ...it.bucket, confirm }), {
        kind: "versionLocked",
        detail: { key: "kept", versionId: String(version.sequence), by: "compliance", untilMs, among: true },
      });
    }
    it.clock.add(2 * dayMs);
    const [detached] = await overtaken(
      it.ports,
      (ports) => createCore(ports).purge.deleteBucket(admin, { ...it.bucket, confirm }),
      () => put(it.ports, it.bucket, "held", "x", { lock: { legalHold: true } }),
    );
    assert.equal(detached.status, "rejected");
    assert.equal((detached as PromiseRejectedResult).reason.detail.key, "held");
  });

  it("leaves the trash when its time is over, at once when told so, and never enters it where nothing is kept", async () => {
    const it = await filled();
    const { generation } = await it.core.purge.emptyBucket(admin, { ...it.bucket, confirm });
    it.clock.add(7 * dayMs - 1);
    await expireTrash(it.ports);
    assert.equal((await it.core.purge.trash(admin, { limit: 1 })).trashed.length, 1);
    it.clock.add(1);
    await expireTrash(it.ports);
    await assert.rejects(it.core.purge.restore(admin, { generation }), { kind: "trashMissing" });
    await put(it.ports, it.bucket, "again", "x".repeat(2_000));
    const second = await it.core.purge.emptyBucket(admin, { ...it.bucket, confirm });
    await assert.rejects(it.core.purge.emptyTrash(admin, { generation: second.generation, confirm: "x" }), { kind: "invalidArgument" });
    await it.core.purge.emptyTrash(admin, { generation: second.generation, confirm });
    await it.core.purge.setTrashKeep(admin, { ...it.bucket, keepMs: 0 });
    await put(it.ports, it.bucket, "once more", "x".repeat(2_000));
    assert.equal((await it.core.purge.deleteBucket(admin, { ...it.bucket, confirm })).untilMs, undefined);
    await idle(it);
    assert.equal(it.ports.blobs.count(), 0, "every byte came back");
    assert.equal((await rowsOf(it.ports, tables.state.range())).length, 0);
    assert.deepEqual(await problemsOf(it), []);
  });

  it("stays while all of it is retained by age, and a purge leaves what is young; a period that lapsed is none", async () => {
    const it = await world();
    await put(it.ports, it.bucket, "k", "x");
    await it.core.buckets.retention.begin(own(), { ...it.bucket, days: 30 });
    for (const verb of ["deleteBucket", "emptyBucket"] as const)
      await assert.rejects(it.core.purge[verb](admin, { ...it.bucket, confirm }), {
        kind: "versionLocked",
        detail: { key: "k", versionId: "null", by: "compliance", untilMs: undefined, among: true },
      });
    for (const dryRun of [true, false]) assert.deepEqual((await purge(it, { dryRun })).counts, { examined: 1, matched: 1, acted: 0, bytes: 0, locked: 1 });
    it.clock.add(2 * dayMs);
    const { generation } = await it.core.purge.emptyBucket(admin, { ...it.bucket, confirm });
    assert.equal((await it.core.buckets.get(own(), it.bucket)).state.retention, undefined);
    await it.core.purge.emptyTrash(admin, { generation, confirm });
    await idle(it);
    assert.deepEqual(await problemsOf(it), []);
  });

  it("comes back as closed as its account is by then", async () => {
    const it = await world();
    const { generation } = await it.core.purge.deleteBucket(admin, { ...it.bucket, confirm });
    const publicAccess = { refuseAcls: true, ignoreAcls: true, refusePolicies: true, restrictPublic: true };
    await saveAccount(it.ports, testAccount("main", { publicAccess }));
    assert.deepEqual((await it.core.purge.restore(admin, { generation })).accountAccess, publicAccess);
  });

  it("is missed by a check where the trash does not know it", async () => {
    const it = await world();
    const { generation } = await it.core.purge.deleteBucket(admin, { ...it.bucket, confirm });
    assert.deepEqual(await problemsOf(it), []);
    await it.ports.metadata.commit({ expect: [], put: [], remove: [tables.trash.key(generation)], add: [] });
    assert.deepEqual(
      (await problemsOf(it)).map(({ what }) => what),
      ["generationWithoutWay"],
    );
  });

  it("cannot come back to an account that is gone, nor beyond what one may have", async () => {
    const it = await world();
    await put(it.ports, it.bucket, "k", "x");
    const { generation } = await it.core.purge.deleteBucket(admin, { ...it.bucket, confirm });
    await it.ports.metadata.commit({ expect: [], put: [], remove: [tables.account.key(testAccount().id)], add: [] });
    await assert.rejects(it.core.purge.restore(admin, { generation }), { kind: "accessDenied" });
    await saveAccount(it.ports, testAccount());
    assert.equal((await it.core.purge.restore(admin, { generation })).status, "live");
  });
});

// ---- histories

type Step =
  | { do: "put" | "delete"; key: string; hold: boolean }
  | { do: "purge"; kinds: PurgeKind[]; prefix: string; tiny: boolean }
  | { do: "empty" | "drop" | "restore" | "create" | "reclaim" | "time" };
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constantFrom("put" as const, "put" as const, "delete" as const), key: fc.constantFrom("a", "a/b", "b"), hold: fc.nat(9).map((n) => n === 0) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("purge" as const), kinds: fc.subarray(all, { minLength: 1 }), prefix: fc.constantFrom("", "a"), tiny: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("empty" as const, "drop" as const, "restore" as const, "create" as const, "reclaim" as const, "time" as const) }) },
);
/** What is there: chains with the newest first, of the live bucket and of those in the trash. */
type Modelled = { marker: boolean; held: boolean }[];
type Model = { live: Map<string, Modelled> | undefined; trash: Map<Generation, Map<string, Modelled>> };

function modelPurge(chains: Map<string, Modelled>, kinds: PurgeKind[], prefix: string): void {
  for (const [key, chain] of chains) {
    if (!key.startsWith(prefix)) continue;
    const kind = (each: Modelled[number], at: number): PurgeKind => (each.marker ? "markers" : at === 0 ? "current" : "noncurrent");
    const left = chain.filter((each, at) => each.held || !kinds.includes(kind(each, at)));
    if (left.length === 0) chains.delete(key);
    else chains.set(key, left);
  }
}

describe("histories of purging", () => {
  it("nothing locked is lost, nothing purged comes back, restores are whole, counters equal a full count, whatever the store does", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20 }), fc.integer(), async (steps, seed) => {
        const metadata = faultyMetadata(memoryMetadata(), { seed });
        const it = await world({ lock: true }, { metadata } as Partial<TestPorts>);
        const model: Model = { live: new Map(), trash: new Map() };
        const isHeld = (): boolean => [...(model.live?.values() ?? [])].some((chain) => chain.some(({ held }) => held));
        const trashedNow = async (): Promise<Generation[]> => (await it.core.purge.trash(admin, { limit: 100 })).trashed.map(({ generation }) => generation);
        for (const each of steps) {
          it.clock.add(1);
          const { live } = model;
          if (each.do === "put" && live) {
            await put(it.ports, it.bucket, each.key, "x".repeat(1_500), each.hold ? { lock: { legalHold: true } } : {});
            live.set(each.key, [{ marker: false, held: each.hold }, ...(live.get(each.key) ?? [])]);
          } else if (each.do === "delete" && live) {
            await remove(it, each.key);
            live.set(each.key, [{ marker: true, held: false }, ...(live.get(each.key) ?? [])]);
          } else if (each.do === "purge" && live) {
            const { id } = await it.core.purge.purge(admin, { ...it.bucket, kinds: each.kinds, prefix: each.prefix, confirm, dryRun: false });
            metadata.plan({ refuse: 0.1, unknownApplied: 0.15, unknownLost: 0.15 });
            for (let start = 0; start < 100; start++) {
              const outcomes = await Promise.allSettled([runJobs(it.ports, each.tiny ? tiny : jobKinds), runJobs(it.ports, each.tiny ? tiny : jobKinds)]);
              if (outcomes.every(({ status }) => status === "fulfilled")) break;
            }
            metadata.plan({ refuse: 0, unknownApplied: 0, unknownLost: 0 });
            await runJobs(it.ports, jobKinds);
            assert.equal((await it.core.jobs.get(admin, id)).state, "done");
            modelPurge(live, each.kinds, each.prefix);
          } else if ((each.do === "empty" || each.do === "drop") && live) {
            const done = each.do === "empty" ? it.core.purge.emptyBucket(admin, { ...it.bucket, confirm }) : it.core.purge.deleteBucket(admin, { ...it.bucket, confirm });
            if (isHeld()) await assert.rejects(done, { kind: "versionLocked" });
            else {
              model.trash.set((await done).generation, live);
              model.live = each.do === "empty" ? new Map() : undefined;
            }
          } else if (each.do === "restore") {
            const [generation] = await trashedNow();
            if (generation === undefined) continue;
            if (live) await assert.rejects(it.core.purge.restore(admin, { generation }), { kind: "nameTaken" });
            else {
              await it.core.purge.restore(admin, { generation });
              model.live = model.trash.get(generation);
              model.trash.delete(generation);
            }
          } else if (each.do === "create" && !live) {
            await testBucket(it.ports, { lock: true });
            model.live = new Map();
          } else if (each.do === "reclaim") await idle(it);
          else if (each.do === "time") {
            it.clock.add(8 * dayMs);
            await expireTrash(it.ports);
            model.trash.clear();
          }
          assert.deepEqual(new Set(await trashedNow()), new Set(model.trash.keys()));
          await compare(it, model);
        }
        await idle(it);
        assert.deepEqual(await problemsOf(it), []);
      }),
      { seed: 20261128, numRuns: 150 },
    );
  });
});

async function compare(it: World, model: Model): Promise<void> {
  const shown = async (generation: Generation): Promise<Map<ObjectKey, Modelled>> =>
    new Map(
      [...(await auditGeneration(it.ports, generation))].map(([key, chain]) => [
        key,
        chain.map(({ kind, legalHold }) => ({ marker: kind === "marker", held: legalHold === true })),
      ]),
    );
  const pointer = await it.core.buckets.get(own(), it.bucket).catch(() => undefined);
  assert.equal(pointer !== undefined, model.live !== undefined);
  if (pointer) assert.deepEqual(await shown(pointer.state.generation), model.live);
  for (const [generation, chains] of model.trash) assert.deepEqual(await shown(generation), chains);
  const usage: Usage[] = (await it.core.purge.trash(admin, { limit: 100 })).trashed.map((trashed) => trashed.usage);
  for (const { bytes, objects, versions } of usage) assert.equal(bytes, 1_500 * (objects + versions));
}
