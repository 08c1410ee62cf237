/** Order, snapshots, cursors. */
import assert from "node:assert/strict";
import { type Bytes, metadataLimits, type Snapshot, StoreRefused } from "../../core/ports.ts";
import { batchOf, bytes, everything, hex, keysOf, putting, read, type Test, text, utf8 } from "./metadata-helpers.ts";

export function readingTests(test: Test): void {
  test("keeps keys in the order of their bytes, forward and reversed", async (store) => {
    const keys = [
      bytes(0),
      bytes(0, 0),
      bytes(0, 0xff),
      bytes(1),
      utf8("a"),
      utf8("a/"),
      utf8("a/b"),
      utf8("a0"),
      utf8("aa"),
      bytes(0x7f),
      bytes(0x80),
      bytes(0xff),
      bytes(0xff, 0),
      bytes(0xff, 0xff),
    ];
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
    await store.commit(
      batchOf({
        put: [
          { key: utf8("k"), value },
          { key: utf8("empty"), value: new Uint8Array(0) },
        ],
      }),
    );
    value.fill(9);
    await read(store, async (snapshot) => {
      assert.deepEqual([...((await snapshot.get(utf8("k"))) ?? [])], [0, 1, 0xff, 0]);
      assert.equal((await snapshot.get(utf8("empty")))?.length, 0);
      assert.equal(await snapshot.get(utf8("kk")), undefined);
      assert.deepEqual(
        (await snapshot.scan(everything).next(9)).map((entry) => entry.value.length),
        [0, 4],
      );
      assert.deepEqual(
        (await snapshot.scan({ ...everything, keysOnly: true }).next(9)).map((entry) => [text(entry.key), entry.value.length]),
        [
          ["empty", 0],
          ["k", 0],
        ],
      );
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

  test("one row by itself, where a store offers it, is as the last commit left it", async (store) => {
    if (!store.get) return;
    assert.equal(await store.get(utf8("a")), undefined);
    await store.commit(putting("a", "b"));
    const before = await store.snapshot();
    await store.commit(batchOf({ put: [{ key: utf8("a"), value: utf8("2") }], remove: [utf8("b")] }));
    assert.equal(text(await store.get(utf8("a"))), "2");
    assert.equal(await store.get(utf8("b")), undefined);
    assert.equal(text(await before.get(utf8("a"))), "v");
    before.close();
    await store.close();
    await assert.rejects(store.get(utf8("a")), { name: "StoreRefused", reason: "closing" });
  });

  test("a snapshot does not see what is committed after it began, however late it reads", async (store) => {
    await store.commit(
      batchOf({
        put: [
          { key: utf8("a"), value: utf8("1") },
          { key: utf8("b"), value: utf8("1") },
        ],
        add: [{ counter: utf8("n"), delta: 2 }],
      }),
    );
    const before = await store.snapshot();
    const cursor = before.scan(everything);
    for (let i = 0; i < 20; i++) {
      await store.commit(
        batchOf({
          put: [
            { key: utf8("a"), value: utf8("2") },
            { key: utf8(`c${i}`), value: utf8("2") },
          ],
          remove: [utf8("b")],
          add: [{ counter: utf8("n"), delta: 1 }],
        }),
      );
    }
    assert.equal(text(await before.get(utf8("a"))), "1");
    assert.deepEqual(
      (await cursor.next(99)).map((entry) => [text(entry.key), text(entry.value)]),
      [
        ["a", "1"],
        ["b", "1"],
      ],
    );
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
    assert.deepEqual(
      seen.map(text),
      snapshots.map((_, index) => String(index)),
    );
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
