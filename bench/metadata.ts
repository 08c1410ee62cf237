/**
 * What does the metadata store cost? Prints commits/s and CPU per commit at 1, 8 and 64 in flight (local, and from a worker over a port), scan speed and
 * the cost of a seek. One commit is what a small put does: two expectations, one put of 300 B, two counters.
 * `node bench/metadata.ts [commits]`; CPU is that of the whole process, engine and worker together.
 */
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { MessagePort } from "node:worker_threads";
import { isMainThread, MessageChannel, parentPort, Worker, workerData } from "node:worker_threads";
import type { Batch, Bytes, MetadataStore } from "../src/core/ports.ts";
import { openEngine } from "../src/storage/metadata/sqlite/engine.ts";
import { localMetadata } from "../src/storage/metadata/sqlite/local.ts";
import { openReader } from "../src/storage/metadata/sqlite/reader.ts";
import { remoteMetadata, serveRemote } from "../src/storage/metadata/sqlite/remote.ts";

const keys = 100_000;
/** How often each key was written. SQLite writes no page for a value that is there already, so each must be another. */
const written: Uint32Array = isMainThread ? new Uint32Array(new SharedArrayBuffer(keys * 4)) : (workerData as { written: Uint32Array }).written;
function storedValue(i: number): Buffer {
  const value = Buffer.alloc(300, i);
  value.writeUInt32LE(written[i] as number);
  return value;
}
const state = { key: Buffer.from("state/0123456789abcdef01234567"), value: Buffer.alloc(200, 1) };
const keyOf = (i: number): Bytes => Buffer.from(`current/0123456789abcdef01234567/object-${String(i).padStart(8, "0")}`);
const range = { from: keyOf(0), to: Buffer.from("current/0123456789abcdef01234567/p") };

function smallPut(turn: number): Batch {
  const i = (turn * 7919) % keys;
  const is = storedValue(i);
  written[i] = (written[i] as number) + 1;
  const put = { key: keyOf(i), value: storedValue(i) };
  return {
    expect: [
      { key: state.key, is: state.value },
      { key: put.key, is },
    ],
    put: [put],
    remove: [],
    add: [
      { counter: Buffer.from("objects/0123456789abcdef01234567"), delta: 1 },
      { counter: Buffer.from("bytes/0123456789abcdef01234567"), delta: 300 },
    ],
  };
}

type Measure = { perSecond: number; cpuUs: number };
async function measure(count: number, run: () => Promise<void>): Promise<Measure> {
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  await run();
  const seconds = (performance.now() - startMs) / 1000;
  const used = process.cpuUsage(cpu);
  return { perSecond: count / seconds, cpuUs: (used.user + used.system) / count };
}
async function commits(store: MetadataStore, count: number, inFlight: number): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      const outcome = await store.commit(smallPut(next++));
      if (!outcome.committed) throw new Error("a conflict nobody made");
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
}
async function scanned(store: MetadataStore, options: { keysOnly?: boolean; reverse?: boolean }): Promise<number> {
  let { from, to }: { from: Bytes; to: Bytes } = range;
  for (let seen = 0; ; ) {
    const snapshot = await store.snapshot();
    const cursor = snapshot.scan({ from, to, ...options });
    for (let pages = 0; pages < 9; pages++) {
      const page = await cursor.next(1_000);
      seen += page.length;
      const last = page.at(-1);
      if (last === undefined) {
        snapshot.close();
        return seen;
      }
      if (options.reverse) to = last.key;
      else from = Buffer.concat([last.key, Buffer.alloc(1)]);
    }
    snapshot.close();
  }
}
const line = (what: string, { perSecond, cpuUs }: Measure): void =>
  console.log(`${what.padEnd(44)} ${Math.round(perSecond).toLocaleString("en").padStart(10)} /s ${cpuUs.toFixed(1).padStart(8)} us CPU`);

async function main(): Promise<void> {
  const count = Number(process.argv[2] ?? 20_000);
  const folder = mkdtempSync(path.join(os.tmpdir(), "amphora-bench-"));
  const engine = openEngine({
    folder,
    onFatal: (error) => {
      throw error;
    },
  });
  const store = localMetadata(engine, openReader(folder));
  await store.commit({ expect: [], put: [state], remove: [], add: [] });
  for (let i = 0; i < keys; i += 1_000) {
    await store.commit({ expect: [], put: Array.from({ length: 1_000 }, (_, j) => ({ key: keyOf(i + j), value: storedValue(i + j) })), remove: [], add: [] });
  }
  const share = (inFlight: number): number => Math.ceil(inFlight === 1 ? count / 10 : inFlight === 8 ? count / 2 : count);
  for (const inFlight of [1, 8, 64]) line(`commit, local, ${inFlight} in flight`, await measure(share(inFlight), () => commits(store, share(inFlight), inFlight)));

  const { port1, port2 } = new MessageChannel();
  serveRemote(engine, port1);
  const worker = new Worker(import.meta.filename, { workerData: { port: port2, folder, written }, transferList: [port2] });
  for (const inFlight of [1, 8, 64]) {
    const n = share(inFlight);
    line(
      `commit, from a worker, ${inFlight} in flight`,
      await measure(
        n,
        () =>
          new Promise((resolve) => {
            worker.once("message", () => resolve());
            worker.postMessage({ count: n, inFlight });
          }),
      ),
    );
  }
  worker.postMessage("close");
  await new Promise((resolve) => worker.once("exit", resolve));

  for (const options of [{}, { keysOnly: true }, { reverse: true }]) {
    await scanned(store, options);
    line(`scan in pages of 1000 ${JSON.stringify(options)}`, await measure(keys, async () => void (await scanned(store, options))));
  }
  const seeks = 9_000;
  line(
    "seek + next(1), keys only",
    await measure(seeks, async () => {
      const snapshot = await store.snapshot();
      const cursor = snapshot.scan({ ...range, keysOnly: true });
      for (let i = 0; i < seeks; i++) {
        cursor.seek(keyOf(i * 11));
        await cursor.next(1);
      }
      snapshot.close();
    }),
  );
  line(
    "snapshot, 2 gets, close",
    await measure(seeks, async () => {
      for (let i = 0; i < seeks; i++) {
        const snapshot = await store.snapshot();
        await snapshot.get(state.key);
        await snapshot.get(keyOf((i * 7919) % keys));
        snapshot.close();
      }
    }),
  );
  console.log(JSON.stringify(engine.stats()));
  await store.close();
  await engine.close();
  rmSync(folder, { recursive: true });
}

function runWorker(): void {
  const { port, folder } = workerData as { port: MessagePort; folder: string };
  const store = remoteMetadata(port, folder);
  parentPort?.on("message", (message: { count: number; inFlight: number } | "close") => {
    if (message === "close") void store.close().then(() => parentPort?.close());
    else void commits(store, message.count, message.inFlight).then(() => parentPort?.postMessage("done"));
  });
}

if (isMainThread) await main();
else runWorker();
