import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { DeleteResult } from "../api.ts";
import { deleteBucket } from "../buckets/delete.ts";
import { checkStore } from "../check/check.ts";
import { isDomainError } from "../errors.ts";
import { tables } from "../keys.ts";
import type { Version } from "../model.ts";
import { runUntilIdle } from "../reclaim/reclaim.ts";
import { presence } from "../records.ts";
import { asKey, auditGeneration, drain, overtaken, put, rowsOf, type TestBucket, type TestPorts, testBody, testBucket, testContext, testPorts } from "../testing.ts";
import { setObjectAcl } from "./acl.ts";
import { copyObject } from "./copy.ts";
import { deleteObject } from "./delete.ts";
import { deleteMany, deleteSlice } from "./delete-many.ts";
import { putObject } from "./put.ts";
import { openObject } from "./read.ts";

const big = (letter: string): Buffer => Buffer.alloc(3000, letter);
const remove = (ports: TestPorts, bucket: TestBucket, key: string, version?: number | "null"): Promise<DeleteResult> =>
  deleteObject(ports, testContext("object.delete"), { ...bucket, key: asKey(key), version });
const readText = async (ports: TestPorts, bucket: TestBucket, key: string, version?: number): Promise<string> => {
  const opened = await openObject(ports, testContext("object.read"), { ...bucket, key: asKey(key), version, onBadRange: "fail" });
  return (await drain(opened.body)).toString();
};
const copy = (ports: TestPorts, bucket: TestBucket, from: string, to: string, more: { version?: number; ontoItself?: "refuse" | "allow"; metadata?: [string, string][] } = {}) =>
  copyObject(ports, testContext("object.write"), {
    ...bucket,
    key: asKey(to),
    source: { ...bucket, key: asKey(from), version: more.version },
    sourceAction: "read",
    acl: "inherit",
    ontoItself: more.ontoItself ?? "refuse",
    ...(more.metadata ? { attributes: { headers: {}, metadata: more.metadata } } : {}),
  });
const value = <T>(result: PromiseSettledResult<T>): T => (result.status === "fulfilled" ? result.value : assert.fail(String(result.reason?.stack)));

/** Every live content still has its bytes, and a content without a use is queued as dead. */
async function auditContents(ports: TestPorts): Promise<void> {
  const used = new Set((await rowsOf(ports, { from: Buffer.from([tables.use.tag]), to: Buffer.from([tables.use.tag + 1]) })).map(({ key }) => tables.use.read(key)[0]));
  const dead = new Set((await rowsOf(ports, { from: Buffer.from([tables.dead.tag]), to: Buffer.from([tables.dead.tag + 1]) })).map(({ key }) => tables.dead.read(key)[0]));
  for (const epoch of await ports.blobs.endedEpochs()) {
    for await (const page of ports.blobs.list(epoch)) {
      for (const { owner } of page) {
        const id = Buffer.from(owner).toString("hex").toUpperCase();
        assert.ok(used.has(id as never) || dead.has(id as never), `nobody uses content ${id} and nobody will remove it`);
      }
    }
  }
}
async function audit(ports: TestPorts, bucket: Awaited<ReturnType<typeof testBucket>>): Promise<Map<string, Version[]>> {
  ports.blobs.rotate();
  await auditContents(ports);
  const chains = await auditGeneration(ports, bucket.state.generation);
  // And when the background has done its work: every byte that is named is there, and nothing that is not named is left.
  await runUntilIdle(ports, { budget: 1000, passesMax: 50 });
  // The account of these tests is a bare row, without the rows it would be found by.
  const problems = (await checkStore(ports)).filter(({ what }) => what !== "identityRowWrong");
  assert.deepEqual(problems, []);
  return chains;
}

describe("races of objects", () => {
  for (const promotesFirst of [true, false]) {
    it(`a change of an old version and its promotion, ${promotesFirst ? "the promotion" : "the change"} first`, async () => {
      const ports = testPorts();
      const bucket = await testBucket(ports, { versioning: "enabled" });
      const old = (await put(ports, bucket, "k", big("a"))).version;
      const top = (await put(ports, bucket, "k", big("b"))).version;
      const change = (p: TestPorts) => setObjectAcl(p, testContext("object.writeAcl"), { ...bucket, key: asKey("k"), version: old.sequence, acl: "publicRead" });
      const promote = (p: TestPorts) => remove(p, bucket, "k", top.sequence);
      const results = promotesFirst ? await overtaken(ports, change, () => promote(ports)) : await overtaken(ports, promote, () => change(ports));
      for (const result of results as PromiseSettledResult<unknown>[]) value(result);
      const chain = (await audit(ports, bucket)).get("k") ?? [];
      assert.deepEqual(
        chain.map(({ sequence, acl }) => [sequence, acl]),
        [[old.sequence, "publicRead"]],
      );
      assert.equal(await readText(ports, bucket, "k"), big("a").toString());
    });

    it(`the deletion of an old version and its promotion, ${promotesFirst ? "the promotion" : "the deletion"} first`, async () => {
      const ports = testPorts();
      const bucket = await testBucket(ports, { versioning: "enabled" });
      const old = (await put(ports, bucket, "k", big("a"))).version;
      const top = (await put(ports, bucket, "k", big("b"))).version;
      const drop = (p: TestPorts) => remove(p, bucket, "k", old.sequence);
      const promote = (p: TestPorts) => remove(p, bucket, "k", top.sequence);
      const results = promotesFirst ? await overtaken(ports, drop, () => promote(ports)) : await overtaken(ports, promote, () => drop(ports));
      for (const result of results) assert.equal(value(result).removed?.marker, false);
      assert.equal((await audit(ports, bucket)).size, 0);
    });
  }

  for (const how of ["delete", "overwrite"] as const) {
    it(`a copy whose source is gone by ${how} before it commits`, async () => {
      const ports = testPorts();
      const bucket = await testBucket(ports);
      await put(ports, bucket, "from", big("a"));
      const [copied] = await overtaken(
        ports,
        (p) => copy(p, bucket, "from", "to"),
        async () => (how === "delete" ? await remove(ports, bucket, "from") : await put(ports, bucket, "from", big("b"))),
      );
      if (how === "delete") assert.ok(copied.status === "rejected" && isDomainError(copied.reason, "keyMissing"));
      else {
        value(copied);
        assert.equal(await readText(ports, bucket, "to"), big("b").toString());
      }
      await audit(ports, bucket);
    });

    it(`a ${how} of the source whose content was copied before it commits`, async () => {
      const ports = testPorts();
      const bucket = await testBucket(ports);
      await put(ports, bucket, "from", big("a"));
      const change = async (p: TestPorts): Promise<void> => void (how === "delete" ? await remove(p, bucket, "from") : await put(p, bucket, "from", big("b")));
      const [changed, copied] = await overtaken(ports, change, () => copy(ports, bucket, "from", "to"));
      value(changed);
      value(copied);
      assert.equal(await readText(ports, bucket, "to"), big("a").toString());
      const content = (await audit(ports, bucket)).get("to")?.[0]?.content;
      assert.ok(content);
      const uses = await rowsOf(ports, tables.use.range(content.id));
      assert.equal(uses.length, 1);
    });
  }

  it("a copy expects a use of its source, so that an empty range of uses stays empty", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    const { version } = await put(ports, bucket, "from", big("a"));
    const [use] = await rowsOf(ports, tables.use.range(version.content?.id ?? assert.fail()));
    assert.ok(use);
    // Somebody takes the use between the copy's reading and its commit, and leaves the record alone.
    const [copied] = await overtaken(
      ports,
      (p) => copy(p, bucket, "from", "to"),
      () => ports.metadata.commit({ expect: [{ key: use.key, is: presence }], put: [], remove: [use.key], add: [] }),
    );
    assert.ok(copied.status === "rejected" && copied.reason instanceof Error && copied.reason.name === "StoreCorrupt");
  });

  for (const versioning of ["off", "enabled", "suspended"] as const) {
    it(`copies an object onto itself with versioning ${versioning}`, async () => {
      const ports = testPorts();
      const bucket = await testBucket(ports, { versioning });
      const first = (await put(ports, bucket, "k", big("a"), { metadata: [["m", "1"]] })).version;
      await assert.rejects(copy(ports, bucket, "k", "k"), { kind: "copyOntoItself" });
      const second = (await copy(ports, bucket, "k", "k", { metadata: [["m", "2"]] })).version;
      assert.equal(second.content?.id, first.content?.id);
      await Promise.all([copy(ports, bucket, "k", "k", { ontoItself: "allow" }), copy(ports, bucket, "k", "k", { ontoItself: "allow" })]);
      assert.equal(await readText(ports, bucket, "k"), big("a").toString());
      const chain = (await audit(ports, bucket)).get("k") ?? [];
      assert.equal(chain.length, versioning === "enabled" ? 4 : 1);
      assert.deepEqual(chain[0]?.metadata, [["m", "2"]]);
      if (versioning === "enabled") {
        const restored = await copy(ports, bucket, "k", "k", { version: first.sequence });
        assert.deepEqual(restored.version.metadata, [["m", "1"]]);
      }
    });
  }

  it("a delete list with several versions of one key, markers and names among them, is folded in order", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports, { versioning: "enabled" });
    const versions = [];
    for (const letter of ["a", "b", "c", "d"]) versions.push((await put(ports, bucket, "k", big(letter))).version.sequence);
    const entries = [versions[3], versions[1], undefined, versions[1], "null" as const, versions[2]].map((version) => ({ key: asKey("k"), version }));
    const results = await deleteMany(ports, testContext("object.delete"), { ...bucket, entries: [...entries, { key: asKey("other") }] });
    const said = results.map((each) => ("result" in each ? (each.result.removed ? "removed" : each.result.marker ? "marker" : "nothing") : "error"));
    assert.deepEqual(said, ["removed", "removed", "marker", "nothing", "nothing", "removed", "marker"]);
    const chain = (await audit(ports, bucket)).get("k") ?? [];
    assert.deepEqual(
      chain.map(({ kind, sequence }) => (kind === "marker" ? kind : sequence)),
      ["marker", versions[0]],
    );
  });

  it("a delete list goes on past an entry that fails, in slices that no batch is too small for", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports, { versioning: "enabled" });
    // Details of some 60 KB each: 200 of them are more than one batch takes.
    const metadata: [string, string][] = [["m", "x".repeat(60_000)]];
    const sequences: number[] = [];
    for (let i = 0; i < 200; i++) sequences.push((await put(ports, bucket, "k", "x", { metadata })).version.sequence);
    const entries = [{ key: asKey("\ud800") }, ...sequences.map((version) => ({ key: asKey("k"), version }))];
    const [bad, ...good] = await deleteMany(ports, testContext("object.delete"), { ...bucket, entries });
    assert.ok(bad && "error" in bad && isDomainError(bad.error, "invalidArgument"));
    assert.deepEqual(
      good.map((each) => "result" in each && each.result.removed?.sequence),
      sequences,
    );
    assert.equal((await audit(ports, bucket)).size, 0);
    await assert.rejects(deleteMany(ports, testContext("object.delete"), { ...bucket, entries: Array.from({ length: 1001 }, () => ({ key: asKey("k") })) }), {
      kind: "invalidArgument",
    });
  });

  it("a delete list that takes a long chain from its top reads each row a few times at most", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports, { versioning: "enabled" });
    const sequences: number[] = [];
    for (let i = 0; i < 1001; i++) sequences.push((await put(ports, bucket, "k", "x")).version.sequence);
    const [oldest, ...rest] = sequences;
    const entries = rest.toReversed().map((version) => ({ key: asKey("k"), version }));
    const results = await deleteMany(ports, testContext("object.delete"), { ...bucket, entries });
    assert.ok(results.every((each) => "result" in each && each.result.removed));
    assert.deepEqual(
      (await audit(ports, bucket)).get("k")?.map(({ sequence }) => sequence),
      [oldest],
    );
  });

  it("a conflict repeats only the slice it met", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    const names = Array.from({ length: 2.5 * deleteSlice.keysMax }, (_, i) => `k${String(i).padStart(3, "0")}`);
    for (const name of names) await put(ports, bucket, name, "x");
    let commits = 0;
    const { metadata } = ports;
    const commit: typeof metadata.commit = async (batch) => {
      commits++;
      return await metadata.commit(batch);
    };
    const counting: TestPorts = { ...ports, metadata: { ...metadata, commit } };
    const entries = names.map((name) => ({ key: asKey(name) }));
    const [deleted] = await overtaken(
      counting,
      (p) => deleteMany(p, testContext("object.delete"), { ...bucket, entries }),
      () => put(ports, bucket, "k000", "again"),
    );
    assert.ok(value(deleted).every((each) => "result" in each && each.result.removed));
    assert.equal(commits, 4, "three slices, one of them twice");
    assert.equal((await audit(ports, bucket)).size, 0);
  });

  it("64 writers of one key all succeed, the last one stands, nothing else is left", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    await Promise.all(Array.from({ length: 64 }, (_, i) => put(ports, bucket, "k", Buffer.alloc(2000, i))));
    const chain = (await audit(ports, bucket)).get("k") ?? [];
    assert.equal(chain.length, 1);
    assert.equal(ports.settledRefs.length, 64);
  });

  it("64 writers of one key with versioning make 64 versions", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports, { versioning: "enabled" });
    const written = await Promise.all(Array.from({ length: 64 }, (_, i) => put({ ...ports, slot: i % 3 }, bucket, "k", `${i}`)));
    assert.equal(new Set(written.map(({ version }) => version.sequence)).size, 64);
    assert.equal((await audit(ports, bucket)).get("k")?.length, 64);
  });

  it("of 32 writers that want the key absent exactly one wins, and the others leave no bytes", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports, { versioning: "enabled" });
    const results = await Promise.allSettled(Array.from({ length: 32 }, (_, i) => put(ports, bucket, "k", Buffer.alloc(2000, i), { condition: { ifAbsent: true } })));
    const refused = results.filter((each) => each.status === "rejected");
    assert.equal(refused.length, 31);
    assert.ok(refused.every(({ reason }) => isDomainError(reason, "preconditionFailed")));
    assert.equal(ports.blobs.count(), 1);
    assert.equal(ports.settledRefs.length, 32);
    assert.equal((await audit(ports, bucket)).get("k")?.length, 1);
  });

  it("a put that a delete of the bucket overtakes finds no bucket and leaves no bytes; the other way the bucket is not empty", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    const drop = (p: TestPorts) => deleteBucket(p, testContext("bucket.own"), { ...bucket, openUploads: "end" });
    const [late, dropped] = await overtaken(
      ports,
      (p) => put(p, bucket, "k", big("a")),
      () => drop(ports),
    );
    value(dropped);
    assert.ok(late.status === "rejected" && isDomainError(late.reason, "bucketMissing"));
    assert.equal(ports.blobs.count(), 0);
    const again = await testBucket(ports);
    assert.notEqual(again.state.generation, bucket.state.generation);
    const [second, written] = await overtaken(ports, drop, () => put(ports, again, "k", big("a")));
    value(written);
    assert.ok(second.status === "rejected" && isDomainError(second.reason, "bucketNotEmpty"));
    assert.equal(second.reason.detail.blockers.objects, 1);
    assert.equal(second.reason.detail.blockers.exampleKey, "k");
    await audit(ports, again);
  });

  it("a put that began in a deleted bucket does not land in the one made after it", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    const [late] = await overtaken(
      ports,
      (p) => putObject(p, testContext("object.write"), { ...bucket, key: asKey("k"), body: testBody(big("z")), headers: {}, metadata: [], acl: "inherit" }),
      async () => {
        await deleteBucket(ports, testContext("bucket.own"), { ...bucket, openUploads: "end" });
        return await testBucket(ports);
      },
    );
    // It was retried with fresh reads: a write that is acknowledged stands in the new generation, whole.
    value(late);
    assert.equal((await auditGeneration(ports, bucket.state.generation)).size, 0);
    assert.equal(await readText(ports, bucket, "k"), big("z").toString());
  });

  it("of two deletes of a bucket one succeeds and one finds it gone", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    const drop = (p: TestPorts) => deleteBucket(p, testContext("bucket.own"), { ...bucket, openUploads: "refuse" });
    const results = await overtaken(ports, drop, () => drop(ports));
    assert.deepEqual(results.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
    assert.ok(results.some((each) => each.status === "rejected" && isDomainError(each.reason, "bucketMissing")));
  });
});
