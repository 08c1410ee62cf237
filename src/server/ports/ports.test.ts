import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { clockMark, createClock, createClockMark } from "./clock.ts";
import { createLog } from "./log.ts";
import { createRandom } from "./random.ts";
import { createReaders } from "./readers.ts";
import { createSharedMemory, openSharedMemory, serverState, setServerState } from "./shared.ts";

test("the sequence clock never goes back, whatever the wall clock does, on any view of the memory", () => {
  const memory = createSharedMemory(1);
  let wall = 1_000;
  const one = createClock(memory, () => wall);
  const other = createClock(openSharedMemory(memory.buffer), () => wall - 500);
  assert.equal(one.sequenceMs(), 1_000);
  assert.equal(other.sequenceMs(), 1_000);
  wall = 400;
  assert.equal(one.sequenceMs(), 1_000);
  assert.equal(one.wallMs(), 400);
  wall = 1_001;
  assert.equal(one.sequenceMs(), 1_001);
});

test("no sequence a group carried is above the mark on disk, and the next run begins at the mark", () => {
  const memory = createSharedMemory(1);
  let wall = 1_000_000;
  const clock = createClock(memory, () => wall);
  const mark = createClockMark(memory);
  let onDisk = 0;
  let renewals = 0;
  for (let step = 0; step < 1_000; step++) {
    const sequence = clock.sequenceMs();
    const next = mark.next();
    if (next !== undefined) {
      onDisk = next;
      renewals++;
    }
    assert.ok(onDisk >= sequence);
    wall += 97;
  }
  assert.ok(renewals <= (1_000 * 97) / clockMark.renewMs + 1, "the mark is not written with every group");
  const nextRun = createSharedMemory(1);
  createClockMark(nextRun).load(onDisk);
  assert.ok(createClock(nextRun, () => 5).sequenceMs() >= onDisk);
});

test("a lost mark is covered by the lead of the one before", () => {
  const memory = createSharedMemory(1);
  let wall = 0;
  const clock = createClock(memory, () => wall);
  const mark = createClockMark(memory);
  clock.sequenceMs();
  const onDisk = mark.next() as number;
  // the group of each further mark is rolled back
  for (wall = 0; wall <= clockMark.aheadMs - clockMark.renewMs; wall += 100) {
    const sequence = clock.sequenceMs();
    mark.next();
    assert.ok(sequence <= onDisk);
  }
});

test("threads raise one clock together without a step back", async () => {
  const memory = createSharedMemory(1);
  const source = `
    const { workerData, parentPort } = require("node:worker_threads");
    import(workerData.clock).then(({ createClock }) => import(workerData.shared).then(({ openSharedMemory }) => {
      const clock = createClock(openSharedMemory(workerData.buffer), () => 1000 + Math.floor(Math.random() * 100000));
      let last = 0;
      for (let n = 0; n < 50000; n++) { const ms = clock.sequenceMs(); if (ms < last) throw new Error("back from " + last + " to " + ms); last = ms; }
      parentPort.postMessage(last);
    }));`;
  const run = () =>
    new Promise<number>((resolve, reject) => {
      const worker = new Worker(source, {
        eval: true,
        workerData: { buffer: memory.buffer, clock: new URL("./clock.ts", import.meta.url).href, shared: new URL("./shared.ts", import.meta.url).href },
      });
      worker.on("message", resolve);
      worker.on("error", reject);
    });
  const lasts = await Promise.all([run(), run()]);
  assert.ok(createClock(memory, () => 0).sequenceMs() >= Math.max(...lasts));
});

test("the oldest reader of all threads is known, and forgotten when it ends", () => {
  const memory = createSharedMemory(2);
  const one = createReaders(memory, 0);
  const two = createReaders(memory, 1);
  const clock = createClock(memory);
  assert.equal(one.oldestMs(), Number.POSITIVE_INFINITY);
  const before = clock.monotonicMs();
  const endFirst = one.begin();
  const after = clock.monotonicMs();
  const endSecond = one.begin();
  const endOther = two.begin();
  const first = two.oldestMs();
  assert.ok(first >= before - 0.001 && first <= after, `${before} <= ${first} <= ${after}`);
  endFirst();
  endFirst();
  assert.ok(two.oldestMs() >= first && Number.isFinite(two.oldestMs()));
  endOther();
  assert.ok(Number.isFinite(two.oldestMs()));
  endSecond();
  assert.equal(two.oldestMs(), Number.POSITIVE_INFINITY);
  assert.throws(() => createReaders(memory, 2), /no reader slot/);
});

test("random bytes are not given twice", () => {
  const random = createRandom();
  const seen = new Set<string>();
  for (let n = 0; n < 1_000; n++) {
    const bytes = random.bytes(16);
    assert.equal(bytes.length, 16);
    seen.add(Buffer.from(bytes).toString("hex"));
  }
  assert.equal(seen.size, 1_000);
  assert.equal(random.bytes(10_000).length, 10_000);
  assert.equal(random.bytes(0).length, 0);
});

test("log lines are JSON, one each, with the error and its cause", () => {
  const lines: string[] = [];
  const log = createLog("main", (line) => lines.push(line));
  log.info("a.b", { x: 1 });
  log.error("c.d", new Error("outer\nline", { cause: new Error("inner") }));
  assert.ok(lines.every((line) => line.endsWith("\n") && line.indexOf("\n") === line.length - 1));
  const [first, second] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual([first?.event, first?.level, first?.x, first?.thread], ["a.b", "info", 1, "main"]);
  assert.deepEqual([second?.error, second?.cause], ["Error: outer\nline", "Error: inner"]);
});

test("all threads see one state", () => {
  const memory = createSharedMemory(1);
  assert.equal(serverState(memory), "starting");
  setServerState(memory, "draining");
  assert.equal(serverState(openSharedMemory(memory.buffer)), "draining");
});
