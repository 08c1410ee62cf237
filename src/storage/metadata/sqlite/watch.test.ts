/** What the engine announces of watched rows: in pairs around the commit, odd while it can be seen or not, and nothing for other rows. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Engine, openEngine } from "./engine.ts";

describe("watched rows", () => {
  let folder: string;
  let engine: Engine;
  let count = 0;
  const rowsChanging: string[][] = [];
  const duringCommit: number[] = [];
  let failWith: Error | undefined;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "amphora-watch-"));
    engine = openEngine({
      folder,
      onFatal: () => {},
      watch: {
        covers: (key) => key[0] === 1,
        changing: () => {
          count++;
        },
      },
      watchRows: {
        covers: (key) => key[0] === 3,
        changing: (keys) => void rowsChanging.push(keys.map((key) => Buffer.from(key).toString("hex"))),
      },
      commitWith(commit) {
        rowsChanging.push(["commit"]);
        duringCommit.push(count);
        if (failWith) throw failWith;
        commit();
      },
    });
  });
  after(async () => {
    await engine.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const put = (tag: number, value: string) => engine.commit({ expect: [], put: [{ key: Uint8Array.of(tag, 7), value: Buffer.from(value) }], remove: [], add: [] });

  it("a commit of other rows is not announced", async () => {
    await put(2, "a");
    assert.equal(count, 0);
  });
  it("a put and a removal of a watched row are announced before and after, and the number is odd in between", async () => {
    await put(1, "a");
    assert.equal(count, 2);
    assert.equal(duringCommit.at(-1), 1);
    await engine.commit({ expect: [], put: [], remove: [Uint8Array.of(1, 7)], add: [] });
    assert.equal(count, 4);
    assert.equal(duringCommit.at(-1), 3);
  });
  it("rows that are watched one by one are named before the commit and after it, removals too, and in a commit that fails", async () => {
    await put(1, "a");
    rowsChanging.length = 0;
    await put(3, "a");
    await engine.commit({ expect: [], put: [{ key: Uint8Array.of(3, 1), value: Buffer.from("b") }], remove: [Uint8Array.of(3, 7)], add: [] });
    assert.deepEqual(rowsChanging, [["0307"], ["commit"], ["0307"], ["0301", "0307"], ["commit"], ["0301", "0307"]]);
    rowsChanging.length = 0;
    failWith = Object.assign(new Error("database or disk is full"), { errcode: 13, code: "ERR_SQLITE_ERROR" });
    await assert.rejects(put(3, "c"));
    failWith = undefined;
    assert.deepEqual(rowsChanging, [["0307"], ["commit"], ["0307"]]);
  });
  it("a full disk at the commit still closes the pair", async () => {
    failWith = Object.assign(new Error("database or disk is full"), { errcode: 13, code: "ERR_SQLITE_ERROR" });
    await assert.rejects(put(1, "b"));
    failWith = undefined;
    assert.equal(count % 2, 0);
    await put(1, "c");
    assert.equal(count % 2, 0);
  });
});
