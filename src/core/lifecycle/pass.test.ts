import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { faultyMetadata } from "../../storage/metadata/faulty/store.ts";
import { memoryMetadata } from "../../storage/metadata/memory/store.ts";
import type { Core } from "../api.ts";
import { deleteBucket } from "../buckets/delete.ts";
import { setBucketVersioning } from "../buckets/state.ts";
import { createCore } from "../core.ts";
import { eventKinds, type WaitingEvent } from "../events/model.ts";
import { jobKinds } from "../jobs/kinds.ts";
import type { JobKinds } from "../jobs/step.ts";
import { runJobs, type SetClock, setClock } from "../jobs/testing.ts";
import { tables } from "../keys.ts";
import type { ObjectKey, StorageClass, Tags, Version, Versioning } from "../model.ts";
import { deleteObject } from "../objects/delete.ts";
import { runUntilIdle } from "../reclaim/reclaim.ts";
import { decodeJson } from "../records.ts";
import { asKey, auditGeneration, overtaken, put, rowsOf, type TestPorts, testAccount, testBucket, testContext, testPorts } from "../testing.ts";
import { begin } from "../uploads/testing.ts";
import type { LifecycleRule } from "./model.ts";
import { startDueRuns } from "./run.ts";

const dayMs = 86_400_000;
const begun = Date.UTC(2026, 10, 28, 9);
const admin = testContext("admin", testAccount("root", { root: true }));
type Bucket = Awaited<ReturnType<typeof testBucket>>;
type World = { ports: TestPorts; clock: SetClock; bucket: Bucket; core: Core };

async function world(options: Parameters<typeof testBucket>[1] = {}, more: Partial<TestPorts> = {}): Promise<World> {
  const clock = setClock(begun);
  const ports = testPorts({ clock, ...more });
  return { ports, clock, bucket: await testBucket(ports, options), core: createCore(ports) };
}
const rule = (more: Partial<LifecycleRule> = {}): LifecycleRule => ({ id: "r", enabled: true, filter: { tags: [] }, transitions: [], noncurrentTransitions: [], ...more });
const setRules = ({ core, bucket }: World, ...rules: LifecycleRule[]) =>
  core.documents.put(testContext("bucket.own"), { ...bucket, kind: "lifecycle", document: { model: { rules, smallObjects: "stay" }, writer: "", raw: "" } });
async function run({ ports }: World): Promise<void> {
  await startDueRuns(ports);
  await runJobs(ports, jobKinds);
}
const keysOf = async ({ ports, bucket }: World): Promise<string[]> => [...(await auditGeneration(ports, bucket.state.generation)).keys()].sort();
const remove = ({ ports, bucket }: World, key: string) => deleteObject(ports, testContext("object.delete"), { ...bucket, key: asKey(key) });
const report = ({ core, bucket }: World) => core.jobs.lifecycle(admin, bucket);

describe("a lifecycle that runs", () => {
  it("ends what is due at the midnight after its days, by prefix, tag and size, and nothing before", async () => {
    const it = await world();
    const { ports, bucket, clock } = it;
    const tags: Tags = [["tmp", "yes"]];
    for (const key of ["a/1", "a/2", "b/1"]) await put(ports, bucket, key, "x");
    await put(ports, bucket, "tagged", "x", { tags });
    await put(ports, bucket, "tagged long", "x", { tags, metadata: [["m", "m".repeat(800)]] });
    await put(ports, bucket, "tagged other", "x", { tags: [["tmp", "no"]] });
    await put(ports, bucket, "large", "x".repeat(101));
    await put(ports, bucket, "small", "x".repeat(100));
    await setRules(
      it,
      rule({ id: "prefix", filter: { prefix: "a/", tags: [] }, expiration: { days: 2 } }),
      rule({ id: "tag", filter: { tags }, expiration: { days: 1 } }),
      rule({ id: "size", filter: { tags: [], sizeAbove: 100 }, expiration: { atMs: Date.UTC(2026, 11, 1) } }),
      rule({ id: "off", enabled: false, expiration: { days: 1 } }),
    );
    await run(it);
    assert.equal((await keysOf(it)).length, 8);
    clock.set(Date.UTC(2026, 10, 30) - 1);
    await run(it);
    assert.equal((await keysOf(it)).length, 8, "a day is over only at midnight");
    clock.set(Date.UTC(2026, 10, 30));
    await run(it);
    assert.deepEqual(await keysOf(it), ["a/1", "a/2", "b/1", "large", "small", "tagged other"]);
    clock.set(Date.UTC(2026, 11, 1) + 5);
    await run(it);
    assert.deepEqual(await keysOf(it), ["b/1", "small", "tagged other"]);
    const { rules, lastRun, nextMs } = await report(it);
    assert.deepEqual(rules, [
      { id: "prefix", enabled: true, matched: 2, acted: 2, bytes: 2, locked: 0 },
      { id: "tag", enabled: true, matched: 0, acted: 0, bytes: 0, locked: 0 },
      { id: "size", enabled: true, matched: 1, acted: 1, bytes: 101, locked: 0 },
      { id: "off", enabled: false, matched: 0, acted: 0, bytes: 0, locked: 0 },
    ]);
    assert.deepEqual([lastRun?.state, lastRun?.examined, nextMs], ["done", 6, Date.UTC(2026, 11, 2)]);
  });

  it("runs again at once when its rules change, and otherwise when the next midnight has passed", async () => {
    const it = await world();
    await put(it.ports, it.bucket, "k", "x");
    await setRules(it, rule({ expiration: { days: 9 } }));
    await run(it);
    const first = (await report(it)).lastRun?.endedMs;
    it.clock.add(1_000);
    await run(it);
    assert.equal((await report(it)).lastRun?.endedMs, first, "nothing is due before midnight");
    await setRules(it, rule({ expiration: { atMs: Date.UTC(2020, 0, 1) } }));
    await run(it);
    assert.deepEqual(await keysOf(it), []);
    assert.equal((await rowsOf(it.ports, tables.job.range("ended"))).length, 0, "regular runs leave a report and nothing else");
  });

  it("rules that change in the middle of a run begin it anew", async () => {
    const it = await world();
    for (let n = 0; n < 450; n++) await put(it.ports, it.bucket, `k${String(n).padStart(3, "0")}`, "x");
    await setRules(it, rule({ expiration: { atMs: 0 } }));
    await startDueRuns(it.ports);
    await runJobs(it.ports, jobKinds, { sweepsMax: 2 });
    assert.equal((await keysOf(it)).length, 250);
    await setRules(it, rule({ id: "new", filter: { prefix: "k4", tags: [] }, expiration: { atMs: 0 } }));
    await runJobs(it.ports, jobKinds);
    assert.equal((await keysOf(it)).length, 200, "the rest of the old rule is not carried out");
    assert.deepEqual((await report(it)).rules, [{ id: "new", enabled: true, matched: 50, acted: 50, bytes: 50, locked: 0 }]);
  });

  it("a write that comes first wins: what was overwritten in between stays", async () => {
    const it = await world();
    await put(it.ports, it.bucket, "k", "old");
    it.clock.add(3 * dayMs);
    await setRules(it, rule({ expiration: { days: 1 } }));
    await startDueRuns(it.ports);
    await runJobs(it.ports, jobKinds, { sweepsMax: 1 });
    const [ran, wrote] = await overtaken(
      it.ports,
      (ports) => runJobs(ports, jobKinds, { sweepsMax: 1 }),
      () => put(it.ports, it.bucket, "k", "new"),
    );
    assert.deepEqual([ran.status, wrote.status], ["fulfilled", "fulfilled"]);
    await runJobs(it.ports, jobKinds);
    const [version] = (await auditGeneration(it.ports, it.bucket.state.generation)).get(asKey("k")) ?? [];
    assert.equal(version?.size, 3);
    assert.equal((await report(it)).rules[0]?.acted, 0);
  });

  it("obeys retention and holds in the commit, and counts what they kept", async () => {
    const it = await world({ lock: true });
    const { ports, bucket, clock } = it;
    await put(ports, bucket, "held", "1", { lock: { legalHold: true } });
    await put(ports, bucket, "kept", "1", { lock: { retention: { mode: "governance", untilMs: begun + 5 * dayMs } } });
    await put(ports, bucket, "free", "1");
    clock.add(1);
    for (const key of ["held", "kept", "free"]) await put(ports, bucket, key, "2");
    await setRules(it, rule({ noncurrentExpiration: { days: 1 } }));
    clock.add(3 * dayMs);
    await run(it);
    const left = await auditGeneration(ports, bucket.state.generation);
    assert.deepEqual(
      [...left].map(([key, chain]) => [key, chain.length]),
      [
        ["free", 1],
        ["held", 2],
        ["kept", 2],
      ],
    );
    assert.deepEqual((await report(it)).rules[0], { id: "r", enabled: true, matched: 3, acted: 1, bytes: 1, locked: 2 });
    clock.add(4 * dayMs);
    await run(it);
    assert.equal((await auditGeneration(ports, bucket.state.generation)).get(asKey("kept"))?.length, 1);
  });

  it("tells what it did to whoever the bucket's notifications name", async () => {
    const it = await world({ versioning: "enabled" });
    const { ports, bucket, clock, core } = it;
    for (const key of ["gone", "kept"]) await put(ports, bucket, key, "x");
    await setRules(it, rule({ id: "e", filter: { prefix: "gone", tags: [] }, expiration: { days: 1 }, noncurrentExpiration: { days: 1 } }));
    const told = { id: "n", target: "hook", kinds: [...eventKinds], prefix: "", suffix: "", named: "", asked: [] };
    const document = { model: { rules: [told], bus: false }, writer: "", raw: "" };
    await core.documents.put(testContext("bucket.own"), { ...bucket, kind: "notifications", document });
    clock.set(begun + 3 * dayMs);
    await run(it);
    clock.set(begun + 6 * dayMs);
    await run(it);
    const events = (await rowsOf(ports, tables.outbox.range())).map(({ value }) => decodeJson<WaitingEvent>(value));
    assert.deepEqual(
      events.filter(({ kind }) => kind !== "test").map(({ kind, object, source }) => [kind, object?.key, source.self]),
      [
        ["expired.marker", "gone", true],
        ["expired.version", "gone", true],
      ],
    );
  });

  it("gives up uploads, moves objects between classes, and leaves small ones where they are", async () => {
    const it = await world();
    const { ports, bucket, clock } = it;
    await begin(ports, bucket, "a/1");
    await begin(ports, bucket, "b/1");
    await put(ports, bucket, "small", "x");
    await put(ports, bucket, "large", Buffer.alloc(128 * 1024));
    await setRules(
      it,
      rule({ id: "uploads", filter: { prefix: "a/", tags: [] }, abortUploadsDays: 1 }),
      rule({
        id: "moves",
        transitions: [
          { days: 30, storageClass: "infrequent" },
          { days: 60, storageClass: "archive" },
        ],
      }),
    );
    clock.add(3 * dayMs);
    await run(it);
    assert.equal((await rowsOf(ports, tables.upload.range(bucket.state.generation))).length, 1);
    const classOf = async (key: string): Promise<StorageClass | undefined> => (await auditGeneration(ports, bucket.state.generation)).get(asKey(key))?.[0]?.storageClass;
    clock.add(29 * dayMs);
    await run(it);
    assert.deepEqual([await classOf("small"), await classOf("large")], ["standard", "infrequent"]);
    clock.add(30 * dayMs);
    await run(it);
    assert.deepEqual([await classOf("small"), await classOf("large")], ["standard", "archive"]);
    await run(it);
    assert.equal((await report(it)).rules[1]?.acted, 1, "what is in its class already is not moved again");
  });

  it("a dry run counts and changes nothing; a run asked for is the only one of its bucket", async () => {
    const it = await world({ versioning: "enabled" });
    for (const key of ["a", "b"]) await put(it.ports, it.bucket, key, "xyz");
    await assert.rejects(it.core.jobs.runLifecycle(admin, it.bucket), { kind: "conflict" });
    await setRules(it, rule({ expiration: { atMs: 0 } }));
    const dry = await it.core.jobs.runLifecycle(admin, { ...it.bucket, dryRun: true });
    await runJobs(it.ports, jobKinds);
    const { counts, result, state } = await it.core.jobs.get(admin, dry.id);
    assert.deepEqual(
      [state, counts, result],
      ["done", { examined: 2, matched: 2, acted: 0, bytes: 0, locked: 0 }, { rules: { r: { matched: 2, acted: 0, bytes: 0, locked: 0 } } }],
    );
    assert.equal((await auditGeneration(it.ports, it.bucket.state.generation)).get(asKey("a"))?.length, 1);
    const { id } = await it.core.jobs.runLifecycle(admin, { ...it.bucket, reason: "now" });
    await assert.rejects(it.core.jobs.runLifecycle(admin, it.bucket), { kind: "conflict" });
    await it.core.jobs.pause(admin, { job: id });
    await run(it);
    assert.equal((await report(it)).running?.state, "paused");
    await it.core.jobs.resume(admin, { job: id });
    await runJobs(it.ports, jobKinds);
    assert.equal((await auditGeneration(it.ports, it.bucket.state.generation)).get(asKey("a"))?.length, 2);
  });

  it("leaves nothing of a bucket that is gone, and never touches its successor", async () => {
    const it = await world();
    await put(it.ports, it.bucket, "k", "x");
    await setRules(it, rule({ expiration: { atMs: 0 } }));
    await startDueRuns(it.ports);
    await runJobs(it.ports, jobKinds, { sweepsMax: 1 });
    await remove(it, "k");
    await deleteBucket(it.ports, testContext("bucket.own"), { ...it.bucket, openUploads: "end" });
    const again = { ...it, bucket: await testBucket(it.ports) };
    await put(again.ports, again.bucket, "k", "x");
    await runJobs(it.ports, jobKinds);
    await runUntilIdle(it.ports, { budget: 100, passesMax: 20 });
    assert.deepEqual(await keysOf(again), ["k"]);
    assert.equal((await rowsOf(it.ports, tables.job.range())).length, 0);
  });
});

// ---- histories against an oracle written from the vendor's page, not from the runner

type Held = { modifiedMs: number; marker: boolean; isNull: boolean; size: number; locked: boolean };
type Rules = { days?: number; lone?: boolean; noncurrent?: number; keep?: number };

/** What one run leaves of a chain (newest first). */
function oracle(chain: Held[], rules: Rules, versioning: Versioning, nowMs: number): Held[] {
  const midnight = (ms: number, days: number): number => Math.ceil((ms + days * dayMs) / dayMs) * dayMs;
  const [head] = chain;
  if (!head) return [];
  const older = chain.slice(1).filter((each, index) => {
    if (rules.noncurrent === undefined || index < (rules.keep ?? 0) || each.locked) return true;
    return midnight((chain[index] as Held).modifiedMs, rules.noncurrent) > nowMs;
  });
  const isOld = rules.days !== undefined && midnight(head.modifiedMs, rules.days) <= nowMs;
  if (head.marker) return chain.length === 1 && (rules.lone || isOld) ? [] : [head, ...older];
  if (!isOld) return [head, ...older];
  if (versioning === "off") return [];
  const marker: Held = { modifiedMs: nowMs, marker: true, isNull: versioning === "suspended", size: 0, locked: false };
  return [marker, ...[head, ...older].filter(({ isNull }) => !isNull || versioning === "enabled")];
}
const held = ({ modifiedMs, kind, isNull, size, legalHold }: Version): Held => ({ modifiedMs, marker: kind === "marker", isNull, size, locked: legalHold === true });

const step = fc.record({
  key: fc.constantFrom("a", "a\0", "b"),
  what: fc.constantFrom("put", "put", "put", "delete"),
  hold: fc.boolean(),
  hours: fc.integer({ min: 0, max: 30 }),
  suspend: fc.boolean(),
});

const runs = 4;

describe("histories", () => {
  it("runs leave what the rules say, whatever the store does in the middle of it", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom<Versioning | "lock">("off", "enabled", "suspended", "lock"),
        fc.array(step, { minLength: 1, maxLength: 14 }),
        fc.record({
          days: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
          lone: fc.boolean(),
          noncurrent: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
          keep: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
        }),
        fc.integer({ min: 0, max: 200 }),
        fc.integer(),
        async (kind, steps, rules, waitHours, seed) => {
          const metadata = faultyMetadata(memoryMetadata(), { seed });
          const it = await world(kind === "lock" ? { lock: true } : kind === "off" ? {} : { versioning: "enabled" }, { metadata } as Partial<TestPorts>);
          let versioning: Versioning = kind === "lock" ? "enabled" : kind === "suspended" ? "enabled" : kind;
          for (const { key, what, hold, hours, suspend } of steps) {
            it.clock.add(hours * 3_600_000 + 1);
            if (kind === "suspended" && versioning !== (suspend ? "suspended" : "enabled")) {
              versioning = suspend ? "suspended" : "enabled";
              await setBucketVersioning(it.ports, testContext("bucket.own"), { ...it.bucket, versioning });
            }
            if (what === "put") await put(it.ports, it.bucket, key, "x".repeat(1 + hours), kind === "lock" && hold ? { lock: { legalHold: true } } : {});
            else await remove(it, key);
          }
          const both: LifecycleRule[] = [
            rule({ id: "days", ...(rules.days === undefined ? {} : { expiration: { days: rules.days } }) }),
            rule({ id: "lone", ...(rules.lone ? { expiration: { loneMarkers: true } } : {}) }),
            rule({
              id: "old",
              ...(rules.noncurrent === undefined ? {} : { noncurrentExpiration: { days: rules.noncurrent, ...(rules.keep === undefined ? {} : { keep: rules.keep }) } }),
            }),
          ];
          await setRules(it, ...both);
          it.clock.add(waitHours * 3_600_000);
          const chains = await auditGeneration(it.ports, it.bucket.state.generation);
          const expected = new Map<ObjectKey, Held[]>();
          for (const [key, chain] of chains) {
            // A run in steps may be ahead of one in a single step: what the head's end leaves may be due at once. They meet where nothing is due.
            let left = chain.map(held);
            for (let turn = 0; turn < runs; turn++) left = oracle(left, rules, versioning, it.clock.wallMs());
            if (left.length > 0) expected.set(key, left);
          }
          await startDueRuns(it.ports);
          metadata.plan({ refuse: 0.1, unknownApplied: 0.15, unknownLost: 0.15 });
          // Steps so small that they end in the middle of a chain.
          const kinds: JobKinds = seed % 2 === 0 ? jobKinds : { ...jobKinds, lifecycle: (view, change, job, scale) => jobKinds.lifecycle(view, change, job, scale / 2_000) };
          for (let start = 0; start < 100; start++) {
            const outcomes = await Promise.allSettled([runJobs(it.ports, kinds), runJobs(it.ports, kinds)]);
            if (outcomes.every(({ status }) => status === "fulfilled")) break;
          }
          metadata.plan({ refuse: 0, unknownApplied: 0, unknownLost: 0 });
          await runJobs(it.ports, kinds);
          for (let turn = 1; turn < runs; turn++) {
            await it.core.jobs.runLifecycle(admin, it.bucket);
            await runJobs(it.ports, kinds);
          }
          const after = await auditGeneration(it.ports, it.bucket.state.generation);
          assert.deepEqual(new Map([...after].map(([key, chain]) => [key, chain.map(held)])), expected);
        },
      ),
      { seed: 20261128, numRuns: 300 },
    );
  });
});
