import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { DeleteCondition, WriteCondition } from "../api.ts";
import { isDomainError } from "../errors.ts";
import { asKey, auditGeneration, put, type TestBucket, type TestPorts, testBucket, testContext, testPorts } from "../testing.ts";
import { completeUpload } from "../uploads/complete.ts";
import { createUpload } from "../uploads/create.ts";
import { putPart } from "../uploads/put-part.ts";
import { copyObject } from "./copy.ts";
import { deleteObject } from "./delete.ts";
import { deleteMany } from "./delete-many.ts";

const racers = 32;
const key = asKey("k");

const copyOver = (ports: TestPorts, bucket: TestBucket, condition: WriteCondition) =>
  copyObject(ports, testContext("object.write"), {
    ...bucket,
    key,
    source: { ...bucket, key: asKey("source") },
    sourceAction: "read",
    acl: "inherit",
    ontoItself: "refuse",
    condition,
  });

/** Runs them all at once; who did not win was told that the condition does not hold. Gives the number of winners. */
async function race(run: (i: number) => Promise<unknown>, refusals: readonly string[] = ["preconditionFailed"]): Promise<number> {
  const results = await Promise.allSettled(Array.from({ length: racers }, (_, i) => run(i)));
  for (const result of results) {
    if (result.status === "rejected") assert.ok(isDomainError(result.reason) && refusals.includes(result.reason.kind), String(result.reason?.stack));
  }
  return results.filter(({ status }) => status === "fulfilled").length;
}

for (const versioning of ["off", "enabled", "suspended"] as const) {
  describe(`conditions under a race, versioning ${versioning}`, () => {
    it("of 32 puts and copies if absent one wins", async () => {
      const ports = testPorts();
      const bucket = await testBucket(ports, { versioning });
      await put(ports, bucket, "source", "s");
      const absent = { ifAbsent: true };
      assert.equal(await race((i) => (i % 2 === 0 ? put(ports, bucket, "k", `${i}`, { condition: absent }) : copyOver(ports, bucket, absent))), 1);
      assert.equal((await auditGeneration(ports, bucket.state.generation)).get(key)?.length, 1);
    });

    it("of 32 completions if absent one wins", async () => {
      const ports = testPorts();
      const bucket = await testBucket(ports, { versioning });
      const context = testContext("upload.write");
      const uploads = await Promise.all(
        Array.from({ length: racers }, async (_, i) => {
          const { id } = await createUpload(ports, context, { ...bucket, key, headers: {}, metadata: [], acl: "inherit" });
          const source = { read: async () => undefined, close() {} };
          const part = await putPart(ports, context, { ...bucket, key, uploadId: id, partNumber: i + 1, body: { source, length: 0, expected: () => ({}) } });
          return { id, number: i + 1, etag: part.etag };
        }),
      );
      const complete = (i: number) => {
        const { id, number, etag } = uploads[i] as (typeof uploads)[0];
        return completeUpload(ports, context, { ...bucket, key, uploadId: id, parts: [{ number, etag }], partSizeMinimum: 0, condition: { ifAbsent: true } });
      };
      assert.equal(await race(complete), 1);
      assert.equal((await auditGeneration(ports, bucket.state.generation)).get(key)?.length, 1);
    });

    it("of 32 deletes of what has an ETag one wins, alone or in a list", async () => {
      const ports = testPorts();
      const bucket = await testBucket(ports, { versioning });
      const { version } = await put(ports, bucket, "k", "1");
      const condition: DeleteCondition = { ifMatch: [version.etag] };
      const one = () => deleteObject(ports, testContext("object.delete"), { ...bucket, key, condition });
      const listed = async () => {
        const [result] = await deleteMany(ports, testContext("object.delete"), { ...bucket, entries: [{ key, condition }] });
        if (result && "error" in result) throw result.error;
      };
      assert.equal(await race((i) => (i % 2 === 0 ? one() : listed()), ["preconditionFailed", "keyMissing"]), 1);
      const chain = (await auditGeneration(ports, bucket.state.generation)).get(key) ?? [];
      assert.equal(chain.filter(({ kind }) => kind === "marker").length, versioning === "off" ? 0 : 1);
    });

    it("deletes and overwrites of one ETag: exactly one of all happens", async () => {
      const ports = testPorts();
      const bucket = await testBucket(ports, { versioning });
      const { version } = await put(ports, bucket, "k", "1");
      const ifMatch = [version.etag];
      const run = (i: number) =>
        i % 2 === 0
          ? put(ports, bucket, "k", `new ${i}`, { condition: { ifMatch } })
          : deleteObject(ports, testContext("object.delete"), { ...bucket, key, condition: { ifMatch } });
      assert.equal(await race(run, ["preconditionFailed", "keyMissing"]), 1);
    });
  });
}
