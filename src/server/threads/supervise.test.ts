import assert from "node:assert/strict";
import { test } from "node:test";
import type { Settings } from "../../config/settings.ts";
import { createSharedMemory } from "../ports/shared.ts";
import { createSupervisor, type SupervisorOptions } from "./supervise.ts";

/** A thread that answers as told: `how` stands where its settings would. */
const threadSource = `
  import { parentPort, workerData } from "node:worker_threads";
  const how = workerData.settings.how;
  const name = workerData.role + workerData.thread;
  if (how["throwAtStart"] === name) throw new Error("cannot start");
  parentPort.on("message", (message) => {
    if (message.kind === "listen") parentPort.postMessage(how["busyPort"] === name ? { kind: "refusedToListen", message: "taken" } : { kind: "listening", port: message.port || 40000 + workerData.thread });
    if (message.kind === "figures" && how["silent"] !== name) parentPort.postMessage({ kind: "figures", id: message.id, blobs: { flushes: workerData.thread }, http: workerData.role === "http" ? { requests: [{ dialect: "s3", operation: "GetObject", status: 200, error: "", count: 2 }], latencies: [{ dialect: "s3", operation: "GetObject", counts: [1, 0, 1], sumS: 3 }], bytesIn: 1, bytesOut: 2, inFlight: 3, inFlightBytes: 4, connections: 5, refused: { overloaded: 1 }, broken: 0 } : undefined });
    if (message.kind === "drain") { parentPort.postMessage({ kind: "drained", clean: how["cut"] !== name }); parentPort.close(); }
    if (message.kind === "listen" && how["diesLater"] === name) setTimeout(() => process.exit(7), 20);
    if (message.kind === "listen" && how["fatalLater"] === name) parentPort.postMessage({ kind: "fatal", message: "a flush failed" });
  });
  parentPort.postMessage({ kind: "opened" });`;

function supervised(how: Record<string, string>, workers = 2) {
  const failures: string[] = [];
  const options: SupervisorOptions = {
    entry: new URL(`data:text/javascript,${encodeURIComponent(threadSource)}`),
    workers,
    data: { settings: { how } as unknown as Settings, folders: [], adminToken: "", masterKey: new Uint8Array(32), shared: createSharedMemory(4).buffer, runId: "0".repeat(16) },
    connect: () => {},
    onFailure: (reason) => failures.push(reason),
    otherFigures: () => [{ name: "amphora_x", help: "X.", type: "gauge", value: 9 }],
    log: { info() {}, warn() {}, error() {} },
  };
  const supervisor = createSupervisor(options);
  const start = async (wanted: { port: number }): Promise<number> => {
    await supervisor.open();
    return supervisor.listen(wanted);
  };
  return { supervisor: { ...supervisor, start }, failures };
}

test("the first thread chooses the port, the others take it, figures are added up, all are drained", async () => {
  const { supervisor, failures } = supervised({});
  assert.equal(await supervisor.start({ port: 0 }), 40_001);
  const text = await supervisor.metrics();
  assert.match(text, /^amphora_requests_total\{dialect="s3",operation="GetObject",code="200",error=""\} 4$/m);
  assert.match(text, /^amphora_request_seconds_bucket\{dialect="s3",operation="GetObject",le="0.001"\} 2$/m);
  assert.match(text, /^amphora_request_seconds_count\{dialect="s3",operation="GetObject"\} 4$/m);
  assert.match(text, /^amphora_requests_in_flight\{worker="1"\} 3$/m);
  assert.match(text, /^amphora_requests_refused_total\{reason="overloaded"\} 2$/m);
  assert.match(text, /^amphora_blobs_flushes_total 6$/m);
  assert.match(text, /^amphora_x 9$/m);
  assert.equal(await supervisor.drain(100), true);
  assert.deepEqual(failures, []);
});

test("a drain that had to cut says so", async () => {
  const { supervisor, failures } = supervised({ cut: "http2" });
  await supervisor.start({ port: 1 });
  assert.equal(await supervisor.drain(100), false);
  assert.deepEqual(failures, []);
});

test("a port that cannot be had stops the start", async () => {
  const { supervisor } = supervised({ busyPort: "http2" });
  await assert.rejects(supervisor.start({ port: 1 }), /taken/);
  await supervisor.drain(100);
});

test("a thread that dies, throws at its start or asks to stop is a failure, told once", async () => {
  for (const [how, pattern] of [
    [{ diesLater: "http1" }, /http-1 ended with 7/],
    [{ fatalLater: "http2" }, /a flush failed/],
    [{ throwAtStart: "background3" }, /background-3 failed/],
  ] as const) {
    const { supervisor, failures } = supervised(how);
    await supervisor.start({ port: 1 }).catch(() => {});
    for (let turn = 0; turn < 100 && failures.length === 0; turn++) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(failures.length, 1);
    assert.match(failures[0] as string, pattern);
    await supervisor.drain(100);
    assert.equal(failures.length, 1);
  }
});

test("a thread that does not answer is left out of the figures", async () => {
  const { supervisor } = supervised({ silent: "http1" });
  await supervisor.start({ port: 1 });
  assert.match(await supervisor.metrics(), /^amphora_requests_total\{.*\} 2$/m);
  await supervisor.drain(100);
});
