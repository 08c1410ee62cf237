import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { type Bytes, StoreCorrupt } from "../../../core/ports.ts";
import { databaseFile, formatVersion, sealSuperblock } from "./database.ts";
import { openEngine } from "./engine.ts";
import { openReader } from "./reader.ts";
import { temporaryFolder, testEngine } from "./testing.ts";
import { verifyAll } from "./verify.ts";

const seed = Number(process.env.AMPHORA_SEED ?? 20261121);
const flips = Number(process.env.AMPHORA_RUNS ?? 150);
const keyOf = (i: number): Bytes => Buffer.from(`current/${String(i).padStart(5, "0")}`);
const storedValue = (i: number): Bytes => Buffer.alloc(i % 50 === 0 ? 9_000 : 60 + (i % 7), i);
const rows = 300;
const range = { from: keyOf(0), to: Buffer.from("current0") };

async function filledStore(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const temporary = await temporaryFolder();
  const engine = testEngine(temporary.folder);
  await engine.commit({
    expect: [],
    put: Array.from({ length: rows }, (_, i) => ({ key: keyOf(i), value: storedValue(i) })),
    remove: [],
    add: [{ counter: Buffer.from("n"), delta: rows }],
  });
  await engine.close();
  return temporary;
}
function edit(folder: string, change: (db: DatabaseSync) => void): void {
  const db = new DatabaseSync(databaseFile(folder));
  change(db);
  db.close();
}

/** Everything that can be read of the store. Returns what it saw wrong: "corrupt" (found), "vanished" (keys), or "served" (a wrong value: never). */
async function readEverything(folder: string): Promise<Set<string>> {
  const seen = new Set<string>();
  const note = (error: unknown): void =>
    void seen.add(error instanceof StoreCorrupt || /malformed|corrupt|not a database/i.test(String(error)) ? "corrupt" : `other: ${String(error)}`);
  const reader = openReader(folder);
  try {
    const snapshot = await reader.snapshot();
    for (const keysOnly of [false, true]) {
      const cursor = snapshot.scan({ ...range, keysOnly });
      let count = 0;
      try {
        for (let page = await cursor.next(10); page.length > 0; page = await cursor.next(10)) {
          for (const { key, value } of page) {
            const i = Number(Buffer.from(key).toString().slice(8));
            if (Buffer.compare(key, keyOf(i)) !== 0 || (!keysOnly && Buffer.compare(value, storedValue(i)) !== 0)) seen.add("served");
            count++;
          }
        }
        if (count !== rows) seen.add("vanished");
      } catch (error) {
        note(error);
      }
    }
    for (let i = 0; i < rows; i += 7) {
      try {
        const value = await snapshot.get(keyOf(i));
        if (value === undefined) seen.add("vanished");
        else if (Buffer.compare(value, storedValue(i)) !== 0) seen.add("served");
      } catch (error) {
        note(error);
      }
    }
    const sum = await snapshot.sum(Buffer.from("n")).catch(note);
    if (sum !== undefined && sum !== rows) seen.add(sum === 0 ? "vanished" : "served");
  } catch (error) {
    note(error);
  } finally {
    reader.close();
  }
  return seen;
}

describe("damage to the metadata database", () => {
  it(`${flips} flipped bits, one at a time, are never served as data, and what readers notice the check finds (AMPHORA_SEED=${seed})`, {
    timeout: 20_000 + flips * 300,
  }, async () => {
    const { folder, remove } = await filledStore();
    const file = databaseFile(folder);
    const whole = readFileSync(file);
    let state = seed >>> 0;
    const random = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    let noticed = 0;
    for (let i = 0; i < flips; i++) {
      const at = Math.floor(random() * whole.length);
      const bit = 1 << Math.floor(random() * 8);
      const broken = Buffer.from(whole);
      broken[at] = (broken[at] as number) ^ bit;
      writeFileSync(file, broken);
      const seen = await readEverything(folder);
      const where = `byte ${at}, bit ${bit}: ${[...seen].join(", ")}`;
      assert.ok(!seen.has("served"), where);
      assert.ok(
        [...seen].every((each) => !each.startsWith("other")),
        where,
      );
      const problems = await verifyAll(folder).then(
        (result) => result.problems,
        (error) => [String(error)],
      );
      if (seen.size > 0) {
        noticed++;
        assert.ok(problems.length > 0, `not found by the check: ${where}`);
      }
    }
    assert.ok(noticed > flips / 4, `only ${noticed} of ${flips} flips touched anything`);
    writeFileSync(file, whole);
    assert.deepEqual(await verifyAll(folder), { rows, counters: 1, problems: [] });
    await remove();
  });

  it("a damaged value or counter is StoreCorrupt for readers and for a batch that expects it, and for no other batch", async () => {
    const { folder, remove } = await filledStore();
    edit(folder, (db) => db.exec(`UPDATE kv SET v = zeroblob(length(v)) WHERE k = CAST('${Buffer.from(keyOf(3))}' AS BLOB); UPDATE counters SET v = zeroblob(length(v))`));
    const engine = testEngine(folder);
    const reader = openReader(folder);
    const snapshot = await reader.snapshot();
    await assert.rejects(snapshot.get(keyOf(3)), StoreCorrupt);
    await assert.rejects(snapshot.sum(Buffer.from("n")), StoreCorrupt);
    await assert.rejects(snapshot.counters({ from: Buffer.from("a"), to: Buffer.from("z") }), StoreCorrupt);
    await assert.rejects(snapshot.scan(range).next(5), StoreCorrupt);
    assert.equal((await snapshot.scan({ ...range, keysOnly: true }).next(5)).length, 5);
    const plain = { put: [], remove: [], add: [] };
    const [good, bad, after] = await Promise.allSettled([
      engine.commit({ ...plain, expect: [{ key: keyOf(4), is: storedValue(4) }], remove: [keyOf(5)] }),
      engine.commit({ ...plain, expect: [{ key: keyOf(3), is: storedValue(3) }], remove: [keyOf(6)] }),
      engine.commit({ ...plain, expect: [{ key: keyOf(5), is: undefined }], remove: [keyOf(7)] }),
    ]);
    assert.equal(good.status, "fulfilled");
    assert.ok(bad.status === "rejected" && bad.reason instanceof StoreCorrupt);
    assert.ok(after.status === "fulfilled" && after.value.committed);
    reader.close();
    await engine.close();
    const { problems } = await verifyAll(folder);
    assert.equal(problems.length, 2, problems.join("\n"));
    await remove();
  });

  it("a row moved to another key, and a key changed in place, are found", async () => {
    const { folder, remove } = await filledStore();
    const name = (i: number): string => `CAST('${Buffer.from(keyOf(i))}' AS BLOB)`;
    edit(folder, (db) => db.exec(`UPDATE kv SET v = (SELECT v FROM kv WHERE k = ${name(8)}) WHERE k = ${name(1)}; UPDATE kv SET k = ${name(900)} WHERE k = ${name(2)}`));
    const reader = openReader(folder);
    const snapshot = await reader.snapshot();
    await assert.rejects(snapshot.get(keyOf(1)), StoreCorrupt);
    await assert.rejects(snapshot.get(keyOf(900)), StoreCorrupt);
    await assert.rejects(snapshot.scan({ ...range, keysOnly: true }).next(rows), StoreCorrupt);
    reader.close();
    assert.equal((await verifyAll(folder)).problems.length, 2);
    await remove();
  });

  it("a newer format refuses to start, says what to do, and changes nothing", async () => {
    const { folder, remove } = await filledStore();
    edit(folder, (db) => {
      db.prepare("UPDATE superblock SET value = ?").run(sealSuperblock({ format: formatVersion + 1, created: "later", storeId: "x" }));
      db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    });
    cpSync(databaseFile(folder), `${databaseFile(folder)}.before`);
    assert.throws(() => openEngine({ folder, onFatal: () => {} }), /format 2, this version knows up to 1: start the newer version/);
    assert.equal(Buffer.compare(readFileSync(databaseFile(folder)), readFileSync(`${databaseFile(folder)}.before`)), 0);
    await remove();
  });

  it("a damaged superblock refuses to start", async () => {
    const { folder, remove } = await filledStore();
    edit(folder, (db) => db.exec("UPDATE superblock SET value = zeroblob(length(value))"));
    assert.throws(() => openEngine({ folder, onFatal: () => {} }), StoreCorrupt);
    assert.ok((await verifyAll(folder)).problems.length > 0);
    await remove();
  });
});
