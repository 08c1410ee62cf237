/** For the core's own tests: ports in memory, somebody who asks, and a full count that every counter and row of use must agree with. */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { type MemoryBlobs, memoryBlobs } from "../storage/blobs/memory/memory-blobs.ts";
import { memoryMetadata } from "../storage/metadata/memory/store.ts";
import { monotonicMs } from "../storage/metadata/monotonic.ts";
import type { Capability, Context, Core } from "./api.ts";
import { decodeBinned } from "./bin/rows.ts";
import { createBucket } from "./buckets/create.ts";
import { masterKeyOf } from "./encryption/master.ts";
import { type CounterKind, counterKey, counterKinds, currentKeyText, readRestKey, readUser, restRange, tables } from "./keys.ts";
import type { Account, AccountId, BucketName, BucketState, ContentId, Generation, ObjectKey, TenantName, Version, Versioning } from "./model.ts";
import { putObject } from "./objects/put.ts";
import type { ByteSource, Bytes, Entry, KeyRange, Ports } from "./ports.ts";
import { decodeVersion, encodeAccount } from "./records.ts";
import { wholeBucketKey } from "./retention/age.ts";
import { lockedUntilMs } from "./retention/judge.ts";
import { isStoredApart } from "./versions/stored-apart.ts";
import { View } from "./view.ts";

export type TestPorts = Ports & { blobs: MemoryBlobs; settledRefs: string[]; openReaders(): number };

/** Memory stores; every settled reference is noted, and settling one twice fails. */
export function testPorts(overrides: Partial<Ports> = {}): TestPorts {
  const blobs = memoryBlobs();
  const settledRefs: string[] = [];
  const readers = new Set<number>();
  let nextReader = 0;
  return {
    metadata: memoryMetadata(),
    clock: { wallMs: () => Date.now(), sequenceMs: () => Date.now(), monotonicMs },
    random: { bytes: (count) => randomBytes(count) },
    readers: {
      begin() {
        const id = nextReader++;
        readers.add(id);
        return () => void assert.ok(readers.delete(id), "a reader ended twice");
      },
      oldestMs: () => (readers.size === 0 ? Number.POSITIVE_INFINITY : 0),
    },
    log: { info() {}, warn() {}, error() {} },
    master: masterKeyOf(randomBytes(32)),
    ...overrides,
    blobs: {
      ...blobs,
      settled(ref) {
        const name = Buffer.from(ref).toString("hex");
        assert.ok(!settledRefs.includes(name), "a reference was settled twice");
        settledRefs.push(name);
        blobs.settled(ref);
      },
    },
    settledRefs,
    openReaders: () => readers.size,
  };
}

export const testTenant = "default" as TenantName;
export function testAccount(name = "main", more: Partial<Account> = {}): Account {
  const id = createHash("md5").update(name).digest("hex").slice(0, 16) as AccountId;
  return {
    id,
    tenant: testTenant,
    name,
    canonicalId: id.repeat(4),
    uid: "1",
    accountId: "1".repeat(12),
    displayName: name,
    email: "",
    root: false,
    epoch: 1,
    createdMs: 0,
    ...more,
  };
}
export const testContext = (capability: Capability, caller: Context["caller"] | Account = testAccount(), deadlineMs = monotonicMs() + 8_000): Context => ({
  caller: "kind" in caller ? caller : { kind: "account", account: caller, accessKeyId: "K" },
  capability,
  action: `test:${capability}`,
  signal: new AbortController().signal,
  deadlineMs,
});

export async function saveAccount(ports: Ports, account: Account): Promise<void> {
  await ports.metadata.commit({ expect: [], put: [{ key: tables.account.key(account.id), value: encodeAccount(account) }], remove: [], add: [] });
}

export type TestBucket = { tenant: TenantName; bucket: BucketName };
/** The account is made when it is not there. */
export async function testBucket(
  ports: Ports,
  options: { name?: string; versioning?: Versioning; owner?: Account } & { lock?: boolean } & Partial<Pick<BucketState, "acl" | "overwrite">> = {},
): Promise<TestBucket & { state: BucketState }> {
  const owner = options.owner ?? testAccount();
  await saveAccount(ports, owner);
  const address = { tenant: testTenant, bucket: (options.name ?? "bucket") as BucketName };
  const { state } = await createBucket(ports, testContext("service.createBucket", owner), {
    ...address,
    storageClass: "standard",
    redundancy: "local",
    region: "",
    overwrite: options.overwrite ?? "allowed",
    ifOwned: "refuse",
    ...(options.acl ? { acl: options.acl } : {}),
    ...(options.versioning ? { versioning: options.versioning } : {}),
    ...(options.lock ? { lock: true } : {}),
  });
  return { ...address, state };
}

export const asKey = (key: string): ObjectKey => key as ObjectKey;
/** A body of these bytes, in chunks. */
export const testBody = (bytes: Bytes | string, options: { chunkBytes?: number; length?: number | undefined } = {}): Parameters<Core["objects"]["put"]>[1]["body"] => {
  const all = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
  const length = "length" in options ? options.length : all.length;
  return { source: chunked(all, options.chunkBytes ?? 64 * 1024), ...(length === undefined ? {} : { length }), expected: () => ({}) };
};
/** Each chunk is overwritten as soon as the port lets it expire. */
export function chunked(bytes: Bytes, chunkBytes: number): ByteSource {
  const given: Buffer[] = [];
  let at = 0;
  return {
    async read() {
      if (given.length >= 2) given.shift()?.fill(0xee);
      if (at >= bytes.length) return undefined;
      const chunk = Buffer.from(bytes.subarray(at, at + chunkBytes));
      at += chunkBytes;
      given.push(chunk);
      return chunk;
    },
    close() {},
  };
}
export const put = (
  ports: Ports,
  address: TestBucket,
  key: string,
  bytes: Bytes | string,
  more: Partial<Parameters<Core["objects"]["put"]>[1]> = {},
  context = testContext("object.write"),
) => putObject(ports, context, { ...address, key: asKey(key), body: testBody(bytes), headers: {}, metadata: [], acl: "inherit", ...more });

export async function drain(source: ByteSource): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (let chunk = await source.read(); chunk !== undefined; chunk = await source.read()) chunks.push(Buffer.from(chunk));
  source.close();
  return Buffer.concat(chunks);
}

export async function rowsOf(ports: Ports, range: KeyRange): Promise<Entry[]> {
  const view = View.open(ports);
  const cursor = view.scan(range);
  const rows: Entry[] = [];
  for (let more = await cursor.next(500); more.length > 0; more = await cursor.next(500)) rows.push(...more);
  cursor.close();
  view.close();
  return rows;
}

/**
 * Counts everything of a generation and holds it against the counters; checks that each chain has exactly one head, in order, with the right
 * null version, that details and uses stand for exactly the versions that need them. Gives the chains, newest first.
 */
export async function auditGeneration(ports: Ports, generation: Generation): Promise<Map<ObjectKey, Version[]>> {
  const chains = new Map<ObjectKey, Version[]>();
  const counted = Object.fromEntries(counterKinds.map((kind) => [kind, 0])) as Record<CounterKind, number>;
  const details = new Set<string>();
  const users = new Set<string>();
  const locks = new Set<string>();
  const heads = new Map<ObjectKey, { nullSequence: number | undefined }>();
  const add = (key: ObjectKey, value: Bytes, isHead: boolean, isTop: boolean): void => {
    const { version, nullSequence, hasDetail } = decodeVersion(key, value);
    if (isHead) {
      assert.ok(!heads.has(key), `${key} has two heads`);
      assert.equal(version.kind === "marker", isTop);
      heads.set(key, { nullSequence });
    } else assert.equal(nullSequence, undefined, "only a head carries the null sequence");
    chains.set(key, [...(chains.get(key) ?? []), version]);
    counted[version.kind === "marker" ? "markers" : isHead ? "objects" : "versions"]++;
    counted.bytes += version.size;
    const untilMs = lockedUntilMs(version);
    if (untilMs !== undefined) locks.add(`${untilMs}/${key}/${version.sequence}`);
    if (hasDetail) details.add(`${key}/${version.sequence}`);
    if (isStoredApart(version.content)) users.add(`${version.content.id}/${key}/${version.sequence}`);
  };
  for (const { key, value } of await rowsOf(ports, tables.current.range(generation))) add(currentKeyText(key), value, true, false);
  for (const { key, value } of await rowsOf(ports, restRange(generation))) {
    const place = readRestKey(key);
    if (place.sequence !== undefined) assert.equal(decodeVersion(place.key, value).version.sequence, place.sequence);
    add(place.key, value, place.sequence === undefined, true);
  }
  for (const [key, versions] of chains) {
    assert.ok(heads.has(key), `${key} has no head`);
    const sequences = versions.map(({ sequence }) => sequence);
    assert.deepEqual(
      sequences,
      [...sequences].sort((a, b) => b - a),
      `${key} is out of order`,
    );
    const nulls = versions.filter(({ isNull }) => isNull);
    assert.ok(nulls.length <= 1, `${key} has ${nulls.length} null versions`);
    assert.equal(heads.get(key)?.nullSequence, nulls[0]?.sequence, `${key}'s head names the wrong null version`);
  }
  const detailRows = (await rowsOf(ports, tables.detail.range(generation))).map(({ key }) => tables.detail.read(key));
  assert.deepEqual(new Set(detailRows.map(([, key, sequence]) => `${key}/${sequence}`)), details);
  const lockRows = (await rowsOf(ports, tables.locked.range(generation))).map(({ key }) => tables.locked.read(key)).filter(([, , key]) => key !== wholeBucketKey);
  assert.deepEqual(new Set(lockRows.map(([, untilMs, key, sequence]) => `${untilMs}/${key}/${sequence}`)), locks, "rows of locks and versions disagree");
  const useRows = (await rowsOf(ports, { from: Buffer.from([tables.use.tag]), to: Buffer.from([tables.use.tag + 1]) })).map(({ key }) => tables.use.read(key));
  const found = new Set<string>();
  const foundBinned = new Set<string>();
  for (const [content, user] of useRows as [ContentId, Bytes][]) {
    const who = readUser(user);
    if (who.kind === "version" && who.generation === generation) found.add(`${content}/${who.key}/${who.sequence}`);
    if (who.kind === "binned" && who.generation === generation) foundBinned.add(`${content}/${who.key}/${who.sequence}`);
  }
  const binnedUsers = new Set<string>();
  for (const { key, value } of await rowsOf(ports, tables.binned.range(generation))) {
    const { version } = decodeBinned(tables.binned.read(key)[1], value);
    counted.binned++;
    counted.binnedBytes += version.size;
    if (isStoredApart(version.content)) binnedUsers.add(`${version.content.id}/${version.key}/${version.sequence}`);
  }
  assert.deepEqual(foundBinned, binnedUsers, "rows of use and the bin disagree");
  assert.deepEqual(found, users, "rows of use and versions disagree");
  const view = View.open(ports);
  for (const kind of ["objects", "versions", "markers", "bytes", "binned", "binnedBytes"] as const) {
    assert.equal(await view.sum(counterKey(generation, kind)), counted[kind], `counter ${kind}`);
  }
  view.close();
  return chains;
}

/** Ports whose first commit waits: what runs between `reached` and `release` commits after this one read and before it commits. */
export function pausedPorts(ports: TestPorts): { ports: TestPorts; reached: Promise<void>; release(): void } {
  const reached = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const { metadata } = ports;
  return {
    ports: {
      ...ports,
      metadata: {
        snapshot: () => metadata.snapshot(),
        turn: (key, deadlineMs) => metadata.turn(key, deadlineMs),
        close: () => metadata.close(),
        async commit(batch) {
          reached.resolve();
          await gate.promise;
          return await metadata.commit(batch);
        },
      },
    },
    reached: reached.promise,
    release: () => gate.resolve(),
  };
}
/** `first` reads, then `second` runs to its end, then `first` commits (or meets a conflict and reads again). */
export async function overtaken<A, B>(
  ports: TestPorts,
  first: (ports: TestPorts) => Promise<A>,
  second: () => Promise<B>,
): Promise<[PromiseSettledResult<A>, PromiseSettledResult<B>]> {
  const pause = pausedPorts(ports);
  const running = Promise.allSettled([first(pause.ports)]);
  await Promise.race([pause.reached, running]);
  const [done] = await Promise.allSettled([second()]);
  pause.release();
  return [(await running)[0], done];
}
