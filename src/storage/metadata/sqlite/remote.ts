/**
 * The port for threads beside the engine's: reads through connections of their own, commits and turns over a MessagePort.
 * `serveRemote` runs on the engine's thread, `remoteMetadata` at the other end.
 */
import type { MessagePort } from "node:worker_threads";
import { type Bytes, type CommitOutcome, type MetadataStore, StoreCorrupt, StoreOutcomeUnknown, StoreRefused } from "../../../core/ports.ts";
import { checkBatch } from "../check-batch.ts";
import { copyBytes } from "../keys.ts";
import { batchWriter, decodeBatches } from "./batch-wire.ts";
import type { Answer, Engine } from "./engine.ts";
import { openReader, type ReaderLimits } from "./reader.ts";

/** A turn's batches are sent before the turn ends when they pass this. */
const messageBytesMax = 8 * 1024 * 1024;
/**
 * Messages with batches that are not yet answered: one whose group is being flushed and one that waits behind it keep the engine busy. What
 * comes meanwhile gathers, and goes with the next answer: a message costs more than what is in it.
 */
const messagesUnansweredMax = 2;

type Commit = { resolve: (outcome: CommitOutcome) => void; reject: (error: Error) => void; message: { unanswered: number } };
type WireError = { name: string; reason: StoreRefused["reason"] | undefined; message: string };
type Failure = { id: number; conflicts?: Bytes[]; error?: WireError };
type ToEngine = ArrayBuffer | { turn: number; key: Bytes; deadlineMs: number } | { release: number };
type ToWorker = { committed: Uint32Array | undefined; failures: Failure[] | undefined } | { turn: number; error?: WireError };

/** Serves one worker until its port closes; then its queued batches and its turns are dropped. Call once per port. */
export function serveRemote(engine: Engine, port: MessagePort): void {
  const owner = {};
  const held = new Map<number, () => void>();
  let committed: number[] = [];
  let failures: Failure[] = [];
  let flushing = false;

  function flush(): void {
    flushing = false;
    const message: ToWorker = { committed: committed.length > 0 ? Uint32Array.from(committed) : undefined, failures: failures.length > 0 ? failures : undefined };
    committed = [];
    failures = [];
    port.postMessage(message);
  }
  function answer(id: number, given: Answer): void {
    if ("error" in given) failures.push({ id, error: wireError(given.error) });
    else if (given.committed) committed.push(id);
    // Copied, because a view would take its whole buffer along.
    else failures.push({ id, conflicts: given.conflicts.map(copyBytes) });
    if (flushing) return;
    flushing = true;
    // The engine answers a whole group without a pause: one message for all of it.
    queueMicrotask(flush);
  }
  function turn(id: number, key: Bytes, deadlineMs: number): void {
    engine.turn(key, deadlineMs, owner).then(
      (release) => {
        held.set(id, release);
        port.postMessage({ turn: id } satisfies ToWorker);
      },
      (error: Error) => port.postMessage({ turn: id, error: wireError(error) } satisfies ToWorker),
    );
  }

  port.on("message", (message: ToEngine) => {
    if (message instanceof ArrayBuffer) decodeBatches(message, (id, bytes, batch) => engine.submit(batch, bytes, (given) => answer(id, given), owner));
    else if ("turn" in message) turn(message.turn, message.key, message.deadlineMs);
    else {
      held.get(message.release)?.();
      held.delete(message.release);
    }
  });
  port.on("close", () => engine.forget(owner));
}

/** @param folder the engine's. @param counts what the engine's `changing` and `committed` count, if it has them. `close` waits for what is in flight, then closes the reader and the port. */
export function remoteMetadata(
  port: MessagePort,
  folder: string,
  limits: Partial<ReaderLimits> = {},
  counts: { watched?: () => number; watchedRow?: (key: Bytes) => number; commits?: () => number } = {},
): MetadataStore {
  const { watched, watchedRow, commits: commitCount } = counts;
  const reader = openReader(folder, limits, commitCount);
  const writer = batchWriter();
  const commits = new Map<number, Commit>();
  const turns = new Map<number, { resolve: (release: () => void) => void; reject: (error: Error) => void }>();
  /** The batches that the next message takes along. */
  let gathering = { unanswered: 0 };
  let unanswered = 0;
  let nextId = 1;
  let scheduled = false;
  let closed = false;
  let quiet: (() => void) | undefined;

  function newId(): number {
    nextId = nextId === 0xffff_ffff ? 1 : nextId + 1;
    return nextId;
  }
  function send(): void {
    scheduled = false;
    if (writer.size() === 0 || (unanswered >= messagesUnansweredMax && writer.size() <= messageBytesMax)) return;
    unanswered++;
    gathering = { unanswered: 0 };
    const buffer = writer.take();
    port.postMessage(buffer, [buffer]);
  }
  function settle(id: number, how: (waiting: Commit) => void): void {
    const waiting = commits.get(id);
    if (waiting === undefined) return;
    commits.delete(id);
    if (--waiting.message.unanswered === 0) unanswered--;
    how(waiting);
  }
  port.on("message", (message: ToWorker) => {
    if ("turn" in message) {
      const { turn: id, error } = message;
      const waiting = turns.get(id);
      turns.delete(id);
      if (error === undefined) waiting?.resolve(() => port.postMessage({ release: id } satisfies ToEngine));
      else waiting?.reject(thrownError(error));
    } else {
      for (const id of message.committed ?? []) settle(id, ({ resolve }) => resolve({ committed: true }));
      for (const { id, conflicts, error } of message.failures ?? []) {
        if (error === undefined) settle(id, ({ resolve }) => resolve({ committed: false, conflicts: conflicts ?? [] }));
        else settle(id, ({ reject }) => reject(thrownError(error)));
      }
      send();
    }
    if (commits.size === 0) quiet?.();
  });
  port.on("close", () => {
    closed = true;
    // What was sent may have been committed before the engine's end.
    for (const { reject } of commits.values()) reject(new StoreOutcomeUnknown("the engine's thread has ended"));
    for (const { reject } of turns.values()) reject(new StoreRefused("closing", "the engine's thread has ended"));
    commits.clear();
    turns.clear();
    quiet?.();
  });

  return {
    ...(watched ? { watched } : {}),
    ...(watchedRow ? { watchedRow } : {}),
    snapshot: () => reader.snapshot(),
    get: (key) => reader.get(key),
    commit(batch) {
      if (closed) return Promise.reject(new StoreRefused("closing", "the store is closed"));
      return new Promise((resolve, reject) => {
        const bytes = checkBatch(batch);
        const id = newId();
        writer.add(id, bytes, batch);
        commits.set(id, { resolve, reject, message: gathering });
        gathering.unanswered++;
        if (writer.size() > messageBytesMax) send();
        else if (!scheduled) {
          scheduled = true;
          setImmediate(send);
        }
      });
    },
    turn(key, deadlineMs) {
      if (closed) return Promise.reject(new StoreRefused("closing", "the store is closed"));
      return new Promise((resolve, reject) => {
        const id = newId();
        turns.set(id, { resolve, reject });
        port.postMessage({ turn: id, key: copyBytes(key), deadlineMs } satisfies ToEngine);
      });
    },
    async close() {
      closed = true;
      for (const { reject } of turns.values()) reject(new StoreRefused("closing", "the store is closed"));
      turns.clear();
      if (commits.size > 0) await new Promise<void>((resolve) => (quiet = resolve));
      reader.close();
      port.close();
    },
  };
}

function wireError(error: Error): WireError {
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return { name: error.name, reason: error instanceof StoreRefused ? error.reason : undefined, message: error.message + cause };
}
function thrownError({ name, reason, message }: WireError): Error {
  if (reason !== undefined) return new StoreRefused(reason, message);
  if (name === "StoreOutcomeUnknown") return new StoreOutcomeUnknown(message);
  if (name === "StoreCorrupt") return new StoreCorrupt(message);
  return new Error(message);
}
