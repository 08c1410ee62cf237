/** The main thread's side: starts the other threads, adds up their figures, stops them; a thread that dies unasked is the end of the process. */
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import type { Log } from "../../core/ports.ts";
import type { HttpFigures } from "../figures.ts";
import { type GaugeRow, renderMetrics } from "../metrics.ts";
import type { FromThread, StoreFigures, ThreadData, ThreadRole, ToThread } from "./messages.ts";

export type SupervisorOptions = {
  /** The module every thread begins with. */
  entry: URL;
  workers: number;
  data: Omit<ThreadData, "role" | "thread" | "metadataPort">;
  /** Serves one thread's end of the metadata store. */
  connect(port: MessagePort): void;
  /** Called once, when a thread died or said that it must stop. */
  onFailure(reason: string, error?: unknown): void;
  /** The engine's and the machine's. */
  otherFigures(): GaugeRow[];
  log: Log;
};
export type Supervisor = {
  /** Resolves when every thread has its stores open. Called once. */
  open(): Promise<void>;
  /** After `open`. Resolves with the port when every HTTP thread listens. */
  listen(wanted: { port: number }): Promise<number>;
  metrics(): Promise<string>;
  /** HTTP first, then the background. True when nothing had to be cut. */
  drain(msMax: number): Promise<boolean>;
};

/** How many threads there are besides the main one. */
export const threadsBeside = (workers: number): number => workers + 1;

type Thread = {
  role: ThreadRole;
  worker: Worker;
  drained: boolean;
  ended: boolean;
  send(message: ToThread): void;
  next<K extends FromThread["kind"]>(...kinds: K[]): Promise<Extract<FromThread, { kind: K }>>;
};

const isRunning = (thread: Thread): boolean => !thread.drained && !thread.ended;

/** A thread whose loop is held this long is left out of one scrape. */
const figuresMsMax = 2_000;
const openMsMax = 60_000;

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const threads: Thread[] = [];
  let failed = false;
  const fail = (reason: string, error?: unknown): void => {
    if (failed) return;
    failed = true;
    options.onFailure(reason, error);
  };
  let lastFigures = 0;

  function spawn(role: ThreadRole, thread: number): Thread {
    const { port1, port2 } = new MessageChannel();
    options.connect(port1);
    const data: ThreadData = { ...options.data, role, thread, metadataPort: port2 };
    const worker = new Worker(options.entry, { workerData: data, transferList: [port2], name: `${role}-${thread}` });
    const waiting: { kinds: readonly string[]; resolve(message: FromThread): void; reject(error: Error): void }[] = [];
    const self: Thread = {
      role,
      worker,
      drained: false,
      ended: false,
      send: (message) => worker.postMessage(message),
      next: (...kinds) =>
        new Promise((resolve, reject) => {
          waiting.push({ kinds, resolve: resolve as (message: FromThread) => void, reject });
        }),
    };
    worker.on("message", (message: FromThread) => {
      if (message.kind === "drained") self.drained = true;
      if (message.kind === "fatal") fail(message.message);
      if (message.kind === "metrics") void answerMetrics(self, message.id);
      const index = waiting.findIndex(({ kinds }) => kinds.includes(message.kind));
      if (index >= 0) waiting.splice(index, 1)[0]?.resolve(message);
    });
    worker.on("error", (error) => fail(`the thread ${role}-${thread} failed`, error));
    worker.on("exit", (code) => {
      self.ended = true;
      for (const each of waiting.splice(0)) each.reject(new Error(`the thread ${role}-${thread} ended`));
      if (!self.drained) fail(`the thread ${role}-${thread} ended with ${code}`);
    });
    threads.push(self);
    return self;
  }

  async function answerMetrics(thread: Thread, id: number): Promise<void> {
    const text = await metrics();
    thread.send({ kind: "metrics", id, text });
  }
  async function metrics(): Promise<string> {
    const answers = await Promise.all(threads.filter(isRunning).map(figuresOf));
    const http = answers.flatMap((answer) => answer?.http ?? []) satisfies HttpFigures[];
    const others = addedUp(answers.flatMap((answer) => answer?.others ?? []));
    return renderMetrics(http, [...options.otherFigures(), ...others, ...blobRows(answers.flatMap((answer) => (answer ? [answer.blobs] : [])))]);
  }
  async function figuresOf(thread: Thread): Promise<Extract<FromThread, { kind: "figures" }> | undefined> {
    const id = ++lastFigures;
    const signal = AbortSignal.timeout(figuresMsMax);
    return new Promise((resolve) => {
      const listen = (message: FromThread): void => {
        if (message.kind === "figures" && message.id === id) done(message);
      };
      const done = (message: Extract<FromThread, { kind: "figures" }> | undefined): void => {
        thread.worker.off("message", listen);
        resolve(message);
      };
      thread.worker.on("message", listen);
      signal.addEventListener("abort", () => done(undefined), { once: true });
      thread.send({ kind: "figures", id });
    });
  }

  return {
    async open() {
      const started = [...Array.from({ length: options.workers }, (_, index) => spawn("http", index + 1)), spawn("background", options.workers + 1)];
      await within(openMsMax, Promise.all(started.map((thread) => thread.next("opened"))));
    },
    async listen({ port }) {
      const shared = options.workers > 1;
      let taken = port;
      // one after the other: the first may choose the port, the others take the same
      for (const thread of threads.filter(({ role }) => role === "http")) {
        const listening = thread.next("listening", "refusedToListen");
        thread.send({ kind: "listen", port: taken, shared });
        const answer = await listening;
        if (answer.kind === "refusedToListen") throw new Error(answer.message);
        taken = answer.port;
      }
      return taken;
    },
    metrics,
    async drain(msMax) {
      const stop = async (role: ThreadRole): Promise<boolean> => {
        const stopping = threads.filter((thread) => thread.role === role && isRunning(thread));
        const answers = await Promise.allSettled(
          stopping.map((thread) => {
            const drained = thread.next("drained");
            thread.send({ kind: "drain", msMax });
            return drained;
          }),
        );
        return answers.every((answer) => answer.status === "fulfilled" && answer.value.clean);
      };
      const clean = await stop("http");
      return (await stop("background")) && clean;
    },
  };
}

async function within<T>(msMax: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the threads were not ready within ${msMax / 1_000} s`)), msMax);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Rows of several threads that have the same name and labels are one. */
function addedUp(rows: readonly GaugeRow[]): GaugeRow[] {
  const sums = new Map<string, GaugeRow>();
  for (const row of rows) {
    const key = `${row.name} ${JSON.stringify(row.labels ?? {})}`;
    sums.set(key, { ...row, value: row.value + (sums.get(key)?.value ?? 0) });
  }
  return [...sums.values()];
}

function blobRows(threads: readonly StoreFigures[]): GaugeRow[] {
  const names = [...new Set(threads.flatMap((figures) => Object.keys(figures)))].sort();
  return names.map((name) => ({
    name: `amphora_blobs_${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}_total`,
    help: "What the blob stores of all threads did since the start.",
    type: "counter",
    value: threads.reduce((sum, figures) => sum + (figures[name] ?? 0), 0),
  }));
}
