/** Expectations, counters, limits, turns. */
import assert from "node:assert/strict";
import { type Batch, metadataLimits, StoreRefused } from "../../core/ports.ts";
import { batchOf, bytes, everything, hex, keysOf, monotonicMs, putting, read, type Test, text, utf8 } from "./metadata-helpers.ts";

export function expectationTests(test: Test): void {
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
      batchOf({
        expect: [
          { key: utf8("a"), is: utf8("v") },
          { key: utf8("b"), is: undefined },
          { empty: { from: utf8("a0"), to: utf8("z") } },
          { empty: { from: utf8("a"), to: utf8("a") } },
        ],
        put: [{ key: utf8("b"), value: utf8("v") }],
        remove: [utf8("a")],
      }),
    );
    assert.deepEqual(outcome, { committed: true });
  });

  test("a range is cleared when it has as many rows as were said, before anything is put, and else nothing happens", async (store) => {
    await store.commit(putting("a", "r/1", "r/2", "r/3", "s"));
    const range = { from: utf8("r/"), to: utf8("r0") };
    for (const rows of [1, 2, 4]) {
      const outcome = await store.commit(batchOf({ clear: [{ range, rows }], put: [{ key: utf8("late"), value: utf8("v") }] }));
      assert.deepEqual(outcome.committed ? [] : outcome.conflicts.map(text), ["r/"], `${rows} rows were said`);
    }
    const [joined, cleared, again] = await Promise.all([
      store.commit(putting("r/4")),
      store.commit(batchOf({ expect: [{ key: utf8("r/1"), is: utf8("v") }], clear: [{ range, rows: 4 }], put: [{ key: utf8("r/2"), value: utf8("new") }] })),
      store.commit(batchOf({ expect: [{ key: utf8("r/1"), is: undefined }], clear: [{ range, rows: 1 }] })),
    ]);
    assert.deepEqual([joined.committed, cleared.committed, again.committed], [true, true, true]);
    await read(store, async (snapshot) => assert.deepEqual(await keysOf(snapshot), ["a", "s"].map(utf8).map(hex)));
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

export function counterTests(test: Test): void {
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
      assert.deepEqual(
        (await snapshot.counters(everything)).map(({ counter, value }) => [text(counter), value]),
        [["b", 2]],
      );
      assert.equal(await snapshot.sum(utf8("a")), 0);
    });
  });

  test("counters are listed by range, zero included, and are no keys", async (store) => {
    await store.commit(add(["c/1", 1], ["c/2", 2], ["c/3", 3], ["d", 4]));
    await store.commit(add(["c/2", -2]));
    await read(store, async (snapshot) => {
      const listed = await snapshot.counters({ from: utf8("c/"), to: utf8("c0") });
      assert.deepEqual(
        listed.map(({ counter, value }) => [text(counter), value]),
        [
          ["c/1", 1],
          ["c/2", 0],
          ["c/3", 3],
        ],
      );
      assert.deepEqual(await keysOf(snapshot), []);
    });
  });
}

export function limitTests(test: Test): void {
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
      ["too many rows cleared", batchOf({ clear: [{ range: everything, rows: metadataLimits.batchOperationsMax + 1 }] })],
      ["no rows cleared", batchOf({ clear: [{ range: everything, rows: 0 }] })],
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

export function turnTests(test: Test): void {
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
    assert.deepEqual(
      order,
      Array.from({ length: 64 }, (_, index) => index),
    );
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
