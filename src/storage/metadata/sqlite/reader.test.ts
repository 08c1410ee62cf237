import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Bytes, type Cursor, StoreRefused } from "../../../core/ports.ts";
import type { Engine } from "./engine.ts";
import { openReader, type Reader, type ReaderLimits } from "./reader.ts";
import { temporaryFolder, testEngine } from "./testing.ts";

const key = Buffer.from("k");
const put = (engine: Engine, value: string): Promise<unknown> => engine.commit({ expect: [], put: [{ key, value: Buffer.from(value) }], remove: [], add: [] });
const text = (value: Bytes | undefined): string => Buffer.from(value ?? []).toString();
const timedOut = (error: unknown): boolean => error instanceof StoreRefused && error.reason === "timeout";

async function withReader(limits: Partial<ReaderLimits>, run: (reader: Reader, engine: Engine) => Promise<void>): Promise<void> {
  const { folder, remove } = await temporaryFolder();
  const engine = testEngine(folder);
  const reader = openReader(folder, limits);
  try {
    await run(reader, engine);
  } finally {
    reader.close();
    await engine.close();
    await remove();
  }
}

describe("metadata reader", () => {
  it("a connection that was given back with cursors half read serves fresh snapshots", () =>
    withReader({}, async (reader, engine) => {
      for (let i = 0; i < 20; i++) await engine.commit({ expect: [], put: [{ key: Buffer.from(`x${i}`), value: key }], remove: [], add: [] });
      for (let i = 0; i < 200; i++) {
        const half = await reader.snapshot();
        await half.scan({ from: Buffer.from("x"), to: Buffer.from("y") }).next(3);
        half.close();
        await put(engine, String(i));
        const fresh = await reader.snapshot();
        assert.equal(text(await fresh.get(key)), String(i));
        fresh.close();
      }
      assert.equal(reader.stats().connections, 1);
    }));

  it("a snapshot past its time is closed without being asked, and says so to its reader", () =>
    withReader({ snapshotMsMax: 60 }, async (reader, engine) => {
      await put(engine, "1");
      const snapshot = await reader.snapshot();
      const cursor: Cursor = snapshot.scan({ from: Buffer.from("a"), to: Buffer.from("z") });
      assert.equal((await cursor.next(1)).length, 1);
      assert.equal(reader.stats().open, 1);
      await new Promise((resolve) => setTimeout(resolve, 400));
      assert.equal(reader.stats().open, 0);
      await assert.rejects(snapshot.get(key), timedOut);
      await assert.rejects(cursor.next(1), timedOut);
      snapshot.close();
    }));

  it("single rows share a transaction while nothing is committed, never miss a commit that was answered, and let go of the log", async () => {
    const { folder, remove } = await temporaryFolder();
    let commits = 0;
    const engine = testEngine(folder, { committed: () => void commits++ });
    const reader = openReader(folder, {}, () => commits);
    const read = async (): Promise<string> => text(await reader.get(key));
    try {
      for (let i = 0; i < 300; i++) {
        await put(engine, String(i));
        // three times: alone, then as the one that begins what is shared, then within it
        for (let again = 0; again <= i % 4; again++) assert.equal(await read(), String(i));
        assert.equal(reader.stats().shares, i % 4 > 0);
      }
      await read();
      await read();
      assert.equal(reader.stats().shares, true);
      await new Promise((resolve) => setTimeout(resolve, 200));
      assert.equal(reader.stats().shares, false);
      const snapshot = await reader.snapshot();
      assert.equal(text(await snapshot.get(key)), "299");
      snapshot.close();
    } finally {
      reader.close();
      await engine.close();
      await remove();
    }
  });

  it("a snapshot past its time refuses even before it was swept", () =>
    withReader({ snapshotMsMax: 5 }, async (reader) => {
      const snapshot = await reader.snapshot();
      const untilMs = performance.now() + 10;
      while (performance.now() < untilMs);
      await assert.rejects(snapshot.get(key), timedOut);
    }));

  it("more snapshots than connections wait for their turn, and end by the limit when nobody closes", () =>
    withReader({ connectionsMax: 2, snapshotMsMax: 150 }, async (reader, engine) => {
      await put(engine, "1");
      const first = await reader.snapshot();
      await reader.snapshot();
      const third = reader.snapshot();
      const fourth = reader.snapshot();
      assert.equal(reader.stats().waiting, 2);
      first.close();
      assert.equal(text(await (await third).get(key)), "1");
      assert.equal(text(await (await fourth).get(key)), "1");
      assert.equal(reader.stats().connections, 2);
    }));

  it("refuses snapshots once closed, those that wait too", () =>
    withReader({ connectionsMax: 1 }, async (reader) => {
      await reader.snapshot();
      const waiting = reader.snapshot();
      reader.close();
      await assert.rejects(waiting, StoreRefused);
      await assert.rejects(reader.snapshot(), StoreRefused);
      assert.deepEqual(reader.stats(), { open: 0, connections: 0, waiting: 0, shares: false });
    }));
});
