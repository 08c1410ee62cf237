import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import { createCrc } from "../../lib/crc.ts";
import { deleteBucket } from "../buckets/delete.ts";
import { checkStore } from "../check/check.ts";
import { type ErrorKind, isDomainError } from "../errors.ts";
import { counterKey, tables } from "../keys.ts";
import { deleteObject } from "../objects/delete.ts";
import { openObject } from "../objects/read.ts";
import { runUntilIdle } from "../reclaim/reclaim.ts";
import { asKey, auditGeneration, drain, put, rowsOf, type TestBucket, type TestPorts, testBody, testBucket, testContext, testPorts } from "../testing.ts";
import { listUploads } from "./list-uploads.ts";
import { decodePart, encodePart } from "./records.ts";
import { abort, begin, complete, intruding, sendCopy, sendPart } from "./testing.ts";
import { uploadVerbs } from "./uploads.ts";

const kind = (name: ErrorKind) => (error: unknown) => isDomainError(error, name);
const md5 = (bytes: string | Uint8Array): string => createHash("md5").update(bytes).digest("hex");
const crc64 = (bytes: Uint8Array): string => {
  const crc = createCrc("crc64xz");
  crc.update(bytes);
  return crc.decimal();
};
const open = async (ports: TestPorts, bucket: TestBucket, key: string): Promise<Buffer> =>
  drain((await openObject(ports, testContext("object.read"), { ...bucket, key: asKey(key), onBadRange: "fail" })).body);
const remove = (ports: TestPorts, bucket: TestBucket, key: string) => deleteObject(ports, testContext("object.delete"), { ...bucket, key: asKey(key) });

/** Everything that can go is gone, and then the store is whole and no blob is left but those that are read. */
async function assertTidy(ports: TestPorts, blobs: number): Promise<void> {
  ports.blobs.rotate();
  await runUntilIdle(ports, { budget: 1000, passesMax: 50 });
  assert.deepEqual(await problemsOf(ports), []);
  assert.equal(ports.blobs.count(), blobs, "blobs that are left");
}
/** The test's account is one row and nothing that finds it. */
const problemsOf = async (ports: TestPorts) => (await checkStore(ports)).filter(({ what }) => what !== "identityRowWrong");

describe("uploads", () => {
  it("parts in any order become one object: bytes, ETag, CRC-64 and boundaries of the whole, and nothing else stays", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    const pieces = [randomBytes(3000), randomBytes(70_000), randomBytes(10)];
    const { id } = await begin(ports, bucket, "k", { headers: { contentType: "text/x" }, metadata: [["a", "b"]] });
    for (const n of [3, 1, 2]) assert.equal((await sendPart(ports, bucket, "k", id, n, pieces[n - 1] as Buffer)).etag, md5(pieces[n - 1] as Buffer));
    const { version } = await complete(
      ports,
      bucket,
      "k",
      id,
      pieces.map((piece, i) => ({ number: i + 1, etag: md5(piece).toUpperCase() })),
    );
    const whole = Buffer.concat(pieces);
    assert.deepEqual(await open(ports, bucket, "k"), whole);
    assert.equal(version.etag, `${md5(Buffer.concat(pieces.map((piece) => Buffer.from(md5(piece), "hex"))))}-3`);
    assert.equal(version.crc64, crc64(whole));
    assert.equal(version.form, "multipart");
    assert.equal(version.content?.id as string, id, "the content is the upload's");
    const second = await openObject(ports, testContext("object.read"), { ...bucket, key: asKey("k"), partNumber: 2, onBadRange: "fail" });
    assert.deepEqual(await drain(second.body), pieces[1]);
    assert.deepEqual([second.version.headers, second.version.metadata], [{ contentType: "text/x" }, [["a", "b"]]]);
    await assertTidy(ports, 3);
    await auditGeneration(ports, bucket.state.generation);
    await remove(ports, bucket, "k");
    await assertTidy(ports, 0);
  });

  it("many parts go to pages and come back by range; unlisted and replaced parts leave nothing", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    const { id } = await begin(ports, bucket, "k");
    const pieces = Array.from({ length: 600 }, (_, i) => Buffer.from(`part ${i};`));
    for (const [i, piece] of pieces.entries()) await sendPart(ports, bucket, "k", id, i + 1, piece);
    await sendPart(ports, bucket, "k", id, 1, "part 0;");
    const listed = pieces.map((piece, i) => ({ number: i + 1, etag: md5(piece) })).filter(({ number }) => number % 2 === 1);
    const { version } = await complete(ports, bucket, "k", id, listed);
    assert.equal(version.content?.paged, true);
    const whole = Buffer.concat(pieces.filter((_, i) => i % 2 === 0));
    assert.deepEqual(await open(ports, bucket, "k"), whole);
    const part = await openObject(ports, testContext("object.read"), { ...bucket, key: asKey("k"), range: { start: 1000, end: 2000 }, onBadRange: "fail" });
    assert.deepEqual(await drain(part.body), whole.subarray(1000, 1000 + part.length));
    await assertTidy(ports, 300);
    await remove(ports, bucket, "k");
    await assertTidy(ports, 0);
  });

  it("10 000 parts are completed in one batch, within the limits of snapshots and batches, and cleared in slices", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    const { id } = await begin(ports, bucket, "k");
    await sendPart(ports, bucket, "k", id, 1, "abc");
    const [, row] = await rowsOf(ports, tables.part.range(id));
    const first = decodePart(row?.value as Uint8Array);
    for (let from = 2; from <= 10_000; from += 2000) {
      const numbers = Array.from({ length: Math.min(2000, 10_001 - from) }, (_, i) => from + i);
      await ports.metadata.commit({
        expect: [],
        put: numbers.map((number) => ({ key: tables.part.key(id, number), value: encodePart({ ...first, number }) })),
        remove: [],
        add: [
          { counter: counterKey(bucket.state.generation, "parts"), delta: numbers.length },
          { counter: counterKey(bucket.state.generation, "partBytes"), delta: 3 * numbers.length },
        ],
      });
    }
    const { version } = await complete(ports, bucket, "k", id);
    assert.deepEqual([version.size, version.etag.slice(33), version.parts?.length], [30_000, "10000", 10_000]);
    assert.equal((await open(ports, bucket, "k")).toString(), "abc".repeat(10_000));
    await assertTidy(ports, 1);
  });

  it("Complete names what is wrong and leaves the upload as it was", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    const { id } = await begin(ports, bucket, "k");
    for (const [n, text] of [
      [1, "one"],
      [2, "two"],
    ] as const)
      await sendPart(ports, bucket, "k", id, n, text);
    const [one, two] = [
      { number: 1, etag: md5("one") },
      { number: 2, etag: md5("two") },
    ];
    await assert.rejects(complete(ports, bucket, "k", id, [two, one]), kind("partOrder"));
    await assert.rejects(complete(ports, bucket, "k", id, [one, one]), kind("partOrder"));
    await assert.rejects(complete(ports, bucket, "k", id, [one, { number: 2, etag: md5("three") }]), kind("partMissing"));
    await assert.rejects(complete(ports, bucket, "k", id, [one, { number: 3, etag: md5("two") }]), kind("partMissing"));
    await assert.rejects(complete(ports, bucket, "k", id, []), kind("partMissing"));
    await assert.rejects(complete(ports, bucket, "k", id, [one, two], { partSizeMinimum: 4 }), kind("partTooSmall"));
    await assert.rejects(complete(ports, bucket, "k", id, [one, two], { size: 5 }), kind("uploadSize"));
    await assert.rejects(complete(ports, bucket, "k", id, [one, two], { condition: { ifMatch: ["x"] } }), kind("keyMissing"));
    await assert.rejects(complete(ports, bucket, "other", id, [one, two]), kind("uploadMissing"));
    await assert.rejects(complete(ports, bucket, "k", "F".repeat(32), [one]), kind("uploadMissing"));
    await assert.rejects(complete(ports, bucket, "k", "../../etc", [one]), kind("uploadMissing"));
    for (const number of [0, 10_001, 1.5]) await assert.rejects(sendPart(ports, bucket, "k", id, number, "x"), kind("invalidArgument"));
    await assertTidy(ports, 2);
    await complete(ports, bucket, "k", id, [one, two], { partSizeMinimum: 3, size: 6, condition: { ifAbsent: true } });
    assert.equal((await open(ports, bucket, "k")).toString(), "onetwo");
  });

  it("the same Complete again is answered as the first time for a day, another one is uploadMissing", async () => {
    let wallMs = 1_700_000_000_000;
    const ports = testPorts({ clock: { wallMs: () => wallMs, sequenceMs: () => Date.now(), monotonicMs: () => performance.now() } });
    const bucket = await testBucket(ports);
    const { id } = await begin(ports, bucket, "k");
    await sendPart(ports, bucket, "k", id, 1, "one");
    const list = [{ number: 1, etag: md5("one") }];
    const first = await complete(ports, bucket, "k", id, list);
    await put(ports, bucket, "k", "somebody else's");
    const again = await complete(ports, bucket, "k", id, list);
    assert.deepEqual([again.version.sequence, again.version.etag, again.version.crc64], [first.version.sequence, first.version.etag, first.version.crc64]);
    assert.equal((await open(ports, bucket, "k")).toString(), "somebody else's", "nothing is written again");
    await assert.rejects(complete(ports, bucket, "k", id, [{ number: 1, etag: md5("two") }]), kind("uploadMissing"));
    wallMs += 24 * 3600 * 1000 + 1;
    await assertTidy(ports, 0);
    await assert.rejects(complete(ports, bucket, "k", id, list), kind("uploadMissing"));
  });

  it("checksums: the whole CRC is combined from the parts', composite ones are hashed, claims are verified", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    const whole = randomBytes(5000);
    const pieces = [whole.subarray(0, 3000), whole.subarray(3000)];
    for (const algorithm of ["crc32", "crc32c", "crc64nvme"] as const) {
      const { id } = await begin(ports, bucket, "k", { checksum: { algorithm, type: "full" } });
      for (const [i, piece] of pieces.entries()) await sendPart(ports, bucket, "k", id, i + 1, piece);
      const crc = createCrc(algorithm);
      crc.update(whole);
      await assert.rejects(complete(ports, bucket, "k", id, "all", { checksum: { algorithm, type: "full", value: "AAAAAA==" } }), kind("digestMismatch"));
      const { version } = await complete(ports, bucket, "k", id, "all", { checksum: { algorithm, type: "full", value: crc.base64() } });
      assert.deepEqual(version.checksum, { algorithm, type: "full", value: crc.base64() });
    }
    const { id } = await begin(ports, bucket, "k", { checksum: { algorithm: "sha256", type: "composite" } });
    const sums: Buffer[] = [];
    for (const [i, piece] of pieces.entries()) {
      sums.push(createHash("sha256").update(piece).digest());
      assert.equal((await sendPart(ports, bucket, "k", id, i + 1, piece)).checksum?.value, sums[i]?.toString("base64"));
    }
    const { version } = await complete(ports, bucket, "k", id);
    assert.equal(version.checksum?.value, `${createHash("sha256").update(Buffer.concat(sums)).digest("base64")}-2`);
    await assert.rejects(begin(ports, bucket, "k", { checksum: { algorithm: "sha1", type: "full" } }), kind("invalidArgument"));
    await assert.rejects(begin(ports, bucket, "k", { checksum: { algorithm: "crc64nvme", type: "composite" } }), kind("invalidArgument"));
    const { id: other } = await begin(ports, bucket, "k", { checksum: { algorithm: "crc32", type: "full" } });
    const body = { ...testBody("x"), checksum: "sha256" as const };
    await assert.rejects(uploadVerbs(ports).putPart(testContext("upload.write"), { ...bucket, key: asKey("k"), uploadId: other, partNumber: 1, body }), kind("invalidArgument"));
  });

  it("ListParts and ListMultipartUploads page, with prefixes sought past", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    const ids: Record<string, string[]> = {};
    for (const key of ["a/1", "a/2", "a/3", "b", "b", "c/x", "d"]) ids[key] = [...(ids[key] ?? []), (await begin(ports, bucket, key)).id].sort();
    const page = async (input: Partial<Parameters<typeof listUploads>[2]>) => {
      const { items, truncated } = await listUploads(ports, testContext("upload.read"), {
        ...bucket,
        prefix: "",
        delimiter: "",
        keyAfter: "",
        uploadAfter: "",
        limit: 1000,
        ...input,
      });
      return {
        names: items.map((item) => ("prefix" in item ? `${item.prefix}*` : item.upload.key)),
        ids: items.flatMap((item) => ("upload" in item ? [item.upload.id as string] : [])),
        truncated,
      };
    };
    assert.deepEqual((await page({})).names, ["a/1", "a/2", "a/3", "b", "b", "c/x", "d"]);
    assert.deepEqual((await page({ delimiter: "/" })).names, ["a/*", "b", "b", "c/*", "d"]);
    assert.deepEqual((await page({ prefix: "a/" })).names, ["a/1", "a/2", "a/3"]);
    assert.deepEqual(await page({ delimiter: "/", limit: 1 }), { names: ["a/*"], ids: [], truncated: true });
    assert.deepEqual((await page({ delimiter: "/", keyAfter: "a/", limit: 2 })).names, ["b", "b"]);
    assert.deepEqual((await page({ keyAfter: "b" })).names, ["c/x", "d"]);
    assert.deepEqual((await page({ keyAfter: "b", uploadAfter: ids.b?.[0] as string, limit: 1 })).ids, [ids.b?.[1]]);
    assert.deepEqual(await page({ limit: 7 }), { names: ["a/1", "a/2", "a/3", "b", "b", "c/x", "d"], ids: (await page({})).ids, truncated: false });
    assert.deepEqual(await page({ limit: 0 }), { names: [], ids: [], truncated: false });

    const id = ids.d?.[0] as string;
    for (const n of [2, 5, 9]) await sendPart(ports, bucket, "d", id, n, `part ${n}`);
    const parts = async (after: number, limit: number) => {
      const result = await uploadVerbs(ports).parts(testContext("upload.read"), { ...bucket, key: asKey("d"), uploadId: id, after, limit });
      return [result.parts.map(({ number }) => number), result.truncated];
    };
    assert.deepEqual(await parts(0, 2), [[2, 5], true]);
    assert.deepEqual(await parts(5, 2), [[9], false]);
    assert.deepEqual(await parts(9, 2), [[], false]);
  });

  it("a part copied from an object shares its bytes, which stay when the source goes, and go with the last user", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    const source = randomBytes(50_000);
    await put(ports, bucket, "big", source);
    await put(ports, bucket, "small", "tiny");
    const { id } = await begin(ports, bucket, "k");
    const blobs = ports.blobs.count();
    const whole = await sendCopy(ports, bucket, "k", id, 1, "big");
    assert.deepEqual([whole.etag, whole.size], [md5(source), source.length]);
    const range = await sendCopy(ports, bucket, "k", id, 2, "big", { start: 10_000, end: 30_000 });
    assert.equal(range.etag, md5(source.subarray(10_000, 30_000)));
    assert.equal(range.crc64, crc64(source.subarray(10_000, 30_000)));
    assert.equal(ports.blobs.count(), blobs, "no bytes are written");
    await sendCopy(ports, bucket, "k", id, 3, "small");
    assert.equal(ports.blobs.count(), blobs + 1, "bytes from a record become a blob");
    await assert.rejects(sendCopy(ports, bucket, "k", id, 4, "big", { start: 0, end: 50_001 }), kind("rangeUnsatisfiable"));
    await assert.rejects(sendCopy(ports, bucket, "k", id, 4, "none"), kind("keyMissing"));
    await remove(ports, bucket, "big");
    await assertTidy(ports, blobs + 1);
    await complete(ports, bucket, "k", id);
    const expected = Buffer.concat([source, source.subarray(10_000, 30_000), Buffer.from("tiny")]);
    assert.deepEqual(await open(ports, bucket, "k"), expected);
    await assertTidy(ports, blobs + 1);
    // A copy of the copy borrows through it.
    const second = await begin(ports, bucket, "k2");
    await sendCopy(ports, bucket, "k2", second.id, 1, "k", { start: 5, end: 60_000 });
    await remove(ports, bucket, "k");
    await assertTidy(ports, blobs + 1);
    await complete(ports, bucket, "k2", second.id);
    assert.deepEqual(await open(ports, bucket, "k2"), expected.subarray(5, 60_000));
    await remove(ports, bucket, "k2");
    await assertTidy(ports, 0);
  });

  it("a copied part that is replaced or aborted gives its source back", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    await put(ports, bucket, "big", randomBytes(5000));
    const { id } = await begin(ports, bucket, "k");
    await sendCopy(ports, bucket, "k", id, 1, "big");
    await sendCopy(ports, bucket, "k", id, 1, "big", { start: 0, end: 100 });
    await sendCopy(ports, bucket, "k", id, 2, "big");
    await remove(ports, bucket, "big");
    await sendPart(ports, bucket, "k", id, 2, "own bytes");
    await assertTidy(ports, 2);
    await abort(ports, bucket, "k", id);
    await assert.rejects(abort(ports, bucket, "k", id), kind("uploadMissing"));
    await assert.rejects(sendPart(ports, bucket, "k", id, 2, "late"), kind("uploadMissing"));
    await assertTidy(ports, 0);
  });

  it("a refused body leaves nothing", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    const { id } = await begin(ports, bucket, "k");
    const body = { ...testBody("hello"), expected: () => ({ md5: md5("other") }) };
    await assert.rejects(uploadVerbs(ports).putPart(testContext("upload.write"), { ...bucket, key: asKey("k"), uploadId: id, partNumber: 1, body }), kind("digestMismatch"));
    await assert.rejects(
      uploadVerbs(ports).putPart(testContext("upload.write"), { ...bucket, key: asKey("k"), uploadId: id, partNumber: 1, body: testBody("hello", { length: 9 }) }),
      kind("bodyLength"),
    );
    assert.equal(ports.blobs.count(), 0);
    await assertTidy(ports, 0);
  });

  it("a bucket deleted with its uploads: late parts and completes find nothing, and all their bytes go", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    const { id } = await begin(ports, bucket, "k");
    await sendPart(ports, bucket, "k", id, 1, "one");
    await assert.rejects(deleteBucket(ports, testContext("bucket.own"), { ...bucket, openUploads: "refuse" }), kind("bucketNotEmpty"));
    await deleteBucket(ports, testContext("bucket.own"), { ...bucket, openUploads: "end" });
    await assert.rejects(complete(ports, bucket, "k", id), kind("bucketMissing"));
    const again = await testBucket(ports);
    await assert.rejects(sendPart(ports, again, "k", id, 2, "two"), kind("uploadMissing"));
    await assert.rejects(complete(ports, again, "k", id), kind("uploadMissing"));
    await assertTidy(ports, 0);
    const snapshot = await ports.metadata.snapshot();
    assert.equal(await snapshot.get(tables.state.key(bucket.state.generation)), undefined, "the generation is gone");
    snapshot.close();
  });
});

describe("races of uploads", () => {
  const rounds = 40;
  /** The second of two is started 0, 1, 2, ... turns of the loop later than the first: the orders of their commits change on the way. */
  let lead = 0;
  const later = async <T>(run: () => Promise<T>): Promise<T> => {
    for (let turn = 0; turn < lead; turn++) await Promise.resolve();
    return run();
  };
  const race = async (name: string, run: (ports: TestPorts, bucket: Awaited<ReturnType<typeof testBucket>>, id: string) => Promise<number>): Promise<void> => {
    for (let round = 0; round < rounds; round++) {
      const ports = testPorts();
      const bucket = await testBucket(ports);
      const { id } = await begin(ports, bucket, "k");
      await sendPart(ports, bucket, "k", id, 1, "first");
      lead = Math.floor(round / 2) * 6;
      const blobs = await run(ports, bucket, id);
      ports.blobs.rotate();
      await runUntilIdle(ports, { budget: 1000, passesMax: 50 });
      assert.deepEqual(await problemsOf(ports), [], name);
      assert.equal(ports.blobs.count(), blobs, `${name}: blobs`);
      await auditGeneration(ports, bucket.state.generation);
    }
  };

  it("the same part twice at once: both are answered, one of them is the part", () =>
    race("part twice", async (ports, bucket, id) => {
      const sent = await Promise.all(["second", "third!!"].map((text) => sendPart(ports, bucket, "k", id, 1, text)));
      const { version } = await complete(ports, bucket, "k", id);
      const text = (await open(ports, bucket, "k")).toString();
      assert.ok(["second", "third!!"].includes(text));
      assert.equal(version.parts?.[0]?.size, text.length);
      assert.equal(sent.length, 2);
      return 1;
    }));

  it("part against complete: an acknowledged part is in the object, or came when the upload was over", async () => {
    const outcomes = new Set<string>();
    await race("part against complete", async (ports, bucket, id) => {
      const [part, done] = await Promise.allSettled([sendPart(ports, bucket, "k", id, 1, "second"), later(() => complete(ports, bucket, "k", id))]);
      assert.equal(done.status, "fulfilled");
      const text = (await open(ports, bucket, "k")).toString();
      if (part.status === "fulfilled") assert.equal(text, "second", "the stamp makes a Complete that read the old part read again");
      else {
        assert.ok(isDomainError(part.reason, "uploadMissing"), String(part.reason));
        assert.equal(text, "first");
      }
      outcomes.add(part.status);
      return 1;
    });
    assert.equal(outcomes.size, 2, "both orders were met");
  });

  it("part against abort: whatever was acknowledged, nothing stays", () =>
    race("part against abort", async (ports, bucket, id) => {
      const [part, aborted] = await Promise.allSettled([sendPart(ports, bucket, "k", id, 1, "second"), later(() => abort(ports, bucket, "k", id))]);
      assert.equal(aborted.status, "fulfilled");
      if (part.status === "rejected") assert.ok(isDomainError(part.reason, "uploadMissing"), String(part.reason));
      return 0;
    }));

  it("complete against complete: both get the same version, and there is one", () =>
    race("complete twice", async (ports, bucket, id) => {
      const [a, b] = await Promise.all([complete(ports, bucket, "k", id), later(() => complete(ports, bucket, "k", id))]);
      assert.equal(a.version.sequence, b.version.sequence);
      return 1;
    }));

  it("complete against abort: the first wins, the other finds no upload", async () => {
    const outcomes = new Set<string>();
    await race("complete against abort", async (ports, bucket, id) => {
      const [completed, aborted] = await Promise.allSettled([complete(ports, bucket, "k", id), later(() => abort(ports, bucket, "k", id))]);
      const wins = [completed, aborted].filter(({ status }) => status === "fulfilled").length;
      assert.equal(wins, 1);
      const lost = completed.status === "rejected" ? completed : (aborted as PromiseRejectedResult);
      assert.ok(isDomainError(lost.reason, "uploadMissing"), String(lost.reason));
      outcomes.add(completed.status);
      if (completed.status === "rejected") return 0;
      assert.equal((await open(ports, bucket, "k")).toString(), "first");
      return 1;
    });
    assert.equal(outcomes.size, 2, "both orders were met");
  });

  it("copy-part against delete of its source, with the remover at work: an acknowledged part has its bytes", async () => {
    const outcomes = new Set<string>();
    await race("copy against delete", async (ports, bucket, id) => {
      const bytes = randomBytes(4000);
      await put(ports, bucket, "source", bytes);
      const [copied, deleted] = await Promise.allSettled([
        sendCopy(ports, bucket, "k", id, 2, "source"),
        later(() => remove(ports, bucket, "source").then(() => runUntilIdle(ports, { budget: 100, passesMax: 20 }))),
      ]);
      assert.equal(deleted.status, "fulfilled");
      await complete(ports, bucket, "k", id);
      const text = await open(ports, bucket, "k");
      outcomes.add(copied.status);
      if (copied.status === "fulfilled") {
        assert.deepEqual(text, Buffer.concat([Buffer.from("first"), bytes]));
        return 2;
      }
      assert.ok(isDomainError(copied.reason, "keyMissing"), String(copied.reason));
      return 1;
    });
    assert.equal(outcomes.size, 2, "both orders were met");
  });

  it("copy-part whose source is deleted, or overwritten, between its reading and its commit reads again", async () => {
    for (const intruder of ["deleted", "overwritten"] as const) {
      const ports = testPorts();
      const bucket = await testBucket(ports);
      await put(ports, bucket, "source", randomBytes(4000));
      const second = randomBytes(5000);
      const { id } = await begin(ports, bucket, "k");
      const usesAdded = (batch: { put: { key: Uint8Array }[] }): boolean => batch.put.some(({ key }) => key[0] === tables.use.tag);
      const intruded = intruding(ports, usesAdded, () => (intruder === "deleted" ? remove(ports, bucket, "source") : put(ports, bucket, "source", second)));
      const copied = sendCopy(intruded, bucket, "k", id, 1, "source");
      if (intruder === "deleted") await assert.rejects(copied, kind("keyMissing"));
      else assert.equal((await copied).etag, md5(second));
      assert.equal(ports.openReaders(), 0);
      await assertTidy(ports, intruder === "deleted" ? 0 : 1);
    }
  });
});
