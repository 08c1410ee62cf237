/**
 * The one writer. It takes what queued while the last commit flushed (no timer), judges and applies each batch in order, commits once, answers all.
 * SQLite's COMMIT blocks this thread until the WAL is flushed; HTTP workers go on reading and queueing meanwhile.
 */
import type { DatabaseSync } from "node:sqlite";
import { type Batch, type Bytes, type CommitOutcome, type Entry, StoreOutcomeUnknown, StoreRefused } from "../../../core/ports.ts";
import { checkBatch } from "../check-batch.ts";
import { monotonicMs } from "../monotonic.ts";
import { turnQueues } from "../turns.ts";
import { type CheckpointFigures, type CheckpointLimits, checkpointLimits, openCheckpoints } from "./checkpoints.ts";
import { openWriter, type Superblock } from "./database.ts";
import { isBusy, isCorrupt, isFull, writeFailure } from "./failures.ts";
import { beginGroup } from "./group.ts";
import { openTables } from "./tables.ts";

export const engineLimits = {
  groupBatchesMax: 1_024,
  groupBytesMax: 16 * 1024 * 1024,
  queuedBatchesMax: 65_536,
  queuedBytesMax: 256 * 1024 * 1024,
  /** Another process in a write transaction (an operator's tool) is waited for this long. */
  foreignWriterMsMax: 2_000,
} as const;

const holdPauseMs = 1;

export type Answer = CommitOutcome | { error: Error };
export type EngineStats = {
  commits: number;
  groups: number;
  conflicts: number;
  /** Mean over all groups so far. */
  batchesPerGroup: number;
  walBytes: number;
  checkpoints: CheckpointFigures;
  /** Milliseconds that the last COMMIT took, flush included. */
  lastCommitMs: number;
  /** Batches that wait for the next group. */
  queued: number;
  /** Requests that wait for a turn, and those that have one. */
  turns: number;
};

export type Engine = {
  readonly folder: string;
  readonly superblock: Superblock;
  /** `answer` is called once, after the flush. `owner`: see `forget`. The batch must have passed `checkBatch`, which gave `bytes`. */
  submit(batch: Batch, bytes: number, answer: (answer: Answer) => void, owner?: object): void;
  commit(batch: Batch): Promise<CommitOutcome>;
  turn(key: Bytes, deadlineMs: number, owner?: object): Promise<() => void>;
  /** The owner (a worker) is no more: what it queued is dropped unanswered, its turns go to the next. */
  forget(owner: object): void;
  stats(): EngineStats;
  /** Commits what is queued, then refuses. After a failure it only stops the checkpoint thread. Close the readers and remote ends first. */
  close(): Promise<void>;
};

export type EngineOptions = {
  folder: string;
  /** Asked once per group for one more row (the clock's high-water mark). */
  groupStamp?: () => Entry | undefined;
  /** Rows whose changes are announced: `changing` is called before they can be seen and after, always in pairs, save after an unknown outcome. */
  watch?: { covers(key: Bytes): boolean; changing(): void };
  /** As `watch`, for rows that are told apart: both calls get the same keys. */
  watchRows?: { covers(key: Bytes): boolean; changing(keys: readonly Bytes[]): void };
  /** Called after every COMMIT, before anybody is told of it. */
  committed?: () => void;
  /** An I/O error at COMMIT or in a checkpoint. All that waited got `StoreOutcomeUnknown`; the engine takes nothing more; the process must exit. */
  onFatal: (error: unknown) => void;
  checkpoints?: Partial<CheckpointLimits>;
  /** For tests: runs instead of COMMIT, and may throw what a failing disk would, or narrow the connection. */
  commitWith?: (commit: () => void, db: DatabaseSync) => void;
};

const touches = (batch: Batch, watch: EngineOptions["watch"]): boolean =>
  watch !== undefined && (batch.put.some(({ key }) => watch.covers(key)) || batch.remove.some((key) => watch.covers(key)));

/** The rows of these batches that are watched one by one, those of batches that lost included. */
function rowsTouched(waiting: readonly { batch: Batch }[], { covers }: NonNullable<EngineOptions["watchRows"]>): Bytes[] {
  const keys: Bytes[] = [];
  for (const { batch } of waiting) {
    for (const { key } of batch.put) if (covers(key)) keys.push(key);
    for (const key of batch.remove) if (covers(key)) keys.push(key);
  }
  return keys;
}

type Waiting = { batch: Batch; bytes: number; answer: (answer: Answer) => void; owner: object | undefined };

/** Opens (or makes) the database of a folder. Throws when it is of a newer format or damaged. One engine per folder: the caller holds the folder's lock. */
export function openEngine(options: EngineOptions): Engine {
  const { db, superblock } = openWriter(options.folder);
  const tables = openTables(db);
  const begin = db.prepare("BEGIN IMMEDIATE");
  const commit = db.prepare("COMMIT");
  const commitWith = options.commitWith ?? ((run: () => void): void => run());
  const checkpoints = openCheckpoints({ db, folder: options.folder, limits: { ...checkpointLimits, ...options.checkpoints }, onFatal: die });
  const turns = turnQueues(monotonicMs);
  let queue: Waiting[] = [];
  let queuedBytes = 0;
  let scheduled = false;
  let closing = false;
  let dead = false;
  let busySinceMs: number | undefined;
  let drained: (() => void) | undefined;
  const figures = { commits: 0, groups: 0, conflicts: 0, batches: 0, lastCommitMs: 0 };

  function die(error: unknown): void {
    if (dead) return;
    dead = true;
    const waiting = queue;
    queue = [];
    queuedBytes = 0;
    for (const each of waiting) each.answer({ error: new StoreRefused("closing", "the store has failed and is about to stop") });
    drained?.();
    options.onFatal(error);
  }

  function schedule(pauseMs = 0): void {
    if (scheduled) return;
    scheduled = true;
    if (pauseMs > 0) setTimeout(wake, pauseMs);
    else setImmediate(wake);
  }
  function wake(): void {
    scheduled = false;
    if (dead) return;
    if (queue.length > 0) {
      const begun = checkpoints.mayCommit() && tryBegin();
      if (begun) runGroup(takeGroup());
      if (queue.length > 0) schedule(begun ? 0 : holdPauseMs);
    }
    if (queue.length === 0) drained?.();
  }

  /** `false`: another process is writing, ask again; or the first group was refused. */
  function tryBegin(): boolean {
    try {
      begin.run();
      busySinceMs = undefined;
      return true;
    } catch (error) {
      const nowMs = monotonicMs();
      busySinceMs ??= nowMs;
      if (isBusy(error) && nowMs - busySinceMs < engineLimits.foreignWriterMsMax) return false;
      busySinceMs = undefined;
      const refused = writeFailure(error);
      for (const { answer } of takeGroup()) answer({ error: refused });
      return false;
    }
  }

  function takeGroup(): Waiting[] {
    let count = 0;
    let bytes = 0;
    while (count < queue.length && count < engineLimits.groupBatchesMax && (count === 0 || bytes + (queue[count] as Waiting).bytes <= engineLimits.groupBytesMax)) {
      bytes += (queue[count] as Waiting).bytes;
      count++;
    }
    const group = queue.slice(0, count);
    queue = queue.slice(count);
    queuedBytes -= bytes;
    return group;
  }

  /** A transaction is open. Every batch of `waiting` is answered, one way or another. */
  function runGroup(waiting: Waiting[]): void {
    const answers: Answer[] = [];
    try {
      const group = beginGroup(tables);
      for (const { batch } of waiting) answers.push(judged(() => group.judge(batch)));
      group.finish();
      const stamp = options.groupStamp?.();
      if (stamp !== undefined) group.stamp(stamp);
      if (!group.changed()) {
        db.exec("ROLLBACK");
        answer(waiting, answers);
        return;
      }
    } catch (error) {
      refuseGroup(waiting, error);
      return;
    }
    const startMs = performance.now();
    const watch = options.watch !== undefined && waiting.some(({ batch }) => touches(batch, options.watch)) ? options.watch : undefined;
    const rows = options.watchRows ? rowsTouched(waiting, options.watchRows) : [];
    const changing = (): void => {
      watch?.changing();
      if (rows.length > 0) options.watchRows?.changing(rows);
    };
    changing();
    try {
      commitWith(() => commit.run(), db);
    } catch (error) {
      if (isFull(error)) {
        refuseGroup(waiting, error);
        changing();
      } else loseGroup(waiting, error);
      return;
    }
    options.committed?.();
    changing();
    figures.lastCommitMs = performance.now() - startMs;
    answer(waiting, answers);
  }

  function judged(judge: () => Bytes[]): Answer {
    try {
      const conflicts = judge();
      return conflicts.length === 0 ? { committed: true } : { committed: false, conflicts };
    } catch (error) {
      // A damaged row is met while expectations are read, before anything of this batch is written: the others need not suffer.
      if (isCorrupt(error) && db.isTransaction) return { error: writeFailure(error) };
      throw error;
    }
  }

  function answer(waiting: Waiting[], answers: Answer[]): void {
    figures.groups++;
    figures.batches += waiting.length;
    waiting.forEach((each, index) => {
      const given = answers[index] as Answer;
      if ("committed" in given && given.committed) figures.commits++;
      else figures.conflicts += "committed" in given ? 1 : 0;
      each.answer(given);
    });
  }

  /** Before COMMIT, or a full disk at it: nothing of the group happened once it is rolled back. */
  function refuseGroup(waiting: Waiting[], error: unknown): void {
    try {
      if (db.isTransaction) db.exec("ROLLBACK");
    } catch (rollbackError) {
      loseGroup(waiting, rollbackError);
      return;
    }
    const refused = writeFailure(error);
    for (const each of waiting) each.answer({ error: refused });
  }
  /** Nobody can say what of the group is on the disk. */
  function loseGroup(waiting: Waiting[], error: unknown): void {
    const unknown = new StoreOutcomeUnknown("the flush of a commit failed", { cause: error });
    for (const each of waiting) each.answer({ error: unknown });
    die(error);
  }

  const engine: Engine = {
    folder: options.folder,
    superblock,
    submit(batch, bytes, answer, owner) {
      const full = queue.length >= engineLimits.queuedBatchesMax || queuedBytes + bytes > engineLimits.queuedBytesMax;
      if (closing || dead || full) {
        answer({ error: full ? new StoreRefused("timeout", "too much is waiting to be committed") : new StoreRefused("closing", "the store is closing") });
        return;
      }
      queue.push({ batch, bytes, answer, owner });
      queuedBytes += bytes;
      schedule();
    },
    commit(batch) {
      return new Promise((resolve, reject) => {
        engine.submit(batch, checkBatch(batch), (given) => ("error" in given ? reject(given.error) : resolve(given)));
      });
    },
    turn: (key, deadlineMs, owner) => turns.take(key, deadlineMs, owner),
    forget(owner) {
      queue = queue.filter((each) => {
        if (each.owner === owner) queuedBytes -= each.bytes;
        return each.owner !== owner;
      });
      turns.forget(owner);
    },
    stats: () => ({
      commits: figures.commits,
      groups: figures.groups,
      conflicts: figures.conflicts,
      batchesPerGroup: figures.groups === 0 ? 0 : figures.batches / figures.groups,
      walBytes: dead || closing ? 0 : checkpoints.walBytes(),
      checkpoints: { ...checkpoints.figures() },
      lastCommitMs: figures.lastCommitMs,
      queued: queue.length,
      turns: turns.waiting(),
    }),
    async close() {
      if (closing) return;
      closing = true;
      if (queue.length > 0 && !dead) await new Promise<void>((resolve) => (drained = resolve));
      turns.close();
      await checkpoints.close({ afterFailure: dead });
      // Closing the last connection moves the WAL into the database: not after a failure, when nobody knows what the WAL holds. The process ends anyway.
      if (!dead) db.close();
    },
  };
  return engine;
}
