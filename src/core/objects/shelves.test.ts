import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import type { Core } from "../api.ts";
import { checkStore } from "../check/check.ts";
import { createCore } from "../core.ts";
import { tables } from "../keys.ts";
import type { StorageClass, Version } from "../model.ts";
import { StoreRefused } from "../ports.ts";
import { runUntilIdle } from "../reclaim/reclaim.ts";
import { decodePage } from "../records.ts";
import { asKey, auditGeneration, drain, overtaken, put, rowsOf, type TestPorts, testBody, testBucket, testContext, testPorts } from "../testing.ts";
import { begin, complete, sendCopy, sendPart } from "../uploads/testing.ts";
import { appendObject } from "./append.ts";
import { copyObject } from "./copy.ts";

type Bucket = Awaited<ReturnType<typeof testBucket>>;
const shelves = new Map<StorageClass, number>([
  ["infrequent", 1],
  ["archiveInstant", 2],
]);
const world = async (options: Parameters<typeof testBucket>[1] = {}): Promise<{ ports: TestPorts; bucket: Bucket }> => {
  const ports = testPorts({ shelves });
  return { ports, bucket: await testBucket(ports, options) };
};
type CopyMore = Partial<Parameters<Core["objects"]["copy"]>[1]>;
const copy = (ports: TestPorts, bucket: Bucket, from: string, to: string, more: CopyMore = {}) =>
  copyObject(ports, testContext("object.write"), {
    ...bucket,
    key: asKey(to),
    source: { ...bucket, key: asKey(from) },
    sourceAction: "read",
    acl: "inherit",
    ontoItself: "refuse",
    ...more,
  });
const read = async (ports: TestPorts, bucket: Bucket, key: string): Promise<Buffer> =>
  drain((await createCore(ports).objects.open(testContext("object.read"), { ...bucket, key: asKey(key), onBadRange: "fail" })).body);

/** On which shelves the bytes of a version lie, and what else the store holds is right: no byte lost, none left over. */
async function shelvesOf(ports: TestPorts, { content }: Version): Promise<number[]> {
  const extents = [...(content?.extents ?? [])];
  if (content?.paged) for (const { value } of await rowsOf(ports, tables.content.range(content.id))) extents.push(...decodePage(value));
  return [...new Set(extents.map(({ ref }) => ports.blobs.shelfOf?.(ref) ?? 0))];
}
async function placed(ports: TestPorts, bucket: Bucket): Promise<Record<string, number[]>> {
  ports.blobs.rotate();
  const chains = await auditGeneration(ports, bucket.state.generation);
  await runUntilIdle(ports, { budget: 1_000, passesMax: 50 });
  assert.deepEqual(
    (await checkStore(ports)).filter(({ what }) => what !== "identityRowWrong"),
    [],
  );
  const found: Record<string, number[]> = {};
  for (const [key, [newest]] of chains) if (newest) found[key] = await shelvesOf(ports, newest);
  return found;
}
const large = (seed: number): Buffer => Buffer.alloc(200_000, seed);

describe("shelves of storage classes", () => {
  it("a put, an append and an upload's parts go where their class lies, a small body stays in its record", async () => {
    const { ports, bucket } = await world();
    await put(ports, bucket, "own", large(1));
    await put(ports, bucket, "ia", large(2), { storageClass: "infrequent" });
    await put(ports, bucket, "small", "x", { storageClass: "infrequent" });
    await put(ports, bucket, "reduced", large(3), { storageClass: "reduced" });
    const append = (offset: number, bytes: Buffer) =>
      appendObject(ports, testContext("object.write"), {
        ...bucket,
        ...{ key: asKey("log"), offset, body: testBody(bytes), headers: {}, metadata: [], acl: "inherit" },
        ...(offset === 0 ? { storageClass: "infrequent" } : {}),
      });
    await append(0, large(4));
    await append(200_000, large(5));
    const { id } = await begin(ports, bucket, "parts", { storageClass: "archiveInstant" });
    for (let n = 1; n <= 12; n++) await sendPart(ports, bucket, "parts", id, n, large(n));
    await complete(ports, bucket, "parts", id);
    assert.deepEqual(await placed(ports, bucket), { own: [0], ia: [1], small: [], reduced: [0], log: [1], parts: [2] });
    assert.deepEqual(await read(ports, bucket, "log"), Buffer.concat([large(4), large(5)]));
  });

  it("what is written without a class goes where the bucket's lies", async () => {
    const { ports, bucket } = await world();
    const core = createCore(ports);
    const { state } = await core.buckets.create(testContext("service.createBucket"), {
      ...{ tenant: bucket.tenant, bucket: "cold" as Bucket["bucket"], storageClass: "infrequent", redundancy: "local", region: "", overwrite: "allowed", ifOwned: "refuse" },
    });
    const cold = { ...bucket, bucket: state.name, state };
    await put(ports, cold, "k", large(1));
    assert.deepEqual(await placed(ports, cold), { k: [1] });
  });

  it("a copy into another class writes the stored bytes there, as they lie; one within a shelf shares them", async () => {
    const { ports, bucket } = await world();
    const { id } = await begin(ports, bucket, "parts");
    for (let n = 1; n <= 12; n++) await sendPart(ports, bucket, "parts", id, n, randomBytes(3_000));
    const { version } = await complete(ports, bucket, "parts", id);
    const whole = await read(ports, bucket, "parts");
    const written = ports.blobs.count();
    await copy(ports, bucket, "parts", "shared");
    assert.equal(ports.blobs.count(), written);
    const moved = await copy(ports, bucket, "parts", "cold", { storageClass: "infrequent" });
    assert.deepEqual([moved.version.etag, moved.version.form, moved.version.parts?.length, moved.version.size], [version.etag, "multipart", 12, 36_000]);
    await copy(ports, bucket, "parts", "parts", { storageClass: "archiveInstant" });
    assert.deepEqual(await placed(ports, bucket), { parts: [2], shared: [0], cold: [1] });
    for (const key of ["parts", "shared", "cold"]) assert.deepEqual(await read(ports, bucket, key), whole);
    await copy(ports, bucket, "shared", "shared", { storageClass: "infrequent" });
    assert.deepEqual(await placed(ports, bucket), { parts: [2], shared: [1], cold: [1] });
    assert.equal(ports.blobs.count(), 3, "what nobody names any more is gone");
  });

  it("a sealed object is copied without its bytes being opened", async () => {
    const { ports, bucket } = await world();
    const bytes = randomBytes(150_000);
    await put(ports, bucket, "k", bytes, { encryption: { mode: "store" } });
    const { version } = await copy(ports, bucket, "k", "cold", { storageClass: "infrequent", encryption: { mode: "store" } });
    assert.equal(version.content?.sealedBytes !== undefined && version.content.sealedBytes > bytes.length, true);
    assert.deepEqual(await placed(ports, bucket), { k: [0], cold: [1] });
    assert.deepEqual(await read(ports, bucket, "cold"), bytes);
  });

  it("a part that is copied from another shelf is written anew, from its own it is borrowed", async () => {
    const { ports, bucket } = await world();
    await put(ports, bucket, "source", large(7));
    for (const [key, storageClass] of [
      ["near", "standard"],
      ["far", "infrequent"],
    ] as const) {
      const { id } = await begin(ports, bucket, key, { storageClass });
      await sendCopy(ports, bucket, key, id, 1, "source", { start: 10, end: 100_000 });
      await complete(ports, bucket, key, id);
      assert.deepEqual(await read(ports, bucket, key), large(7).subarray(10, 100_000));
    }
    assert.deepEqual(await placed(ports, bucket), { source: [0], near: [0], far: [1] });
  });

  it("a source that is overwritten while its bytes are copied is begun with again, and nothing stays of the first", async () => {
    const { ports, bucket } = await world();
    await put(ports, bucket, "k", large(1));
    const [copied, wrote] = await overtaken(
      ports,
      (paused) => copy(paused, bucket, "k", "cold", { storageClass: "infrequent" }),
      () => put(ports, bucket, "k", large(2)),
    );
    assert.deepEqual([copied.status, wrote.status], ["fulfilled", "fulfilled"]);
    assert.deepEqual(await read(ports, bucket, "cold"), large(2));
    assert.deepEqual(await placed(ports, bucket), { k: [0], cold: [1] });
    assert.equal(ports.blobs.count(), 2);
  });

  it("a full shelf refuses what goes there and nothing else", async () => {
    const { ports, bucket } = await world();
    const { write } = ports.blobs;
    ports.blobs.write = (source, options) => (options.shelf === 1 ? Promise.reject(new StoreRefused("full", "full")) : write(source, options));
    await put(ports, bucket, "k", large(1));
    await assert.rejects(put(ports, bucket, "cold", large(1), { storageClass: "infrequent" }), { kind: "diskFull" });
    await assert.rejects(copy(ports, bucket, "k", "cold", { storageClass: "infrequent" }), { kind: "diskFull" });
    assert.deepEqual(await placed(ports, bucket), { k: [0] });
  });
});
