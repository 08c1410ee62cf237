/**
 * One server per data folder. The lock is an open write transaction on a database of its own: SQLite takes it with the system's file locks, which end with
 * the process however it dies, so there is nothing stale to clear.
 */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { isBusy } from "./failures.ts";

/** Returns what lets go of it. Throws an Error with advice when another server has the folder. `flag`: by which it is chosen, and what is said of it. */
export function lockFolder(folder: string, flag: "--data" | "--class" = "--data"): () => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const db = new DatabaseSync(path.join(folder, "lock.sqlite"));
  try {
    db.exec("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE");
  } catch (error) {
    db.close();
    if (!isBusy(error)) throw error;
    throw new Error(`another server is using the ${flag === "--data" ? "data folder" : "folder"} ${folder}: stop it first, or choose another folder with ${flag}`, {
      cause: error,
    });
  }
  return () => {
    if (db.isOpen) db.close();
  };
}
