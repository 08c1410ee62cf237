/** The file itself: where it lies, how it is opened, what its superblock says. */
import { randomUUID } from "node:crypto";
import { closeSync, fsyncSync, mkdirSync, openSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StoreCorrupt } from "../../../core/ports.ts";
import { isFull } from "./failures.ts";
import { keyCheck, seal, unseal } from "./seal.ts";

export const formatVersion = 1;
export const databaseFile = (folder: string): string => path.join(folder, "metadata.sqlite");
/** What the first start wrote down about this store. */
export type Superblock = { format: number; created: string; storeId: string };

/** Page caches: the writer's, and that of each connection of a reader. */
const writerCacheKiB = 32 * 1024;
const readerCacheKiB = 4 * 1024;
/** How long a reader waits while another process recovers the WAL. Readers wait for nothing else. */
const readerBusyMs = 5_000;

const superblockKey = Buffer.from("superblock");
const schema = `
  CREATE TABLE superblock (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID, STRICT;
  CREATE TABLE kv (k BLOB PRIMARY KEY, c INTEGER NOT NULL, v BLOB NOT NULL) WITHOUT ROWID, STRICT;
  CREATE TABLE counters (k BLOB PRIMARY KEY, c INTEGER NOT NULL, v BLOB NOT NULL) WITHOUT ROWID, STRICT;`;

/**
 * The connection of the one writer. Makes the folder and the database when they are not there; a WAL left by a crash is moved into the database and
 * cut before anything is written (`wal_checkpoint(TRUNCATE)`). Throws when a newer format lies there, and `StoreCorrupt` when the superblock is damaged.
 */
export function openWriter(folder: string): { db: DatabaseSync; superblock: Superblock } {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const db = new DatabaseSync(databaseFile(folder));
  try {
    const known = readSuperblock(db);
    if (known === undefined) db.exec("PRAGMA page_size = 4096");
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;
      PRAGMA cache_size = -${writerCacheKiB}; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY;`);
    const { journal_mode: mode } = db.prepare("PRAGMA journal_mode").get() as { journal_mode: string };
    if (mode !== "wal") throw new Error(`the metadata database cannot use a write-ahead log here (${mode}): is this a local file system?`);
    cutLog(db);
    const superblock = known ?? create(db);
    syncFolder(folder);
    syncFolder(path.dirname(path.resolve(folder)));
    return { db, superblock };
  } catch (error) {
    db.close();
    throw error;
  }
}

/** One connection for one snapshot at a time. The engine must have opened the folder before. */
export function openReadOnly(folder: string): DatabaseSync {
  const db = new DatabaseSync(databaseFile(folder), { readOnly: true, timeout: readerBusyMs });
  db.exec(`PRAGMA cache_size = -${readerCacheKiB}; PRAGMA cell_size_check = ON; PRAGMA query_only = ON`);
  return db;
}

/** `undefined` in a database that is still empty. Throws when the format is newer than this version knows. */
export function readSuperblock(db: DatabaseSync): Superblock | undefined {
  if (db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'superblock'").get() === undefined) return undefined;
  const row = db.prepare("SELECT value FROM superblock WHERE name = 'superblock'").get();
  if (row === undefined) throw new StoreCorrupt("the metadata database has lost its superblock");
  const superblock = JSON.parse(Buffer.from(unseal(keyCheck(superblockKey), row.value)).toString()) as Superblock;
  if (superblock.format > formatVersion) {
    throw new Error(
      `the metadata was written in format ${superblock.format}, this version knows up to ${formatVersion}: start the newer version that wrote it, or point --data at another folder`,
    );
  }
  return superblock;
}

export function sealSuperblock(superblock: Superblock): Uint8Array {
  return seal(keyCheck(superblockKey), Buffer.from(JSON.stringify(superblock)));
}

function create(db: DatabaseSync): Superblock {
  const superblock = { format: formatVersion, created: new Date().toISOString(), storeId: randomUUID() };
  db.exec(`BEGIN IMMEDIATE; ${schema}`);
  db.prepare("INSERT INTO superblock VALUES ('superblock', ?)").run(sealSuperblock(superblock));
  db.exec("COMMIT");
  return superblock;
}

/** On a full disk the WAL stays, whole: deletes must still be possible. */
function cutLog(db: DatabaseSync): void {
  try {
    db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  } catch (error) {
    if (!isFull(error)) throw error;
  }
}

/** A file is durable only when the folder that names it is. */
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
