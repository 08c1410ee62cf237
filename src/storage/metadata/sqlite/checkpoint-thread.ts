/** The thread that moves the WAL into the database while commits go on. It never resets the WAL: that is the engine's, between two groups. */
import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import { isFull } from "./failures.ts";

/** `remaining`: frames that the database does not have yet. `full`: the database could not grow; the WAL still holds everything. */
export type PassiveResult = { remaining: number; full: boolean };

const passesMax = 8;
const framesLittle = 256;

const { file } = workerData as { file: string };
const db = new DatabaseSync(file);
db.exec("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0");
const passive = db.prepare("PRAGMA wal_checkpoint(PASSIVE)");

parentPort?.on("message", (message: "pass" | "close") => {
  if (message === "close") {
    db.close();
    parentPort?.close();
    return;
  }
  parentPort?.postMessage(runPasses());
});

/** An I/O error ends the thread, and with it the process: who can say what reached the disk? */
function runPasses(): PassiveResult {
  let remaining = 0;
  for (let pass = 0; pass < passesMax; pass++) {
    try {
      const { log, checkpointed } = passive.get() as { log: number; checkpointed: number };
      remaining = log - checkpointed;
    } catch (error) {
      if (!isFull(error)) throw error;
      return { remaining, full: true };
    }
    if (remaining <= framesLittle) break;
  }
  return { remaining, full: false };
}
