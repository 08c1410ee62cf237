import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memoryMetadata } from "../storage/metadata/memory/store.ts";
import { hotRows, isHotRow } from "./hot-rows.ts";
import { tables } from "./keys.ts";
import { deleteObject } from "./objects/delete.ts";
import { hotBodies, hotBodyLimits } from "./objects/hot-bodies.ts";
import { headObject, openObject } from "./objects/read.ts";
import type { MetadataStore } from "./ports.ts";
import { isCachedRow } from "./row-cache.ts";
import { asKey, drain, put, testBucket, testContext, testPorts } from "./testing.ts";

/** A store that counts single reads and announces commits row by row as the engine does. `between` runs while a commit is under way. */
function watchedStore() {
  const memory = memoryMetadata();
  const numbers = new Map<string, number>();
  const name = (key: Uint8Array): string => Buffer.from(key).toString("hex");
  const state = { gets: 0, watched: 0, between: async (): Promise<void> => {} };
  const store: MetadataStore = {
    ...memory,
    watched: () => state.watched,
    watchedRow: (key) => numbers.get(name(key)) ?? 0,
    async get(key) {
      if (isHotRow(key)) state.gets++;
      const snapshot = await memory.snapshot();
      const value = await snapshot.get(key);
      snapshot.close();
      return value;
    },
    async commit(batch) {
      const rows = [...batch.put.map(({ key }) => key), ...batch.remove].filter(isHotRow);
      const isKept = [...batch.put.map(({ key }) => key), ...batch.remove].some(isCachedRow);
      const changing = (): void => {
        if (isKept) state.watched++;
        for (const key of rows) numbers.set(name(key), (numbers.get(name(key)) ?? 0) + 1);
      };
      changing();
      await state.between();
      const outcome = await memory.commit(batch);
      await state.between();
      changing();
      return outcome;
    },
  };
  return { ports: testPorts({ metadata: store }), state };
}

const etagOf = async (ports: ReturnType<typeof testPorts>, bucket: Awaited<ReturnType<typeof testBucket>>, key = "k"): Promise<string> =>
  (await headObject(ports, testContext("object.read"), { ...bucket, key: asKey(key) } as Parameters<typeof headObject>[2])).version.etag;

describe("rows of current versions that were read lately", () => {
  it("are read once, and again only when that row has changed", async () => {
    const { ports, state } = watchedStore();
    const bucket = await testBucket(ports);
    await put(ports, bucket, "k", Buffer.from("one"));
    await put(ports, bucket, "other", Buffer.from("1"));
    const first = await etagOf(ports, bucket);
    state.gets = 0;
    assert.equal(await etagOf(ports, bucket), first);
    await put(ports, bucket, "other", Buffer.from("2"));
    state.gets = 0;
    assert.equal(await etagOf(ports, bucket), first);
    assert.equal(state.gets, 0, "a change of another row is none of this one");
    await put(ports, bucket, "k", Buffer.from("two"));
    state.gets = 0;
    const second = await etagOf(ports, bucket);
    assert.notEqual(second, first);
    assert.equal(state.gets, 1);
    await deleteObject(ports, testContext("object.delete"), { ...bucket, key: asKey("k") });
    await assert.rejects(etagOf(ports, bucket), { kind: "keyMissing" });
  });

  it("are never kept as they were while a commit is under way", async () => {
    const { ports, state } = watchedStore();
    const bucket = await testBucket(ports);
    await put(ports, bucket, "k", Buffer.from("one"));
    const before = await etagOf(ports, bucket);
    const during: string[] = [];
    state.between = async () => void during.push(await etagOf(ports, bucket));
    await put(ports, bucket, "k", Buffer.from("two"));
    state.between = async () => {};
    const after = await etagOf(ports, bucket);
    assert.deepEqual(during, [before, after]);
    assert.notEqual(before, after);
  });

  it("a read that a commit overtook keeps nothing", async () => {
    const { ports } = watchedStore();
    const bucket = await testBucket(ports);
    await put(ports, bucket, "k", Buffer.from("one"));
    const rows = hotRows(ports.metadata);
    const key = tables.current.key(bucket.state.generation, asKey("k"));
    const keep = rows?.reading(key);
    const old = await ports.metadata.get?.(key);
    await put(ports, bucket, "k", Buffer.from("two"));
    assert.equal(keep?.(old), undefined);
    assert.equal(rows?.find(key), undefined);
  });
});

describe("bytes of small contents that are read again", () => {
  it("come from memory the third time, whole and by range, and are those of the version that is there", async () => {
    const { ports } = watchedStore();
    const bucket = await testBucket(ports);
    let reads = 0;
    const { read } = ports.blobs;
    ports.blobs.read = (ref, range) => {
      reads++;
      return read(ref, range);
    };
    const bytes = (fill: string): Buffer => Buffer.alloc(5_000, fill);
    const get = async (range?: { start: number; end: number }): Promise<Buffer> => {
      const input = { ...bucket, key: asKey("k"), onBadRange: "fail" as const, ...(range ? { range } : {}) };
      return Buffer.from(await drain((await openObject(ports, testContext("object.read"), input)).body));
    };
    await put(ports, bucket, "k", bytes("a"));
    for (let n = 0; n < 4; n++) assert.deepEqual(await get(), bytes("a"));
    assert.equal(reads, 2);
    assert.deepEqual(await get({ start: 10, end: 19 }), bytes("a").subarray(0, 10));
    assert.equal(reads, 2);
    await put(ports, bucket, "k", bytes("b"));
    assert.deepEqual(await get(), bytes("b"));
    assert.equal(ports.openReaders(), 0);
  });

  it("what is kept is bounded", () => {
    const { ports } = watchedStore();
    const bodies = hotBodies(ports.blobs);
    const count = (2 * hotBodyLimits.bytesMax) / hotBodyLimits.bodyBytesMax;
    const ids = Array.from({ length: count }, (_, n) => n.toString(16).padStart(32, "0") as Parameters<typeof bodies.find>[0]);
    for (const id of ids) for (let n = 0; n < 2; n++) bodies.read(id, new Uint8Array(hotBodyLimits.bodyBytesMax));
    const kept = ids.filter((id) => bodies.find(id) !== undefined);
    assert.ok(kept.length > 0 && kept.length * hotBodyLimits.bodyBytesMax <= hotBodyLimits.bytesMax, `${kept.length}`);
    const large = "f".repeat(32) as (typeof ids)[number];
    for (let n = 0; n < 3; n++) bodies.read(large, new Uint8Array(hotBodyLimits.bodyBytesMax + 1));
    assert.equal(bodies.find(large), undefined);
  });
});
