/** An HTTP thread's side: listens when told, gives its figures, drains, closes its stores and ends. */
import type { MessagePort } from "node:worker_threads";
import type { RequestLog } from "../../dialects/request-log.ts";
import type { AccessLog } from "../access-log.ts";
import type { Listener } from "../listener.ts";
import type { GaugeRow } from "../metrics.ts";
import type { FromThread, StoreFigures, ToThread } from "./messages.ts";

export type HttpThreadOptions = {
  parent: MessagePort;
  address: string;
  listener: Listener;
  accessLog: AccessLog;
  /** Lines for logs of buckets that are still in memory. */
  requestLog: Pick<RequestLog, "flush" | "figures">;
  blobFigures(): StoreFigures;
  /** Blobs first, then metadata: what is settled last must still be written down. */
  closeStores(): Promise<void>;
  metrics: MetricsClient;
};

export type MetricsClient = { ask(): Promise<string>; answered(id: number, text: string): void };
/** Asks the main thread for the figures of the whole server. */
export function createMetricsClient(send: (message: FromThread) => void): MetricsClient {
  const asked = new Map<number, (text: string) => void>();
  let lastId = 0;
  return {
    ask: () =>
      new Promise((resolve) => {
        const id = ++lastId;
        asked.set(id, resolve);
        send({ kind: "metrics", id });
      }),
    answered(id, text) {
      asked.get(id)?.(text);
      asked.delete(id);
    },
  };
}

export function runHttpThread({ parent, address, listener, accessLog, requestLog, blobFigures, closeStores, metrics }: HttpThreadOptions): void {
  const send = (message: FromThread): void => parent.postMessage(message);
  parent.on("message", (message: ToThread) => {
    switch (message.kind) {
      case "listen":
        listener.listen({ address, port: message.port, shared: message.shared }).then(
          (port) => send({ kind: "listening", port }),
          // Of several ports, the one that was refused says so.
          (error: NodeJS.ErrnoException & { port?: number }) =>
            send({
              kind: "refusedToListen",
              message: `cannot listen on ${address} port ${error.port ?? message.port}: ${error.code === "EADDRINUSE" ? "another program has it" : error.message}`,
            }),
        );
        return;
      case "figures":
        send({ kind: "figures", id: message.id, http: listener.figures(), blobs: blobFigures(), others: logRows(requestLog.figures()) });
        return;
      case "metrics":
        metrics.answered(message.id, message.text);
        return;
      case "drain":
        void drain(message.msMax);
    }
  });
  send({ kind: "opened" });

  async function drain(msMax: number): Promise<void> {
    const clean = await listener.drain(msMax);
    accessLog.flush();
    await requestLog.flush();
    await closeStores();
    send({ kind: "drained", clean });
    parent.close();
  }
}

function logRows({ lines, droppedLines, logs, failedLogs }: ReturnType<RequestLog["figures"]>): GaugeRow[] {
  const row = (name: string, help: string, value: number): GaugeRow => ({ name: `amphora_bucket_log_${name}_total`, type: "counter", help, value });
  return [
    row("lines", "Requests noted for the logs of buckets.", lines),
    row("dropped_lines", "Of these and others, what was given up: too much in memory, or a target that takes no logs.", droppedLines),
    row("objects", "Logs written into target buckets.", logs),
    row("failed_objects", "Logs that could not be written.", failedLogs),
  ];
}
