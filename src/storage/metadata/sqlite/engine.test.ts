import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Batch, type Bytes, StoreOutcomeUnknown, StoreRefused } from "../../../core/ports.ts";
import { type Engine, type EngineOptions, openEngine } from "./engine.ts";
import { lockFolder } from "./folder-lock.ts";
import { openReader } from "./reader.ts";
import { temporaryFolder, testEngine } from "./testing.ts";

const keyOf = (i: number | string): Bytes => Buffer.from(`k${i}`);
const putting = (i: number | string, bytes = 10): Batch => ({
  expect: [],
  put: [{ key: keyOf(i), value: Buffer.alloc(bytes, 1) }],
  remove: [],
  add: [{ counter: Buffer.from("n"), delta: 1 }],
});
const removing = (...keys: (number | string)[]): Batch => ({ expect: [], put: [], remove: keys.map(keyOf), add: [] });
/** What `node:sqlite` throws. */
const sqliteError = (errcode: number): Error => Object.assign(new Error(`code ${errcode}`), { code: "ERR_SQLITE_ERROR", errcode });
const ioErrorFsync = 1034;
const fullDisk = 13;

async function withEngine(options: Partial<EngineOptions>, run: (engine: Engine, folder: string) => Promise<void>): Promise<void> {
  const { folder, remove } = await temporaryFolder();
  const engine = testEngine(folder, options);
  try {
    await run(engine, folder);
  } finally {
    await engine.close().catch(() => {});
    await remove();
  }
}
async function stored(folder: string, ...keys: (number | string)[]): Promise<boolean[]> {
  const reader = openReader(folder);
  const snapshot = await reader.snapshot();
  const found = await Promise.all(keys.map(async (key) => (await snapshot.get(keyOf(key))) !== undefined));
  reader.close();
  return found;
}
const names = (settled: PromiseSettledResult<unknown>[]): string[] => settled.map((each) => (each.status === "fulfilled" ? "committed" : (each.reason as Error).name));

describe("metadata engine", () => {
  it("commits what queued together in one group, and counts", () =>
    withEngine({}, async (engine) => {
      await Promise.all(Array.from({ length: 100 }, (_, i) => engine.commit(putting(i))));
      const { commits, groups, conflicts, queued } = engine.stats();
      assert.deepEqual({ commits, groups, conflicts, queued }, { commits: 100, groups: 1, conflicts: 0, queued: 0 });
      assert.ok(engine.stats().walBytes > 0);
    }));

  it("asks once per group for the stamp and stores it with the group", () => {
    let asked = 0;
    return withEngine({ groupStamp: () => ({ key: keyOf("stamp"), value: Buffer.from([++asked]) }) }, async (engine, folder) => {
      await Promise.all([engine.commit(putting(1)), engine.commit(putting(2))]);
      await engine.commit(putting(3));
      assert.equal(asked, 2);
      const reader = openReader(folder);
      const snapshot = await reader.snapshot();
      assert.deepEqual([...((await snapshot.get(keyOf("stamp"))) ?? [])], [2]);
      reader.close();
    });
  });

  it("never acknowledges a group whose flush failed, takes nothing more, and says that the process must end", async () => {
    const fatal: unknown[] = [];
    let failing = false;
    const commitWith = (commit: () => void): void => {
      if (failing) throw sqliteError(ioErrorFsync);
      commit();
    };
    await withEngine({ onFatal: (error) => fatal.push(error), commitWith }, async (engine, folder) => {
      await engine.commit(putting(0));
      failing = true;
      const group = Promise.allSettled([engine.commit(putting(1)), engine.commit(putting(2))]);
      assert.deepEqual(names(await group), ["StoreOutcomeUnknown", "StoreOutcomeUnknown"]);
      assert.equal(fatal.length, 1);
      failing = false;
      await assert.rejects(engine.commit(putting(3)), (error) => error instanceof StoreRefused && error.reason === "closing");
      assert.deepEqual(await stored(folder, 0, 1, 2, 3), [true, false, false, false]);
    });
  });

  it("a disk that is full at COMMIT refuses the whole group and nothing else", async () => {
    let full = true;
    const commitWith = (commit: () => void): void => {
      if (full) throw sqliteError(fullDisk);
      commit();
    };
    await withEngine({ commitWith }, async (engine, folder) => {
      const group = await Promise.allSettled([engine.commit(putting(1)), engine.commit(putting(2))]);
      assert.ok(group.every((each) => each.status === "rejected" && each.reason instanceof StoreRefused && each.reason.reason === "full"));
      full = false;
      await engine.commit(putting(3));
      assert.deepEqual(await stored(folder, 1, 2, 3), [false, false, true]);
    });
  });

  it("a database that may not grow refuses what grows, deletes, and goes on when there is room", async () => {
    let pagesMax = 40;
    const commitWith: EngineOptions["commitWith"] = (commit, db) => {
      commit();
      db.exec(`PRAGMA max_page_count = ${pagesMax}`);
    };
    await withEngine({ commitWith }, async (engine, folder) => {
      await engine.commit(putting("first"));
      const written: number[] = [];
      for (let i = 0; i < 100; i++) {
        const told = await engine.commit(putting(i, 4_000)).then(
          () => "committed",
          (error: StoreRefused) => error.reason,
        );
        if (told === "committed") written.push(i);
        else assert.equal(told, "full");
      }
      assert.ok(written.length > 10 && written.length < 60, String(written.length));
      assert.ok((await stored(folder, ...written)).every(Boolean));
      assert.deepEqual(await stored(folder, 99), [false]);
      pagesMax = 10_000;
      await engine.commit(removing(...written));
      await engine.commit(putting(99, 4_000));
      assert.deepEqual(await stored(folder, 99, written[0] as number), [true, false]);
    });
  });

  it("waits for another process's write transaction, then refuses with nothing done", { timeout: 10_000 }, () =>
    withEngine({ groupStamp: () => ({ key: keyOf("stamp"), value: Buffer.alloc(1) }) }, async (engine, folder) => {
      const { DatabaseSync } = await import("node:sqlite");
      const { databaseFile } = await import("./database.ts");
      const operator = new DatabaseSync(databaseFile(folder));
      operator.exec("BEGIN IMMEDIATE");
      const short = engine.commit(putting(1));
      await new Promise((resolve) => setTimeout(resolve, 50));
      operator.exec("ROLLBACK");
      assert.deepEqual(await short, { committed: true });
      operator.exec("BEGIN IMMEDIATE");
      await assert.rejects(engine.commit(putting(2)), (error) => error instanceof StoreRefused && error.reason === "failed");
      operator.exec("ROLLBACK");
      operator.close();
      await engine.commit(putting(3));
      assert.deepEqual(await stored(folder, 1, 2, 3), [true, false, true]);
    }),
  );

  it("commits what is queued before it closes, and refuses afterwards", () =>
    withEngine({}, async (engine, folder) => {
      const queued = Array.from({ length: 20 }, (_, i) => engine.commit(putting(i)));
      const turn = await engine.turn(keyOf(1), Number.MAX_SAFE_INTEGER);
      const closing = engine.close();
      await assert.rejects(engine.commit(putting(21)), (error) => error instanceof StoreRefused && error.reason === "closing");
      await Promise.all([...queued, closing]);
      turn();
      assert.deepEqual(await stored(folder, 0, 19, 21), [true, true, false]);
    }));

  it("what a worker that is gone had queued is dropped, and its turns go to the next", () =>
    withEngine({}, async (engine, folder) => {
      const gone = {};
      const key = keyOf("hot");
      const farMs = Number.MAX_SAFE_INTEGER;
      await engine.turn(key, farMs, gone);
      const next = engine.turn(key, farMs);
      const waitingOfGone = engine.turn(key, farMs, gone);
      let answered = false;
      engine.submit(putting("lost"), 20, () => (answered = true), gone);
      const kept = engine.commit(putting("kept"));
      engine.forget(gone);
      await assert.rejects(waitingOfGone, StoreRefused);
      (await next)();
      await kept;
      assert.deepEqual(await stored(folder, "lost", "kept"), [false, true]);
      assert.equal(answered, false);
    }));

  it("opens again what it wrote, under the same store id", async () => {
    const { folder, remove } = await temporaryFolder();
    const first = testEngine(folder);
    await first.commit(putting(1));
    await first.close();
    const second = testEngine(folder);
    assert.equal(second.superblock.storeId, first.superblock.storeId);
    assert.deepEqual(await stored(folder, 1), [true]);
    await second.close();
    await remove();
  });

  it("StoreOutcomeUnknown is what an error other than a full disk at COMMIT means", async () => {
    const { folder, remove } = await temporaryFolder();
    const engine = openEngine({
      folder,
      onFatal: () => {},
      commitWith: () => {
        throw new Error("anything");
      },
    });
    await assert.rejects(engine.commit(putting(1)), StoreOutcomeUnknown);
    await engine.close().catch(() => {});
    await remove();
  });
});

describe("folder lock", () => {
  it("keeps a second server out and is gone with the first", async () => {
    const { folder, remove } = await temporaryFolder();
    const release = lockFolder(folder);
    assert.throws(() => lockFolder(folder), /another server is using the data folder/);
    release();
    release();
    lockFolder(folder)();
    await remove();
  });
});
