import assert from "node:assert/strict";
import type { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { databaseFile, openReadOnly, openWriter } from "./database.ts";
import { temporaryFolder } from "./testing.ts";

const pragma = (db: DatabaseSync, name: string): unknown => Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0];

describe("metadata database", () => {
  it("is opened so that a commit is flushed before it is over, and checkpoints are ours", async () => {
    const { folder, remove } = await temporaryFolder();
    const { db } = openWriter(folder);
    assert.deepEqual(
      ["journal_mode", "synchronous", "wal_autocheckpoint", "page_size", "busy_timeout"].map((name) => pragma(db, name)),
      ["wal", 2, 0, 4096, 0],
    );
    db.close();
    await remove();
  });

  it("moves a log that a crash left into the database before anything is written", async () => {
    const { folder, remove } = await temporaryFolder();
    const before = openWriter(folder).db;
    before.exec("INSERT INTO kv VALUES (CAST('k' AS BLOB), 1, CAST('v' AS BLOB))");
    const copy = await temporaryFolder();
    // What a crash leaves: database and log as they are on disk.
    const { copyFileSync, statSync } = await import("node:fs");
    for (const suffix of ["", "-wal"]) copyFileSync(databaseFile(folder) + suffix, databaseFile(copy.folder) + suffix);
    assert.ok(statSync(`${databaseFile(copy.folder)}-wal`).size > 0);
    const after = openWriter(copy.folder).db;
    assert.equal(statSync(`${databaseFile(copy.folder)}-wal`).size, 0);
    assert.equal((after.prepare("SELECT count(*) AS n FROM kv").get() as { n: number }).n, 1);
    for (const db of [before, after]) db.close();
    await remove();
    await copy.remove();
  });

  it("cannot be written through a reader's connection", async () => {
    const { folder, remove } = await temporaryFolder();
    const { db } = openWriter(folder);
    const reader = openReadOnly(folder);
    assert.throws(() => reader.exec("DELETE FROM kv"));
    reader.close();
    db.close();
    await remove();
  });
});
