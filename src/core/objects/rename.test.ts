import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Core } from "../api.ts";
import { checkStore } from "../check/check.ts";
import { isDomainError } from "../errors.ts";
import { runUntilIdle } from "../reclaim/reclaim.ts";
import { asKey, auditGeneration, drain, put, type TestBucket, type TestPorts, testAccount, testBucket, testContext, testPorts } from "../testing.ts";
import { openObject } from "./read.ts";
import { renameObject } from "./rename.ts";

type More = Partial<Parameters<Core["objects"]["rename"]>[1]>;
const rename = (ports: TestPorts, bucket: TestBucket, source: string, key: string, more: More = {}, context = testContext("object.write")) =>
  renameObject(ports, context, { ...bucket, key: asKey(key), source: asKey(source), readAction: "read", deleteAction: "delete", ...more });
const read = async (ports: TestPorts, bucket: TestBucket, key: string) =>
  (await drain((await openObject(ports, testContext("object.read"), { ...bucket, key: asKey(key), onBadRange: "fail" })).body)).toString();
const refused = (kind: string) => (error: unknown) => isDomainError(error) && error.kind === kind;

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

describe("rename", () => {
  for (const versioning of ["off", "enabled", "suspended"] as const) {
    for (const size of [10, 3000]) {
      it(`moves ${size} bytes and all that goes with them (versioning ${versioning})`, async () => {
        const ports = testPorts();
        const bucket = await testBucket(ports, { versioning });
        const { version: before } = await put(ports, bucket, "old", "x".repeat(size), { metadata: [["m", "1"]], headers: { contentType: "text/plain" }, tags: [["t", "1"]] });
        await put(ports, bucket, "new", "replaced");
        const { version } = await rename(ports, bucket, "old", "new");
        assert.deepEqual([version.etag, version.metadata, version.headers, version.tags], [before.etag, before.metadata, before.headers, before.tags]);
        const chains = await audit(ports, bucket);
        assert.equal(await read(ports, bucket, "new"), "x".repeat(size));
        await assert.rejects(read(ports, bucket, "old"), (error) => isDomainError(error));
        assert.deepEqual(
          chains.get(asKey("old"))?.map(({ kind }) => kind),
          { off: undefined, suspended: ["marker"], enabled: ["marker", "object"] }[versioning],
        );
      });
    }
  }

  it("holds every condition inside the commit, and of 32 racing ones one wins", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    const { version } = await put(ports, bucket, "a", "1");
    await put(ports, bucket, "b", "2");
    await assert.rejects(rename(ports, bucket, "a", "b", { condition: { ifAbsent: true } }), refused("preconditionFailed"));
    await assert.rejects(rename(ports, bucket, "a", "b", { condition: { ifMatch: [version.etag] } }), refused("preconditionFailed"));
    await assert.rejects(rename(ports, bucket, "a", "b", { targetDates: { ifUnmodifiedSinceMs: 0 } }), refused("preconditionFailed"));
    await assert.rejects(rename(ports, bucket, "a", "c", { sourceConditions: { ifNoneMatch: [version.etag] } }), refused("preconditionFailed"));
    await assert.rejects(rename(ports, bucket, "a", "a"), refused("copyOntoItself"));
    await assert.rejects(rename(ports, bucket, "never", "c"), refused("keyMissing"));
    const results = await Promise.allSettled(Array.from({ length: 32 }, (_, i) => rename(ports, bucket, "a", `to/${i}`)));
    for (const result of results) if (result.status === "rejected") assert.ok(refused("keyMissing")(result.reason), String(result.reason?.stack));
    assert.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
    assert.equal((await audit(ports, bucket)).size, 2);
  });

  it("with a token is done once, and the token stands for nothing else", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    await put(ports, bucket, "a", "1");
    const first = await rename(ports, bucket, "a", "b", { token: "t" });
    await put(ports, bucket, "a", "another");
    assert.equal((await rename(ports, bucket, "a", "b", { token: "t" })).version.sequence, first.version.sequence);
    assert.equal(await read(ports, bucket, "a"), "another");
    await assert.rejects(rename(ports, bucket, "a", "c", { token: "t" }), refused("tokenReused"));
    await audit(ports, bucket);
  });

  it("needs the right to delete the one and to write the other", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    await put(ports, bucket, "a", "1");
    await assert.rejects(rename(ports, bucket, "a", "b", {}, testContext("object.write", testAccount("stranger"))), refused("accessDenied"));
    assert.equal(await read(ports, bucket, "a"), "1");
  });
});
