/** What every metadata store must do. `metadataContract(name, open)` declares the tests; each opens a store of its own. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Batch, type Bytes, type MetadataStore, type Snapshot, StoreRefused, metadataLimits } from "../../core/ports.ts";
import { historyTests } from "./metadata-history.ts";

/** A fresh, empty store, and what cleans up behind it (after `store.close()`). */
export type OpenedMetadata = { store: MetadataStore; cleanUp: () => Promise<void> };

const utf8 = (text: string): Bytes => new TextEncoder().encode(text);
const bytes = (...values: number[]): Bytes => Uint8Array.from(values);
const everything = { from: bytes(0), to: new Uint8Array(40).fill(0xff) };
const hex = (key: Bytes): string => Buffer.from(key).toString("hex");
const monotonicMs = (): number => Number(process.hrtime.bigint() / 1000n) / 1000;

export const batchOf = (parts: Partial<Batch>): Batch => ({ expect: [], put: [], remove: [], add: [], ...parts });
const putting = (...keys: (string | Bytes)[]): Batch => batchOf({ put: keys.map((key) => ({ key: typeof key === "string" ? utf8(key) : key, value: utf8("v") })) });

async function read<T>(store: MetadataStore, from: (snapshot: Snapshot) => Promise<T>): Promise<T> {
  const snapshot = await store.snapshot();
  try {
    return await from(snapshot);
  } finally {
    snapshot.close();
  }
}
async function keysOf(snapshot: Snapshot, range: { from: Bytes; to: Bytes; reverse?: boolean } = everything, pageSize = 3): Promise<string[]> {
  const cursor = snapshot.scan(range);
  const keys: string[] = [];
  for (let page = await cursor.next(pageSize); page.length > 0; page = await cursor.next(pageSize)) keys.push(...page.map(({ key }) => hex(key)));
  cursor.close();
  return keys;
}
const text = (value: Bytes | undefined): string | undefined => value && Buffer.from(value).toString();

export function metadataContract(name: string, open: () => Promise<OpenedMetadata>): void {
  const test = (title: string, run: (store: MetadataStore) => Promise<void>): void => {
    it(title, { timeout: 30_000 }, async () => {
      const { store, cleanUp } = await open();
      try {
        await run(store);
      } finally {
        await store.close();
        await cleanUp();
      }
    });
  };
  describe(`metadata store: ${name}`, () => {
    readingTests(test);
    expectationTests(test);
    counterTests(test);
    limitTests(test);
    turnTests(test);
    historyTests(name, open);
  });
}

type Test = (title: string, run: (store: MetadataStore) => Promise<void>) => void;

function readingTests(test: Test): void {
  test("keeps keys in the order of their bytes, forward and reversed", async (store) => {
    const keys = [bytes(0), bytes(0, 0), bytes(0, 0xff), bytes(1), utf8("a"), utf8("a/"), utf8("a/b"), utf8("a0"), utf8("aa"), bytes(0x7f), bytes(0x80), bytes(0xff), bytes(0xff, 0), bytes(0xff, 0xff)];
    for (const key of keys.toReversed()) await store.commit(putting(key));
    await read(store, async (snapshot) => {
      assert.deepEqual(await keysOf(snapshot), keys.map(hex));
      assert.deepEqual(await keysOf(snapshot, { ...everything, reverse: true }), keys.toReversed().map(hex));
      assert.deepEqual(await keysOf(snapshot, { from: utf8("a"), to: utf8("aa") }), ["a", "a/", "a/b", "a0"].map(utf8).map(hex));
      assert.deepEqual(await keysOf(snapshot, { from: utf8("b"), to: utf8("a") }), []);
      assert.deepEqual(await keysOf(snapshot, { from: new Uint8Array(0), to: bytes(0, 1) }), ["00", "0000"]);
      assert.deepEqual(await keysOf(snapshot, { from: utf8("a"), to: new Uint8Array(0) }), []);
    });
  });

  test("gives the values back as they were put, empty ones too, and none for an absent key", async (store) => {
    const value = bytes(0, 1, 0xff, 0);
    await store.commit(batchOf({ put: [{ key: utf8("k"), value }, { key: utf8("empty"), value: new Uint8Array(0) }] }));
    value.fill(9);
    await read(store, async (snapshot) => {
      assert.deepEqual([...((await snapshot.get(utf8("k"))) ?? [])], [0, 1, 0xff, 0]);
      assert.equal((await snapshot.get(utf8("empty")))?.length, 0);
      assert.equal(await snapshot.get(utf8("kk")), undefined);
      assert.deepEqual((await snapshot.scan(everything).next(9)).map((entry) => entry.value.length), [0, 4]);
      assert.deepEqual((await snapshot.scan({ ...everything, keysOnly: true }).next(9)).map((entry) => [text(entry.key), entry.value.length]), [["empty", 0], ["k", 0]]);
    });
  });

  test("puts, replaces and removes", async (store) => {
    await store.commit(putting("a", "b"));
    await store.commit(batchOf({ put: [{ key: utf8("a"), value: utf8("2") }], remove: [utf8("b"), utf8("never there")] }));
    await read(store, async (snapshot) => {
      assert.equal(text(await snapshot.get(utf8("a"))), "2");
      assert.deepEqual(await keysOf(snapshot), [hex(utf8("a"))]);
    });
  });

  test("a snapshot does not see what is committed after it began, however late it reads", async (store) => {
    await store.commit(batchOf({ put: [{ key: utf8("a"), value: utf8("1") }, { key: utf8("b"), value: utf8("1") }], add: [{ counter: utf8("n"), delta: 2 }] }));
    const before = await store.snapshot();
    const cursor = before.scan(everything);
    for (let i = 0; i < 20; i++) {
      await store.commit(batchOf({ put: [{ key: utf8("a"), value: utf8("2") }, { key: utf8(`c${i}`), value: utf8("2") }], remove: [utf8("b")], add: [{ counter: utf8("n"), delta: 1 }] }));
    }
    assert.equal(text(await before.get(utf8("a"))), "1");
    assert.deepEqual((await cursor.next(99)).map((entry) => [text(entry.key), text(entry.value)]), [["a", "1"], ["b", "1"]]);
    assert.equal(await before.sum(utf8("n")), 2);
    before.close();
    await read(store, async (after) => {
      assert.equal(text(await after.get(utf8("a"))), "2");
      assert.equal(await after.get(utf8("b")), undefined);
      assert.equal(await after.sum(utf8("n")), 22);
    });
  });

  test("many snapshots at once each keep their own state", async (store) => {
    const snapshots: Snapshot[] = [];
    for (let i = 0; i < 12; i++) {
      await store.commit(batchOf({ put: [{ key: utf8("k"), value: utf8(String(i)) }] }));
      snapshots.push(await store.snapshot());
    }
    const seen = await Promise.all(snapshots.map((snapshot) => snapshot.get(utf8("k"))));
    assert.deepEqual(seen.map(text), snapshots.map((_, index) => String(index)));
    for (const snapshot of snapshots) snapshot.close();
  });

  test("a snapshot begun after an acknowledgement sees that commit", async (store) => {
    for (let i = 0; i < 200; i++) {
      await store.commit(batchOf({ put: [{ key: utf8("k"), value: utf8(String(i)) }] }));
      assert.equal(await read(store, async (snapshot) => text(await snapshot.get(utf8("k")))), String(i));
    }
  });

  test("cursors page, seek forward and backward in their direction, and never go back", async (store) => {
    const keys = Array.from({ length: 26 }, (_, i) => String.fromCharCode(97 + i));
    await store.commit(putting(...keys));
    const names = async (page: Promise<{ key: Bytes }[]>): Promise<string> => (await page).map(({ key }) => text(key)).join("");
    await read(store, async (snapshot) => {
      const forward = snapshot.scan({ from: utf8("b"), to: utf8("y") });
      assert.equal(await names(forward.next(2)), "bc");
      forward.seek(utf8("a"));
      assert.equal(await names(forward.next(1)), "d");
      forward.seek(utf8("mm"));
      assert.equal(await names(forward.next(2)), "no");
      forward.seek(utf8("o"));
      assert.equal(await names(forward.next(1)), "p");
      forward.seek(utf8("x"));
      assert.equal(await names(forward.next(9)), "x");
      assert.equal(await names(forward.next(9)), "");
      const reverse = snapshot.scan({ from: utf8("b"), to: utf8("y"), reverse: true });
      assert.equal(await names(reverse.next(2)), "xw");
      reverse.seek(utf8("z"));
      assert.equal(await names(reverse.next(1)), "v");
      reverse.seek(utf8("mm"));
      assert.equal(await names(reverse.next(2)), "ml");
      reverse.seek(utf8("d"));
      assert.equal(await names(reverse.next(9)), "dcb");
      assert.equal(await names(reverse.next(9)), "");
      const first = snapshot.scan({ from: utf8("b"), to: utf8("y") });
      first.seek(utf8("zz"));
      assert.equal(await names(first.next(1)), "");
    });
  });

  test("a closed snapshot or cursor is not read", async (store) => {
    await store.commit(putting("a"));
    const snapshot = await store.snapshot();
    const cursor = snapshot.scan(everything);
    cursor.close();
    await assert.rejects(cursor.next(1));
    snapshot.close();
    snapshot.close();
    await assert.rejects(snapshot.get(utf8("a")));
    await assert.rejects(snapshot.scan(everything).next(1));
  });

  test("refuses to read more rows from one snapshot than the limit", async (store) => {
    const per = 5_000;
    for (let from = 0; from < metadataLimits.snapshotRowsMax; from += per) {
      await store.commit(putting(...Array.from({ length: per }, (_, i) => `k${String(from + i).padStart(6, "0")}`)));
    }
    const snapshot = await store.snapshot();
    const cursor = snapshot.scan({ ...everything, keysOnly: true });
    assert.equal((await cursor.next(metadataLimits.snapshotRowsMax)).length, metadataLimits.snapshotRowsMax);
    await assert.rejects(cursor.next(1), (error) => error instanceof StoreRefused && error.reason === "timeout");
    snapshot.close();
  });
}

function expectationTests(test: Test): void {
  test("a batch whose expectation fails changes nothing and names what failed", async (store) => {
    await store.commit(putting("a", "range/x"));
    const conflicting = await store.commit(
      batchOf({
        expect: [
          { key: utf8("a"), is: undefined },
          { key: utf8("a"), is: utf8("v") },
          { key: utf8("absent"), is: utf8("v") },
          { empty: { from: utf8("range/"), to: utf8("range0") } },
          { empty: { from: utf8("other/"), to: utf8("other0") } },
        ],
        put: [{ key: utf8("new"), value: utf8("v") }],
        remove: [utf8("a")],
        add: [{ counter: utf8("n"), delta: 1 }],
      }),
    );
    assert.deepEqual(conflicting.committed ? [] : conflicting.conflicts.map(text), ["a", "absent", "range/"]);
    await read(store, async (snapshot) => {
      assert.deepEqual(await keysOf(snapshot), ["a", "range/x"].map(utf8).map(hex));
      assert.equal(await snapshot.sum(utf8("n")), 0);
    });
  });

  test("expectations that hold let the batch through", async (store) => {
    await store.commit(putting("a"));
    const outcome = await store.commit(
      batchOf({ expect: [{ key: utf8("a"), is: utf8("v") }, { key: utf8("b"), is: undefined }, { empty: { from: utf8("a0"), to: utf8("z") } }, { empty: { from: utf8("a"), to: utf8("a") } }], put: [{ key: utf8("b"), value: utf8("v") }], remove: [utf8("a")] }),
    );
    assert.deepEqual(outcome, { committed: true });
  });

  test("an empty value is a value, not an absence", async (store) => {
    await store.commit(batchOf({ put: [{ key: utf8("e"), value: new Uint8Array(0) }] }));
    assert.equal((await store.commit(batchOf({ expect: [{ key: utf8("e"), is: undefined }] }))).committed, false);
    assert.equal((await store.commit(batchOf({ expect: [{ key: utf8("e"), is: new Uint8Array(0) }], remove: [utf8("e")] }))).committed, true);
    assert.equal((await store.commit(batchOf({ expect: [{ key: utf8("e"), is: new Uint8Array(0) }] }))).committed, false);
  });

  test("batches in flight together see those ahead of them and do not disturb each other", async (store) => {
    const absent = { expect: [{ key: utf8("once"), is: undefined }] };
    const claim = (by: string): Batch => batchOf({ ...absent, put: [{ key: utf8("once"), value: utf8(by) }], add: [{ counter: utf8("n"), delta: 1 }] });
    const outcomes = await Promise.all([
      store.commit(claim("0")),
      ...Array.from({ length: 30 }, (_, i) => store.commit(claim(String(i + 1)))),
      store.commit(batchOf({ expect: [{ key: utf8("once"), is: utf8("0") }], put: [{ key: utf8("once"), value: utf8("next") }] })),
      store.commit(batchOf({ expect: [{ empty: { from: utf8("on"), to: utf8("oo") } }], put: [{ key: utf8("late"), value: utf8("v") }] })),
      store.commit(batchOf({ remove: [utf8("once")] })),
      store.commit(batchOf({ expect: [{ empty: { from: utf8("on"), to: utf8("oo") } }], put: [{ key: utf8("last"), value: utf8("v") }] })),
    ]);
    const won = outcomes.flatMap(({ committed }, index) => (committed ? [index] : []));
    assert.deepEqual(won, [0, 31, 33, 34]);
    await read(store, async (snapshot) => {
      assert.deepEqual(await keysOf(snapshot), [hex(utf8("last"))]);
      assert.equal(await snapshot.sum(utf8("n")), 1);
    });
  });

  test("a conflict is answered when its winner can be read", async (store) => {
    for (let i = 0; i < 50; i++) {
      const key = utf8(`k${i}`);
      const claim = (): Promise<boolean> => store.commit(batchOf({ expect: [{ key, is: undefined }], put: [{ key, value: utf8("v") }] })).then((outcome) => outcome.committed);
      const winner = claim();
      assert.equal(await claim(), false);
      assert.equal(await read(store, async (snapshot) => text(await snapshot.get(key))), "v");
      assert.equal(await winner, true);
    }
  });
}

function counterTests(test: Test): void {
  const add = (...deltas: [name: string, delta: number][]): Batch => batchOf({ add: deltas.map(([counter, delta]) => ({ counter: utf8(counter), delta })) });

  test("counters add up, go below zero, and are exact up to 2^53", async (store) => {
    await Promise.all([add(["a", 5], ["b", 1], ["a", -7]), add(["a", 1]), add(["big", Number.MAX_SAFE_INTEGER])].map((batch) => store.commit(batch)));
    await read(store, async (snapshot) => {
      assert.equal(await snapshot.sum(utf8("a")), -1);
      assert.equal(await snapshot.sum(utf8("b")), 1);
      assert.equal(await snapshot.sum(utf8("big")), Number.MAX_SAFE_INTEGER);
      assert.equal(await snapshot.sum(utf8("never")), 0);
    });
  });

  test("dropped counters are gone, also when they are added to in the same batch, and begin again at 0", async (store) => {
    await store.commit(add(["a", 5], ["b", 6]));
    await Promise.all([store.commit(batchOf({ add: [{ counter: utf8("a"), delta: 1 }], drop: [utf8("a"), utf8("b")] })), store.commit(add(["b", 2]))]);
    await read(store, async (snapshot) => {
      assert.deepEqual((await snapshot.counters(everything)).map(({ counter, value }) => [text(counter), value]), [["b", 2]]);
      assert.equal(await snapshot.sum(utf8("a")), 0);
    });
  });

  test("counters are listed by range, zero included, and are no keys", async (store) => {
    await store.commit(add(["c/1", 1], ["c/2", 2], ["c/3", 3], ["d", 4]));
    await store.commit(add(["c/2", -2]));
    await read(store, async (snapshot) => {
      const listed = await snapshot.counters({ from: utf8("c/"), to: utf8("c0") });
      assert.deepEqual(listed.map(({ counter, value }) => [text(counter), value]), [["c/1", 1], ["c/2", 0], ["c/3", 3]]);
      assert.deepEqual(await keysOf(snapshot), []);
    });
  });
}

function limitTests(test: Test): void {
  test("holds the longest keys and values, and ranges over them", async (store) => {
    const key = new Uint8Array(metadataLimits.keyBytesMax).fill(0xfe);
    const value = new Uint8Array(metadataLimits.valueBytesMax).map((_, index) => index % 251);
    const next = new Uint8Array([...key, 0]);
    await store.commit(batchOf({ expect: [{ empty: { from: key, to: next } }], put: [{ key, value }] }));
    await read(store, async (snapshot) => {
      assert.equal(Buffer.compare((await snapshot.get(key)) ?? bytes(), value), 0);
      const [entry] = await snapshot.scan({ from: key, to: next }).next(1);
      assert.equal(Buffer.compare(entry?.key ?? bytes(), key), 0);
      assert.equal((await snapshot.scan({ from: key, to: next, reverse: true, keysOnly: true }).next(1)).length, 1);
    });
    assert.equal((await store.commit(batchOf({ expect: [{ key, is: value }], remove: [key] }))).committed, true);
  });

  test("refuses what is too long, too much or named twice, with an Error that is no outcome", async (store) => {
    const long = new Uint8Array(metadataLimits.keyBytesMax + 1).fill(1);
    const many = Array.from({ length: metadataLimits.batchOperationsMax + 1 }, (_, i) => utf8(`k${i}`));
    const large = Array.from({ length: 17 }, (_, i) => ({ key: utf8(`k${i}`), value: new Uint8Array(metadataLimits.valueBytesMax) }));
    const defects: [string, Batch][] = [
      ["key too long", putting(long)],
      ["empty key", putting(new Uint8Array(0))],
      ["value too long", batchOf({ put: [{ key: utf8("k"), value: new Uint8Array(metadataLimits.valueBytesMax + 1) }] })],
      ["too many operations", batchOf({ remove: many })],
      ["too many bytes", batchOf({ put: large })],
      ["put twice", putting("a", "b", "a")],
      ["put and removed", batchOf({ ...putting("a"), remove: [utf8("a")] })],
      ["removed twice among many", batchOf({ remove: [...many.slice(0, 100), utf8("k7")] })],
      ["counter by a fraction", batchOf({ add: [{ counter: utf8("n"), delta: 0.5 }] })],
    ];
    for (const [why, batch] of defects) {
      await assert.rejects(store.commit(batch), (error) => error instanceof Error && !(error instanceof StoreRefused), why);
    }
    await read(store, async (snapshot) => assert.deepEqual(await keysOf(snapshot), []));
  });

  test("takes a batch of as many operations as allowed", async (store) => {
    const keys = Array.from({ length: metadataLimits.batchOperationsMax }, (_, i) => utf8(`k${i}`));
    assert.equal((await store.commit(batchOf({ put: keys.map((key) => ({ key, value: key })) }))).committed, true);
    assert.equal((await store.commit(batchOf({ remove: keys }))).committed, true);
    await read(store, async (snapshot) => assert.deepEqual(await keysOf(snapshot), []));
  });

  test("refuses commits and snapshots after close", async (store) => {
    await store.close();
    await assert.rejects(store.commit(putting("a")), (error) => error instanceof StoreRefused && error.reason === "closing");
    await assert.rejects(store.snapshot(), (error) => error instanceof StoreRefused && error.reason === "closing");
    await assert.rejects(store.turn(utf8("a"), monotonicMs() + 1000), (error) => error instanceof StoreRefused);
  });
}

function turnTests(test: Test): void {
  const key = utf8("hot");

  test("turns come one at a time, in the order of asking, per key", async (store) => {
    const order: number[] = [];
    let inside = 0;
    await Promise.all(
      Array.from({ length: 64 }, async (_, index) => {
        const release = await store.turn(key, monotonicMs() + 20_000);
        assert.equal(++inside, 1);
        order.push(index);
        if (index % 8 === 0) await new Promise((resolve) => setImmediate(resolve));
        inside--;
        release();
        release();
      }),
    );
    assert.deepEqual(order, Array.from({ length: 64 }, (_, index) => index));
  });

  test("a turn of one key does not wait for that of another", async (store) => {
    const release = await store.turn(key, monotonicMs() + 20_000);
    (await store.turn(utf8("cold"), monotonicMs() + 20_000))();
    release();
  });

  test("who waits past the deadline is refused, and the queue goes on", async (store) => {
    const release = await store.turn(key, monotonicMs() + 20_000);
    const late = store.turn(key, monotonicMs() + 30);
    const patient = store.turn(key, monotonicMs() + 20_000);
    await assert.rejects(late, (error) => error instanceof StoreRefused && error.reason === "timeout");
    await assert.rejects(store.turn(key, monotonicMs() - 1), (error) => error instanceof StoreRefused && error.reason === "timeout");
    release();
    (await patient)();
  });

  test("writers of one key that take turns after a conflict all succeed", async (store) => {
    const deadline = monotonicMs() + 20_000;
    const increment = async (): Promise<void> => {
      let release = (): void => {};
      for (;;) {
        const is = await read(store, (snapshot) => snapshot.get(key));
        const outcome = await store.commit(batchOf({ expect: [{ key, is }], put: [{ key, value: utf8(String(Number(text(is) ?? 0) + 1)) }] }));
        release();
        if (outcome.committed) return;
        release = await store.turn(key, deadline);
      }
    };
    await Promise.all(Array.from({ length: 64 }, increment));
    assert.equal(await read(store, async (snapshot) => text(await snapshot.get(key))), "64");
  });
}
