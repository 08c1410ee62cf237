import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkStore } from "../check/check.ts";
import { createCore } from "../core.ts";
import { tables } from "../keys.ts";
import type { NamedDocument } from "../model.ts";
import { runUntilIdle } from "../reclaim/reclaim.ts";
import { rowsOf, testAccount, testBucket, testContext, testPorts } from "../testing.ts";
import { namedLimits } from "./named-documents.ts";

const own = testContext("bucket.own");
const document = (id: string): NamedDocument => ({ id, writer: "w", raw: `<${id}>` });

describe("configurations by id", () => {
  it("are each bucket's and each kind's own, in the order of their ids", async () => {
    const ports = testPorts();
    const { documents } = createCore(ports);
    const { tenant, bucket } = await testBucket(ports);
    const input = { tenant, bucket, kind: "metrics" } as const;
    for (const id of ["b", "a/c", "é", "a"]) await documents.named.put(own, { ...input, document: document(id) });
    await documents.named.put(own, { ...input, kind: "inventory", document: document("other") });
    const ids = async (after?: string, max = 10) => {
      const page = await documents.named.list(own, { ...input, after, max });
      return [page.documents.map(({ id }) => id), page.isTruncated];
    };
    assert.deepEqual(await ids(), [["a", "a/c", "b", "é"], false]);
    assert.deepEqual(await ids(undefined, 2), [["a", "a/c"], true]);
    assert.deepEqual(await ids("a/c", 2), [["b", "é"], false]);
    assert.deepEqual(await ids("aa"), [["b", "é"], false], "what it goes on after may be gone");
    assert.deepEqual(await documents.named.get(own, { ...input, id: "a/c" }), document("a/c"));
    assert.deepEqual([await documents.named.remove(own, { ...input, id: "other" }), await documents.named.remove(own, { ...input, id: "a" })], [false, true]);
    assert.equal(await documents.named.get(own, { ...input, id: "a" }), undefined);
    const stranger = testContext("bucket.own", testAccount("stranger"));
    await assert.rejects(documents.named.list(stranger, { ...input, max: 1 }), { kind: "accessDenied" });
    await assert.rejects(documents.named.put(stranger, { ...input, document: document("x") }), { kind: "accessDenied" });
  });

  it("are bounded, also where two are put at once", async () => {
    const ports = testPorts();
    const { documents } = createCore(ports);
    const { tenant, bucket } = await testBucket(ports);
    const put = (one: NamedDocument) => documents.named.put(own, { tenant, bucket, kind: "tiering", document: one });
    await assert.rejects(put(document("x".repeat(namedLimits.idCharactersMax + 1))), { kind: "invalidArgument" });
    await assert.rejects(put({ ...document("a"), raw: "x".repeat(namedLimits.rawCharactersMax + 1) }), { kind: "entityTooLarge" });
    for (let i = 1; i < namedLimits.perKindMax; i++) await put(document(`id${i}`));
    const outcomes = await Promise.allSettled(["y", "z"].map((id) => put(document(id))));
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
    await assert.rejects(put(document("more")), { kind: "tooManyConfigurations" });
  });

  it("go with the bucket", async () => {
    const ports = testPorts();
    const { documents, buckets } = createCore(ports);
    const { tenant, bucket } = await testBucket(ports);
    const input = { tenant, bucket, kind: "analytics" } as const;
    await documents.named.put(own, { ...input, document: document("a") });
    const found = (await checkStore(ports)).filter(({ what }) => what !== "identityRowWrong");
    assert.deepEqual(found, []);
    await buckets.delete(own, { tenant, bucket, openUploads: "end" });
    await testBucket(ports);
    assert.deepEqual(await documents.named.list(own, { ...input, max: 1 }), { documents: [], isTruncated: false });
    await runUntilIdle(ports, { budget: 1000, passesMax: 100 });
    assert.equal((await rowsOf(ports, tables.document.range())).length, 0);
  });
});
