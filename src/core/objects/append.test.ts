import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import { crc64nvme, crc64xz, crcBase64 } from "../../lib/crc.ts";
import type { Core } from "../api.ts";
import { checkStore } from "../check/check.ts";
import { isDomainError } from "../errors.ts";
import { runUntilIdle } from "../reclaim/reclaim.ts";
import { setLegalHold } from "../retention/verbs.ts";
import { asKey, auditGeneration, drain, overtaken, put, type TestBucket, type TestPorts, testBody, testBucket, testContext, testPorts } from "../testing.ts";
import { appendLimits, appendObject } from "./append.ts";
import { copyObject } from "./copy.ts";
import { deleteObject } from "./delete.ts";
import { openObject } from "./read.ts";

type More = Partial<Parameters<Core["objects"]["append"]>[1]>;
const append = (ports: TestPorts, bucket: TestBucket, offset: number, bytes: Buffer | string, more: More = {}) =>
  appendObject(ports, testContext("object.write"), { ...bucket, key: asKey("log"), offset, body: testBody(bytes), headers: {}, metadata: [], acl: "inherit", ...more });
const read = async (ports: TestPorts, bucket: TestBucket, key = "log", range?: { start: number; end?: number }) => {
  const opened = await openObject(ports, testContext("object.read"), { ...bucket, key: asKey(key), onBadRange: "fail", ...(range ? { range } : {}) });
  return drain(opened.body);
};
const copyTo = (ports: TestPorts, bucket: TestBucket, key: string) =>
  copyObject(ports, testContext("object.write"), {
    ...bucket,
    key: asKey(key),
    source: { ...bucket, key: asKey("log") },
    sourceAction: "read",
    acl: "inherit",
    ontoItself: "refuse",
  });
const refused = (kind: string) => (error: unknown) => isDomainError(error) && error.kind === kind;

/** Nothing of what is there is damaged or lost, and nothing is left over, after the background has done its work. */
async function audit(ports: TestPorts, bucket: Awaited<ReturnType<typeof testBucket>>) {
  ports.blobs.rotate();
  const chains = await auditGeneration(ports, bucket.state.generation);
  await runUntilIdle(ports, { budget: 1000, passesMax: 50 });
  assert.deepEqual(
    (await checkStore(ports)).filter(({ what }) => what !== "identityRowWrong"),
    [],
  );
  return chains;
}

describe("append", () => {
  for (const versioning of ["off", "enabled", "suspended"] as const) {
    it(`grows one version, whose digests are of the whole (versioning ${versioning})`, async () => {
      const ports = testPorts();
      const bucket = await testBucket(ports, { versioning });
      const pieces = [Buffer.alloc(0), Buffer.from("small"), randomBytes(3000), Buffer.from("x"), randomBytes(70_000)];
      let whole = Buffer.alloc(0);
      for (const piece of pieces) {
        const { version } = await append(ports, bucket, whole.length, piece, { defaultChecksum: "crc64nvme", metadata: [["a", "1"]] });
        whole = Buffer.concat([whole, piece]);
        assert.deepEqual([version.kind, version.size, version.crc64], ["appendable", whole.length, crc64xz(whole).toString()]);
        assert.deepEqual(version.checksum, { algorithm: "crc64nvme", type: "full", value: crcBase64("crc64nvme", crc64nvme(whole)) });
        assert.deepEqual(await read(ports, bucket), whole);
      }
      const [version, ...others] = (await audit(ports, bucket)).get(asKey("log")) ?? [];
      assert.equal(others.length, 0);
      assert.deepEqual([version?.size, version?.metadata], [whole.length, [["a", "1"]]]);
      assert.match(version?.etag ?? "", /^[0-9a-f]{32}-5$/);
    });
  }

  it("of what is encrypted seals each body for itself, and reads across them", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    const encryption = { mode: "store" } as const;
    let whole = Buffer.alloc(0);
    for (let i = 0; i < 30; i++) {
      const piece = randomBytes(i === 0 ? 0 : i === 3 ? 200_000 : 50 * i);
      const { version } = await append(ports, bucket, whole.length, piece, i === 0 ? { encryption } : {});
      whole = Buffer.concat([whole, piece]);
      assert.deepEqual([version.size, version.crc64], [whole.length, crc64xz(whole).toString()]);
      if (i === 5) await copyTo(ports, bucket, "copy");
    }
    assert.deepEqual(await read(ports, bucket), whole);
    for (const [start, end] of [
      [0, 60],
      [140, 70_000],
      [190_000, 201_000],
    ] as const)
      assert.deepEqual(await read(ports, bucket, "log", { start, end: end - 1 }), whole.subarray(start, end), `${start} to ${end}`);
    await audit(ports, bucket);
    assert.deepEqual(await read(ports, bucket), whole);
    assert.equal((await read(ports, bucket, "copy")).equals(whole.subarray(0, 50 + 100 + 200_000 + 200 + 250)), true);
  });

  it("is refused elsewhere than at the end, and on what no append made", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    await assert.rejects(append(ports, bucket, 1, "x"), refused("appendOffset"));
    await append(ports, bucket, 0, "12345");
    for (const offset of [0, 4, 6]) await assert.rejects(append(ports, bucket, offset, "x"), refused("appendOffset"));
    await assert.rejects(append(ports, bucket, 5, "x", { condition: { ifAbsent: true } }), refused("preconditionFailed"));
    await put(ports, bucket, "log", "an object");
    await assert.rejects(append(ports, bucket, 9, "x"), refused("notAppendable"));
    assert.equal((await read(ports, bucket)).toString(), "an object");
    await audit(ports, bucket);
  });

  it("spares locked versions", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports, { lock: true, versioning: "enabled" });
    await append(ports, bucket, 0, "12345");
    await setLegalHold(ports, testContext("bucket.own"), { ...bucket, key: asKey("log"), legalHold: true });
    await assert.rejects(append(ports, bucket, 5, "x"), refused("versionLocked"));
    assert.equal((await read(ports, bucket)).toString(), "12345");
  });

  it("goes on past what a record and a page hold, and ranges read across", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    let whole = Buffer.alloc(0);
    for (let i = 0; i < 600; i++) {
      const piece = Buffer.from(`${i},`);
      await append(ports, bucket, whole.length, piece);
      whole = Buffer.concat([whole, piece]);
    }
    assert.deepEqual(await read(ports, bucket), whole);
    assert.deepEqual(await read(ports, bucket, "log", { start: 900, end: 1999 }), whole.subarray(900, 2000));
    await audit(ports, bucket);
    assert.deepEqual(await read(ports, bucket), whole);
    await deleteObject(ports, testContext("object.delete"), { ...bucket, key: asKey("log") });
    await audit(ports, bucket);
    ports.blobs.rotate();
    for (const epoch of await ports.blobs.endedEpochs()) for await (const page of ports.blobs.list(epoch)) assert.deepEqual(page, [], "no byte of it is left");
    assert.ok(appendLimits.appendsMax > 600);
  });

  it("of a copied object leaves the copy as it was, whichever is deleted then", async () => {
    for (const first of ["log", "copy"]) {
      const ports = testPorts();
      const bucket = await testBucket(ports);
      await append(ports, bucket, 0, Buffer.alloc(3000, "a"));
      assert.equal((await copyTo(ports, bucket, "copy")).version.kind, "object");
      await append(ports, bucket, 3000, "b");
      await append(ports, bucket, 3001, "c");
      await audit(ports, bucket);
      assert.equal((await read(ports, bucket)).toString(), `${"a".repeat(3000)}bc`);
      assert.equal((await read(ports, bucket, "copy")).toString(), "a".repeat(3000));
      await deleteObject(ports, testContext("object.delete"), { ...bucket, key: asKey(first) });
      await audit(ports, bucket);
      const left = first === "log" ? "copy" : "log";
      assert.equal((await read(ports, bucket, left)).toString(), first === "log" ? "a".repeat(3000) : `${"a".repeat(3000)}bc`);
    }
  });

  it("of 32 at one offset one wins", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    await append(ports, bucket, 0, "begin");
    const results = await Promise.allSettled(Array.from({ length: 32 }, (_, i) => append(ports, bucket, 5, `${i}`.padStart(2, "0"))));
    for (const result of results) if (result.status === "rejected") assert.ok(refused("appendOffset")(result.reason), String(result.reason?.stack));
    assert.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
    assert.equal((await read(ports, bucket)).length, 7);
    await audit(ports, bucket);
  });

  for (const appendsFirst of [true, false]) {
    it(`and a copy of the same object, ${appendsFirst ? "the copy" : "the append"} overtaking`, async () => {
      const ports = testPorts();
      const bucket = await testBucket(ports);
      await append(ports, bucket, 0, Buffer.alloc(3000, "a"));
      const grow = (p: TestPorts) => append(p, bucket, 3000, "b");
      const copy = (p: TestPorts) => copyTo(p, bucket, "copy");
      const [, second] = appendsFirst ? await overtaken(ports, grow, () => copy(ports)) : await overtaken(ports, copy, () => grow(ports));
      assert.equal(second.status, "fulfilled");
      const chains = await audit(ports, bucket);
      const bytes = await read(ports, bucket);
      assert.equal(createHash("md5").update(bytes.subarray(0, 3000)).digest("hex"), createHash("md5").update(Buffer.alloc(3000, "a")).digest("hex"));
      assert.equal((await read(ports, bucket, "copy")).length, chains.get(asKey("copy"))?.[0]?.size);
    });
  }
});
