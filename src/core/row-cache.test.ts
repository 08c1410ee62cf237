import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memoryMetadata } from "../storage/metadata/memory/store.ts";
import { tables } from "./keys.ts";
import type { MetadataStore } from "./ports.ts";
import { isCachedRow } from "./row-cache.ts";
import { testPorts } from "./testing.ts";
import { View } from "./view.ts";

/** A store that counts what is read and announces commits of watched rows as the engine does. `between` runs while a commit is under way. */
function watchedStore(between: () => Promise<void> = async () => {}) {
  const memory = memoryMetadata();
  const state = { number: 0, gets: 0, between };
  const store: MetadataStore = {
    ...memory,
    watched: () => state.number,
    async snapshot() {
      const snapshot = await memory.snapshot();
      return {
        ...snapshot,
        get(key) {
          state.gets++;
          return snapshot.get(key);
        },
      };
    },
    async commit(batch) {
      const watched = [...batch.put.map(({ key }) => key), ...batch.remove].some(isCachedRow);
      if (watched) state.number++;
      await state.between();
      const outcome = await memory.commit(batch);
      await state.between();
      if (watched) state.number++;
      return outcome;
    },
  };
  return { ports: testPorts({ metadata: store }), state };
}
const row = tables.accessKey.key("AK");
const other = tables.machine.key("x");
const put = (ports: { metadata: MetadataStore }, key: Uint8Array, value: string) =>
  ports.metadata.commit({ expect: [], put: [{ key, value: Buffer.from(value) }], remove: [], add: [] });
async function read(ports: Parameters<typeof View.open>[0], key: Uint8Array): Promise<string | undefined> {
  const view = View.open(ports);
  const value = await view.get(key);
  view.close();
  return value && Buffer.from(value).toString();
}

describe("row cache", () => {
  it("reads a kept row once, absence included, until a watched row changes", async () => {
    const { ports, state } = watchedStore();
    assert.equal(await read(ports, row), undefined);
    assert.equal(await read(ports, row), undefined);
    assert.equal(state.gets, 1);
    await put(ports, other, "x");
    assert.equal(await read(ports, row), undefined);
    assert.equal(state.gets, 1, "a commit of another row changes nothing");
    await put(ports, row, "one");
    assert.equal(await read(ports, row), "one");
    assert.equal(await read(ports, row), "one");
    assert.equal(state.gets, 2);
  });
  it("shows a change to the first reader after its commit, and never keeps what was read while it was under way", async () => {
    const { ports, state } = watchedStore();
    await put(ports, row, "old");
    await read(ports, row);
    const during: (string | undefined)[] = [];
    state.between = async () => void during.push(await read(ports, row));
    await put(ports, row, "new");
    state.between = async () => {};
    assert.deepEqual(during, ["old", "new"]);
    assert.equal(await read(ports, row), "new");
  });
  it("does not keep a row that a view read after a change it did not see begin", async () => {
    const { ports } = watchedStore();
    await put(ports, row, "old");
    const early = View.open(ports);
    await put(ports, row, "new");
    await early.get(row);
    early.close();
    assert.equal(await read(ports, row), "new");
    await put(ports, row, "newest");
    assert.equal(await read(ports, row), "newest");
  });
  it("keeps rows of the tables that hardly change, and no others", () => {
    assert.ok(isCachedRow(row));
    assert.ok(!isCachedRow(tables.current.key("0".repeat(24) as never, "k" as never)));
    assert.ok(!isCachedRow(tables.use.key("0".repeat(32) as never, Buffer.from("u"))));
  });
});
