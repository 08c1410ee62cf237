import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import { annotationVerbs } from "../annotations/annotations.ts";
import type { Core } from "../api.ts";
import { setBucketVersioning } from "../buckets/state.ts";
import { checkStore } from "../check/check.ts";
import { createCore } from "../core.ts";
import { jobKinds } from "../jobs/kinds.ts";
import { runJobs, type SetClock, setClock } from "../jobs/testing.ts";
import { binnedUser, counterKey, tables } from "../keys.ts";
import { startDueRuns } from "../lifecycle/run.ts";
import type { BucketName, Generation } from "../model.ts";
import type { Bytes } from "../ports.ts";
import type { PurgeKind, PurgeResult } from "../purge/api.ts";
import { expireTrash } from "../purge/trash.ts";
import { runUntilIdle } from "../reclaim/reclaim.ts";
import { asKey, auditGeneration, drain, overtaken, put, rowsOf, type TestPorts, testAccount, testBody, testBucket, testContext, testPorts } from "../testing.ts";
import { begin, complete, sendPart } from "../uploads/testing.ts";
import { expireBinned } from "./expire.ts";

const dayMs = 86_400_000;
const keepMs = 2 * dayMs;
const admin = testContext("admin", testAccount("root", { root: true }));
const own = () => testContext("bucket.own");
const writing = () => testContext("object.write");
const deleting = () => testContext("object.delete");
type World = { ports: TestPorts; clock: SetClock; core: Core; bucket: Awaited<ReturnType<typeof testBucket>> };

/** A bucket with soft delete, unless it is told otherwise. */
async function world({ keep = keepMs, ...options }: Parameters<typeof testBucket>[1] & { keep?: number } = {}, more: Partial<TestPorts> = {}): Promise<World> {
  const clock = setClock(Date.UTC(2026, 10, 28, 9));
  const ports = testPorts({ clock, trashKeepMs: 7 * dayMs, ...more });
  const it = { ports, clock, core: createCore(ports), bucket: await testBucket(ports, options) };
  if (keep > 0) await it.core.bin.setKeep(admin, { ...it.bucket, keepMs: keep });
  return it;
}
const at = ({ bucket }: World, key: string) => ({ ...bucket, key: asKey(key) });
const remove = (it: World, key: string) => it.core.objects.delete(deleting(), at(it, key));
const listed = async (it: World, prefix = "") => (await it.core.bin.list(admin, { ...it.bucket, prefix, limit: 1_000 })).binned;
/** What is in the bin, as `key size`, with a mark for what was replaced. */
const bin = async (it: World, prefix = ""): Promise<string[]> => (await listed(it, prefix)).map(({ key, size, replaced }) => `${key} ${size}${replaced ? " replaced" : ""}`);
const restore = (it: World, key: string, sequence: number, replace = false) => it.core.bin.restore(admin, { ...at(it, key), sequence, replace });
async function textOf(it: World, key: string): Promise<string> {
  const { body } = await it.core.objects.open(testContext("object.read"), { ...at(it, key), onBadRange: "fail" });
  return (await drain(body)).toString();
}
const idle = ({ ports }: World) => runUntilIdle(ports, { budget: 1_000, passesMax: 200 });
const problemsOf = async ({ ports }: World) => (await checkStore(ports)).filter(({ what }) => what !== "identityRowWrong");
async function clean(it: World): Promise<void> {
  await auditGeneration(it.ports, it.bucket.state.generation);
  assert.deepEqual(await problemsOf(it), []);
}
const long = (name: string): string => name.repeat(2_000);
const purge = async (it: World, more: Partial<Parameters<Core["purge"]["purge"]>[1]>) => {
  const { id } = await it.core.purge.purge(admin, { ...it.bucket, kinds: ["binned"], prefix: "", confirm: "bucket", dryRun: false, ...more });
  await runJobs(it.ports, jobKinds);
  const job = await it.core.jobs.get(admin, id);
  return { ...job, found: (job.result as PurgeResult).found };
};

describe("soft delete", () => {
  it("keeps what every way of removing and replacing takes, counted apart, and nothing else", async () => {
    const it = await world();
    const { ports, bucket, core } = it;
    const copy = (from: string, to: string) => core.objects.copy(writing(), { ...at(it, to), source: at(it, from), sourceAction: "a", acl: "inherit", ontoItself: "allow" });
    for (const key of ["delete", "many", "put", "copy", "parts", "link", "rename", "expire"]) await put(ports, bucket, key, long(key));
    await remove(it, "delete");
    await remove(it, "delete");
    await core.objects.deleteMany(deleting(), { ...bucket, entries: [{ key: asKey("many") }, { key: asKey("many") }, { key: asKey("none") }] });
    await put(ports, bucket, "put", "new");
    await copy("put", "copy");
    const { id } = await begin(ports, bucket, "parts");
    await sendPart(ports, bucket, "parts", id, 1, "part");
    await complete(ports, bucket, "parts", id);
    await core.objects.putLink(writing(), { ...at(it, "link"), target: { key: asKey("put") }, headers: {}, metadata: [], acl: "inherit" });
    await core.objects.rename(writing(), { ...at(it, "rename"), source: asKey("copy"), readAction: "r", deleteAction: "d" });
    const rules = [{ id: "r", enabled: true, filter: { prefix: "expire", tags: [] }, expiration: { days: 1 }, transitions: [], noncurrentTransitions: [] }];
    await core.documents.put(own(), { ...bucket, kind: "lifecycle", document: { model: { rules, smallObjects: "stay" }, writer: "", raw: "" } });
    it.clock.add(40 * 3_600_000);
    await startDueRuns(ports);
    await runJobs(ports, jobKinds);
    const expected = [
      "copy 8000 replaced",
      "delete 12000",
      "expire 12000",
      "link 8000 replaced",
      "many 8000",
      "parts 10000 replaced",
      "put 6000 replaced",
      "rename 12000 replaced",
    ];
    assert.deepEqual(await bin(it), expected);
    assert.deepEqual(await bin(it, "p"), expected.slice(5, 7));
    const { usage } = await core.buckets.usage(own(), bucket);
    assert.deepEqual([usage.objects, usage.versions, usage.markers, usage.bytes, usage.binned, usage.binnedBytes], [4, 0, 0, 10, 8, 76_000]);
    assert.deepEqual(await core.bin.get(admin, bucket), { keepMs, active: true, binned: 8, binnedBytes: 76_000 });
    // What grows, and what gets other attributes, leaves nothing behind.
    const appended = (offset: number) => core.objects.append(writing(), { ...at(it, "log"), offset, body: testBody("x"), headers: {}, metadata: [], acl: "inherit" });
    await appended(0);
    await appended(1);
    await core.objects.setTags(testContext("object.writeTags"), { ...at(it, "put"), tags: [["a", "b"]] });
    assert.equal((await bin(it)).length, 8);
    await idle(it);
    await clean(it);
  });

  it("is seen by no list and no read, whatever version is named, and never keeps a bucket from being deleted", async () => {
    const it = await world();
    const { core, bucket } = it;
    const { version } = await put(it.ports, bucket, "k", long("k"));
    await remove(it, "k");
    const page = { ...bucket, prefix: "", delimiter: "", limit: 10 };
    assert.deepEqual((await core.listing.objects(testContext("bucket.list"), { ...page, after: "" })).items, []);
    assert.deepEqual((await core.listing.versions(testContext("bucket.list"), { ...page, keyAfter: "", order: "newestFirst" })).items, []);
    for (const selector of [undefined, "null" as const, version.sequence])
      await assert.rejects(core.objects.head(testContext("object.read"), { ...at(it, "k"), version: selector }), {
        kind: selector === undefined ? "keyMissing" : "versionMissing",
      });
    assert.deepEqual((await core.buckets.blockers(own(), bucket)).blocks, { openUploadsEnd: false, openUploadsRefuse: false });
    await core.buckets.delete(own(), { ...bucket, openUploads: "refuse" });
    await assert.rejects(core.buckets.get(own(), bucket), { kind: "bucketMissing" });
  });

  it("gives back everything an object had: bytes, metadata, tags, annotations, parts, under a new sequence and date", async () => {
    const it = await world();
    const { ports, bucket, core } = it;
    const tags: [string, string][] = [["team", "a"]];
    const more = { metadata: [["m", "m".repeat(900)]] as [string, string][], tags, headers: { contentType: "text/x" } };
    const { version } = await put(ports, bucket, "k", long("k"), { ...more, encryption: { mode: "store" } });
    const noted = () => testContext("object.writeTags");
    await annotationVerbs(ports).put(noted(), { ...at(it, "k"), version: undefined, name: "note", body: testBody(long("n")) });
    const { id } = await begin(ports, bucket, "paged");
    const parts = Array.from({ length: 10 }, () => randomBytes(1_500));
    for (const [n, part] of parts.entries()) await sendPart(ports, bucket, "paged", id, n + 1, part as Bytes);
    await complete(ports, bucket, "paged", id);
    it.clock.add(60_000);
    await remove(it, "k");
    await remove(it, "paged");
    await idle(it);
    await clean(it);
    it.clock.add(60_000);
    const sequences = new Map((await listed(it)).map(({ key, sequence }): [string, number] => [key, sequence]));
    assert.equal(sequences.get("k"), version.sequence);
    const back = await restore(it, "k", version.sequence);
    assert.ok(back.version.sequence > version.sequence);
    assert.deepEqual([back.version.modifiedMs, back.version.etag], [it.clock.wallMs(), version.etag]);
    const { version: head } = await core.objects.head(testContext("object.read"), at(it, "k"));
    assert.deepEqual([head.metadata, head.tags, head.headers], [more.metadata, tags, more.headers]);
    assert.equal(await textOf(it, "k"), long("k"));
    const note = await annotationVerbs(ports).open(testContext("object.readTags"), { ...at(it, "k"), version: undefined, name: "note" });
    assert.equal((await drain(note.body)).toString(), long("n"));
    await restore(it, "paged", sequences.get("paged") as number);
    const { body } = await core.objects.open(testContext("object.read"), { ...at(it, "paged"), onBadRange: "fail" });
    assert.deepEqual(await drain(body), Buffer.concat(parts));
    assert.deepEqual(await bin(it), []);
    await idle(it);
    await clean(it);
  });

  it("does not put anything over an object that is there, unless it is told to; that one goes into the bin then", async () => {
    const it = await world();
    const first = (await put(it.ports, it.bucket, "k", "first")).version.sequence;
    const second = (await put(it.ports, it.bucket, "k", "second!")).version.sequence;
    await assert.rejects(restore(it, "k", first), { kind: "nameTaken", detail: { what: "object", name: "k" } });
    for (const [key, sequence] of [
      ["k", first + 1],
      ["k", second],
      ["other", first],
      ["k", -1],
      ["k", 0.5],
    ] as const)
      await assert.rejects(restore(it, key, sequence), { kind: "versionMissing" });
    await restore(it, "k", first, true);
    assert.equal(await textOf(it, "k"), "first");
    assert.deepEqual(await bin(it), ["k 7 replaced"]);
    await restore(it, "k", second, true);
    assert.equal(await textOf(it, "k"), "second!");
    await assert.rejects(it.core.bin.restore(testContext("admin"), { ...at(it, "k"), sequence: first }), { kind: "accessDenied" });
    await assert.rejects(it.core.bin.list(testContext("admin"), { ...it.bucket, prefix: "", limit: 1 }), { kind: "accessDenied" });
    await clean(it);
  });

  it("keeps nothing where it is off, and where there is versioning; what was in the bin keeps its time", async () => {
    const it = await world({ keep: 0 });
    await put(it.ports, it.bucket, "k", "x");
    await remove(it, "k");
    assert.deepEqual(await bin(it), []);
    assert.deepEqual(await it.core.bin.setKeep(admin, { ...it.bucket, keepMs }), { keepMs, active: true, binned: 0, binnedBytes: 0 });
    for (const wrong of [-1, 0.5, Number.NaN, 1e15]) await assert.rejects(it.core.bin.setKeep(admin, { ...it.bucket, keepMs: wrong }), { kind: "invalidArgument" });
    await assert.rejects(it.core.bin.setKeep(testContext("admin"), { ...it.bucket, keepMs }), { kind: "accessDenied" });
    const { version } = await put(it.ports, it.bucket, "k", "kept");
    await remove(it, "k");
    await it.core.bin.setKeep(admin, { ...it.bucket, keepMs: undefined });
    await put(it.ports, it.bucket, "gone", "x");
    await remove(it, "gone");
    assert.deepEqual(await bin(it), ["k 4"]);
    await it.core.bin.setKeep(admin, { ...it.bucket, keepMs });
    await setBucketVersioning(it.ports, own(), { ...it.bucket, versioning: "enabled" });
    await put(it.ports, it.bucket, "k", "newer");
    await assert.rejects(restore(it, "k", version.sequence), { kind: "nameTaken" });
    await setBucketVersioning(it.ports, own(), { ...it.bucket, versioning: "suspended" });
    await put(it.ports, it.bucket, "k", "null");
    await put(it.ports, it.bucket, "k", "null again");
    await remove(it, "k");
    assert.deepEqual([await bin(it), (await it.core.bin.get(admin, it.bucket)).active], [["k 4"], false]);
    await assert.rejects(it.core.bin.setKeep(admin, { ...it.bucket, keepMs: 5 }), { kind: "conflict" });
    await restore(it, "k", version.sequence);
    assert.equal(await textOf(it, "k"), "kept");
    await clean(it);
  });

  it("lets go of what its time is over for, to the millisecond, and its bytes come back", async () => {
    const it = await world();
    await put(it.ports, it.bucket, "a", long("a"));
    await annotationVerbs(it.ports).put(testContext("object.writeTags"), { ...at(it, "a"), version: undefined, name: "note", body: testBody(long("n")) });
    await remove(it, "a");
    it.clock.add(1);
    await put(it.ports, it.bucket, "b", long("b"));
    await remove(it, "b");
    it.clock.add(keepMs - 2);
    await idle(it);
    assert.deepEqual(await bin(it), ["a 2000", "b 2000"]);
    it.clock.add(1);
    await idle(it);
    assert.deepEqual([await bin(it), it.ports.blobs.count()], [["b 2000"], 1]);
    it.clock.add(1);
    await idle(it);
    assert.deepEqual([await bin(it), it.ports.blobs.count()], [[], 0]);
    assert.deepEqual(await rowsOf(it.ports, tables.binEnd.range()), []);
    await clean(it);
  });

  it("pages through the bin, of each key the newest first", async () => {
    const it = await world();
    for (const key of ["a", "a", "a", "b", "c/1", "c/2"]) {
      it.clock.add(1);
      await put(it.ports, it.bucket, key, "x");
      await remove(it, key);
    }
    const seen: string[] = [];
    for (let after: { key: string; sequence: number } | undefined, more = true; more; ) {
      const page = await it.core.bin.list(admin, { ...it.bucket, prefix: "", after, limit: 2 });
      seen.push(...page.binned.map(({ key, deletedMs }) => `${key} ${deletedMs - it.clock.wallMs()}`));
      after = page.binned.at(-1);
      more = page.truncated;
    }
    assert.deepEqual(seen, ["a -3", "a -4", "a -5", "b -2", "c/1 -1", "c/2 0"]);
    assert.deepEqual((await it.core.bin.list(admin, { ...it.bucket, prefix: "c/", after: { key: "a", sequence: 0 }, limit: 9 })).binned.length, 2);
    await assert.rejects(it.core.bin.list(admin, { ...it.bucket, prefix: "x".repeat(9_000), limit: 1 }), { kind: "invalidArgument" });
  });
});

describe("a purge and the bin", () => {
  it("removes for good what is in a live bucket, and what is in the bin only when told so, by prefix and age, exactly counted before", async () => {
    const it = await world();
    for (const key of ["p/1", "p/2", "q"]) {
      await put(it.ports, it.bucket, key, long("x"));
      await remove(it, key);
      it.clock.add(1_000);
    }
    await put(it.ports, it.bucket, "live", "x");
    await purge(it, { kinds: ["current", "noncurrent", "markers", "uploads"] });
    assert.deepEqual(await bin(it), ["p/1 2000", "p/2 2000", "q 2000"]);
    const dry = await purge(it, { dryRun: true, confirm: "" });
    assert.deepEqual([dry.counts, dry.found.binned], [{ examined: 3, matched: 3, acted: 0, bytes: 6_000, locked: 0 }, 3]);
    assert.equal((await purge(it, { prefix: "p/", beforeMs: it.clock.wallMs() - 2_500 })).counts.acted, 1);
    assert.deepEqual(await bin(it), ["p/2 2000", "q 2000"]);
    const kinds: PurgeKind[] = ["uploads", "binned"];
    assert.deepEqual((await purge(it, { kinds })).counts, { examined: 2, matched: 2, acted: 2, bytes: 4_000, locked: 0 });
    await idle(it);
    assert.deepEqual([await bin(it), it.ports.blobs.count()], [[], 0]);
    await clean(it);
  });
});

describe("the bin in the trash", () => {
  const binnedIn = async ({ ports }: World, generation: Generation): Promise<number> => (await rowsOf(ports, tables.binned.range(generation))).length;

  it("goes and comes back with its bucket, however that was deleted, and restores afterwards", async () => {
    for (const how of ["delete", "purge", "empty"] as const) {
      const it = await world();
      const { generation } = it.bucket.state;
      const { version } = await put(it.ports, it.bucket, "k", long("k"));
      await remove(it, "k");
      if (how === "delete") await it.core.buckets.delete(own(), { ...it.bucket, openUploads: "refuse" });
      else if (how === "purge") await it.core.purge.deleteBucket(admin, { ...it.bucket, confirm: "bucket" });
      else await it.core.purge.emptyBucket(admin, { ...it.bucket, confirm: "bucket" });
      await idle(it);
      const { trashed } = await it.core.purge.trash(admin, { limit: 10 });
      assert.deepEqual([trashed.length, trashed[0]?.generation, trashed[0]?.usage.binned, trashed[0]?.untilMs], [1, generation, 1, it.clock.wallMs() + 7 * dayMs]);
      if (how === "empty") assert.deepEqual(await it.core.bin.get(admin, it.bucket), { keepMs, active: true, binned: 0, binnedBytes: 0 });
      const { name } = await it.core.purge.restore(admin, { generation, bucket: "again" as BucketName });
      const again: World = { ...it, bucket: { ...it.bucket, bucket: name } };
      await restore(again, "k", version.sequence);
      assert.equal(await textOf(again, "k"), long("k"));
      await clean(it);
    }
  });

  it("outlasts a bucket that its owner deleted where no bucket is kept; where nothing is kept it goes with it", async () => {
    const it = await world({}, { trashKeepMs: 0 });
    const { generation } = it.bucket.state;
    await put(it.ports, it.bucket, "k", long("k"));
    await remove(it, "k");
    await it.core.buckets.delete(own(), { ...it.bucket, openUploads: "end" });
    assert.equal((await it.core.purge.trash(admin, { limit: 10 })).trashed[0]?.untilMs, it.clock.wallMs() + keepMs);
    it.clock.add(keepMs);
    await idle(it);
    assert.equal(await binnedIn(it, generation), 0);
    await expireTrash(it.ports);
    await idle(it);
    assert.deepEqual([(await rowsOf(it.ports, tables.state.range())).length, it.ports.blobs.count()], [0, 0]);

    const other = await world({}, { trashKeepMs: 0 });
    await put(other.ports, other.bucket, "k", long("k"));
    await remove(other, "k");
    await other.core.bin.setKeep(admin, { ...other.bucket, keepMs: 0 });
    await other.core.buckets.delete(own(), { ...other.bucket, openUploads: "end" });
    await idle(other);
    assert.deepEqual([(await rowsOf(other.ports, tables.state.range())).length, other.ports.blobs.count()], [0, 0]);
    assert.deepEqual([await problemsOf(it), await problemsOf(other)], [[], []]);
  });

  it("goes with its bucket when that is emptied out of the trash: rows, annotations, bytes", async () => {
    const it = await world();
    for (const key of ["a", "b"]) {
      await put(it.ports, it.bucket, key, long(key), { metadata: [["m", "m".repeat(900)]] });
      await annotationVerbs(it.ports).put(testContext("object.writeTags"), { ...at(it, key), version: undefined, name: "note", body: testBody(long("n")) });
      await remove(it, key);
    }
    const { generation } = await it.core.purge.deleteBucket(admin, { ...it.bucket, confirm: "bucket" });
    await it.core.purge.emptyTrash(admin, { generation, confirm: "bucket" });
    await idle(it);
    assert.deepEqual([await binnedIn(it, generation), (await rowsOf(it.ports, tables.binEnd.range())).length, it.ports.blobs.count()], [0, 0, 0]);
    assert.deepEqual(await problemsOf(it), []);
  });
});

describe("races around the bin", () => {
  it("a put and a delete that come before the delete of an empty bucket: what they left goes to the trash with it", async () => {
    const it = await world();
    await overtaken(
      it.ports,
      (ports) => createCore(ports).buckets.delete(own(), { ...it.bucket, openUploads: "refuse" }),
      async () => {
        await put(it.ports, it.bucket, "k", long("k"));
        await remove(it, "k");
      },
    );
    const { trashed } = await it.core.purge.trash(admin, { limit: 1 });
    assert.equal(trashed[0]?.usage.binned, 1);
    assert.deepEqual(await problemsOf(it), []);
  });

  it("a restore against a put, a restore, an expiry and a purge of the same: one of them wins, and counters say which", async () => {
    const against: Record<string, (it: World, sequence: number) => Promise<unknown>> = {
      put: (it) => put(it.ports, it.bucket, "k", "other"),
      restore: (it, sequence) => restore(it, "k", sequence),
      expiry: ({ ports, clock }) => expireBinned({ ...ports, clock: { ...clock, wallMs: () => clock.wallMs() + keepMs } }, 10),
      purge: (it) => purge(it, {}),
      drop: (it) => it.core.purge.deleteBucket(admin, { ...it.bucket, confirm: "bucket" }),
    };
    const kinds = { put: "nameTaken", restore: "versionMissing", expiry: "versionMissing", purge: "versionMissing", drop: "bucketMissing" } as const;
    // In the record, and apart from it.
    for (const [name, intrude, bytes] of Object.entries(against).flatMap(([name, intrude]) => ["k", long("k")].map((text) => [name, intrude, text] as const))) {
      const it = await world();
      const { version } = await put(it.ports, it.bucket, "k", bytes);
      await remove(it, "k");
      const [restored] = await overtaken(
        it.ports,
        (ports) => createCore(ports).bin.restore(admin, { ...at(it, "k"), sequence: version.sequence }),
        () => intrude(it, version.sequence),
      );
      assert.equal(restored.status === "rejected" && (restored.reason as { kind?: string }).kind, kinds[name as keyof typeof kinds], name);
      await idle(it);
      await clean(it);
    }
  });

  it("deletes, puts and restores of one key at once leave one object at most, and every other body in the bin", async () => {
    const it = await world();
    for (let n = 0; n < 5; n++) {
      await put(it.ports, it.bucket, "k", long(String(n)));
      await remove(it, "k");
    }
    const binned = await listed(it);
    const work = [
      ...binned.map(({ sequence }) => restore(it, "k", sequence, true)),
      ...[5, 6, 7].map((n) => put(it.ports, it.bucket, "k", long(String(n)))),
      ...[0, 1].map(() => remove(it, "k")),
    ];
    for (const outcome of await Promise.allSettled(work)) assert.equal(outcome.status, "fulfilled", String((outcome as PromiseRejectedResult).reason));
    const { usage } = await it.core.buckets.usage(own(), it.bucket);
    assert.equal(usage.objects + usage.binned, 8);
    await idle(it);
    await clean(it);
  });
});

describe("a check of the bin", () => {
  it("finds a use, an end, a row and a counter that are gone", async () => {
    const damages: [
      string,
      (it: World, sequence: number, content: string) => { put?: { key: Bytes; value: Bytes }[]; remove?: Bytes[]; add?: { counter: Bytes; delta: number }[] },
    ][] = [
      ["useMissing", ({ bucket }, sequence, content) => ({ remove: [tables.use.key(content as never, binnedUser(bucket.state.generation, asKey("k"), sequence))] })],
      ["binnedWrong", ({ bucket, clock }, sequence) => ({ remove: [tables.binEnd.key(clock.wallMs() + keepMs, bucket.state.generation, asKey("k"), sequence)] })],
      [
        "binEndWithoutRow",
        ({ bucket, clock }, sequence) => ({
          remove: [tables.binned.key(bucket.state.generation, asKey("k"), sequence)],
          add: [],
          put: [{ key: tables.binEnd.key(clock.wallMs(), bucket.state.generation, asKey("k"), sequence), value: Buffer.from([1]) }],
        }),
      ],
      ["useWithoutUser", ({ bucket }, sequence) => ({ remove: [tables.binned.key(bucket.state.generation, asKey("k"), sequence)] })],
      ["counterWrong", ({ bucket }) => ({ add: [{ counter: counterKey(bucket.state.generation, "binnedBytes"), delta: 1 }] })],
    ];
    for (const [what, damage] of damages) {
      const it = await world();
      const { version } = await put(it.ports, it.bucket, "k", long("k"));
      await remove(it, "k");
      assert.deepEqual(await problemsOf(it), []);
      await it.ports.metadata.commit({ expect: [], put: [], remove: [], add: [], ...damage(it, version.sequence, version.content?.id ?? "") });
      const found = (await problemsOf(it)).map((problem) => problem.what as string);
      assert.ok(found.includes(what), `${what}: found ${found.join()}`);
    }
  });
});
