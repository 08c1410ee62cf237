import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkStore } from "../check/check.ts";
import { createCore } from "../core.ts";
import { tables } from "../keys.ts";
import type { ConfigDocument, Cors } from "../model.ts";
import { runUntilIdle } from "../reclaim/reclaim.ts";
import { rowsOf, testAccount, testBucket, testContext, testPorts } from "../testing.ts";
import { documentLimits } from "./documents.ts";

const own = testContext("bucket.own");
const tags = (...names: string[]): ConfigDocument<"tags"> => ({ model: names.map((name) => [name, "v"]), writer: "w", raw: `<${names}>` });
const cors = (varyAlways: boolean): ConfigDocument<"cors"> => ({
  model: { rules: [{ origins: ["*"], methods: ["GET"], allowedHeaders: [], exposedHeaders: [] }], varyAlways } satisfies Cors,
  writer: "w",
  raw: "",
});

describe("configuration documents", () => {
  it("are put, read as written, replaced and removed, each change with the state's epoch", async () => {
    const ports = testPorts();
    const { documents, buckets } = createCore(ports);
    const { tenant, bucket, state } = await testBucket(ports);
    const address = { tenant, bucket };
    const epoch = async (): Promise<number> => (await buckets.get(own, address)).state.epoch - state.epoch;
    assert.equal(await documents.get(own, { ...address, kind: "tags" }), undefined);
    await documents.put(own, { ...address, kind: "tags", document: tags("a", "b") });
    assert.deepEqual(await documents.get(own, { ...address, kind: "tags" }), tags("a", "b"));
    assert.equal(await documents.get(own, { ...address, kind: "cors" }), undefined);
    await documents.edit(own, { ...address, kind: "tags" }, (before) => before);
    assert.equal(await epoch(), 1);
    await documents.put(own, { ...address, kind: "tags", document: tags("c") });
    await documents.remove(own, { ...address, kind: "tags" });
    assert.equal(await documents.get(own, { ...address, kind: "tags" }), undefined);
    assert.equal(await epoch(), 3);
    await documents.remove(own, { ...address, kind: "tags" });
    assert.equal(await epoch(), 3, "what is not there is not removed");
  });

  it("are the owner's alone, and bounded", async () => {
    const ports = testPorts();
    const { documents } = createCore(ports);
    const { tenant, bucket } = await testBucket(ports, { acl: "publicReadWrite" });
    const input = { tenant, bucket, kind: "tags" } as const;
    const stranger = testContext("bucket.own", testAccount("stranger"));
    await assert.rejects(documents.put(stranger, { ...input, document: tags("a") }), { kind: "accessDenied" });
    await assert.rejects(documents.get(stranger, input), { kind: "accessDenied" });
    await assert.rejects(documents.put(own, { ...input, document: { ...tags("a"), raw: "x".repeat(documentLimits.rawCharactersMax + 1) } }), { kind: "entityTooLarge" });
  });

  it("of two editors at once, neither loses what the other wrote", async () => {
    const ports = testPorts();
    const { documents } = createCore(ports);
    const { tenant, bucket } = await testBucket(ports);
    const input = { tenant, bucket, kind: "tags" } as const;
    const add = (name: string) => documents.edit(own, input, (before) => ({ model: [...(before?.model ?? []), [name, ""]], writer: "w", raw: "" }));
    await Promise.all(["a", "b", "c", "d"].map(add));
    assert.deepEqual((await documents.get(own, input))?.model.map(([name]) => name).sort(), ["a", "b", "c", "d"]);
  });

  it("about other origins are for everybody to ask, and say whether answers vary", async () => {
    const ports = testPorts();
    const { documents, buckets } = createCore(ports);
    const { tenant, bucket } = await testBucket(ports);
    const address = { tenant, bucket };
    assert.equal(await documents.cors(address), undefined);
    for (const vary of [true, false]) {
      await documents.put(own, { ...address, kind: "cors", document: cors(vary) });
      assert.deepEqual(await documents.cors(address), cors(vary).model);
      assert.equal((await buckets.get(own, address)).state.varyOrigin ?? false, vary);
    }
  });

  it("go with the bucket: the next of that name has none, and no row stays", async () => {
    const ports = testPorts();
    const { documents, buckets } = createCore(ports);
    const { tenant, bucket } = await testBucket(ports);
    await documents.put(own, { tenant, bucket, kind: "cors", document: cors(false) });
    assert.deepEqual(
      (await checkStore(ports)).filter(({ what }) => what !== "identityRowWrong"),
      [],
    );
    await buckets.delete(own, { tenant, bucket, openUploads: "end" });
    await testBucket(ports);
    assert.equal(await documents.get(own, { tenant, bucket, kind: "cors" }), undefined);
    assert.equal((await rowsOf(ports, tables.document.range())).length, 1);
    await runUntilIdle(ports, { budget: 1000, passesMax: 100 });
    assert.equal((await rowsOf(ports, tables.document.range())).length, 0);
  });

  it("that nobody can read, or whose generation is gone, are found by check", async () => {
    const ports = testPorts();
    const { generation } = (await testBucket(ports)).state;
    const put = (key: Uint8Array) => ports.metadata.commit({ expect: [], put: [{ key, value: Buffer.from([9]) }], remove: [], add: [] });
    const found = async (): Promise<string[]> => (await checkStore(ports)).map(({ what }) => what).filter((what) => what !== "identityRowWrong");
    await put(tables.document.key(generation, "tags"));
    assert.deepEqual(await found(), ["recordUnreadable"]);
    await put(tables.document.key("ff".repeat(12) as typeof generation, "tags"));
    assert.deepEqual(await found(), ["recordUnreadable", "rowsWithoutGeneration"]);
  });
});
