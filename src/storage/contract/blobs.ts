import assert from "node:assert/strict";
import { test } from "node:test";
import { BlobGone, type BlobRef, type BlobStore, BodyLengthError, StoreCorrupt, StoreRefused } from "../../core/ports.ts";
import { collect, get, hex, listAll, ownerOf, put, seededBytes, sourceOf } from "./blob-helpers.ts";

/** What the suite needs of a store; `close` also removes what it left on disk. */
export type BlobsUnderTest = { store: BlobStore; rotate(): Promise<void>; close(): Promise<void> };

const KiB = 1024;
const sizes = [0, 1, 7, 8, 1023, 1024, 1025, 64 * KiB - 1, 64 * KiB, 64 * KiB + 1, 128 * KiB, 256 * KiB - 1, 256 * KiB, 256 * KiB + 1, 1024 * KiB + 7, 8 * 1024 * KiB];

/** Every blob store passes these. */
export const blobsContract = (name: string, open: () => Promise<BlobsUnderTest>): void => {
  const it = (title: string, body: (under: BlobsUnderTest) => Promise<void>): void => {
    test(`${name} ${title}`, { timeout: 30_000 }, async () => {
      const under = await open();
      try {
        await body(under);
      } finally {
        await under.close();
      }
    });
  };

  it("reads back what was written, of every size", async ({ store }) => {
    for (const size of sizes) {
      const bytes = seededBytes(size + 1, size);
      const ref = await put(store, bytes);
      assert.ok(ref.length <= 40, "a reference has at most 40 bytes");
      assert.ok(bytes.equals(await get(store, ref, size)), `${size} bytes`);
    }
  });

  it("takes chunks of any size from the source", async ({ store }) => {
    for (const chunkBytes of [1, 7, 4096, 65_535, 65_537, 300_000])
      for (const size of [13, 100_003, 700_001]) {
        if (size / chunkBytes > 20_000) continue;
        const bytes = seededBytes(chunkBytes, size);
        assert.ok(bytes.equals(await get(store, await put(store, bytes, 1, chunkBytes), size)), `${size} in ${chunkBytes}`);
      }
  });

  it("reads every range, at all edges", async ({ store }) => {
    for (const size of [1, 1025, 64 * KiB, 64 * KiB + 1, 5 * 64 * KiB + 3, 1024 * KiB + 7]) {
      const bytes = seededBytes(size, size);
      const ref = await put(store, bytes);
      const edges = [0, 1, 64 * KiB - 1, 64 * KiB, 64 * KiB + 1, 4 * 64 * KiB - 1, 4 * 64 * KiB, 4 * 64 * KiB + 1, size - 1, size].filter((edge) => edge >= 0 && edge <= size);
      for (const start of edges)
        for (const end of edges) if (start <= end) assert.ok(bytes.subarray(start, end).equals(await get(store, ref, size, { start, end })), `${start}-${end} of ${size}`);
      for (const range of [
        { start: 0, end: size + 1 },
        { start: -1, end: 1 },
        { start: 1, end: 0 },
      ])
        await assert.rejects(get(store, ref, size, range), RangeError);
    }
  });

  it("stores nothing of a body that is too short, too long, or breaks off", async ({ store, rotate }) => {
    for (const size of [10, 100_000, 700_000, 3_000_000]) {
      const bytes = seededBytes(size, size);
      const write = (length: number, failAfter?: number): Promise<BlobRef> =>
        store.write(sourceOf(bytes, failAfter === undefined ? {} : { failAfter }), { owner: ownerOf(1), length });
      await assert.rejects(write(size + 1), BodyLengthError);
      await assert.rejects(write(size - 1), BodyLengthError);
      await assert.rejects(write(size, size - 1), /the client went away/);
    }
    const kept = await put(store, seededBytes(5, 1000));
    assert.ok(seededBytes(5, 1000).equals(await get(store, kept, 1000)));
    await rotate();
    const left = (await Promise.all((await store.endedEpochs()).map((epoch) => listAll(store, epoch)))).flat();
    assert.deepEqual(
      left.map((each) => hex(each.ref)),
      [hex(kept)],
    );
  });

  it("serves concurrent writers and slow readers", async ({ store }) => {
    const bodies = Array.from({ length: 40 }, (_, index) => seededBytes(index, [100, 5_000, 70_000, 300_000, 1_500_000][index % 5] as number));
    const refs = await Promise.all(bodies.map((body, index) => put(store, body, index)));
    assert.equal(new Set(refs.map(hex)).size, refs.length);
    await Promise.all(
      refs.map(async (ref, index) => {
        const body = bodies[index] as Buffer;
        const read = await collect(store.read(ref, { start: 0, end: body.length }), index % 2 === 0 ? 2 : undefined);
        assert.ok(body.equals(read), `blob ${index}`);
      }),
    );
  });

  it("may be closed in the middle of a read, and twice", async ({ store }) => {
    const bytes = seededBytes(3, 2_000_000);
    const ref = await put(store, bytes);
    for (let round = 0; round < 5; round++) {
      const source = store.read(ref, { start: 0, end: bytes.length });
      await source.read();
      const pending = source.read();
      source.close();
      source.close();
      await pending.catch(() => {}); // either is right
    }
    assert.ok(bytes.equals(await get(store, ref, bytes.length)));
  });

  it("removes for good, as often as asked", async ({ store }) => {
    for (const size of [0, 100, 64 * KiB, 64 * KiB + 1, 1_000_000]) {
      const [one, two] = [await put(store, seededBytes(1, size)), await put(store, seededBytes(2, size))];
      await store.remove([one, one]);
      await store.remove([one]);
      await assert.rejects(get(store, one, size), BlobGone);
      assert.ok(seededBytes(2, size).equals(await get(store, two, size)));
      await store.remove([two]);
      await assert.rejects(get(store, two, size), BlobGone);
    }
    await store.remove([]);
  });

  it("refuses a reference in which one bit was changed, to read and to remove", async ({ store }) => {
    const bytes = seededBytes(9, 5000);
    await put(store, seededBytes(8, 5000));
    const ref = await put(store, bytes);
    await put(store, seededBytes(10, 5000));
    for (let bit = 0; bit < ref.length * 8; bit++) {
      const changed = Buffer.from(ref);
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
      await assert.rejects(get(store, changed, 5000), (error) => error instanceof BlobGone || error instanceof StoreCorrupt || error instanceof RangeError, `bit ${bit}`);
      await store.remove([changed]).catch((error: unknown) => assert.ok(error instanceof StoreCorrupt));
    }
    assert.ok(bytes.equals(await get(store, ref, 5000)), "no changed reference removed it");
  });

  it("ends an epoch when every write is settled, lists it with owners, and forgets it once swept", async ({ store, rotate }) => {
    const write = (owner: number, size: number): Promise<BlobRef> => store.write(sourceOf(seededBytes(owner, size)), { owner: ownerOf(owner), length: size });
    const refs = [await write(1, 0), await write(2, 5000), await write(3, 900_000), await write(4, 70_000)];
    const [first, second, third, fourth] = refs as [BlobRef, BlobRef, BlobRef, BlobRef];
    assert.deepEqual(await store.endedEpochs(), [], "still open");
    await rotate();
    store.settled(first);
    store.settled(first);
    store.settled(third);
    const before = (await Promise.all((await store.endedEpochs()).map((epoch) => listAll(store, epoch)))).flat();
    assert.ok(!before.some((each) => hex(each.ref) === hex(second)), "an epoch with an unsettled write has not ended");
    store.settled(second);
    store.settled(fourth);
    await store.remove([fourth]);
    const ended = await eventually(async () => {
      const epochs = await store.endedEpochs();
      const listed = (await Promise.all(epochs.map((epoch) => listAll(store, epoch)))).flat();
      return listed.length === 3 ? { epochs, listed } : undefined;
    });
    const listing = ended.listed.map((each) => ({ ref: hex(each.ref), owner: hex(each.owner), size: each.size })).sort((a, b) => a.size - b.size);
    assert.deepEqual(listing, [
      { ref: hex(first), owner: hex(ownerOf(1)), size: 0 },
      { ref: hex(second), owner: hex(ownerOf(2)), size: 5000 },
      { ref: hex(third), owner: hex(ownerOf(3)), size: 900_000 },
    ]);
    for (const epoch of ended.epochs) await store.markSwept(epoch);
    assert.deepEqual(await store.endedEpochs(), []);
    assert.ok(seededBytes(2, 5000).equals(await get(store, second, 5000)), "swept is not removed");
    await store.remove([first, second, third]);
    await assert.rejects(get(store, second, 5000), BlobGone);
    for (const epoch of ended.epochs) {
      await store.markSwept(epoch);
      assert.deepEqual(await listAll(store, epoch), []);
    }
  });

  it("goes on with a read that began before the removal, or refuses it, but never gives other bytes", async ({ store, rotate }) => {
    const bytes = seededBytes(77, 3_000_000);
    const ref = await put(store, bytes);
    await rotate();
    const source = store.read(ref, { start: 0, end: bytes.length });
    const first = Buffer.from((await source.read()) as Uint8Array);
    await store.remove([ref]);
    await put(store, seededBytes(78, 3_000_000));
    const rest = await collect(source).catch((error: unknown) => {
      assert.ok(error instanceof BlobGone || error instanceof StoreCorrupt);
      return undefined;
    });
    if (rest) assert.ok(bytes.equals(Buffer.concat([first, rest])));
  });

  it("refuses writes once closed", async ({ store, close }) => {
    await close();
    await assert.rejects(store.write(sourceOf(seededBytes(1, 10)), { owner: ownerOf(1), length: 10 }), StoreRefused);
  });
};

/** Tries again for a few seconds until there is a result. */
export const eventually = async <T>(attempt: () => Promise<T | undefined>): Promise<T> => {
  for (let tries = 0; tries < 200; tries++) {
    const result = await attempt();
    if (result !== undefined) return result;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("it did not come to pass within two seconds");
};
