import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Context } from "../api.ts";
import { setBucketVersioning } from "../buckets/state.ts";
import { checkStore } from "../check/check.ts";
import { DomainError, isDomainError } from "../errors.ts";
import { tables } from "../keys.ts";
import type { Lock, ObjectKey, Version, VersionSelector } from "../model.ts";
import { setObjectAcl } from "../objects/acl.ts";
import { copyObject } from "../objects/copy.ts";
import { deleteObject } from "../objects/delete.ts";
import { deleteMany } from "../objects/delete-many.ts";
import { encodeBucketState } from "../records.ts";
import {
  asKey,
  auditGeneration,
  overtaken,
  put,
  rowsOf,
  saveAccount,
  type TestBucket,
  type TestPorts,
  testAccount,
  testBody,
  testBucket,
  testContext,
  testPorts,
} from "../testing.ts";
import { uploadVerbs } from "../uploads/uploads.ts";
import { lockedFrom } from "./rows.ts";
import { setBucketLock, setLegalHold, setRetention } from "./verbs.ts";

const own = () => testContext("bucket.own");
const remover = () => testContext("object.delete");
const dayMs = 86_400_000;

/** Ports with a wall clock of their own. No tick was ever made: locks are judged by it. */
function timed(): { ports: TestPorts; time: { wall: number } } {
  const time = { wall: Date.now() };
  return { ports: testPorts({ clock: { wallMs: () => time.wall, sequenceMs: () => Date.now(), monotonicMs: () => performance.now() } }), time };
}
const refuses = async (what: Promise<unknown>, kind: Parameters<typeof isDomainError>[1] = "versionLocked"): Promise<void> => {
  await assert.rejects(what, (error) => error instanceof DomainError && error.kind === kind);
};
async function complete(ports: TestPorts, address: TestBucket & { key: ObjectKey }, lock?: Lock): Promise<Version> {
  const uploads = uploadVerbs(ports);
  const writing = testContext("upload.write");
  const { id } = await uploads.create(writing, { ...address, headers: {}, metadata: [], acl: "inherit", ...(lock ? { lock } : {}) });
  const part = await uploads.putPart(writing, { ...address, uploadId: id, partNumber: 1, body: testBody("part") });
  return (await uploads.complete(writing, { ...address, uploadId: id, parts: [{ number: 1, etag: part.etag }], partSizeMinimum: 1 })).version;
}
/** The accounts of these tests have no rows but their own. */
const problems = async (ports: TestPorts) => (await checkStore(ports)).filter(({ what }) => what !== "identityRowWrong");
const clean = async (ports: TestPorts): Promise<void> => assert.deepEqual(await problems(ports), []);

describe("locked versions", () => {
  it("a delete by name puts a marker over a locked version, a delete by id is refused, in lists too", async () => {
    const { ports, time } = timed();
    const bucket = await testBucket(ports, { lock: true });
    const address = { ...bucket, key: asKey("k") };
    const lock: Lock = { retention: { mode: "governance", untilMs: time.wall + dayMs } };
    const { version } = await put(ports, bucket, "k", "kept", { lock });
    const other = await put(ports, bucket, "free", "not kept");
    assert.ok((await deleteObject(ports, remover(), address)).marker);
    await refuses(deleteObject(ports, remover(), { ...address, version: version.sequence }));
    const entries = [{ key: asKey("k"), version: version.sequence }, { key: asKey("free"), version: other.version.sequence }, { key: asKey("k") }];
    const results = await deleteMany(ports, remover(), { ...bucket, entries });
    assert.deepEqual(
      results.map((result) => ("error" in result ? (result.error as DomainError).kind : result.result.removed ? "removed" : "marker")),
      ["versionLocked", "removed", "marker"],
    );
    const chains = await auditGeneration(ports, bucket.state.generation);
    assert.deepEqual([...chains.keys()], ["k"]);
    await clean(ports);
    time.wall += dayMs;
    assert.ok((await deleteObject(ports, remover(), { ...address, version: version.sequence })).removed);
    assert.deepEqual(await rowsOf(ports, tables.locked.range(bucket.state.generation)), []);
    await clean(ports);
  });

  it("governance gives way to the bucket's owner who says so, to nobody else; compliance and holds to nobody", async () => {
    const { ports, time } = timed();
    const bucket = await testBucket(ports, { lock: true, acl: "publicReadWrite" });
    const untilMs = time.wall + dayMs;
    const stranger = testAccount("stranger");
    await saveAccount(ports, stranger);
    const remove = (version: Version, context: Context) => deleteObject(ports, context, { ...bucket, key: version.key, version: version.sequence, bypassGovernance: true });
    const { version: governed } = await put(ports, bucket, "g", "x", { lock: { retention: { mode: "governance", untilMs } } });
    const { version: complied } = await put(ports, bucket, "c", "x", { lock: { retention: { mode: "compliance", untilMs } } });
    const { version: held } = await put(ports, bucket, "h", "x", { lock: { retention: { mode: "governance", untilMs }, legalHold: true } });
    await refuses(remove(governed, testContext("object.delete", stranger)));
    await refuses(remove(governed, testContext("object.delete", { kind: "anonymous" })));
    await refuses(remove(complied, remover()));
    await refuses(remove(held, remover()));
    assert.ok((await remove(governed, remover())).removed);
    await setLegalHold(ports, own(), { ...bucket, key: held.key, legalHold: false });
    assert.ok((await remove(held, remover())).removed);
    await clean(ports);
  });

  it("who may write but does not own the bucket cannot lock, and gets the default all the same", async () => {
    const { ports, time } = timed();
    const bucket = await testBucket(ports, { lock: true, acl: "publicReadWrite" });
    await setBucketLock(ports, own(), { ...bucket, default: { mode: "compliance", count: 2, unit: "days" } });
    const nobody = testContext("object.write", { kind: "anonymous" });
    await refuses(put(ports, bucket, "k", "x", { lock: { legalHold: true } }, nobody), "accessDenied");
    const { version } = await put(ports, bucket, "k", "x", {}, nobody);
    assert.deepEqual(version.retention, { mode: "compliance", untilMs: time.wall + 2 * dayMs });
    await refuses(deleteObject(ports, remover(), { ...bucket, key: asKey("k"), version: version.sequence, bypassGovernance: true }));
  });

  it("where the bucket has no locking nothing can be locked, and what must be ahead is", async () => {
    const { ports, time } = timed();
    const plain = await testBucket(ports, { name: "plain", versioning: "enabled" });
    await refuses(put(ports, plain, "k", "x", { lock: { legalHold: true } }), "lockMissing");
    await refuses(setLegalHold(ports, own(), { ...plain, key: asKey("k"), legalHold: true }), "lockMissing");
    const locked = await testBucket(ports, { name: "locked", lock: true });
    await refuses(put(ports, locked, "k", "x", { lock: { retention: { mode: "governance", untilMs: time.wall } } }), "invalidArgument");
    await refuses(setBucketVersioning(ports, own(), { ...locked, versioning: "suspended" }), "lockNeedsVersioning");
    const off = await testBucket(ports, { name: "off" });
    await refuses(setBucketLock(ports, own(), off), "lockNeedsVersioning");
    await refuses(setBucketLock(ports, own(), { ...locked, default: { mode: "governance", count: 0, unit: "days" } }), "invalidArgument");
    await refuses(setBucketLock(ports, own(), { ...locked, default: { mode: "governance", count: 101, unit: "years" } }), "invalidArgument");
  });

  it("a copy takes no lock along, a completed upload has the one it was begun with", async () => {
    const { ports, time } = timed();
    const bucket = await testBucket(ports, { lock: true });
    const retention = { mode: "compliance", untilMs: time.wall + dayMs } as const;
    await put(ports, bucket, "k", "x", { lock: { retention, legalHold: true } });
    const source = { ...bucket, key: asKey("k") };
    const copy = await copyObject(ports, testContext("object.write"), { ...bucket, key: asKey("copy"), source, sourceAction: "a", acl: "inherit", ontoItself: "allow" });
    assert.equal(copy.version.retention, undefined);
    assert.equal(copy.version.legalHold, undefined);
    const made = await complete(ports, { ...bucket, key: asKey("big") }, { retention, legalHold: false });
    assert.deepEqual([made.retention, made.legalHold], [retention, false]);
    await auditGeneration(ports, bucket.state.generation);
    await clean(ports);
  });

  it("a lock survives long metadata, which stands in a row of its own", async () => {
    const { ports, time } = timed();
    const bucket = await testBucket(ports, { lock: true });
    const { version } = await put(ports, bucket, "k", "x", { metadata: [["long", "m".repeat(2000)]], lock: { retention: { mode: "compliance", untilMs: time.wall + dayMs } } });
    await put(ports, bucket, "k", "above");
    await refuses(deleteObject(ports, remover(), { ...bucket, key: asKey("k"), version: version.sequence }));
    await setObjectAcl(ports, own(), { ...bucket, key: asKey("k"), version: version.sequence, acl: "publicRead" });
    await refuses(deleteObject(ports, remover(), { ...bucket, key: asKey("k"), version: version.sequence }));
  });

  it("a locked null version is replaced by nothing: put, copy, completion, delete by name", async () => {
    const { ports, time } = timed();
    const bucket = await testBucket(ports);
    await put(ports, bucket, "k", "null");
    await put(ports, bucket, "source", "other");
    await setBucketVersioning(ports, own(), { ...bucket, versioning: "enabled" });
    await setBucketLock(ports, own(), bucket);
    const address = { ...bucket, key: asKey("k") };
    await setRetention(ports, own(), { ...address, version: "null", retention: { mode: "governance", untilMs: time.wall + dayMs } });
    // No request leads here: a state that lost its way must not unlock anything either.
    const stateKey = tables.state.key(bucket.state.generation);
    for (const versioning of ["suspended", "off"] as const) {
      await ports.metadata.commit({ expect: [], put: [{ key: stateKey, value: encodeBucketState({ ...bucket.state, versioning, lock: {} }) }], remove: [], add: [] });
      await refuses(put(ports, bucket, "k", "replaced"));
      await refuses(
        copyObject(ports, testContext("object.write"), { ...address, source: { ...bucket, key: asKey("source") }, sourceAction: "a", acl: "inherit", ontoItself: "allow" }),
      );
      await refuses(complete(ports, address));
      await refuses(deleteObject(ports, remover(), address));
      await refuses(deleteObject(ports, remover(), { ...address, version: "null" }));
    }
    assert.equal((await auditGeneration(ports, bucket.state.generation)).get(asKey("k"))?.length, 1);
  });

  it("a hold that comes between a delete's reading and its commit holds", async () => {
    const { ports } = timed();
    const bucket = await testBucket(ports, { lock: true });
    const { version } = await put(ports, bucket, "k", "x");
    const target = { ...bucket, key: asKey("k"), version: version.sequence };
    const [removed, held] = await overtaken(
      ports,
      (slow) => deleteObject(slow, remover(), target),
      () => setLegalHold(ports, own(), { ...target, legalHold: true }),
    );
    assert.equal(held.status, "fulfilled");
    assert.ok(removed.status === "rejected" && isDomainError(removed.reason, "versionLocked"));
    await clean(ports);
  });

  it("a range tells whether anything is locked from now on: lapsed ones are not in it, holds always", async () => {
    const { ports, time } = timed();
    const bucket = await testBucket(ports, { lock: true });
    const { generation } = bucket.state;
    const locked = async () => (await rowsOf(ports, lockedFrom(generation, time.wall))).map(({ key }) => tables.locked.read(key)[2]);
    await put(ports, bucket, "retained", "x", { lock: { retention: { mode: "governance", untilMs: time.wall + dayMs } } });
    await put(ports, bucket, "held", "x", { lock: { legalHold: true } });
    assert.deepEqual(await locked(), ["retained", "held"]);
    time.wall += dayMs - 1;
    assert.deepEqual(await locked(), ["retained", "held"]);
    time.wall += 1;
    assert.deepEqual(await locked(), ["held"]);
    await setLegalHold(ports, own(), { ...bucket, key: asKey("held"), legalHold: false });
    assert.deepEqual(await locked(), []);
  });

  it("check finds a lock without its row, and a row without its lock", async () => {
    const { ports } = timed();
    const bucket = await testBucket(ports, { lock: true });
    await put(ports, bucket, "k", "x", { lock: { legalHold: true } });
    const [row] = await rowsOf(ports, tables.locked.range(bucket.state.generation));
    assert.ok(row);
    const [, , key, sequence] = tables.locked.read(row.key);
    const wrong = tables.locked.key(bucket.state.generation, 5, key, sequence);
    await ports.metadata.commit({ expect: [], put: [{ key: wrong, value: row.value }], remove: [row.key], add: [] });
    assert.deepEqual((await problems(ports)).map(({ what }) => what).sort(), ["lockRowMissing", "lockRowWithoutVersion"]);
  });
});

type Step =
  | { do: "put" | "complete"; key: string; lock: Lock | undefined }
  | { do: "copy"; from: string; to: string }
  | { do: "delete"; key: string }
  | { do: "deleteVersion"; key: string; index: number }
  | { do: "deleteMany"; entries: { key: string; index: number | undefined }[] }
  | { do: "acl"; key: string; index: number }
  | { do: "retention"; key: string; index: number; retention: Lock["retention"] }
  | { do: "pass"; hours: number };

const key = fc.constantFrom("a", "b");
const index = fc.nat(4);
/** `untilMs` here: hours ahead. */
const retention = fc.record({ mode: fc.constantFrom("governance" as const, "compliance" as const), untilMs: fc.integer({ min: 1, max: 20 }) });
const lock = fc.option(fc.record({ retention, legalHold: fc.constant(true) }, { requiredKeys: [] }), { nil: undefined });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("put" as const), key, lock }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("complete" as const), key, lock }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("copy" as const), from: key, to: key }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("delete" as const), key }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("deleteVersion" as const), key, index }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("deleteMany" as const),
      entries: fc.array(fc.record({ key, index: fc.option(index, { nil: undefined }) }), { minLength: 1, maxLength: 5 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("acl" as const), key, index }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("retention" as const), key, index, retention: fc.option(retention, { nil: undefined }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("pass" as const), hours: fc.integer({ min: 1, max: 8 }) }) },
);
const hourMs = 3_600_000;
const expected = new Set(["versionLocked", "keyMissing", "versionMissing", "versionIsMarker"]);

describe("no sequence of operations without bypass", () => {
  it("removes a locked version, or weakens its lock", { timeout: 9_000 }, async () => {
    let kept = 0;
    let lapsed = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
        const { ports, time } = timed();
        const bucket = await testBucket(ports, { lock: true });
        let chains = new Map<ObjectKey, Version[]>();
        const ahead = (given: Lock["retention"]) => given && { ...given, untilMs: time.wall + given.untilMs * hourMs };
        const ask = (given: Lock | undefined): { lock?: Lock } =>
          given ? { lock: { ...given, ...(given.retention ? { retention: ahead(given.retention) as NonNullable<Lock["retention"]> } : {}) } } : {};
        const at = (name: string, place: number): VersionSelector => chains.get(asKey(name))?.[place]?.sequence ?? 1;
        const run = async (one: Step): Promise<void> => {
          switch (one.do) {
            case "put":
              return void (await put(ports, bucket, one.key, "body", ask(one.lock)));
            case "complete":
              return void (await complete(ports, { ...bucket, key: asKey(one.key) }, ask(one.lock).lock));
            case "copy":
              return void (await copyObject(ports, testContext("object.write"), {
                ...bucket,
                key: asKey(one.to),
                source: { ...bucket, key: asKey(one.from) },
                sourceAction: "a",
                acl: "inherit",
                ontoItself: "allow",
              }));
            case "delete":
              return void (await deleteObject(ports, remover(), { ...bucket, key: asKey(one.key) }));
            case "deleteVersion":
              return void (await deleteObject(ports, remover(), { ...bucket, key: asKey(one.key), version: at(one.key, one.index) }));
            case "deleteMany": {
              const entries = one.entries.map(({ key: name, index: place }) => ({ key: asKey(name), ...(place === undefined ? {} : { version: at(name, place) }) }));
              return void (await deleteMany(ports, remover(), { ...bucket, entries }));
            }
            case "acl":
              return void (await setObjectAcl(ports, own(), { ...bucket, key: asKey(one.key), version: at(one.key, one.index), acl: "private" }));
            case "retention": {
              const given = ahead(one.retention);
              return void (await setRetention(ports, own(), { ...bucket, key: asKey(one.key), version: at(one.key, one.index), ...(given ? { retention: given } : {}) }));
            }
            case "pass":
              time.wall += one.hours * hourMs;
          }
        };
        for (const one of steps) {
          const before = [...chains.values()].flat().filter(({ legalHold, retention: held }) => legalHold || (held && held.untilMs > time.wall));
          const gone = chains;
          try {
            await run(one);
          } catch (error) {
            if (!(error instanceof DomainError) || !expected.has(error.kind)) throw error;
          }
          chains = await auditGeneration(ports, bucket.state.generation);
          for (const was of before) {
            kept++;
            const is = chains.get(was.key)?.find(({ sequence }) => sequence === was.sequence);
            assert.ok(is, `${was.key}#${was.sequence} was locked and is gone after ${JSON.stringify(one)}`);
            assert.equal(is.legalHold, was.legalHold);
            if (!was.retention || was.retention.untilMs <= time.wall) continue;
            assert.equal(is.retention?.mode, was.retention.mode);
            assert.ok(is.retention.untilMs >= was.retention.untilMs, "a retention became shorter");
          }
          for (const was of [...gone.values()].flat()) if (was.retention && !chains.get(was.key)?.some(({ sequence }) => sequence === was.sequence)) lapsed++;
        }
        await clean(ports);
      }),
      { numRuns: 60, seed: 11, endOnFailure: true },
    );
    assert.ok(kept > 500, `only ${kept} locked versions were attacked`);
    assert.ok(lapsed > 0, "none lapsed and was removed: the test removes nothing at all");
  });
});
