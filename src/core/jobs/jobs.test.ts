import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { faultyMetadata } from "../../storage/metadata/faulty/store.ts";
import { memoryMetadata } from "../../storage/metadata/memory/store.ts";
import { monotonicMs } from "../../storage/metadata/monotonic.ts";
import { counterKey, tables } from "../keys.ts";
import type { BucketName, Generation, TenantName } from "../model.ts";
import type { Ports } from "../ports.ts";
import { type TestPorts, testAccount, testContext, testPorts } from "../testing.ts";
import { transact } from "../transact.ts";
import { onView } from "../view.ts";
import type { JobVerbs } from "./api.ts";
import { jobVerbs } from "./job-verbs.ts";
import { type Job, jobLimits, newJobId } from "./model.ts";
import { createPace } from "./pace.ts";
import { startJobs } from "./run.ts";
import type { JobKind, JobKinds } from "./step.ts";
import { noPace, runJobs } from "./testing.ts";
import { insertJob } from "./verbs.ts";

const generation = "0123456789abcdef01234567" as Generation;
const work = counterKey(generation, "objects");
const admin = testContext("admin", testAccount("root", { root: true }));
const kinds = (step: JobKind): JobKinds => ({ inventory: step, lifecycle: step, purge: step });
/** Adds one to a counter for each of `of` things, some in a step. */
const countTo = (of: number): JobKinds =>
  kinds(async (_view, change, job, scale) => {
    const at = (job.cursor as number | undefined) ?? 0;
    const some = Math.min(of - at, Math.max(1, Math.floor(8 * scale)));
    change.add(work, some);
    return { cursor: at + some, counts: { examined: some, acted: some, bytes: 10 * some }, expected: of, done: at + some === of };
  });

async function insert(ports: Ports, more: Partial<Job> = {}): Promise<string> {
  const id = newJobId(ports);
  const bucket = { tenant: "default" as TenantName, name: "b" as BucketName, generation };
  await transact(ports, admin, Buffer.from("t"), (view, change) =>
    insertJob(view, change, { id, kind: "lifecycle", bucket, input: { n: 1 }, by: "a test", reason: "why not", ...more }),
  );
  return id;
}
const sum = (ports: Ports): Promise<number> => onView(ports, (view) => view.sum(work));
const verbs = (ports: Ports): JobVerbs => jobVerbs(ports);

describe("a job", () => {
  it("is queued, runs step by step with its counts, rate and percent, and ends among those that ended", async () => {
    const ports = testPorts();
    const id = await insert(ports);
    assert.deepEqual(
      (await verbs(ports).list(admin, { limit: 10 })).map((job) => [job.id, job.state, job.by, job.reason]),
      [[id, "queued", "a test", "why not"]],
    );
    await runJobs(ports, countTo(100), { sweepsMax: 3 });
    const running = await verbs(ports).get(admin, id);
    assert.equal(running.state, "running");
    assert.deepEqual(running.counts, { examined: 24, matched: 0, acted: 24, bytes: 240, locked: 0 });
    assert.equal(running.percent, 24);
    assert.ok(running.startedMs !== undefined && running.endedMs === undefined);
    const figures = await runJobs(ports, countTo(100));
    const done = await verbs(ports).get(admin, id);
    assert.deepEqual([done.state, done.percent, done.counts.acted, await sum(ports), figures.done], ["done", 100, 100, 100, 1]);
    assert.deepEqual(
      done.notes.map(({ what, by }) => [what, by]),
      [
        ["started", "a test"],
        ["done", "server"],
      ],
    );
    assert.deepEqual(await verbs(ports).list(admin, { limit: 10, open: true }), []);
    assert.equal((await verbs(ports).list(admin, { limit: 10, open: false })).length, 1);
  });

  it("stands still while paused, over a restart too; goes on where it was; and ends when cancelled, with who and why", async () => {
    const ports = testPorts();
    const id = await insert(ports);
    await runJobs(ports, countTo(100), { sweepsMax: 2 });
    assert.equal((await verbs(ports).pause(admin, { job: id, reason: "night shift" })).state, "paused");
    await runJobs(ports, countTo(100));
    assert.equal(await sum(ports), 16);
    assert.equal((await verbs(ports).pause(admin, { job: id })).notes.length, 2, "what is so already changes nothing");
    assert.equal((await verbs(ports).resume(admin, { job: id })).state, "queued");
    await runJobs(ports, countTo(100), { sweepsMax: 1 });
    assert.equal(await sum(ports), 24);
    const over = await verbs(ports).cancel(admin, { job: id, reason: "enough" });
    assert.deepEqual([over.state, over.notes.at(-1)?.reason, over.notes.at(-1)?.by], ["cancelled", "enough", "root (K)"]);
    await runJobs(ports, countTo(100));
    assert.equal(await sum(ports), 24);
    for (const turn of ["pause", "resume", "cancel"] as const) await assert.rejects(verbs(ports)[turn](admin, { job: id }), { kind: "conflict" });
    await assert.rejects(verbs(ports).get(admin, "nothing"), { kind: "jobMissing" });
    await assert.rejects(verbs(ports).cancel(testContext("admin"), { job: id }), { kind: "accessDenied" });
    await assert.rejects(verbs(ports).pause(admin, { job: id, reason: "x".repeat(257) }), { kind: "invalidArgument" });
  });

  it("fails after some steps that threw, says why, and has done nothing in them", async () => {
    const ports = testPorts();
    const id = await insert(ports);
    let calls = 0;
    const failing = kinds(async (_view, change) => {
      change.add(work, 1);
      throw new Error(`broken ${++calls}`);
    });
    const figures = await runJobs(ports, failing);
    const job = await verbs(ports).get(admin, id);
    assert.deepEqual([job.state, job.failures, job.error, figures.failed], ["failed", jobLimits.failuresMax, "Error: broken 5", 1]);
    assert.equal(await sum(ports), 0);
  });

  it("tries less at once after a conflict or a batch that was too large, and more again", async () => {
    const ports = testPorts();
    await insert(ports);
    const tried: number[] = [];
    await runJobs(
      ports,
      kinds(async (_view, change, job, scale) => {
        tried.push(scale);
        if (tried.length === 2) change.expect(tables.machine.key("other"), Buffer.from("never"));
        if (tried.length === 3) for (let n = 0; n < 9_000; n++) change.put(tables.machine.key(`row ${n}`), Buffer.from("x"));
        return { cursor: ((job.cursor as number | undefined) ?? 0) + 1, done: tried.length === 6 };
      }),
    );
    assert.deepEqual(tried, [1, 1, 0.5, 0.25, 0.5, 1]);
  });

  it("is one of a bounded number, and those that ended are forgotten, the oldest first", async () => {
    const ports = testPorts();
    const ids: string[] = [];
    for (let n = 0; n < jobLimits.openMax; n++) ids.push(await insert(ports));
    await assert.rejects(insert(ports), { kind: "conflict" });
    await runJobs(ports, countTo(1));
    await insert(ports);
    await runJobs(ports, countTo(1));
    const ended = await verbs(ports).list(admin, { limit: jobLimits.pageMax, open: false });
    assert.equal(ended.length, jobLimits.endedMax);
    assert.ok(!ended.some(({ id }) => id === ids.sort()[0]));
  });

  it("does everything once, whatever the store does in the middle and however often the runner starts anew", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 3 }), async (seed, of, jobs) => {
        const metadata = faultyMetadata(memoryMetadata(), { seed });
        const ports: TestPorts = testPorts({ metadata });
        const ids = [];
        for (let n = 0; n < jobs; n++) ids.push(await insert(ports));
        metadata.plan({ refuse: 0.15, unknownApplied: 0.15, unknownLost: 0.15, refuseSnapshot: 0.05 });
        for (let start = 0; start < 400; start++) {
          // Two runners at once, as two processes would be: of each step one wins.
          const outcomes = await Promise.allSettled([runJobs(ports, countTo(of)), runJobs(ports, countTo(of))]);
          if (outcomes.every(({ status }) => status === "fulfilled")) break;
        }
        metadata.plan({ refuse: 0, unknownApplied: 0, unknownLost: 0, refuseSnapshot: 0 });
        await runJobs(ports, countTo(of));
        assert.equal(await sum(ports), of * jobs);
        for (const id of ids) {
          const job = await verbs(ports).get(admin, id);
          assert.deepEqual([job.state, job.counts.acted, job.counts.bytes], ["done", of, 10 * of]);
        }
      }),
      { seed: 20261128, numRuns: 150 },
    );
  });
});

describe("the background", () => {
  it("lets work take turns, first come first served, one at a time, and rests in proportion", async () => {
    const signal = new AbortController();
    const pace = createPace({ share: 25, clock: { monotonicMs }, signal: signal.signal });
    let at = 0;
    const order: string[] = [];
    const turn = (name: string) =>
      pace.turn(async () => {
        assert.equal(++at, 1, "one at a time");
        order.push(name);
        await new Promise((resolve) => setTimeout(resolve, 20));
        at--;
      });
    const began = performance.now();
    const failing = pace.turn(async () => {
      throw new Error("not mine");
    });
    await assert.rejects(failing, /not mine/);
    await Promise.all([turn("jobs"), turn("reclaim"), turn("jobs")]);
    assert.deepEqual(order, ["jobs", "reclaim", "jobs"]);
    // Three turns of 20 ms at a quarter of the time: two rests of 60 ms between them.
    assert.ok(performance.now() - began >= 3 * 20 + 2 * 60 - 15, `took ${performance.now() - began}`);
    signal.abort();
  });

  it("does not rest while nobody else is at work", async () => {
    const signal = new AbortController();
    let others = false;
    const pace = createPace({ share: 1, clock: { monotonicMs }, signal: signal.signal, othersAtWork: () => others });
    const turn = () => pace.turn(() => new Promise((resolve) => setTimeout(resolve, 20)));
    const began = performance.now();
    for (let n = 0; n < 5; n++) await turn();
    assert.ok(performance.now() - began < 1_500, "no rest of 99 times as long as a turn");
    others = true;
    await turn();
    const rested = turn();
    assert.equal(await Promise.race([rested, new Promise((resolve) => setTimeout(resolve, 200, "rests"))]), "rests");
    signal.abort();
    await rested;
  });

  it("finds what is queued, ticks, and ends with its signal", async () => {
    const ports = testPorts();
    const stop = new AbortController();
    let ticks = 0;
    const jobs = startJobs(ports, { kinds: countTo(20), pace: noPace, signal: stop.signal, tick: async () => (ticks++, 10) });
    const id = await insert(ports);
    for (let turn = 0; turn < 200 && (await verbs(ports).get(admin, id)).state !== "done"; turn++) await new Promise((resolve) => setTimeout(resolve, 10));
    for (let turn = 0; turn < 200 && ticks < 2; turn++) await new Promise((resolve) => setTimeout(resolve, 10));
    stop.abort();
    await jobs.ended;
    assert.equal(await sum(ports), 20);
    assert.ok(ticks > 1);
    const { steps, examined, acted, done } = jobs.figures();
    assert.deepEqual([steps, examined, acted, done], [3, 20, 20, 1]);
  });
});
