import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { tables } from "./keys.ts";
import type { Bytes, MetadataStore } from "./ports.ts";
import { testPorts } from "./testing.ts";
import { onView, type View } from "./view.ts";

const first = tables.machine.key("first");
const second = tables.machine.key("second");
const text = (bytes: Bytes | undefined): string => Buffer.from(bytes ?? []).toString();

/** A store that can read one row by itself, with the snapshots it was asked for. */
async function aloneStore() {
  const base = testPorts();
  const { metadata } = base;
  let snapshots = 0;
  const store: MetadataStore = {
    ...metadata,
    snapshot() {
      snapshots++;
      return metadata.snapshot();
    },
    async get(key) {
      const snapshot = await metadata.snapshot();
      try {
        return await snapshot.get(key);
      } finally {
        snapshot.close();
      }
    },
  };
  const set = async (value: string): Promise<void> => {
    const put = [first, second].map((key) => ({ key, value: Buffer.from(value) }));
    assert.ok((await metadata.commit({ expect: [], put, remove: [], add: [] })).committed);
  };
  await set("old");
  return { ports: { ...base, metadata: store }, set, snapshots: () => snapshots };
}

describe("a view that starts alone", () => {
  it("takes no snapshot for one row, asked for twice", async () => {
    const { ports, snapshots } = await aloneStore();
    const seen = await onView(ports, async (view) => [text(await view.get(first)), text(await view.get(first))], { startsAlone: true });
    assert.deepEqual(seen, ["old", "old"]);
    assert.equal(snapshots(), 0);
  });

  it("reads on in one snapshot when the first row is still the same", async () => {
    const { ports, snapshots } = await aloneStore();
    const read = async (view: View): Promise<string[]> => [text(await view.get(first)), text(await view.get(second)), text(await view.get(tables.machine.key("absent")))];
    assert.deepEqual(await onView(ports, read, { startsAlone: true }), ["old", "old", ""]);
    assert.equal(snapshots(), 1);
  });

  it("begins again when the first row has changed, and shows no mixture", async () => {
    const { ports, set } = await aloneStore();
    let runs = 0;
    const read = async (view: View): Promise<string[]> => {
      const one = text(await view.get(first));
      if (runs++ === 0) await set("new");
      return [one, text(await view.get(second))];
    };
    assert.deepEqual(await onView(ports, read, { startsAlone: true }), ["new", "new"]);
    assert.equal(runs, 2);
  });

  it("keeps two reads that begin together apart from what is committed between them", async () => {
    const { ports, set } = await aloneStore();
    const read = async (view: View): Promise<string[]> => {
      const one = view.get(first);
      const writing = set("new");
      const other = view.get(second);
      await writing;
      return [text(await one), text(await other)];
    };
    const [one, other] = await onView(ports, read, { startsAlone: true });
    assert.equal(one, other);
  });
});
