import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import { memoryMetadata } from "../../storage/metadata/memory/store.ts";
import { deleteBucket } from "../buckets/delete.ts";
import { setBucketVersioning } from "../buckets/state.ts";
import { checkStore } from "../check/check.ts";
import { counterKey, ownerBytes, tables } from "../keys.ts";
import type { Generation } from "../model.ts";
import { copyObject } from "../objects/copy.ts";
import { deleteObject } from "../objects/delete.ts";
import { openObject } from "../objects/read.ts";
import { newContentId, sourceOf } from "../objects/store-body.ts";
import { type Bytes, type Ports, StoreRefused } from "../ports.ts";
import { deleteFullBucket } from "../purge/detach.ts";
import { decodeBucketState, encodeBucketState, presence } from "../records.ts";
import { asKey, auditGeneration, drain, put, rowsOf, type TestBucket, type TestPorts, testAccount, testBucket, testContext, testPorts } from "../testing.ts";
import { abort, begin, complete, intruding, sendCopy, sendPart } from "../uploads/testing.ts";
import { uploadVerbs } from "../uploads/uploads.ts";
import { onView } from "../view.ts";
import { newReclaimMemory, runOnce, runUntilIdle, startReclaim } from "./reclaim.ts";
import { reclaimLimits, slice } from "./slices.ts";

const body = (): Buffer => randomBytes(3000);
const remove = (ports: Ports, bucket: TestBucket, key: string) => deleteObject(ports, testContext("object.delete"), { ...bucket, key: asKey(key) });
const read = (ports: Ports, bucket: TestBucket, key: string) => openObject(ports, testContext("object.read"), { ...bucket, key: asKey(key), onBadRange: "fail" });
const copy = (ports: Ports, bucket: TestBucket, from: string, to: string) =>
  copyObject(ports, testContext("object.write"), {
    ...bucket,
    key: asKey(to),
    source: { ...bucket, key: asKey(from) },
    sourceAction: "test:read",
    acl: "inherit",
    ontoItself: "refuse",
  });
const idle = (ports: Ports) => runUntilIdle(ports, { budget: 1000, passesMax: 100 });
/** The test's account is one row and nothing that finds it. */
const problemsOf = async (ports: Ports) => (await checkStore(ports)).filter(({ what }) => what !== "identityRowWrong");
const commit = (ports: Ports, put: { key: Bytes; value: Bytes }[], gone: Bytes[] = []) => ports.metadata.commit({ expect: [], put, remove: gone, add: [] });
const orphan = async (ports: TestPorts, owner = newContentId(ports)) => {
  const ref = await ports.blobs.write(sourceOf(body()), { owner: ownerBytes(owner), length: 3000 });
  ports.blobs.settled(ref);
  return ref;
};
async function rowCount(ports: Ports, table: { range(): { from: Bytes; to: Bytes } }): Promise<number> {
  return (await rowsOf(ports, table.range())).length;
}

describe("the remover", () => {
  it("takes the bytes of a content with its last user, not before", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    const bytes = body();
    await put(ports, bucket, "a", bytes);
    await copy(ports, bucket, "a", "b");
    await remove(ports, bucket, "a");
    await idle(ports);
    assert.equal(await rowCount(ports, tables.dead), 0, "a dead row of a content in use only goes");
    assert.deepEqual(await drain((await read(ports, bucket, "b")).body), bytes);
    await remove(ports, bucket, "b");
    await idle(ports);
    assert.equal(ports.blobs.count(), 0);
    assert.deepEqual(await problemsOf(ports), []);
  });

  it("waits for a slow reader that began before, whole contents and pages alike, and so does the sweep", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    const { id } = await begin(ports, bucket, "paged");
    const pieces = Array.from({ length: 12 }, body);
    for (const [i, piece] of pieces.entries()) await sendPart(ports, bucket, "paged", id, i + 1, piece);
    await complete(ports, bucket, "paged", id);
    const single = body();
    await put(ports, bucket, "single", single);
    await idle(ports);
    const readers = [await read(ports, bucket, "paged"), await read(ports, bucket, "single")];
    assert.ok((await readers[0]?.body.read())?.length);
    await remove(ports, bucket, "paged");
    await put(ports, bucket, "single", "small now");
    ports.blobs.rotate();
    for (let pass = 0; pass < 5; pass++) await runOnce(ports, { budget: 1000, memory: newReclaimMemory() });
    assert.equal(ports.blobs.count(), 13, "nothing is taken from under the readers");
    const rest = await drain(readers[0]?.body as never);
    assert.ok(Buffer.concat(pieces).subarray(-rest.length).equals(rest));
    assert.deepEqual(await drain(readers[1]?.body as never), single);
    assert.equal(ports.openReaders(), 0);
    await idle(ports);
    assert.equal(ports.blobs.count(), 0);
    assert.deepEqual(await problemsOf(ports), []);
  });

  it("does not wait for readers that began after the row was seen", async () => {
    let now = 100;
    let oldest = Number.POSITIVE_INFINITY;
    const ports = testPorts({
      clock: { wallMs: () => Date.now(), sequenceMs: () => Date.now(), monotonicMs: () => now },
      readers: { begin: () => () => {}, oldestMs: () => oldest },
    });
    const bucket = await testBucket(ports);
    await put(ports, bucket, "a", body());
    await remove(ports, bucket, "a");
    const memory = newReclaimMemory();
    oldest = 90;
    assert.equal((await runOnce(ports, { budget: 10, memory })).dead, 0, "a reader of before");
    oldest = 100;
    assert.equal((await runOnce(ports, { budget: 10, memory })).dead, 0, "a reader of the same millisecond");
    now = 200;
    oldest = 150;
    assert.equal((await runOnce(ports, { budget: 10, memory })).dead, 1, "only later readers are left");
    assert.equal(ports.blobs.count(), 0);
  });

  it("takes the dead from among the living, be they many or few, and only them", async () => {
    for (const [objects, stays] of [
      [24, (n: number) => n % 4 !== 0],
      [24, (n: number) => n % 8 === 3],
      [3, () => false],
    ] as const) {
      const ports = testPorts();
      const bucket = await testBucket(ports);
      const bodies = Array.from({ length: objects }, body);
      for (const [n, each] of bodies.entries()) await put(ports, bucket, `o${n}`, each);
      // Some of the dead live on in a copy.
      for (let n = 0; n < objects; n += 6) await copy(ports, bucket, `o${n}`, `copy${n}`);
      for (let n = 0; n < objects; n++) if (!stays(n)) await remove(ports, bucket, `o${n}`);
      await idle(ports);
      assert.equal(ports.blobs.count(), bodies.filter((_, n) => stays(n) || n % 6 === 0).length);
      for (const [n, each] of bodies.entries()) {
        if (n % 6 === 0) assert.deepEqual(await drain((await read(ports, bucket, `copy${n}`)).body as never), each);
        if (stays(n)) assert.deepEqual(await drain((await read(ports, bucket, `o${n}`)).body as never), each);
      }
      assert.deepEqual(await problemsOf(ports), []);
    }
  });

  it("misses no last user that ends while it looks", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    await put(ports, bucket, "source", body());
    const { id } = await begin(ports, bucket, "k");
    await sendCopy(ports, bucket, "k", id, 1, "source");
    await remove(ports, bucket, "source");
    const leaves = (batch: { put: unknown[]; remove: Bytes[] }): boolean => batch.put.length === 0 && batch.remove.some((key) => key[0] === tables.dead.tag);
    // The part is replaced between the remover's look at the uses and its batch.
    await runOnce(
      intruding(ports, leaves, () => sendPart(ports, bucket, "k", id, 1, "own bytes now")),
      { budget: 100 },
    );
    await idle(ports);
    assert.equal(ports.blobs.count(), 1, "the part's own");
    assert.deepEqual(await problemsOf(ports), []);
  });

  it("is not missed by a last user that ends while the remover leaves the row", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    await put(ports, bucket, "source", body());
    const { id } = await begin(ports, bucket, "k");
    await sendCopy(ports, bucket, "k", id, 1, "source");
    await remove(ports, bucket, "source");
    const endsUse = (batch: { remove: Bytes[] }): boolean => batch.remove.some((key) => key[0] === tables.use.tag);
    await sendPart(
      intruding(ports, endsUse, () => runOnce(ports, { budget: 100 })),
      bucket,
      "k",
      id,
      1,
      "own bytes now",
    );
    await idle(ports);
    assert.equal(ports.blobs.count(), 1, "the part's own");
    assert.deepEqual(await problemsOf(ports), []);
  });

  it("goes on where the last pass ended, so that what must wait holds nothing up", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    for (let i = 0; i < 25; i++) {
      await put(ports, bucket, `k${i}`, body());
      await remove(ports, bucket, `k${i}`);
    }
    const memory = newReclaimMemory();
    for (let pass = 0; pass < 6; pass++) await runOnce(ports, { budget: 5, memory });
    assert.equal(ports.blobs.count(), 0);
  });
});

describe("the sweep", () => {
  it("takes what no batch ever named, of new contents and of open uploads, and nothing else", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    const kept = body();
    await put(ports, bucket, "kept", kept);
    const { id } = await begin(ports, bucket, "k");
    await sendPart(ports, bucket, "k", id, 1, "part one");
    await orphan(ports);
    await orphan(ports, id as never);
    const done = await begin(ports, bucket, "done");
    await sendPart(ports, bucket, "done", done.id, 1, "whole");
    await complete(ports, bucket, "done", done.id);
    await orphan(ports, done.id as never);
    ports.blobs.rotate();
    assert.equal((await problemsOf(ports)).filter(({ what }) => what === "blobWithoutOwner").length, 3, "check sees them first");
    await idle(ports);
    assert.equal(ports.blobs.count(), 3);
    assert.deepEqual(await problemsOf(ports), []);
    assert.deepEqual(await drain((await read(ports, bucket, "kept")).body), kept);
    await complete(ports, bucket, "k", id);
    assert.equal((await drain((await read(ports, bucket, "k")).body)).toString(), "part one");
  });

  it("leaves an epoch alone while one of its writes is not settled", async () => {
    const ports = testPorts();
    const ref = await ports.blobs.write(sourceOf(body()), { owner: ownerBytes(newContentId(ports)), length: 3000 });
    ports.blobs.rotate();
    await idle(ports);
    assert.equal(ports.blobs.count(), 1);
    ports.blobs.settled(ref);
    await idle(ports);
    assert.equal(ports.blobs.count(), 0);
  });

  it("spares what only a borrower keeps", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    const bytes = body();
    await put(ports, bucket, "source", bytes);
    const { id } = await begin(ports, bucket, "k");
    await sendCopy(ports, bucket, "k", id, 1, "source");
    await complete(ports, bucket, "k", id);
    await remove(ports, bucket, "source");
    ports.blobs.rotate();
    await idle(ports);
    assert.deepEqual(await drain((await read(ports, bucket, "k")).body), bytes);
  });
});

describe("reclaim of generations", () => {
  /** As purge will: the name goes, the state is `reclaiming`, everything is still there. */
  async function detach(ports: Ports, bucket: Awaited<ReturnType<typeof testBucket>>): Promise<void> {
    const stateKey = tables.state.key(bucket.state.generation);
    const [row] = await rowsOf(ports, tables.state.range(bucket.state.generation));
    const state = decodeBucketState(row?.value as Bytes);
    await commit(
      ports,
      [
        { key: stateKey, value: encodeBucketState({ ...state, status: "reclaiming", epoch: state.epoch + 1 }) },
        { key: tables.deadGeneration.key(state.generation), value: presence },
      ],
      [tables.name.key(state.tenant, state.name), tables.owned.key(state.owner, state.tenant, state.name)],
    );
  }

  async function fill(ports: TestPorts, bucket: Awaited<ReturnType<typeof testBucket>>): Promise<void> {
    await put(ports, bucket, "early", body());
    await setBucketVersioning(ports, testContext("bucket.own"), { ...bucket, versioning: "enabled" });
    for (let i = 0; i < 3; i++) await put(ports, bucket, "early", body(), { metadata: [["long", "x".repeat(2000)]] });
    await put(ports, bucket, "marked", body());
    await remove(ports, bucket, "marked");
    await copy(ports, bucket, "early", "copy");
    const aborted = await begin(ports, bucket, "up");
    for (let n = 1; n <= 5; n++) await sendPart(ports, bucket, "up", aborted.id, n, body());
    await abort(ports, bucket, "up", aborted.id);
    const done = await begin(ports, bucket, "done");
    for (let n = 1; n <= 12; n++) await sendPart(ports, bucket, "done", done.id, n, body());
    await sendPart(ports, bucket, "done", done.id, 12, body());
    await sendCopy(ports, bucket, "done", done.id, 13, "early");
    await complete(ports, bucket, "done", done.id);
    const open = await begin(ports, bucket, "up");
    await sendPart(ports, bucket, "up", open.id, 1, body());
    await sendCopy(ports, bucket, "up", open.id, 2, "done", { start: 100, end: 5000 });
  }

  it("takes everything under a detached bucket, rows, counters and bytes, and nothing of the new one", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    await fill(ports, bucket);
    await auditGeneration(ports, bucket.state.generation);
    assert.deepEqual(await problemsOf(ports), []);
    await detach(ports, bucket);
    const fresh = await testBucket(ports);
    await put(ports, fresh, "early", "new");
    await idle(ports);
    assert.equal(ports.blobs.count(), 0);
    assert.deepEqual(await problemsOf(ports), []);
    for (const table of [tables.use, tables.dead, tables.dropped, tables.ended, tables.part, tables.upload, tables.content, tables.detail, tables.deadGeneration]) {
      assert.equal(await rowCount(ports, table), 0, `table ${table.tag}`);
    }
    assert.equal(await rowCount(ports, tables.state), 1);
    assert.equal((await drain((await read(ports, fresh, "early")).body)).toString(), "new");
  });

  it("may be killed at any write and is finished by the next one", async () => {
    class Killed extends Error {}
    for (let at = 1, killed = true; killed; at += 3) {
      const ports = testPorts();
      const bucket = await testBucket(ports);
      await fill(ports, bucket);
      await detach(ports, bucket);
      await orphan(ports);
      ports.blobs.rotate();
      let writes = 0;
      // Before or after the write took place: both may be what the disk holds after a kill.
      const die = async <T>(write: () => Promise<T>): Promise<T> => {
        if (++writes !== at) return write();
        if (at % 2 === 0) await write();
        throw new Killed();
      };
      const mortal: Ports = {
        ...ports,
        metadata: { ...ports.metadata, commit: (batch) => die(() => ports.metadata.commit(batch)) },
        blobs: { ...ports.blobs, remove: (refs) => die(() => ports.blobs.remove(refs)), markSwept: (epoch) => die(() => ports.blobs.markSwept(epoch)) },
      };
      killed = await idle(mortal).then(
        () => false,
        (error) => {
          assert.ok(error instanceof Killed, String(error));
          return true;
        },
      );
      await idle(ports);
      assert.deepEqual(await problemsOf(ports), [], `killed at write ${at}`);
      assert.equal(ports.blobs.count(), 0, `killed at write ${at}`);
      assert.equal(await rowCount(ports, tables.state), 0);
      if (!killed) assert.ok(at > 6, "there were writes to be killed at");
    }
  });

  it("releases what nobody else uses, hundreds at once, and leaves to the remover what is shared, borrowed from or in pages", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    const other = await testBucket(ports, { name: "other" });
    const count = 2 * reclaimLimits.generationRows + 10;
    for (let n = 0; n < count; n++) await put(ports, bucket, `k${n % 2}/${String(n).padStart(4, "0")}`, n % 7 === 0 ? "inline" : body());
    for (const key of ["k1/0001", "k0/0002"]) await copy(ports, bucket, key, `copy of ${key}`);
    const kept = await drain((await read(ports, bucket, "k1/0001")).body);
    await copyObject(ports, testContext("object.write"), {
      ...other,
      key: asKey("kept"),
      source: { ...bucket, key: asKey("k1/0001") },
      sourceAction: "test:read",
      acl: "inherit",
      ontoItself: "refuse",
    });
    const { id } = await begin(ports, bucket, "paged");
    for (let n = 1; n <= 12; n++) await sendPart(ports, bucket, "paged", id, n, body());
    await complete(ports, bucket, "paged", id);
    const upload = await begin(ports, other, "borrows");
    await uploadVerbs(ports).copyPart(testContext("upload.write"), {
      ...other,
      key: asKey("borrows"),
      uploadId: upload.id,
      partNumber: 1,
      source: { ...bucket, key: asKey("k1/0003") },
      sourceAction: "test:read",
    });
    await idle(ports);
    await deleteFullBucket(ports, testContext("admin", testAccount("root", { root: true })), { ...bucket, confirm: "bucket" });
    const slow = ports.readers.begin();
    await runOnce(ports, { budget: 10 * count });
    assert.equal((await rowCount(ports, tables.current)) - 1, 0, "all rows of the generation are gone, the other bucket's are not");
    const blobs = ports.blobs.count();
    assert.ok((await rowCount(ports, tables.released)) >= 2 && blobs > count / 2, "their bytes wait for the reader");
    assert.deepEqual(await problemsOf(ports), []);
    slow();
    await idle(ports);
    assert.equal(await rowCount(ports, tables.released), 0);
    assert.equal(ports.blobs.count(), 2, "the copy's, and the one that a part borrows");
    assert.deepEqual(await drain((await read(ports, other, "kept")).body), kept);
    assert.deepEqual(await problemsOf(ports), []);
  });

  it("leaves a generation alone that is not to be reclaimed any more", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    await put(ports, bucket, "a", body());
    await commit(ports, [{ key: tables.deadGeneration.key(bucket.state.generation), value: presence }]);
    await runOnce(ports, { budget: 100 });
    await auditGeneration(ports, bucket.state.generation);
    assert.equal((await read(ports, bucket, "a")).length, 3000);
  });
});

describe("the loop", () => {
  it("works until there is nothing to do, stops while paused, and ends with its signal", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    const stop = new AbortController();
    const reclaim = startReclaim(ports, { signal: stop.signal, intervalMs: 5 });
    const until = async (what: () => boolean): Promise<void> => {
      for (const end = performance.now() + 3_000; !what(); await new Promise((resolve) => setTimeout(resolve, 5))) assert.ok(performance.now() < end, "the loop does nothing");
    };
    await put(ports, bucket, "a", body());
    await remove(ports, bucket, "a");
    await until(() => ports.blobs.count() === 0);
    await reclaim.pause();
    await put(ports, bucket, "b", body());
    await remove(ports, bucket, "b");
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.equal(ports.blobs.count(), 1, "paused");
    reclaim.resume();
    await until(() => ports.blobs.count() === 0);
    await deleteBucket(ports, testContext("bucket.own"), { ...bucket, openUploads: "end" });
    stop.abort();
    await reclaim.ended;
  });

  it("outlives a store that refuses for a while", async () => {
    const ports = testPorts();
    const stop = new AbortController();
    let failures = 0;
    const errors: unknown[] = [];
    const failing: Ports = {
      ...ports,
      log: { ...ports.log, error: (_event, error) => void errors.push(error) },
      metadata: {
        ...ports.metadata,
        async snapshot() {
          failures++;
          throw new Error("no snapshot today");
        },
      },
    };
    const reclaim = startReclaim(failing, { signal: stop.signal, intervalMs: 1 });
    for (const end = performance.now() + 3_000; failures === 0 && performance.now() < end; ) await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort();
    await reclaim.ended;
    assert.ok(failures > 0);
    assert.match(String(errors[0]), /no snapshot today/);
  });
});

describe("a slice", () => {
  it("counts once, however often its snapshot is taken back in the middle", async () => {
    const inner = memoryMetadata();
    let refused = 0;
    const ports = testPorts({
      metadata: {
        ...inner,
        async snapshot() {
          const snapshot = await inner.snapshot();
          return {
            ...snapshot,
            async get(key) {
              if (refused++ < 2) throw new StoreRefused("timeout", "too old");
              return snapshot.get(key);
            },
          };
        },
      },
    });
    const counter = counterKey("0123456789abcdef01234567" as Generation, "parts");
    await slice(ports, async (view, change) => {
      change.add(counter, 1).put(tables.machine.key("row"), presence);
      await view.get(tables.machine.key("other"));
    });
    assert.equal(await onView(ports, (view) => view.sum(counter)), 1);
  });
});
