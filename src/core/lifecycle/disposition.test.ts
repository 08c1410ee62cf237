import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkStore } from "../check/check.ts";
import { createCore } from "../core.ts";
import { jobKinds } from "../jobs/kinds.ts";
import { runJobs, type SetClock, setClock } from "../jobs/testing.ts";
import type { Lock } from "../model.ts";
import { asKey, auditGeneration, overtaken, put, type TestPorts, testAccount, testBucket, testContext, testPorts } from "../testing.ts";
import { startDueRuns } from "./run.ts";

const dayMs = 86_400_000;
const begun = Date.UTC(2026, 10, 28, 9);
const admin = testContext("admin", testAccount("root", { root: true }));
const own = () => testContext("bucket.own");
type World = { ports: TestPorts; clock: SetClock; core: ReturnType<typeof createCore>; bucket: Awaited<ReturnType<typeof testBucket>> };

async function world(options: Parameters<typeof testBucket>[1] = { lock: true }, enabled = true): Promise<World> {
  const clock = setClock(begun);
  const ports = testPorts({ clock });
  const it = { ports, clock, core: createCore(ports), bucket: await testBucket(ports, options) };
  if (enabled) await it.core.jobs.setDisposition(admin, { ...it.bucket, enabled: true });
  return it;
}
const until = (days: number, mode: "governance" | "compliance" = "compliance"): Lock => ({ retention: { mode, untilMs: begun + days * dayMs } });
async function run(it: World): Promise<void> {
  await startDueRuns(it.ports);
  await runJobs(it.ports, jobKinds);
}
const chains = async ({ ports, bucket }: World): Promise<string[]> =>
  [...(await auditGeneration(ports, bucket.state.generation))].map(([key, chain]) => `${key} ${chain.length}`).sort();
const disposed = async ({ core, bucket }: World) => (await core.jobs.lifecycle(admin, bucket)).disposition;

describe("disposition", () => {
  it("removes for good what was retained, once that is over; what is held, marked or was never retained stays", async () => {
    const it = await world();
    const { ports, bucket } = it;
    await put(ports, bucket, "one day", "1", { lock: until(1) });
    await put(ports, bucket, "one day, governed", "1", { lock: until(1, "governance") });
    await put(ports, bucket, "two days", "22", { lock: until(2) });
    await put(ports, bucket, "held", "1", { lock: { ...until(1), legalHold: true } });
    await put(ports, bucket, "held only", "1", { lock: { legalHold: true } });
    await put(ports, bucket, "released", "1", { lock: { ...until(1), legalHold: false } });
    await put(ports, bucket, "never", "1");
    await put(ports, bucket, "chain", "1", { lock: until(1) });
    await put(ports, bucket, "chain", "1", { lock: until(3) });
    await put(ports, bucket, "chain", "1");
    await put(ports, bucket, "deleted", "1", { lock: until(1) });
    await it.core.objects.delete(testContext("object.delete"), { ...bucket, key: asKey("deleted") });
    const before = await chains(it);
    await run(it);
    assert.deepEqual(await chains(it), before);
    it.clock.set(begun + dayMs - 1);
    await run(it);
    assert.deepEqual(await chains(it), before, "to the millisecond");
    // Runs begin at midnights.
    it.clock.set(Date.UTC(2026, 10, 30));
    await run(it);
    assert.deepEqual(await chains(it), ["chain 2", "deleted 1", "held 1", "held only 1", "never 1", "two days 1"]);
    assert.deepEqual(await disposed(it), { matched: 5, acted: 5, bytes: 5, locked: 0 });
    await it.core.objects.setLegalHold(own(), { ...bucket, key: asKey("held"), legalHold: false });
    it.clock.set(Date.UTC(2026, 11, 2));
    await run(it);
    assert.deepEqual(await chains(it), ["chain 1", "deleted 1", "held only 1", "never 1"]);
    assert.deepEqual(await disposed(it), { matched: 3, acted: 3, bytes: 4, locked: 0 });
    assert.deepEqual(
      (await checkStore(ports)).filter(({ what }) => what !== "identityRowWrong"),
      [],
    );
  });

  it("goes by the age that the whole bucket is retained for, and not by one that lapsed", async () => {
    for (const sealed of [true, false]) {
      const it = await world({});
      const retention = await it.core.buckets.retention.begin(own(), { ...it.bucket, days: 3 });
      if (sealed) await it.core.buckets.retention.seal(own(), { ...it.bucket, id: retention.id });
      await put(it.ports, it.bucket, "old", "x");
      it.clock.add(2 * dayMs);
      await put(it.ports, it.bucket, "young", "x");
      it.clock.set(Date.UTC(2026, 11, 2));
      await run(it);
      assert.deepEqual(await chains(it), sealed ? ["young 1"] : ["old 1", "young 1"]);
    }
  });

  it("runs by hand, counts in a dry run, goes along with rules, and ends when it is switched off", async () => {
    const it = await world({ lock: true }, false);
    await put(it.ports, it.bucket, "k", "four", { lock: until(1) });
    it.clock.add(2 * dayMs);
    await assert.rejects(it.core.jobs.runLifecycle(admin, it.bucket), { kind: "conflict" });
    await assert.rejects(it.core.jobs.setDisposition(testContext("admin"), { ...it.bucket, enabled: true }), { kind: "accessDenied" });
    assert.equal(await disposed(it), undefined);
    await it.core.jobs.setDisposition(admin, { ...it.bucket, enabled: true, reason: "policy 7" });
    const { id } = await it.core.jobs.runLifecycle(admin, { ...it.bucket, dryRun: true });
    await runJobs(it.ports, jobKinds);
    const dry = await it.core.jobs.get(admin, id);
    assert.deepEqual([dry.counts.matched, dry.counts.acted, await chains(it)], [1, 0, ["k 1"]]);
    const rules = [{ id: "r", enabled: true, filter: { prefix: "tmp/", tags: [] }, expiration: { days: 1 }, transitions: [], noncurrentTransitions: [] }];
    await it.core.documents.put(own(), { ...it.bucket, kind: "lifecycle", document: { model: { rules, smallObjects: "stay" }, writer: "", raw: "" } });
    await it.core.jobs.setDisposition(admin, { ...it.bucket, enabled: false });
    await run(it);
    assert.deepEqual([await chains(it), await disposed(it)], [["k 1"], undefined]);
    await it.core.jobs.setDisposition(admin, { ...it.bucket, enabled: true });
    await run(it);
    assert.deepEqual([await chains(it), (await disposed(it))?.acted], [[], 1], "a change of the setting begins a run");
  });

  it("leaves what is held again while a run looks at it", async () => {
    const it = await world();
    await put(it.ports, it.bucket, "k", "x", { lock: until(1) });
    it.clock.set(Date.UTC(2026, 10, 30));
    await startDueRuns(it.ports);
    // The first step only begins the run.
    await runJobs(it.ports, jobKinds, { sweepsMax: 1 });
    await overtaken(
      it.ports,
      (ports) => runJobs(ports, jobKinds),
      () => it.core.objects.setLegalHold(own(), { ...it.bucket, key: asKey("k"), legalHold: true }),
    );
    await runJobs(it.ports, jobKinds);
    assert.deepEqual(await chains(it), ["k 1"]);
  });
});
