import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkStore } from "../check/check.ts";
import { createCore } from "../core.ts";
import { jobKinds } from "../jobs/kinds.ts";
import { runJobs, type SetClock, setClock } from "../jobs/testing.ts";
import { runUntilIdle } from "../reclaim/reclaim.ts";
import { asKey, auditGeneration, overtaken, put, type TestPorts, testAccount, testBucket, testContext, testPorts } from "../testing.ts";
import { begin } from "../uploads/testing.ts";
import { purgeLimits } from "./step.ts";

const dayMs = 86_400_000;
const admin = testContext("admin", testAccount("root", { root: true }));
const own = () => testContext("bucket.own");
const deleting = () => testContext("object.delete", testAccount(), Number.POSITIVE_INFINITY);

async function world(options: Parameters<typeof testBucket>[1] = {}) {
  const clock: SetClock = setClock(Date.UTC(2026, 10, 28, 9));
  const ports: TestPorts = testPorts({ clock, trashKeepMs: 7 * dayMs });
  return { clock, ports, core: createCore(ports), bucket: await testBucket(ports, options) };
}
type World = Awaited<ReturnType<typeof world>>;
const keysOf = async ({ ports, bucket }: World): Promise<string[]> => [...(await auditGeneration(ports, bucket.state.generation)).keys()].sort();
async function clean({ ports }: World): Promise<void> {
  await runUntilIdle(ports, { budget: 1_000, passesMax: 200 });
  assert.deepEqual(
    (await checkStore(ports)).filter(({ what }) => what !== "identityRowWrong"),
    [],
  );
}

describe("a forced delete", () => {
  it("puts a bucket into the trash with what is in it, uploads too, and it can be had back", async () => {
    const it = await world();
    await put(it.ports, it.bucket, "k", "x".repeat(2_000));
    await begin(it.ports, it.bucket, "up");
    await it.core.purge.forceDelete(own(), { ...it.bucket, openUploads: "refuse" });
    const { trashed } = await it.core.purge.trash(admin, { limit: 10 });
    assert.deepEqual([trashed.length, trashed[0]?.by, trashed[0]?.reason, trashed[0]?.usage.objects, trashed[0]?.usage.uploads], [1, "main (K)", "forced delete", 1, 1]);
    await it.core.purge.restore(admin, { generation: it.bucket.state.generation });
    assert.deepEqual(await keysOf(it), ["k"]);
    await clean(it);
  });

  it("is nobody's but the owner's, of a bucket and of a prefix", async () => {
    const it = await world({ acl: "publicReadWrite" });
    await put(it.ports, it.bucket, "k", "x");
    for (const caller of [{ kind: "anonymous" } as const, testAccount("other")]) {
      await assert.rejects(it.core.purge.forceDelete(testContext("bucket.own", caller), { ...it.bucket, openUploads: "end" }), { kind: "accessDenied" });
      await assert.rejects(it.core.purge.forcePurge(testContext("object.delete", caller), { ...it.bucket, prefix: "k" }), { kind: "accessDenied" });
    }
    assert.deepEqual(await keysOf(it), ["k"]);
  });

  it("of a prefix that is more than a request has time for goes on as a job, from where it is", async () => {
    const it = await world();
    const many = purgeLimits.actsMax + 50;
    for (let n = 0; n < many; n++) await put(it.ports, it.bucket, `p/${String(n).padStart(4, "0")}`, "x");
    await put(it.ports, it.bucket, "q", "x");
    const { job } = await it.core.purge.forcePurge({ ...deleting(), deadlineMs: 0 }, { ...it.bucket, prefix: "p/" });
    assert.equal((await keysOf(it)).length, 51, "what was begun is done");
    await runJobs(it.ports, jobKinds);
    const { state, counts, by } = await it.core.jobs.get(admin, job ?? "");
    assert.deepEqual([state, counts.acted, by], ["done", 50, "main (K)"]);
    assert.deepEqual(await keysOf(it), ["q"]);
    assert.deepEqual(await it.core.purge.forcePurge(deleting(), { ...it.bucket, prefix: "q" }), {});
    await clean(it);
  });

  it("of a prefix leaves what came to be locked meanwhile, and says so; what lies elsewhere does not matter", async () => {
    const it = await world({ lock: true });
    await put(it.ports, it.bucket, "elsewhere", "x", { lock: { legalHold: true } });
    for (const key of ["p/1", "p/2"]) await put(it.ports, it.bucket, key, "x");
    const [forced] = await overtaken(
      it.ports,
      (ports) => createCore(ports).purge.forcePurge(deleting(), { ...it.bucket, prefix: "p/" }),
      () => it.core.objects.setLegalHold(own(), { ...it.bucket, key: asKey("p/2"), legalHold: true }),
    );
    assert.equal(forced.status === "rejected" && forced.reason.kind, "versionLocked");
    assert.equal((forced as PromiseRejectedResult).reason.detail.key, "p/2");
    assert.deepEqual(await keysOf(it), ["elsewhere", "p/2"]);
    await assert.rejects(it.core.purge.forceDelete(own(), { ...it.bucket, openUploads: "end" }), { kind: "versionLocked" });
    await clean(it);
  });

  it("meets a write: what is acknowledged before it goes with the bucket, what comes after finds none", async () => {
    const it = await world();
    await put(it.ports, it.bucket, "k", "x");
    const [forced] = await overtaken(
      it.ports,
      (ports) => createCore(ports).purge.forceDelete(own(), { ...it.bucket, openUploads: "end" }),
      () => put(it.ports, it.bucket, "late", "x"),
    );
    assert.equal(forced.status, "fulfilled");
    assert.equal((await it.core.purge.trash(admin, { limit: 1 })).trashed[0]?.usage.objects, 2);
    await assert.rejects(put(it.ports, it.bucket, "later", "x"), { kind: "bucketMissing" });
    await clean(it);
  });
});
