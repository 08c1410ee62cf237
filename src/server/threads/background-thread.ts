/** The background thread's side: runs what is to be done beside requests until it is told to stop. */
import type { MessagePort } from "node:worker_threads";
import type { GaugeRow } from "../metrics.ts";
import type { FromThread, StoreFigures, ToThread } from "./messages.ts";

export type BackgroundOptions = {
  parent: MessagePort;
  /** Runs until the signal; rejects when it cannot go on. */
  run(signal: AbortSignal): Promise<void>;
  blobFigures(): StoreFigures;
  otherFigures(): GaugeRow[];
  closeStores(): Promise<void>;
};

export function runBackgroundThread({ parent, run, blobFigures, otherFigures, closeStores }: BackgroundOptions): void {
  const send = (message: FromThread): void => parent.postMessage(message);
  const stop = new AbortController();
  const running = run(stop.signal);
  // an error nobody expected: the thread's end is the end of the process
  running.catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  parent.on("message", (message: ToThread) => {
    if (message.kind === "figures") send({ kind: "figures", id: message.id, http: undefined, blobs: blobFigures(), others: otherFigures() });
    if (message.kind === "drain") void drain();
  });
  send({ kind: "opened" });

  async function drain(): Promise<void> {
    stop.abort();
    await running.catch(() => {});
    await closeStores();
    send({ kind: "drained", clean: true });
    parent.close();
  }
}
