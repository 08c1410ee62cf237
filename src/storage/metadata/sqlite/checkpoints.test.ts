import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { describe, it } from "node:test";
import type { CheckpointFigures } from "./checkpoints.ts";
import { databaseFile } from "./database.ts";
import type { Engine } from "./engine.ts";
import { openReader, type Reader } from "./reader.ts";
import { temporaryFolder, testEngine } from "./testing.ts";

const mebibyte = 1024 * 1024;
const limits = { walSoftBytes: mebibyte, walHardBytes: 4 * mebibyte, holdMsMax: 2_500 };
const walOf = (folder: string): number => statSync(`${databaseFile(folder)}-wal`).size;

/** Writes `total` bytes of values over a few keys from several lanes, calling `each` now and then. */
async function load(engine: Engine, total: number, each: () => Promise<void> | void): Promise<void> {
  let written = 0;
  // SQLite writes no page for a value that is there already, so each is another.
  const otherValue = (i: number): Buffer => Buffer.alloc(3_000, `${i} ${written}`);
  const lane = async (name: number): Promise<void> => {
    for (let i = 0; written < total; i++) {
      await engine.commit({ expect: [], put: [{ key: Buffer.from(`lane${name}/${i % 300}`), value: otherValue(i) }], remove: [], add: [] });
      written += 3_000;
      if (i % 10 === 0) await each();
    }
  };
  await Promise.all(Array.from({ length: 8 }, (_, name) => lane(name)));
}
async function measured(run: (engine: Engine, reader: Reader) => Promise<void>): Promise<{ largest: number; figures: CheckpointFigures }> {
  const { folder, remove } = await temporaryFolder();
  const engine = testEngine(folder, { checkpoints: limits });
  const reader = openReader(folder, { snapshotMsMax: 150 });
  let largest = 0;
  const watch = setInterval(() => (largest = Math.max(largest, walOf(folder))), 5);
  await run(engine, reader);
  const figures = engine.stats().checkpoints;
  clearInterval(watch);
  largest = Math.max(largest, walOf(folder));
  reader.close();
  await engine.close();
  assert.equal(leftBehind(folder), 0);
  await remove();
  return { largest, figures };
}
/** Bytes of WAL after close: none. */
const leftBehind = (folder: string): number => statSync(`${databaseFile(folder)}-wal`, { throwIfNoEntry: false })?.size ?? 0;

describe("checkpoints", () => {
  it("keep the WAL near the soft limit under load without readers", { timeout: 60_000 }, async () => {
    const { largest, figures } = await measured((engine) => load(engine, 8 * mebibyte, () => {}));
    assert.ok(largest > limits.walSoftBytes / 2 && largest < limits.walHardBytes + 2 * mebibyte, `${largest}`);
    assert.ok(figures.passes > 0 && figures.resets > 0, JSON.stringify(figures));
  });

  it("keep the WAL bounded while readers are held all the time", { timeout: 60_000 }, async () => {
    const { largest, figures } = await measured(async (engine, reader) => {
      let open = 0;
      await load(engine, 8 * mebibyte, async () => {
        // Always some snapshot inside the WAL, none closed by its reader: each lives until it is swept.
        if (reader.stats().open >= 5) return;
        const snapshot = await reader.snapshot();
        await snapshot.get(Buffer.from("lane0/0"));
        open++;
      });
      assert.ok(open >= 5, `${open}`);
    });
    assert.ok(figures.holds > 0 && figures.resets > 0, JSON.stringify(figures));
    assert.ok(largest < limits.walHardBytes + 2 * mebibyte, `${largest}`);
  });

  it("short snapshots one after another do not keep the WAL from being reset", { timeout: 60_000 }, async () => {
    const { largest, figures } = await measured((engine, reader) =>
      load(engine, 8 * mebibyte, async () => {
        const snapshot = await reader.snapshot();
        await snapshot.get(Buffer.from("lane0/0"));
        setTimeout(() => snapshot.close(), 3);
      }),
    );
    assert.ok(figures.resets > 0);
    assert.ok(largest < limits.walHardBytes + 2 * mebibyte, `${largest}`);
  });

  it("a reader of another process that holds the WAL for long stops nobody", { timeout: 60_000 }, async () => {
    const { folder, remove } = await temporaryFolder();
    const engine = testEngine(folder, { checkpoints: { ...limits, holdMsMax: 100 } });
    await engine.commit({ expect: [], put: [{ key: Buffer.from("k"), value: Buffer.alloc(9) }], remove: [], add: [] });
    const foreign = openReader(folder, { snapshotMsMax: 60_000 });
    const held = await foreign.snapshot();
    await load(engine, 6 * mebibyte, () => {});
    assert.equal((await held.get(Buffer.from("k")))?.length, 9);
    assert.ok(engine.stats().walBytes > limits.walHardBytes);
    foreign.close();
    const untilMs = performance.now() + 5_000;
    while (engine.stats().walBytes > limits.walSoftBytes && performance.now() < untilMs) await load(engine, 30_000, () => {});
    assert.ok(engine.stats().walBytes <= limits.walSoftBytes);
    await engine.close();
    await remove();
  });
});
