/**
 * Keeps the WAL bounded. Past `walSoftBytes` a second thread copies frames into the database (PASSIVE) until little remains; then the engine, between
 * two groups, copies the rest and resets the WAL (RESTART, waiting for nobody: `busy_timeout` 0). A reader inside the WAL makes RESTART fail; snapshots
 * end within a second, and past `walHardBytes` commits are held until one RESTART has succeeded, so the bound holds whatever readers do.
 * Why not one thread alone: PASSIVE never catches up with a writer, and RESTART from the other thread starves (https://www.sqlite.org/wal.html#ckpt).
 */
import path from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { Worker } from "node:worker_threads";
import type { PassiveResult } from "./checkpoint-thread.ts";
import { databaseFile } from "./database.ts";
import { isFull } from "./failures.ts";

export type CheckpointLimits = { walSoftBytes: number; walHardBytes: number; holdMsMax: number };
export const checkpointLimits: CheckpointLimits = {
  walSoftBytes: 32 * 1024 * 1024,
  walHardBytes: 128 * 1024 * 1024,
  /** Longer than any snapshot may live. A reader of another process can outlast it: then commits go on, and the WAL grows by `walSoftBytes` before the next hold. */
  holdMsMax: 2_500,
};

const frameBytes = 4096 + 24;
/** With more left than this RESTART would keep the engine from committing for too long: the thread goes first. */
const restartFramesMost = 1_024;
const restartPauseMs = 5;
const passPauseMs = 20;
/** A database that cannot grow into the WAL's pages is no failure: the WAL keeps them, and the disk may get room again. */
const fullPauseMs = 1_000;

/** Since the start: passes of the thread, resets of the WAL, and times that commits were held for one. */
export type CheckpointFigures = { passes: number; resets: number; holds: number };
export type Checkpoints = {
  /** Call between two groups. `false`: hold commits and ask again in a moment. */
  mayCommit(): boolean;
  walBytes(): number;
  figures(): CheckpointFigures;
  /** Ends the thread; unless an I/O error was met, moves everything into the database and cuts the WAL (when no reader is in it). */
  close(options: { afterFailure: boolean }): Promise<void>;
};

/** @param onFatal an I/O error in a checkpoint: the process must exit and recover. */
export function openCheckpoints(options: { db: DatabaseSync; folder: string; limits: CheckpointLimits; onFatal: (error: unknown) => void }): Checkpoints {
  const { db, limits, onFatal } = options;
  const state = db.prepare("PRAGMA wal_checkpoint(NOOP)");
  const restart = db.prepare("PRAGMA wal_checkpoint(RESTART)");
  const thread = new Worker(new URL(`./checkpoint-thread${path.extname(import.meta.filename)}`, import.meta.url), { workerData: { file: databaseFile(options.folder) } });
  thread.unref();
  const restartFramesMax = Math.min(restartFramesMost, limits.walSoftBytes / frameBytes / 4);
  const figures: CheckpointFigures = { passes: 0, resets: 0, holds: 0 };
  let passing = false;
  let closed = false;
  let failed = false;
  let notBeforeMs = 0;
  let holdSinceMs: number | undefined;
  let hardBytes = limits.walHardBytes;
  let full = false;

  const fail = (error: unknown): void => {
    if (failed || closed) return;
    failed = true;
    onFatal(error);
  };
  const ended = new Promise<void>((resolve) => {
    thread.on("error", fail);
    thread.on("exit", () => {
      fail(new Error("the checkpoint thread has ended"));
      resolve();
    });
  });
  thread.on("message", (result: PassiveResult) => {
    passing = false;
    full = result.full;
    if (full) notBeforeMs = performance.now() + fullPauseMs;
    else if (result.remaining > restartFramesMax) notBeforeMs = performance.now() + passPauseMs;
    step();
  });

  /** SQLite goes on telling the old length of a WAL that was reset until the next frame is written. */
  let resetAtLog = -1;
  function frames(): { log: number; checkpointed: number } {
    const { log, checkpointed } = state.get() as { log: number; checkpointed: number };
    return log === resetAtLog && checkpointed === log ? { log: 0, checkpointed: 0 } : { log, checkpointed };
  }
  const bytesOf = (log: number): number => Math.max(0, log) * frameBytes;

  /** Does what is due now. Returns the size of the WAL after it. */
  function step(): number {
    const { log, checkpointed } = frames();
    const bytes = bytesOf(log);
    if (bytes < limits.walSoftBytes || passing || closed || failed || performance.now() < notBeforeMs) return bytes;
    if (log - checkpointed > restartFramesMax) {
      passing = true;
      figures.passes++;
      thread.postMessage("pass");
      return bytes;
    }
    try {
      const result = restart.get() as { busy: number; log: number };
      full = false;
      if (result.busy === 0) {
        resetAtLog = result.log;
        figures.resets++;
        return 0;
      }
    } catch (error) {
      full = isFull(error);
      if (!full) fail(error);
    }
    notBeforeMs = performance.now() + (full ? fullPauseMs : restartPauseMs);
    return bytes;
  }

  return {
    mayCommit() {
      const bytes = step();
      if (bytes < hardBytes || full) {
        holdSinceMs = undefined;
        if (bytes < limits.walHardBytes) hardBytes = limits.walHardBytes;
        return true;
      }
      const nowMs = performance.now();
      if (holdSinceMs === undefined) figures.holds++;
      holdSinceMs ??= nowMs;
      if (nowMs - holdSinceMs < limits.holdMsMax) return false;
      holdSinceMs = undefined;
      hardBytes = bytes + limits.walSoftBytes;
      return true;
    },
    walBytes: () => bytesOf(frames().log),
    figures: () => figures,
    async close({ afterFailure }) {
      closed = true;
      thread.ref();
      thread.postMessage("close");
      await ended;
      if (failed || afterFailure) return;
      try {
        db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      } catch (error) {
        if (!isFull(error)) throw error;
      }
    },
  };
}
