import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkStore } from "../check/check.ts";
import { createCore } from "../core.ts";
import { tables } from "../keys.ts";
import { runUntilIdle } from "../reclaim/reclaim.ts";
import { asKey, overtaken, put, rowsOf, type TestPorts, testBody, testBucket, testContext, testPorts } from "../testing.ts";
import { onView } from "../view.ts";
import { retentionClockLimits, retentionNowMs, tickRetentionClock } from "./clock.ts";

const own = testContext("bucket.own");
const dayMs = 86_400_000;
const locked = { kind: "versionLocked" };

function timed() {
  const time = { wall: Date.now(), monotonic: 5_000_000 };
  const ports = testPorts({ clock: { wallMs: () => time.wall, sequenceMs: () => Date.now(), monotonicMs: () => time.monotonic } });
  return { ports, time, core: createCore(ports) };
}
const problems = async (ports: TestPorts) => (await checkStore(ports)).filter(({ what }) => what !== "identityRowWrong");

describe("a retention of everything in a bucket", () => {
  it("keeps what append, rename and delete would change, as long as it is young", async () => {
    const { ports, time, core } = timed();
    const bucket = await testBucket(ports);
    const address = { ...bucket, key: asKey("k") };
    await put(ports, bucket, "k", "kept");
    const grown = { ...bucket, key: asKey("grown") };
    const append = (offset: number) => core.objects.append(testContext("object.write"), { ...grown, offset, body: testBody("1"), headers: {}, metadata: [], acl: "inherit" });
    await append(0);
    const { id } = await core.buckets.retention.begin(own, { ...bucket, days: 2 });
    await core.buckets.retention.seal(own, { ...bucket, id });
    assert.deepEqual(await problems(ports), []);
    await assert.rejects(append(1), locked);
    await assert.rejects(core.objects.delete(testContext("object.delete"), address), locked);
    await assert.rejects(
      core.objects.rename(testContext("object.write"), { ...bucket, key: asKey("moved"), source: asKey("k"), readAction: "read", deleteAction: "delete" }),
      locked,
    );
    await core.objects.setTags(testContext("object.writeTags"), { ...address, tags: [["still", "told"]] });
    assert.deepEqual(await problems(ports), []);
    time.wall += 2 * dayMs;
    await append(1);
    assert.ok((await core.objects.delete(testContext("object.delete"), address)).removed);
    assert.deepEqual(await problems(ports), []);
  });

  it("that begins while something is deleted decides about it: the commit of the one expects what the other changed", async () => {
    const { ports, core } = timed();
    const bucket = await testBucket(ports);
    await put(ports, bucket, "k", "kept");
    const [removal] = await overtaken(
      ports,
      (slow) => createCore(slow).objects.delete(testContext("object.delete"), { ...bucket, key: asKey("k") }),
      () => core.buckets.retention.begin(own, { ...bucket, days: 1 }),
    );
    assert.equal(removal.status, "rejected");
    assert.equal((removal as PromiseRejectedResult).reason.kind, "versionLocked");
  });

  it("holds the retention clock: a wall clock that is set ahead lets nothing go", async () => {
    const { ports, time, core } = timed();
    const bucket = await testBucket(ports);
    await put(ports, bucket, "k", "kept");
    await tickRetentionClock(ports);
    await core.buckets.retention.begin(own, { ...bucket, days: 1 });
    time.wall += 100 * dayMs;
    time.monotonic += retentionClockLimits.tickMs;
    await tickRetentionClock(ports);
    assert.ok((await onView(ports, retentionNowMs)) < time.wall - 99 * dayMs);
    await assert.rejects(core.objects.delete(testContext("object.delete"), { ...bucket, key: asKey("k") }), locked);
    assert.notEqual(await core.buckets.retention.get(own, bucket), undefined, "nor lapses the period itself");
  });

  it("goes with its bucket, and leaves no row", async () => {
    const { ports, core } = timed();
    const bucket = await testBucket(ports);
    await core.buckets.retention.begin(own, { ...bucket, days: 1 });
    assert.equal((await rowsOf(ports, tables.locked.range())).length, 1);
    await core.buckets.delete(own, { ...bucket, openUploads: "end" });
    await runUntilIdle(ports, { budget: 1000, passesMax: 100 });
    assert.deepEqual(await rowsOf(ports, tables.locked.range()), []);
    await testBucket(ports);
    assert.equal(await core.buckets.retention.get(own, bucket), undefined);
  });
});
