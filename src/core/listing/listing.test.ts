import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Context, ListedItem } from "../api.ts";
import { tables } from "../keys.ts";
import type { ObjectKey } from "../model.ts";
import { deleteObject } from "../objects/delete.ts";
import type { Batch, Cursor, Snapshot } from "../ports.ts";
import { encodeVersion } from "../records.ts";
import { asKey, put, type TestBucket, type TestPorts, testAccount, testBucket, testContext, testPorts } from "../testing.ts";
import { listObjects } from "./objects.ts";
import { listVersions } from "./versions.ts";

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
type Shown = string;
const show = (item: ListedItem): Shown => ("prefix" in item ? `${item.prefix}*` : `${item.version.key}#${item.version.sequence}`);

/** What a list is, from all versions in its order. */
function plainly(all: { key: string; sequence: number }[], prefix: string, delimiter: string): Shown[] {
  const shown: Shown[] = [];
  for (const { key, sequence } of all) {
    if (!key.startsWith(prefix)) continue;
    const at = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
    const item = at === -1 ? `${key}#${sequence}` : `${key.slice(0, at + delimiter.length)}*`;
    if (shown[shown.length - 1] !== item) shown.push(item);
  }
  return shown;
}

async function allObjects(ports: TestPorts, bucket: TestBucket, prefix: string, delimiter: string, limit: number): Promise<Shown[]> {
  const shown: Shown[] = [];
  for (let after = ""; ; ) {
    const page = await listObjects(ports, testContext("bucket.list"), { ...bucket, prefix, delimiter, after, limit });
    assert.ok(page.items.length <= limit);
    shown.push(...page.items.map(show));
    if (!page.truncated) return shown;
    assert.equal(page.items.length, limit);
    const last = page.items[page.items.length - 1] as ListedItem;
    after = "prefix" in last ? last.prefix : last.version.key;
  }
}
async function allVersions(ports: TestPorts, bucket: TestBucket, prefix: string, delimiter: string, limit: number, order: "newestFirst" | "oldestFirst"): Promise<Shown[]> {
  const shown: Shown[] = [];
  for (let keyAfter = "", versionAfter: number | undefined; ; ) {
    const page = await listVersions(ports, testContext("bucket.list"), {
      ...bucket,
      prefix,
      delimiter,
      keyAfter,
      limit,
      order,
      ...(versionAfter === undefined ? {} : { versionAfter }),
    });
    shown.push(...page.items.map(show));
    if (!page.truncated) return shown;
    assert.equal(page.items.length, limit);
    const last = page.items[page.items.length - 1] as ListedItem;
    keyAfter = "prefix" in last ? last.prefix : last.version.key;
    versionAfter = "prefix" in last ? undefined : last.version.sequence;
  }
}

const key = fc.string({ unit: fc.constantFrom("a", "b", "/", "\0", "é", "\u{10ffff}"), minLength: 1, maxLength: 5 });

describe("lists of objects", () => {
  it("are, page by page, what a sorted list with its prefixes rolled up would be", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(key, { maxLength: 25 }),
        fc.constantFrom("", "a", "a/", "/", "é"),
        fc.constantFrom("", "/", "a", "/a"),
        fc.integer({ min: 1, max: 7 }),
        async (keys, prefix, delimiter, limit) => {
          const ports = testPorts();
          const bucket = await testBucket(ports);
          const all: { key: string; sequence: number }[] = [];
          for (const name of keys) all.push({ key: name, sequence: (await put(ports, bucket, name, "x")).version.sequence });
          all.sort((a, b) => byBytes(a.key, b.key));
          assert.deepEqual(await allObjects(ports, bucket, prefix, delimiter, limit), plainly(all, prefix, delimiter));
          // A place that is no item of the list: everything after it, with the prefix that it stands in.
          for (const after of keys.slice(0, 3)) {
            const page = await listObjects(ports, testContext("bucket.list"), { ...bucket, prefix, delimiter, after, limit: 1000 });
            const at = delimiter !== "" && after.startsWith(prefix) ? after.indexOf(delimiter, prefix.length) : -1;
            const covered = at !== -1 && at === after.length - delimiter.length;
            const rest = all.filter((each) => byBytes(each.key, after) > 0 && !(covered && each.key.startsWith(after)));
            assert.deepEqual(page.items.map(show), plainly(rest, prefix, delimiter));
          }
        },
      ),
      { seed: 5, numRuns: 150 },
    );
  });

  it("pass over a prefix by seeking: a page of 1000 prefixes reads a few rows of each", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    const { generation } = bucket.state;
    const { version } = await put(ports, bucket, "zzz", "x");
    const perPrefix = 40;
    const batch: Batch = { expect: [], put: [], remove: [], add: [] };
    const flush = async () => void (await ports.metadata.commit({ ...batch, put: batch.put.splice(0) }));
    for (let i = 0; i < 1001; i++) {
      for (let j = 0; j < perPrefix; j++) {
        const name = `${String(i).padStart(4, "0")}/${j}` as ObjectKey;
        batch.put.push({ key: tables.current.key(generation, name), value: encodeVersion({ ...version, key: name }, version.sequence).record });
      }
      if (batch.put.length > 4000) await flush();
    }
    await flush();
    let rows = 0;
    const counted = (cursor: Cursor): Cursor => ({
      async next(n) {
        const entries = await cursor.next(n);
        rows += entries.length;
        return entries;
      },
      seek: (at) => cursor.seek(at),
      close: () => cursor.close(),
    });
    const snapshot = async (): Promise<Snapshot> => {
      const taken = await ports.metadata.snapshot();
      return {
        get: (at) => taken.get(at),
        sum: (at) => taken.sum(at),
        counters: (range) => taken.counters(range),
        close: () => taken.close(),
        scan: (range) => counted(taken.scan(range)),
      };
    };
    const counting: TestPorts = { ...ports, metadata: { ...ports.metadata, snapshot } };
    const input = { ...bucket, prefix: "", delimiter: "/", after: "", limit: 1000 };
    const page = await listObjects(counting, testContext("bucket.list"), input);
    assert.deepEqual([page.items.length, page.truncated, page.items[999] && show(page.items[999])], [1000, true, "0999/*"]);
    assert.ok(rows <= 2100, `${rows} rows of ${1001 * perPrefix} were read`);
    rows = 0;
    const versions = await listVersions(counting, testContext("bucket.list"), { ...input, keyAfter: "", order: "newestFirst" });
    assert.deepEqual([versions.items.length, versions.truncated], [1000, true]);
    assert.ok(rows <= 2100, `${rows} rows were read`);
  });

  it("of nothing, of limit 0, after the end, and for who may not", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    const list = (more: object, context: Context = testContext("bucket.list")) =>
      listObjects(ports, context, { ...bucket, prefix: "", delimiter: "", after: "", limit: 10, ...more });
    assert.deepEqual((await list({})).items, []);
    await put(ports, bucket, "k", "x");
    const page = await list({});
    assert.deepEqual([page.items.length, page.truncated, page.owners.get(testAccount().id)?.name], [1, false, "main"]);
    assert.deepEqual([(await list({ limit: 0 })).items, (await list({ limit: 0 })).truncated], [[], false]);
    assert.deepEqual((await list({ after: "k" })).items, []);
    assert.deepEqual((await list({ prefix: "a", after: "z" })).items, []);
    await assert.rejects(list({}, testContext("bucket.list", { kind: "anonymous" })), { kind: "accessDenied" });
    await assert.rejects(list({ bucket: "none" }), { kind: "bucketMissing" });
  });
});

describe("lists of versions", () => {
  const step = fc.record({
    key: fc.constantFrom("a", "a/1", "a/2", "b", "b\0", "c/x/y"),
    what: fc.constantFrom("put" as const, "put" as const, "put" as const, "delete" as const),
  });
  it("merge heads and older versions, newest or oldest first, and go on inside a key", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 30 }),
        fc.constantFrom("enabled" as const, "suspended" as const, "off" as const),
        fc.constantFrom("", "a", "a/"),
        fc.constantFrom("", "/"),
        fc.integer({ min: 1, max: 5 }),
        async (steps, versioning, prefix, delimiter, limit) => {
          const ports = testPorts();
          const bucket = await testBucket(ports, { versioning });
          const chains = new Map<string, number[]>();
          for (const each of steps) {
            const chain = versioning === "enabled" ? (chains.get(each.key) ?? []) : [];
            if (each.what === "put") chains.set(each.key, [(await put(ports, bucket, each.key, "x")).version.sequence, ...chain]);
            else {
              const { marker } = await deleteObject(ports, testContext("object.delete"), { ...bucket, key: asKey(each.key) });
              chains.set(each.key, marker ? [marker.sequence, ...chain] : []);
            }
          }
          const keys = [...chains.keys()].sort(byBytes);
          for (const order of ["newestFirst", "oldestFirst"] as const) {
            const all = keys.flatMap((name) => {
              const sequences = chains.get(name) ?? [];
              return (order === "newestFirst" ? sequences : sequences.toReversed()).map((sequence) => ({ key: name, sequence }));
            });
            assert.deepEqual(await allVersions(ports, bucket, prefix, delimiter, limit, order), plainly(all, prefix, delimiter), order);
          }
          const whole = await listVersions(ports, testContext("bucket.list"), { ...bucket, prefix: "", delimiter: "", keyAfter: "", limit: 1000, order: "newestFirst" });
          const latest = whole.items.flatMap((item) => ("version" in item && item.version.isLatest ? [item.version.sequence] : []));
          assert.deepEqual(
            latest,
            keys.flatMap((name) => chains.get(name)?.[0] ?? []),
          );
        },
      ),
      { seed: 6, numRuns: 120 },
    );
  });

  it("emit a head on resumption only when its turn has not passed", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports, { versioning: "enabled" });
    const first = (await put(ports, bucket, "k", "1")).version.sequence;
    const second = (await put(ports, bucket, "k", "2")).version.sequence;
    const third = (await put(ports, bucket, "k", "3")).version.sequence;
    const after = async (versionAfter: number, order: "newestFirst" | "oldestFirst") =>
      (await listVersions(ports, testContext("bucket.list"), { ...bucket, prefix: "", delimiter: "", keyAfter: "k", versionAfter, limit: 9, order })).items.map((item) =>
        "version" in item ? item.version.sequence : 0,
      );
    assert.deepEqual(await after(third, "newestFirst"), [second, first]);
    assert.deepEqual(await after(third + 1, "newestFirst"), [third, second, first]);
    assert.deepEqual(await after(second, "newestFirst"), [first]);
    assert.deepEqual(await after(first, "newestFirst"), []);
    assert.deepEqual(await after(first, "oldestFirst"), [second, third]);
    assert.deepEqual(await after(third, "oldestFirst"), []);
  });
});
