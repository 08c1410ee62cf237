import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { faultyMetadata } from "../../storage/metadata/faulty/store.ts";
import { memoryMetadata } from "../../storage/metadata/memory/store.ts";
import type { Core } from "../api.ts";
import { deleteBucket } from "../buckets/delete.ts";
import { createCore } from "../core.ts";
import { jobKinds } from "../jobs/kinds.ts";
import type { JobKinds } from "../jobs/step.ts";
import { runJobs, type SetClock, setClock } from "../jobs/testing.ts";
import { startDueRuns } from "../lifecycle/run.ts";
import type { BucketName } from "../model.ts";
import { deleteObject } from "../objects/delete.ts";
import { runUntilIdle } from "../reclaim/reclaim.ts";
import { asKey, auditGeneration, overtaken, put, type TestPorts, testAccount, testBucket, testContext, testPorts } from "../testing.ts";
import type { InventoryForm } from "./form.ts";
import type { Inventory } from "./model.ts";
import { nextReportMs } from "./report.ts";

const dayMs = 86_400_000;
const begun = Date.UTC(2026, 10, 28, 9);
const admin = testContext("admin", testAccount("root", { root: true }));
const own = testContext("bucket.own");
type Bucket = Awaited<ReturnType<typeof testBucket>>;
type World = { ports: TestPorts; clock: SetClock; source: Bucket; target: Bucket; core: Core };

const plain: InventoryForm = {
  line: ({ version, isLatest }) => `${version.key} ${version.kind} ${version.size} ${version.tags?.length ?? 0}${isLatest ? " *" : ""}\n`,
  places: (startedMs) => ({ data: "data/", manifest: `${startedMs}/m`, checksum: `${startedMs}/c`, links: `${startedMs}/l` }),
  manifest: (run, files) => JSON.stringify({ bucket: run.bucket, files }),
  checksum: (md5) => md5,
  links: (_run, files) => files.map(({ key }) => key).join("\n"),
};

async function world(more: Partial<TestPorts> = {}, versioning: "off" | "enabled" = "off"): Promise<World> {
  const clock = setClock(begun);
  const ports = testPorts({ clock, inventoryForms: { test: plain }, ...more });
  return { ports, clock, source: await testBucket(ports, { name: "source", versioning }), target: await testBucket(ports, { name: "target" }), core: createCore(ports) };
}
const inventory = (more: Partial<Inventory> = {}): Inventory => ({
  enabled: true,
  versions: "current",
  every: "day",
  filter: {},
  fields: ["size"],
  target: { bucket: "target" as BucketName, prefix: "reports" },
  ...more,
});
const configure = ({ core, source }: World, model: Inventory, id = "one") =>
  core.documents.named.put(own, { ...source, kind: "inventory", document: { id, writer: "test", raw: "", inventory: model } });
async function run({ ports }: World, kinds: JobKinds = jobKinds): Promise<void> {
  await startDueRuns(ports);
  await runJobs(ports, kinds);
}
async function read({ core }: World, bucket: Bucket, key: string): Promise<Buffer> {
  const opened = await core.objects.open(testContext("object.read"), { ...bucket, key: asKey(key), onBadRange: "fail" });
  const chunks: Buffer[] = [];
  const { body } = opened;
  for (let chunk = await body.read(); chunk; chunk = await body.read()) chunks.push(Buffer.from(chunk));
  body.close();
  return Buffer.concat(chunks);
}
type Report = { lines: string[]; files: { key: string; size: number; md5: string }[] };
async function report(it: World, manifest: string, bucket = it.target): Promise<Report> {
  const { files } = JSON.parse((await read(it, bucket, manifest)).toString()) as Report;
  const lines: string[] = [];
  for (const { key, size, md5 } of files) {
    const bytes = await read(it, bucket, key);
    assert.deepEqual([bytes.length, createHash("md5").update(bytes).digest("hex")], [size, md5]);
    lines.push(...gunzipSync(bytes).toString().trimEnd().split("\n"));
  }
  return { lines, files };
}
const status = async ({ core, source }: World) => (await core.jobs.inventories(admin, source))[0];
const lastReport = async (it: World): Promise<Report> => report(it, (await status(it))?.last?.manifest ?? "none");

describe("an inventory", () => {
  it("tells of current versions as filtered, once a day, with a manifest, its digest and the list of files", async () => {
    const it = await world();
    const { ports, source, clock } = it;
    await put(ports, source, "a/1", "x");
    await put(ports, source, "a/2", "xyz", { tags: [["k", "v"]], metadata: [["m", "m".repeat(900)]] });
    await put(ports, source, "b", "x");
    await configure(it, inventory({ filter: { prefix: "a/" } }));
    await run(it);
    const told = await status(it);
    const base = "reports/source/one/";
    assert.deepEqual([told?.last?.state, told?.last?.rows, told?.last?.manifest, told?.nextMs], ["done", 2, `${base}${begun}/m`, Date.UTC(2026, 10, 29)]);
    const { lines, files } = await lastReport(it);
    assert.deepEqual(lines, ["a/1 object 1 0 *", "a/2 object 3 1 *"]);
    assert.equal(files.length, 1);
    assert.match(files[0]?.key ?? "", /^reports\/source\/one\/data\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.csv\.gz$/);
    const manifest = await read(it, it.target, `${base}${begun}/m`);
    assert.equal((await read(it, it.target, `${base}${begun}/c`)).toString(), createHash("md5").update(manifest).digest("hex"));
    assert.equal((await read(it, it.target, `${base}${begun}/l`)).toString(), files[0]?.key);
    assert.deepEqual(await it.core.jobs.list(admin, { limit: 10 }), []);
    await put(ports, source, "a/3", "");
    await run(it);
    assert.equal((await lastReport(it)).lines.length, 2);
    clock.set(Date.UTC(2026, 10, 29));
    await run(it);
    assert.deepEqual((await lastReport(it)).lines.slice(2), ["a/3 object 0 0 *"]);
    await auditGeneration(ports, it.target.state.generation);
  });

  it("lies in the folder of its target's storage class", async () => {
    const it = await world({ shelves: new Map([["standard", 1]]) });
    for (let n = 0; n < 60; n++) await put(it.ports, it.source, createHash("sha512").update(String(n)).digest("hex"), "");
    await configure(it, inventory());
    await run(it);
    const { files } = await lastReport(it);
    const chains = await auditGeneration(it.ports, it.target.state.generation);
    const extents = chains.get(asKey(files[0]?.key ?? ""))?.[0]?.content?.extents ?? [];
    assert.deepEqual(
      extents.map(({ ref }) => it.ports.blobs.shelfOf?.(ref)),
      [1],
    );
  });

  it("tells of all versions with their markers, by size, class and time", async () => {
    const it = await world({}, "enabled");
    const { ports, source, clock } = it;
    await put(ports, source, "k", "1");
    await put(ports, source, "k", "22");
    clock.add(dayMs);
    await deleteObject(ports, testContext("object.delete"), { ...source, key: asKey("k") });
    await put(ports, source, "z", "333", { storageClass: "infrequent" });
    const rows = async (filter: Inventory["filter"]): Promise<string[]> => {
      await configure(it, inventory({ versions: "all", filter }));
      await run(it);
      return (await lastReport(it)).lines;
    };
    assert.deepEqual(await rows({}), ["k marker 0 0 *", "k object 2 0", "k object 1 0", "z object 3 0 *"]);
    assert.deepEqual(await rows({ sizeFrom: 2, sizeTo: 2 }), ["k object 2 0"]);
    assert.deepEqual(await rows({ storageClasses: ["infrequent"] }), ["z object 3 0 *"]);
    assert.deepEqual(await rows({ modifiedFromMs: begun + dayMs }), ["k marker 0 0 *", "z object 3 0 *"]);
    assert.deepEqual(await rows({ modifiedToMs: begun }), ["k object 2 0", "k object 1 0"]);
  });

  it("runs when an operator says so, though it is not enabled; not twice at once; and not by itself", async () => {
    const it = await world();
    await put(it.ports, it.source, "k", "1");
    await configure(it, inventory({ enabled: false }));
    await run(it);
    assert.equal((await status(it))?.last, undefined);
    const job = await it.core.jobs.runInventory(admin, { ...it.source, id: "one", reason: "now" });
    await assert.rejects(it.core.jobs.runInventory(admin, { ...it.source, id: "one" }), { kind: "conflict" });
    await assert.rejects(it.core.jobs.runInventory(admin, { ...it.source, id: "other" }), { kind: "conflict" });
    await assert.rejects(it.core.jobs.runInventory(own, { ...it.source, id: "one" }), { kind: "accessDenied" });
    await runJobs(it.ports, jobKinds);
    assert.deepEqual((await lastReport(it)).lines, ["k object 1 0 *"]);
    assert.equal((await it.core.jobs.get(admin, job.id)).state, "done");
  });

  it("leaves out of a bucket that reports about itself what this report has written", async () => {
    const it = await world();
    const target = { bucket: "source" as BucketName, prefix: "" };
    await put(it.ports, it.source, "k", "1");
    await configure(it, inventory({ target }));
    await run(it);
    const manifest = (await status(it))?.last?.manifest ?? "";
    assert.deepEqual((await report(it, manifest, it.source)).lines, ["k object 1 0 *"]);
    it.clock.add(dayMs);
    await run(it);
    assert.equal((await report(it, (await status(it))?.last?.manifest ?? "", it.source)).lines.length, 5);
  });

  it("refuses a target that is not there or another's, and fails with the reason when it goes away", async () => {
    const it = await world();
    const stranger = await testBucket(it.ports, { name: "strange", owner: testAccount("stranger") });
    for (const [bucket, why] of [
      ["nowhere", "missing"],
      [stranger.bucket, "owner"],
    ] as const)
      await assert.rejects(configure(it, inventory({ target: { bucket: bucket as BucketName, prefix: "" } })), { kind: "inventoryTargetInvalid", detail: { target: bucket, why } });
    await put(it.ports, it.source, "k", "1");
    await configure(it, inventory());
    await deleteBucket(it.ports, own, { ...it.target, openUploads: "end" });
    for (let turn = 0; turn < 6; turn++) await run(it);
    const { last } = (await status(it)) ?? {};
    assert.deepEqual([last?.state, /into bucket target: missing/.test(last?.error ?? "")], ["failed", true]);
    await it.core.documents.named.remove(own, { ...it.source, kind: "inventory", id: "one" });
    assert.equal(await status(it), undefined);
  });

  it("goes on where it was after any failure: every version told of once, no file twice, no bytes left over", async () => {
    for (let seed = 0; seed < 12; seed++) {
      const metadata = faultyMetadata(memoryMetadata(), { seed, refuse: 0, unknownApplied: 0, unknownLost: 0 });
      const it = await world({ metadata });
      const keys = Array.from({ length: 25 }, (_, number) => `k${String(number).padStart(2, "0")}`);
      for (const key of keys) await put(it.ports, it.source, key, key);
      await configure(it, inventory());
      await startDueRuns(it.ports);
      metadata.plan({ refuse: 0.15, unknownApplied: 0.1, unknownLost: 0.1 });
      // Files of a line or two.
      const tiny: JobKinds = { ...jobKinds, inventory: { prepare: (ports, job, scale) => jobKinds.inventory.prepare(ports, job, scale / 20_000) } };
      for (let start = 0; start < 200; start++) {
        const outcomes = await Promise.allSettled([runJobs(it.ports, tiny), runJobs(it.ports, tiny)]);
        if (outcomes.every(({ status }) => status === "fulfilled")) break;
      }
      metadata.plan({ refuse: 0, unknownApplied: 0, unknownLost: 0 });
      await runJobs(it.ports, tiny);
      const { lines, files } = await lastReport(it);
      assert.deepEqual(
        lines,
        keys.map((key) => `${key} object 3 0 *`),
        `seed ${seed}`,
      );
      assert.ok(files.length >= 12);
      const written = [...(await auditGeneration(it.ports, it.target.state.generation)).keys()];
      assert.equal(written.length, files.length + 3, `seed ${seed}`);
    }
  });

  it("does not write a file whose job was cancelled meanwhile", async () => {
    const it = await world();
    await put(it.ports, it.source, "k", "1".repeat(10));
    await configure(it, inventory());
    await startDueRuns(it.ports);
    const [job] = await it.core.jobs.list(admin, { limit: 1 });
    const [ran] = await overtaken(
      it.ports,
      (ports) => runJobs(ports, jobKinds, { sweepsMax: 1 }),
      () => it.core.jobs.cancel(admin, { job: job?.id ?? "" }),
    );
    assert.equal(ran.status, "fulfilled");
    await runUntilIdle(it.ports, { budget: 100, passesMax: 20 });
    assert.equal((await auditGeneration(it.ports, it.target.state.generation)).size, 0);
    assert.deepEqual([it.ports.blobs.count(), (await status(it))?.last?.state], [0, "cancelled"]);
  });

  it("begins days at midnight and weeks on Sunday; shortened ones when they have passed", () => {
    assert.equal(nextReportMs(begun, "day"), Date.UTC(2026, 10, 29));
    assert.equal(nextReportMs(begun, "week"), Date.UTC(2026, 10, 29));
    assert.equal(nextReportMs(Date.UTC(2026, 10, 29), "week"), Date.UTC(2026, 11, 6));
    assert.equal(nextReportMs(begun, "week", 1000), begun + 7000);
  });
});
