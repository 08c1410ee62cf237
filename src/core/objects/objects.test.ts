import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { crc64xz } from "../../lib/crc.ts";
import { monotonicMs } from "../../storage/metadata/monotonic.ts";
import { type ExpectedDigests, limits, type ReadConditions } from "../api.ts";
import { Change } from "../change.ts";
import type { ContentId, Extent } from "../model.ts";
import { StoreOutcomeUnknown, StoreRefused } from "../ports.ts";
import { asKey, auditGeneration, chunked, drain, put, type TestBucket, type TestPorts, testAccount, testBody, testBucket, testContext, testPorts } from "../testing.ts";
import { objectAcl } from "./acl.ts";
import { layContent, readContent } from "./content.ts";
import { copyObject } from "./copy.ts";
import { deleteObject } from "./delete.ts";
import { headObject, openObject } from "./read.ts";

const open = (ports: TestPorts, bucket: TestBucket, key: string, more: Partial<Parameters<typeof openObject>[2]> = {}) =>
  openObject(ports, testContext("object.read"), { ...bucket, key: asKey(key), onBadRange: "fail", ...more });
const noise = (length: number): Buffer => {
  const bytes = Buffer.alloc(length);
  for (let i = 0, x = 12345; i < length; i++, x = (Math.imul(x, 1103515245) + 12345) >>> 0) bytes[i] = x >>> 16;
  return bytes;
};

describe("putting and reading an object", () => {
  it("gives back bodies of every size, with their digests, in one piece and by range", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    for (const size of [0, 1, limits.inlineBytesMax, limits.inlineBytesMax + 1, 200_000]) {
      for (const length of [size, undefined]) {
        const bytes = noise(size);
        const { version } = await put(ports, bucket, "k", bytes, { body: testBody(bytes, { chunkBytes: 777, length }) });
        assert.equal(version.size, size);
        assert.equal(version.etag, createHash("md5").update(bytes).digest("hex"));
        assert.equal(version.crc64, crc64xz(bytes).toString());
        assert.deepEqual(await drain((await open(ports, bucket, "k")).body), bytes);
        if (size < 2) continue;
        const part = await open(ports, bucket, "k", { range: { start: 1, end: size - 1 } });
        assert.deepEqual([part.range, part.length], [{ start: 1, end: size }, size - 1]);
        assert.deepEqual(await drain(part.body), bytes.subarray(1));
      }
    }
    assert.equal(ports.blobs.count(), ports.settledRefs.length);
    assert.equal(ports.openReaders(), 0);
  });

  it("cuts a long body into blobs, also where a chunk spans two, and pages the extents of very many", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    const long = Buffer.alloc(limits.blobBytesMax + 5, noise(1_000_003));
    const { version } = await put(ports, bucket, "long", long, { body: testBody(long, { chunkBytes: 1_000_000 }) });
    assert.deepEqual(
      version.content?.extents?.map(({ length }) => length),
      [limits.blobBytesMax, 5],
    );
    const span = { start: limits.blobBytesMax - 3, end: limits.blobBytesMax + 2 };
    assert.deepEqual(await drain((await open(ports, bucket, "long", { range: span })).body), long.subarray(span.start, span.end + 1));
    const pieces = 10;
    const many = long.subarray(0, limits.unknownLengthPieceBytes * (pieces - 1) + 7);
    const paged = (await put(ports, bucket, "many", many, { body: testBody(many, { length: undefined }) })).version;
    assert.deepEqual(paged.content, { id: paged.content?.id as ContentId, paged: true });
    const read = await open(ports, bucket, "many");
    assert.equal(
      createHash("md5")
        .update(await drain(read.body))
        .digest("hex"),
      paged.etag,
    );
    assert.equal(ports.openReaders(), 0);
    await auditGeneration(ports, bucket.state.generation);
  });

  it("finds the page of any offset of a content of thousands of extents", async () => {
    const ports = testPorts();
    const id = "AB".repeat(16) as ContentId;
    const all = noise(20_000);
    const ref = await ports.blobs.write(chunked(all, 4096), { owner: Buffer.from(id, "hex"), length: all.length });
    const extents: Extent[] = [];
    for (let offset = 0; offset < all.length; offset += 16) extents.push({ ref, offset, length: 16 });
    const change = new Change();
    const content = layContent(change, { id, extents });
    assert.ok(change.toBatch().put.length >= 5);
    await ports.metadata.commit(change.toBatch());
    for (const [start, end] of [
      [0, 20_000],
      [0, 1],
      [4095, 4097],
      [4096, 4096],
      [19_999, 20_000],
      [5000, 13_333],
    ] as const) {
      let finished = 0;
      assert.deepEqual(await drain(readContent(ports, content, { start, end }, () => finished++)), all.subarray(start, end));
      assert.equal(finished, 1);
    }
  });

  it("keeps a chunk valid until the read after the next, across blobs too", async () => {
    const ports = testPorts();
    const id = "CD".repeat(16) as ContentId;
    const extents: Extent[] = [];
    for (let i = 0; i < 6; i++)
      extents.push({ ref: await ports.blobs.write(chunked(Buffer.alloc(10, i), 10), { owner: Buffer.from(id, "hex"), length: 10 }), offset: 0, length: 10 });
    const source = readContent(ports, { id, extents }, { start: 0, end: 60 }, () => {});
    let held = await source.read();
    for (let i = 0; i < 6; i++) {
      const next = await source.read();
      assert.deepEqual(held && Buffer.from(held), Buffer.alloc(10, i));
      held = next;
    }
    assert.equal(held, undefined);
    source.close();
  });

  it("stores nothing when a digest does not hold, the body is shorter or longer than announced, or its source fails", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    const bytes = noise(5000);
    const sha = createHash("sha256").update(bytes);
    const body = (expected: ExpectedDigests) => ({ body: { ...testBody(bytes), expected: () => expected } });
    const good: ExpectedDigests = {
      md5: createHash("md5").update(bytes).digest("hex"),
      sha256: sha.copy().digest("hex"),
      crc64: crc64xz(bytes).toString(),
      checksum: { algorithm: "sha256", value: sha.copy().digest("base64") },
    };
    const { version } = await put(ports, bucket, "good", bytes, body(good));
    assert.deepEqual(version.checksum, { algorithm: "sha256", value: good.checksum?.value, type: "full" });
    for (const wrong of [{ md5: "0".repeat(32) }, { sha256: "0".repeat(64) }, { crc64: "1" }, { checksum: { algorithm: "crc32c" as const, value: "AAAAAA==" } }]) {
      await assert.rejects(put(ports, bucket, "bad", bytes, body(wrong)), { kind: "digestMismatch" });
      await assert.rejects(put(ports, bucket, "bad", "small", { body: { ...testBody("small"), expected: () => wrong } }), { kind: "digestMismatch" });
    }
    for (const length of [4999, 5001, 10, 100_000]) {
      await assert.rejects(put(ports, bucket, "bad", bytes, { body: testBody(bytes, { length, chunkBytes: 600 }) }), { kind: "bodyLength" });
    }
    let reads = 0;
    const broken = {
      length: 5000,
      expected: () => ({}),
      source: { read: async () => (reads++ === 0 ? bytes.subarray(0, 2500) : Promise.reject(new Error("cut off"))), close() {} },
    };
    await assert.rejects(put(ports, bucket, "bad", "", { body: broken }), /cut off/);
    await assert.rejects(put(ports, bucket, "bad", "", { body: testBody("x", { length: limits.putBytesMax + 1 }) }), { kind: "entityTooLarge" });
    assert.equal(ports.blobs.count(), 1);
    assert.deepEqual([...(await auditGeneration(ports, bucket.state.generation)).keys()], ["good"]);
    assert.equal(ports.settledRefs.length, new Set(ports.settledRefs).size);
  });

  it("takes its blobs back when the store refuses the batch, and leaves them alone when the outcome is unknown", async () => {
    for (const [error, expected] of [
      [new StoreRefused("full", "no space"), { kind: "diskFull" }],
      [new StoreOutcomeUnknown("COMMIT failed"), { name: "StoreOutcomeUnknown" }],
    ] as const) {
      const ports = testPorts();
      const bucket = await testBucket(ports);
      const failing: TestPorts = { ...ports, metadata: { ...ports.metadata, commit: () => Promise.reject(error) } };
      await assert.rejects(put(failing, bucket, "k", noise(5000)), expected);
      const isUnknown = error instanceof StoreOutcomeUnknown;
      assert.equal(ports.blobs.count(), isUnknown ? 1 : 0);
      assert.equal(ports.settledRefs.length, isUnknown ? 0 : 1);
    }
  });

  it("announces a reader before its snapshot and lets it go at the end of the body, at close, and on every failure", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    await put(ports, bucket, "k", noise(200_000));
    let readersAtSnapshot = 0;
    const snapshot = () => {
      readersAtSnapshot = ports.openReaders();
      return ports.metadata.snapshot();
    };
    const watching: TestPorts = { ...ports, metadata: { ...ports.metadata, snapshot } };
    const opened = await open(watching, bucket, "k");
    assert.equal(readersAtSnapshot, 1);
    assert.equal(ports.openReaders(), 1);
    await opened.body.read();
    opened.body.close();
    opened.body.close();
    assert.equal(ports.openReaders(), 0);
    await assert.rejects(open(ports, bucket, "missing"), { kind: "keyMissing" });
    await assert.rejects(open(ports, bucket, "k", { range: { start: 200_000 } }), { kind: "rangeUnsatisfiable" });
    assert.equal(ports.openReaders(), 0);
  });

  it("serves ranges as the header says; what cannot be satisfied fails or is the whole object", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    await put(ports, bucket, "k", "0123456789");
    await put(ports, bucket, "empty", "");
    const text = async (more: Parameters<typeof open>[3], key = "k"): Promise<string> => (await drain((await open(ports, bucket, key, more)).body)).toString();
    assert.equal(await text({ range: { start: 2, end: 4 } }), "234");
    assert.equal(await text({ range: { start: 7, end: 99 } }), "789");
    assert.equal(await text({ range: { suffix: 3 } }), "789");
    assert.equal(await text({ range: { suffix: 99 } }), "0123456789");
    for (const range of [{ start: 10 }, { suffix: 0 }]) {
      await assert.rejects(open(ports, bucket, "k", { range }), { kind: "rangeUnsatisfiable" });
      assert.equal(await text({ range, onBadRange: "whole" }), "0123456789");
    }
    const whole = await open(ports, bucket, "k", { range: { start: 7, end: 99 }, onBadRange: "whole" });
    assert.equal(whole.range, undefined);
    whole.body.close();
    await assert.rejects(open(ports, bucket, "empty", { range: { start: 0 } }), { kind: "rangeUnsatisfiable" });
    assert.equal(await text({ partNumber: 1 }), "0123456789");
    await assert.rejects(open(ports, bucket, "k", { partNumber: 2 }), { kind: "rangeUnsatisfiable" });
  });

  it("judges conditions of reads in the order of RFC 9110", async () => {
    const ports = testPorts({ clock: { wallMs: () => 1_000_500, sequenceMs: () => 1_000_500, monotonicMs } });
    const bucket = await testBucket(ports);
    const { etag } = (await put(ports, bucket, "k", "x")).version;
    const at = 1_000_000;
    const judge = (conditions: ReadConditions) => headObject(ports, testContext("object.read"), { ...bucket, key: asKey("k"), conditions });
    const fine: ReadConditions[] = [
      { ifMatch: [etag.toUpperCase()] },
      { ifMatch: ["*"], ifUnmodifiedSinceMs: at - 1000 },
      { ifUnmodifiedSinceMs: at },
      { ifNoneMatch: ["z"], ifModifiedSinceMs: at },
      { ifModifiedSinceMs: at - 1000 },
    ];
    for (const conditions of fine) assert.equal((await judge(conditions)).version.etag, etag);
    for (const conditions of [{ ifMatch: ["z"] }, { ifMatch: ["z"], ifUnmodifiedSinceMs: at }, { ifUnmodifiedSinceMs: at - 1000 }, { ifMatch: ["z"], ifNoneMatch: [etag] }]) {
      await assert.rejects(judge(conditions), { kind: "preconditionFailed" });
    }
    for (const conditions of [{ ifNoneMatch: [etag] }, { ifNoneMatch: ["*"] }, { ifModifiedSinceMs: at }, { ifMatch: [etag], ifNoneMatch: [etag] }]) {
      await assert.rejects(judge(conditions), { kind: "notModified", detail: { etag, modifiedMs: 1_000_500, versionId: undefined } });
    }
    const copying = (sourceConditions: ReadConditions) =>
      copyObject(ports, testContext("object.write"), {
        ...bucket,
        key: asKey("c"),
        source: { ...bucket, key: asKey("k") },
        sourceAction: "read",
        sourceConditions,
        acl: "inherit",
        ontoItself: "refuse",
      });
    await assert.rejects(copying({ ifNoneMatch: [etag] }), { kind: "preconditionFailed" });
    assert.equal((await copying({ ifMatch: [etag] })).version.etag, etag);
  });

  it("keeps headers and metadata up to their limit, however long, and refuses more", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    const headers = { contentType: "text/plain; charset=utf-8", cacheControl: "x".repeat(300) };
    for (const length of [0, 100, 1000, 60_000]) {
      await put(ports, bucket, "k", "x", {
        headers,
        metadata: [
          ["Name", "é".repeat(length / 2)],
          ["name", ""],
        ],
      });
      const { version } = await headObject(ports, testContext("object.read"), { ...bucket, key: asKey("k") });
      assert.deepEqual(
        [version.headers, version.metadata],
        [
          headers,
          [
            ["Name", "é".repeat(length / 2)],
            ["name", ""],
          ],
        ],
      );
      await auditGeneration(ports, bucket.state.generation);
    }
    await assert.rejects(put(ports, bucket, "k", "x", { metadata: [["name", "x".repeat(limits.metadataBytesMax)]] }), { kind: "invalidArgument" });
  });

  it("makes and reads nothing under a key that no row could have", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports, { versioning: "enabled" });
    await put(ports, bucket, "\ufffd", "x");
    for (const key of ["", "\ud800", "k".repeat(limits.keyBytesMax + 1), "\0".repeat(4000)]) {
      await assert.rejects(put(ports, bucket, key, "x"), { kind: "invalidArgument" });
      await assert.rejects(open(ports, bucket, key), { kind: "invalidArgument" });
      await assert.rejects(deleteObject(ports, testContext("object.delete"), { ...bucket, key: asKey(key) }), { kind: "invalidArgument" });
    }
    const longest = "é".repeat(2047);
    await put(ports, bucket, longest, noise(3000));
    await deleteObject(ports, testContext("object.delete"), { ...bucket, key: asKey(longest) });
    assert.equal((await auditGeneration(ports, bucket.state.generation)).get(asKey(longest))?.length, 2);
  });

  it("judges conditions of writes", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    await assert.rejects(put(ports, bucket, "k", "x", { condition: { ifMatch: ["*"] } }), { kind: "keyMissing" });
    const { etag } = (await put(ports, bucket, "k", "x", { condition: { ifAbsent: true, forbidOverwrite: true } })).version;
    await assert.rejects(put(ports, bucket, "k", "y", { condition: { ifAbsent: true } }), { kind: "preconditionFailed" });
    await assert.rejects(put(ports, bucket, "k", "y", { condition: { forbidOverwrite: true } }), { kind: "objectExists" });
    await assert.rejects(put(ports, bucket, "k", "y", { condition: { ifMatch: ["z"] } }), { kind: "preconditionFailed" });
    await put(ports, bucket, "k", "y", { condition: { ifMatch: [etag] } });
    const worm = await testBucket(ports, { name: "worm", overwrite: "refused" });
    await put(ports, worm, "k", "x");
    await assert.rejects(put(ports, worm, "k", "y"), { kind: "objectExists" });
    const versioned = await testBucket(ports, { name: "versioned", overwrite: "refused", versioning: "enabled" });
    for (const text of ["x", "y"]) await put(ports, versioned, "k", text, { condition: { forbidOverwrite: true } });
    await deleteObject(ports, testContext("object.delete"), { ...versioned, key: asKey("k") });
    await put(ports, versioned, "k", "z", { condition: { ifAbsent: true } });
  });

  it("says what is missing, and to who may not list only that he may not", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports, { versioning: "enabled" });
    const { sequence } = (await put(ports, bucket, "k", "x")).version;
    const marker = (await deleteObject(ports, testContext("object.delete"), { ...bucket, key: asKey("k") })).marker?.sequence;
    const head = (key: string, version?: number | "null", context = testContext("object.read")) => headObject(ports, context, { ...bucket, key: asKey(key), version });
    await assert.rejects(head("k"), { kind: "versionIsMarker", detail: { key: "k", versionId: String(marker), sequence: marker as number, current: true } });
    await assert.rejects(head("k", marker), { kind: "versionIsMarker", detail: { key: "k", versionId: String(marker), sequence: marker as number, current: false } });
    await assert.rejects(head("k", 7), { kind: "versionMissing" });
    await assert.rejects(head("k", "null"), { kind: "versionMissing" });
    await assert.rejects(head("none"), { kind: "keyMissing" });
    assert.equal((await head("k", sequence)).version.size, 1);
    for (const stranger of [testContext("object.read", { kind: "anonymous" }), testContext("object.read", testAccount("other"))]) {
      for (const [key, version] of [["k"], ["none"], ["k", sequence]] as [string, number?][]) await assert.rejects(head(key, version, stranger), { kind: "accessDenied" });
    }
    await put(ports, bucket, "open", "x", { acl: "publicRead" });
    assert.equal((await head("open", undefined, testContext("object.read", { kind: "anonymous" }))).version.acl, "publicRead");
    await assert.rejects(objectAcl(ports, testContext("object.readAcl", { kind: "anonymous" }), { ...bucket, key: asKey("open") }), { kind: "accessDenied" });
  });
});
