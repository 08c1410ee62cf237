import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createCore } from "./core.ts";
import type { Tags } from "./model.ts";
import { boundTags, tagLimits } from "./tags.ts";
import { asKey, auditGeneration, put, testAccount, testBucket, testContext, testPorts } from "./testing.ts";

const many = (count: number): Tags => Array.from({ length: count }, (_, i) => [`k${i}`, "v"]);

describe("tags", () => {
  it("are bounded in number, length and characters, and names are not repeated", () => {
    assert.equal(boundTags(many(10), tagLimits.perObjectMax).length, 10);
    const widest: Tags = [
      ["\u{10400}".repeat(128), "é /+-=._:@".padEnd(256, "1")],
      ["empty", ""],
    ];
    assert.deepEqual(boundTags(widest, 10), widest);
    for (const bad of [
      many(11),
      [["", "v"]],
      [["k".repeat(129), ""]],
      [["k", "v".repeat(257)]],
      [["k", "<"]],
      [["k&", ""]],
      [
        ["a", "1"],
        ["a", "2"],
      ],
    ] as Tags[]) {
      assert.throws(() => boundTags(bad, 10), { kind: "tagsInvalid" });
    }
  });

  it("of a version are set, replaced and removed without a new version, and copied or not", async () => {
    const ports = testPorts();
    const core = createCore(ports);
    const { tenant, bucket, state } = await testBucket(ports, { versioning: "enabled" });
    const at = (key: string) => ({ tenant, bucket, key: asKey(key) });
    const read = async (key: string, version?: number) => (await core.objects.head(testContext("object.readTags"), { ...at(key), version })).version;
    const write = testContext("object.writeTags");
    const first = await put(ports, { tenant, bucket }, "a", "1", { tags: [["one", "1"]] });
    await put(ports, { tenant, bucket }, "a", "2");
    assert.equal((await read("a")).tags, undefined);
    assert.deepEqual((await read("a", first.version.sequence)).tags, [["one", "1"]]);
    const long: Tags = Array.from({ length: 10 }, (_, i) => [`k${i}`.padEnd(128, "x"), "v".repeat(256)]);
    await core.objects.setTags(write, { ...at("a"), tags: long });
    assert.deepEqual((await read("a")).tags, long);
    assert.equal((await read("a")).size, 1);
    const source = { source: at("a"), sourceAction: "read", acl: "inherit", ontoItself: "allow" } as const;
    await core.objects.copy(testContext("object.write"), { ...at("kept"), ...source });
    assert.deepEqual((await read("kept")).tags, long);
    await core.objects.copy(testContext("object.write"), { ...at("bare"), ...source, tags: [] });
    assert.equal((await read("bare")).tags, undefined);
    await core.objects.setTags(write, { ...at("a"), tags: [] });
    assert.equal((await read("a")).tags, undefined);
    assert.deepEqual((await read("a", first.version.sequence)).tags, [["one", "1"]]);
    await assert.rejects(core.objects.setTags(write, { ...at("a"), tags: many(11) }), { kind: "tagsInvalid" });
    await assert.rejects(core.objects.setTags(testContext("object.writeTags", testAccount("stranger")), { ...at("a"), tags: [] }), { kind: "accessDenied" });
    await auditGeneration(ports, state.generation);
  });

  it("given when an upload begins are the object's", async () => {
    const ports = testPorts();
    const core = createCore(ports);
    const { tenant, bucket } = await testBucket(ports);
    const at = { tenant, bucket, key: asKey("big") };
    const asked = testContext("upload.write");
    const { id } = await core.uploads.create(asked, { ...at, headers: {}, metadata: [], acl: "inherit", tags: [["a", "b"]] });
    await assert.rejects(core.uploads.create(asked, { ...at, headers: {}, metadata: [], acl: "inherit", tags: many(11) }), { kind: "tagsInvalid" });
    await core.uploads.putPart(asked, { ...at, uploadId: id, partNumber: 1, body: { source: { read: async () => undefined, close() {} }, length: 0, expected: () => ({}) } });
    await core.uploads.complete(asked, { ...at, uploadId: id, parts: "all", partSizeMinimum: 0 });
    assert.deepEqual((await core.objects.head(testContext("object.readTags"), at)).version.tags, [["a", "b"]]);
  });
});
