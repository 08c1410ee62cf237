import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { deleteBucket } from "../buckets/delete.ts";
import { setBucketVersioning } from "../buckets/state.ts";
import { checkStore } from "../check/check.ts";
import { DomainError } from "../errors.ts";
import { tables } from "../keys.ts";
import type { ContentId, VersionSelector } from "../model.ts";
import { appendObject } from "../objects/append.ts";
import { copyObject } from "../objects/copy.ts";
import { deleteObject } from "../objects/delete.ts";
import { findVersion, objectTurn } from "../objects/find.ts";
import { renameObject } from "../objects/rename.ts";
import { setObjectTags } from "../objects/tags.ts";
import { runUntilIdle } from "../reclaim/reclaim.ts";
import { setLegalHold, setRetention } from "../retention/verbs.ts";
import { asKey, overtaken, put, rowsOf, type TestBucket, type TestPorts, testBody, testBucket, testContext, testPorts } from "../testing.ts";
import { transact } from "../transact.ts";
import { annotationVerbs } from "./annotations.ts";
import { annotationLimits, putAnnotation } from "./rows.ts";

const writer = () => testContext("object.writeTags");
const reader = () => testContext("object.readTags");
const refuses = (what: Promise<unknown>, kind: string): Promise<void> => assert.rejects(what, (error) => error instanceof DomainError && error.kind === kind);
const clean = async (ports: TestPorts): Promise<void> =>
  assert.deepEqual(
    (await checkStore(ports)).filter(({ what }) => what !== "identityRowWrong"),
    [],
  );

/** One bucket and short ways to its annotations. */
async function world(options: Parameters<typeof testBucket>[1] = {}) {
  const ports = testPorts();
  const bucket: TestBucket = await testBucket(ports, options);
  const verbs = annotationVerbs(ports);
  const at = (key: string, version?: VersionSelector) => ({ tenant: bucket.tenant, bucket: bucket.bucket, key: asKey(key), version });
  return {
    ports,
    bucket,
    verbs,
    at,
    note: (key: string, name: string, text: string, version?: VersionSelector) => verbs.put(writer(), { ...at(key, version), name, body: testBody(text) }),
    names: async (key: string, version?: VersionSelector) =>
      (await verbs.list(reader(), { ...at(key, version), prefix: "", after: "", limit: 1000 })).annotations.map(({ name, size }) => `${name}:${size}`),
    async text(key: string, name: string, version?: VersionSelector) {
      const { body } = await verbs.open(reader(), { ...at(key, version), name });
      const chunks: Buffer[] = [];
      for (let chunk = await body.read(); chunk; chunk = await body.read()) chunks.push(Buffer.from(chunk));
      body.close();
      return Buffer.concat(chunks).toString();
    },
    copy: (from: string, to: string, more: object = {}) =>
      copyObject(ports, testContext("object.write"), { ...at(to), source: at(from), sourceAction: "a", acl: "inherit", ontoItself: "allow", ...more }),
    idle: () => runUntilIdle(ports, { budget: 500, passesMax: 200 }),
  };
}
const large = "ä".repeat(annotationLimits.bytesMax / 2);

describe("annotations", () => {
  it("are put, read, listed in the order of their names, replaced and removed; the object stays as it was", async () => {
    const { ports, note, names, text, verbs, at, idle } = await world();
    const { version: before } = await put(ports, at("k"), "k", "object");
    for (const [name, value] of [
      ["b", "two"],
      ["a", "one"],
      ["ä", "three"],
      ["large", large],
    ] as const)
      await note("k", name, value);
    assert.deepEqual(await names("k"), ["a:3", "b:3", `large:${annotationLimits.bytesMax}`, "ä:5"]);
    assert.equal(await text("k", "large"), large);
    const { annotation, version } = await note("k", "b", "another two");
    assert.equal(await text("k", "b"), "another two");
    assert.equal(annotation.etag.length, 32);
    const { annotations, ...rest } = version;
    assert.deepEqual(rest, before);
    assert.equal(annotations?.count, 4);
    const page = await verbs.list(reader(), { ...at("k"), prefix: "", after: "a", limit: 2 });
    assert.deepEqual([page.annotations.map(({ name }) => name), page.truncated], [["b", "large"], true]);
    assert.deepEqual(
      (await verbs.list(reader(), { ...at("k"), prefix: "l", after: "", limit: 2 })).annotations.map(({ name }) => name),
      ["large"],
    );
    await clean(ports);
    await verbs.remove(writer(), { ...at("k"), name: "large" });
    await verbs.remove(writer(), { ...at("k"), name: "large" });
    await refuses(verbs.open(reader(), { ...at("k"), name: "large" }), "annotationMissing");
    await idle();
    await clean(ports);
    for (const name of ["a", "b", "ä"]) await verbs.remove(writer(), { ...at("k"), name });
    assert.deepEqual(await rowsOf(ports, tables.annotation.range()), []);
    assert.equal((await setObjectTags(ports, writer(), { ...at("k"), tags: [] })).version.annotations, undefined);
  });

  it("are bounded: names, texts, how many; and refused where there can be none", async () => {
    const { ports, note, verbs, at, bucket } = await world();
    await put(ports, bucket, "k", "object");
    for (const name of ["", "a b", "a/b", "a\u0000", "n".repeat(513), "ä".repeat(257)]) await refuses(note("k", name, "x"), "annotationInvalid");
    await note("k", "n".repeat(512), "x");
    await refuses(note("k", "empty", ""), "annotationInvalid");
    await refuses(note("k", "large", `${large}x`), "annotationInvalid");
    await refuses(verbs.put(writer(), { ...at("k"), name: "bytes", body: testBody(Buffer.from([0xc3, 0x28])) }), "annotationInvalid");
    await refuses(note("none", "a", "x"), "keyMissing");
    await refuses(note("k", "a", "x", 7), "versionMissing");
    await refuses(verbs.put(writer(), { ...at("k"), name: "a", ifMatch: ["00"], body: testBody("x") }), "preconditionFailed");
    await refuses(verbs.remove(writer(), { ...at("k"), name: "a", ifMatch: ["00"] }), "preconditionFailed");
    // A thousand puts take their time; the rows are those that they make.
    await transact(ports, writer(), objectTurn(at("k")), async (view, change) => {
      const { chain, version } = await findVersion(view, writer(), at("k"), undefined);
      const set = version.annotations?.set as ContentId;
      const one = { modifiedMs: 1, size: 1, etag: "00", content: { id: set, inline: Buffer.from("x") } };
      for (let n = 1; n < annotationLimits.perVersionMax; n++) await putAnnotation(view, change, set, { ...one, name: `n${n}` });
      await chain.replace({ ...version, annotations: { set, count: annotationLimits.perVersionMax, bytes: annotationLimits.perVersionMax } });
      await chain.writeTo(change);
    });
    await refuses(note("k", "one-more", "x"), "tooManyAnnotations");
    await note("k", "n1", "instead");
    const { version } = await copyObject(ports, testContext("object.write"), { ...at("all"), source: at("k"), sourceAction: "a", acl: "inherit", ontoItself: "allow" });
    assert.equal(version.annotations?.count, annotationLimits.perVersionMax);
    await clean(ports);
  });

  it("belong to their version: others have their own, and they go with it, bytes and rows", async () => {
    const { ports, bucket, note, names, at, idle } = await world({ versioning: "enabled" });
    const first = (await put(ports, bucket, "k", "1")).version.sequence;
    await note("k", "a", large);
    const second = (await put(ports, bucket, "k", "2")).version.sequence;
    assert.deepEqual(await names("k"), []);
    await note("k", "a", "of the second");
    await note("k", "late", "of the first", first);
    assert.deepEqual([await names("k", first), await names("k", second)], [[`a:${annotationLimits.bytesMax}`, "late:12"], ["a:13"]]);
    const marker = (await deleteObject(ports, testContext("object.delete"), at("k"))).marker?.sequence ?? 0;
    await refuses(names("k", marker), "versionIsMarker");
    await deleteObject(ports, testContext("object.delete"), at("k", first));
    await clean(ports);
    await idle();
    await clean(ports);
    assert.equal((await rowsOf(ports, tables.annotation.range())).length, 1);
    assert.deepEqual(await rowsOf(ports, tables.endedAnnotations.range()), []);
  });

  it("are copied with the object, unless they are not to be: later changes of either are not the other's", async () => {
    const { ports, bucket, note, names, text, copy, verbs, at, idle } = await world();
    await put(ports, bucket, "k", "object");
    await note("k", "small", "s");
    await note("k", "large", large);
    await copy("k", "copied");
    await copy("k", "excluded", { annotations: "exclude" });
    await copy("k", "sealed", { encryption: { mode: "store" } });
    const all = [`large:${annotationLimits.bytesMax}`, "small:1"];
    assert.deepEqual([await names("copied"), await names("excluded"), await names("sealed")], [all, [], all]);
    await note("copied", "small", "changed");
    await verbs.remove(writer(), { ...at("k"), name: "large" });
    await deleteObject(ports, testContext("object.delete"), at("k"));
    await idle();
    await clean(ports);
    assert.deepEqual([await text("copied", "small"), await text("sealed", "small"), (await text("sealed", "large")) === large], ["changed", "s", true]);
    const { version } = await copy("copied", "copied");
    assert.equal(version.annotations?.count, 2, "a copy onto itself keeps them");
    await idle();
    await clean(ports);
  });

  it("follow a rename, stay through an append, and go when an object is overwritten", async () => {
    const { ports, bucket, note, names, at, idle } = await world();
    const append = (text: string, offset: number) =>
      appendObject(ports, testContext("object.write"), { ...at("log"), body: testBody(text), offset, headers: {}, metadata: [], acl: "inherit" });
    await append("first", 0);
    await note("log", "a", "1");
    await append("second", 5);
    assert.deepEqual(await names("log"), ["a:1"]);
    await renameObject(ports, testContext("object.write"), { ...at("renamed"), source: asKey("log"), readAction: "r", deleteAction: "d" });
    assert.deepEqual(await names("renamed"), ["a:1"]);
    await put(ports, bucket, "renamed", "another");
    assert.deepEqual(await names("renamed"), []);
    await idle();
    await clean(ports);
    assert.deepEqual(await rowsOf(ports, tables.annotation.range()), []);
  });

  it("of a locked version are added to, and nothing of them is lost", async () => {
    const { ports, bucket, note, verbs, at } = await world({ lock: true });
    const own = () => testContext("bucket.own");
    const untilMs = Date.now() + 86_400_000;
    await put(ports, bucket, "k", "object");
    await note("k", "a", "kept");
    await setRetention(ports, own(), { ...at("k"), retention: { mode: "governance", untilMs } });
    await note("k", "b", "added");
    await refuses(note("k", "a", "replaced"), "versionLocked");
    await refuses(verbs.remove(writer(), { ...at("k"), name: "a" }), "versionLocked");
    await verbs.remove(writer(), { ...at("k"), name: "b", bypassGovernance: true });
    await setLegalHold(ports, own(), { ...at("k"), legalHold: true });
    await refuses(verbs.remove(writer(), { ...at("k"), name: "a", bypassGovernance: true }), "versionLocked");
    await clean(ports);
  });

  it("go with their bucket", async () => {
    const { ports, bucket, note, at, idle } = await world();
    await put(ports, bucket, "k", "object");
    await note("k", "a", large);
    await deleteObject(ports, testContext("object.delete"), at("k"));
    await deleteBucket(ports, testContext("bucket.own"), { ...bucket, openUploads: "refuse" });
    await idle();
    await clean(ports);
    for (const table of [tables.annotation, tables.endedAnnotations, tables.use, tables.dead] as const) assert.deepEqual(await rowsOf(ports, table.range()), []);
  });

  it("that meet their version's removal, a copy of it or each other are there with it, or not at all", async () => {
    const { ports, bucket, note, names, copy, at, idle } = await world();
    await setBucketVersioning(ports, testContext("bucket.own"), { ...bucket, versioning: "enabled" });
    const { version } = await put(ports, bucket, "k", "object");
    const [added] = await overtaken(
      ports,
      (slow) => annotationVerbs(slow).put(writer(), { ...at("k", version.sequence), name: "late", body: testBody(large) }),
      () => deleteObject(ports, testContext("object.delete"), at("k", version.sequence)),
    );
    assert.ok(added.status === "rejected" && (added.reason as DomainError).kind === "versionMissing");
    await put(ports, bucket, "two", "object");
    await Promise.all(Array.from({ length: 20 }, (_, n) => note("two", `n${n}`, "x")));
    assert.equal((await names("two")).length, 20);
    await note("two", "large", large);
    const [copied] = await overtaken(
      ports,
      (slow) => copyObject(slow, testContext("object.write"), { ...at("copy"), source: at("two"), sourceAction: "a", acl: "inherit", ontoItself: "allow" }),
      () => annotationVerbs(ports).remove(writer(), { ...at("two"), name: "large" }),
    );
    assert.equal(copied.status, "fulfilled");
    assert.equal((await names("copy")).length, 20, "the copy is of what there was when it was made");
    await copy("two", "again");
    await idle();
    await clean(ports);
  });
});
