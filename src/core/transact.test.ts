import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { monotonicMs } from "../storage/metadata/monotonic.ts";
import { Change } from "./change.ts";
import { tables } from "./keys.ts";
import { type CommitOutcome, type MetadataStore, StoreOutcomeUnknown, StoreRefused } from "./ports.ts";
import { testContext, testPorts } from "./testing.ts";
import { transact } from "./transact.ts";

const key = tables.machine.key("k");
const bytes = (text: string): Buffer => Buffer.from(text);
const wrapped = (more: Partial<MetadataStore>): { ports: ReturnType<typeof testPorts>; open(): number } => {
  const ports = testPorts();
  let open = 0;
  const { metadata } = ports;
  const snapshot = async () => {
    const taken = await metadata.snapshot();
    open++;
    const close = taken.close.bind(taken);
    taken.close = () => {
      open--;
      close();
    };
    return taken;
  };
  return { ports: { ...ports, metadata: { ...metadata, snapshot, ...more } }, open: () => open };
};

describe("transact", () => {
  it("retries a conflict with fresh reads, in turn, and loses no update", async () => {
    const ports = testPorts();
    const add = () =>
      transact(ports, testContext("admin"), key, async (view, change) => {
        const before = await view.get(key);
        const count = Number(Buffer.from(before ?? bytes("0")).toString());
        change.expect(key, before).put(key, bytes(String(count + 1)));
        return count;
      });
    const seen = await Promise.all(Array.from({ length: 50 }, add));
    assert.deepEqual(
      seen.sort((a, b) => a - b),
      Array.from({ length: 50 }, (_, i) => i),
    );
  });

  it("a first try that reads row by row loses no update, and what it throws is not believed before a snapshot says so", async () => {
    const ports = testPorts();
    const other = tables.machine.key("other");
    const { metadata } = ports;
    const set = (value: string): Promise<CommitOutcome> =>
      metadata.commit({ expect: [], put: [key, other].map((row) => ({ key: row, value: bytes(value) })), remove: [], add: [] });
    await set("1");
    let reads = 0;
    const get = async (row: Uint8Array) => {
      const snapshot = await metadata.snapshot();
      const value = await snapshot.get(row);
      snapshot.close();
      // another writer comes between the first row and the second
      if (++reads === 1) await set("2");
      return value;
    };
    const tries: string[] = [];
    const result = await transact(
      { ...ports, metadata: { ...metadata, get } },
      testContext("admin"),
      key,
      async (view, change) => {
        const [a, b] = [Buffer.from((await view.get(key)) ?? []).toString(), Buffer.from((await view.get(other)) ?? []).toString()];
        tries.push(`${a}${b}`);
        if (a !== b) throw new Error("rows of different moments");
        change.expect(key, bytes(a)).put(key, bytes("3"));
        return a;
      },
      { rowByRow: true },
    );
    assert.equal(result, "2");
    assert.deepEqual(tries, ["12", "22"]);
    assert.equal(reads, 2);
    await assert.rejects(
      transact(
        { ...ports, metadata: { ...metadata, get } },
        testContext("admin"),
        key,
        async (view) => {
          await view.first({ from: key, to: other });
          throw new Error("seen on a snapshot");
        },
        { rowByRow: true },
      ),
      /seen on a snapshot/,
    );
  });

  it("gives up at its deadline, with the turn released and every view closed", async () => {
    let turns = 0;
    const { ports, open } = wrapped({
      commit: async (): Promise<CommitOutcome> => ({ committed: false, conflicts: [key] }),
      turn: async () => {
        turns++;
        return () => void turns--;
      },
    });
    const context = testContext("admin", undefined, monotonicMs() + 30);
    await assert.rejects(
      transact(ports, context, key, async (_view, change) => void change.put(key, bytes("x"))),
      { kind: "overloaded" },
    );
    assert.deepEqual([turns, open()], [0, 0]);
  });

  it("begins again when its snapshot was taken back for its age, a few times", async () => {
    const ports = testPorts();
    for (const failures of [2, 3]) {
      let tried = 0;
      const running = transact(ports, testContext("admin"), key, async () => {
        if (tried++ < failures) throw new StoreRefused("timeout", "too old");
        return "done";
      });
      if (failures === 2) assert.equal(await running, "done");
      else await assert.rejects(running, { kind: "overloaded" });
    }
  });

  it("says what a refusal of the store means, and lets an unknown outcome pass", async () => {
    const cases = [
      [new StoreRefused("full", ""), { kind: "diskFull" }],
      [new StoreRefused("timeout", ""), { kind: "overloaded" }],
      [new StoreRefused("closing", ""), { kind: "draining" }],
      [new StoreOutcomeUnknown("?"), { name: "StoreOutcomeUnknown" }],
    ] as const;
    for (const [error, expected] of cases) {
      const { ports, open } = wrapped({ commit: () => Promise.reject(error) });
      await assert.rejects(
        transact(ports, testContext("admin"), key, async (_view, change) => void change.put(key, bytes("x"))),
        expected,
      );
      assert.equal(open(), 0);
    }
  });

  it("commits nothing when nothing changes", async () => {
    const { ports } = wrapped({ commit: () => assert.fail("committed") });
    const reading = transact(ports, testContext("admin"), key, async (_view, change) => {
      change.expect(key, undefined);
      return 7;
    });
    assert.equal(await reading, 7);
  });
});

describe("a change", () => {
  it("names each key once, the last word on it standing, and sums counters", () => {
    const change = new Change().put(key, bytes("1")).put(key, bytes("2")).add(key, 2).add(key, -5);
    const other = tables.machine.key("other");
    change.put(other, bytes("x")).remove(other).expect(key, bytes("0")).expect(key, bytes("0"));
    const batch = change.toBatch();
    assert.deepEqual(batch.put, [{ key, value: bytes("2") }]);
    assert.deepEqual(batch.remove, [other]);
    assert.deepEqual(batch.add, [{ counter: key, delta: -3 }]);
    assert.equal(batch.expect.length, 1);
    assert.equal(new Change().add(key, 1).add(key, -1).isEmpty, true);
  });

  it("does so for many keys as for few, and of two ranges that begin alike keeps the wider", () => {
    const change = new Change();
    const keys = Array.from({ length: 100 }, (_, n) => tables.machine.key(`many/${n}`));
    for (const round of ["first", "last"]) {
      for (const each of keys) change.expect(each, undefined).put(each, bytes(round)).add(each, 1);
    }
    change.remove(keys[99] as Uint8Array);
    const [from, near, far] = [bytes("a"), bytes("b"), bytes("c")];
    change.expectEmpty({ from, to: near }).expectEmpty({ from, to: far }).expectEmpty({ from, to: near });
    assert.equal(change.operations, 301);
    const batch = change.toBatch();
    assert.deepEqual(
      batch.put,
      keys.slice(0, 99).map((each) => ({ key: each, value: bytes("last") })),
    );
    assert.deepEqual(batch.remove, [keys[99]]);
    assert.deepEqual(
      batch.add,
      keys.map((counter) => ({ counter, delta: 2 })),
    );
    assert.deepEqual(batch.expect, [...keys.map((each) => ({ key: each, is: undefined })), { empty: { from, to: far } }]);
    assert.throws(() => change.expect(keys[50] as Uint8Array, bytes("x")), /two values/);
  });

  it("cannot expect two values of one key", () => {
    for (const [one, two] of [
      [bytes("a"), bytes("b")],
      [undefined, bytes("a")],
      [bytes("a"), undefined],
    ] as const) {
      assert.throws(() => new Change().expect(key, one).expect(key, two), /two values/);
    }
  });
});
