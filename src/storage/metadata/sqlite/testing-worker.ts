/** A worker for the tests of remote.ts: does what it is told over its parent port, one answer per question. */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { remoteMetadata } from "./remote.ts";

export type Question = { do: "put"; key: string; value: string } | { do: "get"; key: string } | { do: "turn"; key: string; deadlineMs: number } | { do: "spin" } | { do: "close" };

const { port, folder } = workerData as { port: MessagePort; folder: string };
const store = remoteMetadata(port, folder);

async function answer(question: Question): Promise<string | undefined> {
  switch (question.do) {
    case "put": {
      const outcome = await store.commit({ expect: [], put: [{ key: Buffer.from(question.key), value: Buffer.from(question.value) }], remove: [], add: [] });
      return String(outcome.committed);
    }
    case "get": {
      const snapshot = await store.snapshot();
      const value = await snapshot.get(Buffer.from(question.key));
      snapshot.close();
      return value && Buffer.from(value).toString();
    }
    case "turn":
      // Never released: the worker dies with it.
      await store.turn(Buffer.from(question.key), question.deadlineMs);
      return "granted";
    case "spin":
      for (let i = 0; ; i++) {
        const put = [{ key: Buffer.from(`spin${i % 100}`), value: Buffer.alloc(200) }];
        store.commit({ expect: [], put, remove: [], add: [{ counter: Buffer.from("spun"), delta: 1 }] }).catch(() => {});
        await new Promise((resolve) => setImmediate(resolve));
      }
    case "close":
      await store.close();
      setImmediate(() => parentPort?.close());
      return "closed";
  }
}
parentPort?.on("message", (question: Question) => {
  void answer(question).then(
    (value) => parentPort?.postMessage(value),
    (error: Error) => parentPort?.postMessage(`${error.name}: ${error.message}`),
  );
});
