import assert from "node:assert/strict";
import { once } from "node:events";
import path from "node:path";
import { describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { MessageChannel, Worker } from "node:worker_threads";
import { StoreOutcomeUnknown, StoreRefused } from "../../../core/ports.ts";
import { monotonicMs } from "../monotonic.ts";
import { decodeBatches } from "./batch-wire.ts";
import type { Engine } from "./engine.ts";
import { localMetadata } from "./local.ts";
import { openReader } from "./reader.ts";
import { remoteMetadata, serveRemote } from "./remote.ts";
import { temporaryFolder, testEngine } from "./testing.ts";
import type { Question } from "./testing-worker.ts";

type Asked = { worker: Worker; ask: (question: Question) => Promise<unknown> };

function startWorker(engine: Engine): Asked {
  const { port1, port2 } = new MessageChannel();
  serveRemote(engine, port1);
  const file = path.join(import.meta.dirname, `testing-worker${path.extname(import.meta.filename)}`);
  const worker = new Worker(file, { workerData: { port: port2, folder: engine.folder }, transferList: [port2] });
  return {
    worker,
    async ask(question) {
      worker.postMessage(question);
      const [answer] = await once(worker, "message");
      return answer;
    },
  };
}
async function withEngine(run: (engine: Engine) => Promise<void>): Promise<void> {
  const { folder, remove } = await temporaryFolder();
  const engine = testEngine(folder);
  await run(engine);
  await engine.close();
  await remove();
}

describe("metadata from worker threads", () => {
  it("what comes while two messages are unanswered gathers and goes together with the next answer", { timeout: 30_000 }, () =>
    withEngine(async (engine) => {
      const { port1, port2 } = new MessageChannel();
      const store = remoteMetadata(port2, engine.folder);
      const messages: number[][] = [];
      port1.on("message", (message: ArrayBuffer) => {
        const ids: number[] = [];
        decodeBatches(message, (id) => ids.push(id));
        messages.push(ids);
      });
      const commits: Promise<unknown>[] = [];
      for (let n = 0; n < 5; n++) {
        commits.push(store.commit({ expect: [], put: [{ key: Buffer.from(`k${n}`), value: Buffer.from("v") }], remove: [], add: [] }));
        await pause(20);
      }
      assert.deepEqual(
        messages.map((ids) => ids.length),
        [1, 1],
      );
      port1.postMessage({ committed: Uint32Array.from(messages[0] as number[]), failures: undefined });
      assert.deepEqual(await commits[0], { committed: true });
      await pause(20);
      assert.deepEqual(
        messages.map((ids) => ids.length),
        [1, 1, 3],
      );
      port1.postMessage({ committed: Uint32Array.from(messages.slice(1).flat()), failures: undefined });
      assert.equal((await Promise.all(commits)).length, 5);
      await store.close();
    }),
  );

  it("what one worker was told is committed, every other thread reads at once", { timeout: 30_000 }, () =>
    withEngine(async (engine) => {
      const store = localMetadata(engine, openReader(engine.folder));
      const workers = [startWorker(engine), startWorker(engine)];
      for (let i = 0; i < 150; i++) {
        const writer = workers[i % 2] as Asked;
        const reader = workers[(i + 1) % 2] as Asked;
        assert.equal(await writer.ask({ do: "put", key: "k", value: String(i) }), "true");
        assert.equal(await reader.ask({ do: "get", key: "k" }), String(i));
        const snapshot = await store.snapshot();
        assert.equal(Buffer.from((await snapshot.get(Buffer.from("k"))) ?? []).toString(), String(i));
        snapshot.close();
      }
      await store.commit({ expect: [], put: [{ key: Buffer.from("k"), value: Buffer.from("main") }], remove: [], add: [] });
      for (const { ask } of workers) assert.equal(await ask({ do: "get", key: "k" }), "main");
      for (const { ask } of workers) assert.equal(await ask({ do: "close" }), "closed");
      await store.close();
    }),
  );

  it("workers that are killed while they write leave a working engine, whole batches and free turns", { timeout: 30_000 }, () =>
    withEngine(async (engine) => {
      for (let i = 0; i < 5; i++) {
        const { worker, ask } = startWorker(engine);
        assert.equal(await ask({ do: "turn", key: "hot", deadlineMs: monotonicMs() + 60_000 }), "granted");
        worker.postMessage({ do: "spin" } satisfies Question);
        await new Promise((resolve) => setTimeout(resolve, 40));
        await worker.terminate();
        (await engine.turn(Buffer.from("hot"), monotonicMs() + 5_000))();
      }
      assert.ok(engine.stats().commits > 5);
      const store = localMetadata(engine, openReader(engine.folder));
      assert.equal((await store.commit({ expect: [], put: [], remove: [], add: [{ counter: Buffer.from("spun"), delta: 0 }] })).committed, true);
      const snapshot = await store.snapshot();
      assert.equal(await snapshot.sum(Buffer.from("spun")), engine.stats().commits - 1);
      await store.close();
      assert.equal(engine.stats().turns, 0);
    }),
  );

  it("sends what was committed in one turn of the loop as one group", () =>
    withEngine(async (engine) => {
      const { port1, port2 } = new MessageChannel();
      serveRemote(engine, port1);
      const store = remoteMetadata(port2, engine.folder);
      const put = (i: number): Promise<unknown> => store.commit({ expect: [], put: [{ key: Buffer.from(`k${i}`), value: Buffer.alloc(3) }], remove: [], add: [] });
      await Promise.all(Array.from({ length: 50 }, (_, i) => put(i)));
      assert.equal(engine.stats().groups, 1);
      await store.close();
    }));

  it("tells the worker how a batch failed", async () => {
    const { folder, remove } = await temporaryFolder();
    const codes = [13, 10];
    const engine = testEngine(folder, {
      onFatal: () => {},
      commitWith: () => {
        throw Object.assign(new Error("by plan"), { errcode: codes.shift() });
      },
    });
    const { port1, port2 } = new MessageChannel();
    serveRemote(engine, port1);
    const store = remoteMetadata(port2, folder);
    const put = (): Promise<unknown> => store.commit({ expect: [], put: [{ key: Buffer.from("k"), value: Buffer.alloc(3) }], remove: [], add: [] });
    await assert.rejects(put(), (error) => error instanceof StoreRefused && error.reason === "full");
    await assert.rejects(put(), StoreOutcomeUnknown);
    await assert.rejects(put(), (error) => error instanceof StoreRefused && error.reason === "closing");
    await store.close();
    await engine.close().catch(() => {});
    await remove();
  });

  it("when the engine's end closes, what was in flight is unknown and the rest refused", () =>
    withEngine(async (engine) => {
      const { port1, port2 } = new MessageChannel();
      const store = remoteMetadata(port2, engine.folder);
      const waiting = store.commit({ expect: [], put: [], remove: [], add: [] });
      const turn = store.turn(Buffer.from("k"), monotonicMs() + 5_000);
      port1.close();
      await assert.rejects(waiting, StoreOutcomeUnknown);
      await assert.rejects(turn, StoreRefused);
      await assert.rejects(store.commit({ expect: [], put: [], remove: [], add: [] }), StoreRefused);
    }));
});
