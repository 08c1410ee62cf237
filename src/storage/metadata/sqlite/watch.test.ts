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
      commitWith(commit) {
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
  it("a full disk at the commit still closes the pair", async () => {
    failWith = Object.assign(new Error("database or disk is full"), { errcode: 13, code: "ERR_SQLITE_ERROR" });
    await assert.rejects(put(1, "b"));
    failWith = undefined;
    assert.equal(count % 2, 0);
    await put(1, "c");
    assert.equal(count % 2, 0);
  });
});
