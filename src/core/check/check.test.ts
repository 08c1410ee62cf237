import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import { setBucketVersioning } from "../buckets/state.ts";
import { identityVerbs } from "../identity/identity.ts";
import { contentUser, counterKey, olderKey, ownerBytes, restRange, tables, topKey, uploadUser, versionUser } from "../keys.ts";
import type { AccountId, BucketName, Content, ContentId, Extent, Generation, ObjectKey, TenantName, UploadId, Version } from "../model.ts";
import { deleteObject } from "../objects/delete.ts";
import { newContentId, sourceOf } from "../objects/store-body.ts";
import { type Bytes, type Entry, type Ports, StoreCorrupt } from "../ports.ts";
import { runUntilIdle } from "../reclaim/reclaim.ts";
import { decodePage, decodeVersion, encodePage, encodeVersion, presence } from "../records.ts";
import { asKey, put, rowsOf, type TestPorts, testBucket, testContext, testPorts } from "../testing.ts";
import { begin, complete, sendCopy, sendPart } from "../uploads/testing.ts";
import { checkStore } from "./check.ts";
import type { ProblemKind } from "./problem.ts";

/** A store with some of everything; `problems` leaves out the test's own account, which is one row and nothing that finds it. */
type Store = { ports: TestPorts; generation: Generation; open: UploadId; done: UploadId; name: { tenant: TenantName; bucket: BucketName }; owner: AccountId };
const problems = async (ports: Ports) => (await checkStore(ports)).filter(({ where }) => where !== "account main");

async function fill(): Promise<Store> {
  const ports = testPorts();
  const bucket = await testBucket(ports);
  const body = (): Buffer => randomBytes(2000);
  await put(ports, bucket, "plain", body());
  await put(ports, bucket, "small", "inline");
  await setBucketVersioning(ports, testContext("bucket.own"), { ...bucket, versioning: "enabled" });
  for (let i = 0; i < 3; i++) await put(ports, bucket, "chain", body(), { metadata: [["long", "x".repeat(1500)]] });
  await put(ports, bucket, "marked", body());
  await deleteObject(ports, testContext("object.delete"), { ...bucket, key: asKey("marked") });
  const done = await begin(ports, bucket, "paged");
  for (let n = 1; n <= 10; n++) await sendPart(ports, bucket, "paged", done.id, n, body());
  await complete(ports, bucket, "paged", done.id);
  const open = await begin(ports, bucket, "open");
  await sendPart(ports, bucket, "open", open.id, 1, body());
  await sendCopy(ports, bucket, "open", open.id, 2, "plain");
  await identityVerbs(ports).apply({ accounts: [{ tenant: "default", name: "someone", email: "a@b.test", keys: [{ accessKeyId: "someonekey", secretAccessKey: "0123456789" }] }] });
  await runUntilIdle(ports, { budget: 1000, passesMax: 20 });
  return { ports, generation: bucket.state.generation, open: open.id, done: done.id, name: { tenant: bucket.tenant, bucket: bucket.bucket }, owner: bucket.state.owner };
}

const change = (ports: Ports, put: Entry[], remove: Bytes[] = [], add: { counter: Bytes; delta: number }[] = []) => ports.metadata.commit({ expect: [], put, remove, add });
const currentOf = async ({ ports, generation }: Store, key: string): Promise<{ row: Entry; version: Version; nullSequence: number | undefined }> => {
  const [row] = await rowsOf(ports, tables.current.range(generation, asKey(key)));
  assert.ok(row);
  const detail = await rowsOf(ports, tables.detail.range(generation, asKey(key)));
  const { version, nullSequence, hasDetail } = decodeVersion(asKey(key), row.value);
  return { row, nullSequence, version: hasDetail ? decodeVersion(asKey(key), row.value, detail.at(-1)?.value).version : version };
};
const rewrite = async (store: Store, key: string, change_: (version: Version, nullSequence: number | undefined) => [Version, number | undefined]): Promise<void> => {
  const { row, version, nullSequence } = await currentOf(store, key);
  await change(store.ports, [{ key: row.key, value: encodeVersion(...change_(version, nullSequence)).record }]);
};
const olderOf = async ({ ports, generation }: Store, key: string): Promise<Entry[]> => rowsOf(ports, restRange(generation, asKey(key)));
const remove = (store: Store, ...keys: Bytes[]) => change(store.ports, [], keys);

/** One way to damage the store, and what must be found. */
const damages: [what: ProblemKind, how: string, damage: (store: Store) => Promise<unknown>][] = [
  ["bytesUnreadable", "a blob that is gone", async (s) => s.ports.blobs.remove([(await currentOf(s, "plain")).version.content?.extents?.[0]?.ref as Bytes])],
  [
    "bytesUnreadable",
    "a blob of a page that is gone",
    async (s) => {
      const [page] = await rowsOf(s.ports, tables.content.range(s.done as string as ContentId));
      await s.ports.blobs.remove([decodePage(page?.value as Bytes)[5]?.ref as Bytes]);
    },
  ],
  [
    "bytesUnreadable",
    "an extent past its blob's end",
    (s) => rewrite(s, "plain", (v, n) => [{ ...v, size: 2001, content: { ...(v.content as Content), extents: [{ ...(v.content?.extents?.[0] as Extent), length: 2001 }] } }, n]),
  ],
  ["contentLength", "a size that is not its extents'", (s) => rewrite(s, "plain", (v, n) => [{ ...v, size: 1999 }, n])],
  ["contentLength", "a size that is not the record's bytes'", (s) => rewrite(s, "small", (v, n) => [{ ...v, size: 7 }, n])],
  [
    "contentLength",
    "a page that vanished",
    async (s) => {
      const [page] = await rowsOf(s.ports, tables.content.range(s.done as string as ContentId));
      await remove(s, page?.key as Bytes);
    },
  ],
  [
    "contentLength",
    "a page that stands elsewhere",
    async (s) => {
      const id = s.done as string as ContentId;
      const [page] = await rowsOf(s.ports, tables.content.range(id));
      await change(s.ports, [{ key: tables.content.key(id, 5), value: page?.value as Bytes }], [page?.key as Bytes]);
    },
  ],
  ["counterWrong", "a counter that is one off", (s) => change(s.ports, [], [], [{ counter: counterKey(s.generation, "markers"), delta: 1 }])],
  ["counterWrong", "an object that vanished", async (s) => remove(s, (await currentOf(s, "small")).row.key)],
  ["counterWrong", "a part that vanished", (s) => remove(s, tables.part.key(s.open, 1))],
  ["counterWrong", "an upload that vanished", (s) => remove(s, tables.upload.key(s.generation, asKey("open"), s.open))],
  ["partWithoutUpload", "an upload that vanished", (s) => remove(s, tables.upload.key(s.generation, asKey("open"), s.open))],
  ["chainWithoutHead", "a head that vanished", async (s) => remove(s, (await currentOf(s, "chain")).row.key)],
  ["chainWithoutHead", "a marker on top that vanished", (s) => remove(s, topKey(s.generation, asKey("marked")))],
  [
    "chainWithTwoHeads",
    "a current version under a marker",
    async (s) => {
      const older = (await olderOf(s, "marked")).at(-1) as Entry;
      await change(s.ports, [{ key: tables.current.key(s.generation, asKey("marked")), value: older.value }], [older.key]);
    },
  ],
  [
    "chainOutOfOrder",
    "an older version above the head",
    async (s) => {
      const [older] = await olderOf(s, "chain");
      await change(s.ports, [{ key: olderKey(s.generation, asKey("chain"), 2 ** 52), value: older?.value as Bytes }], [older?.key as Bytes]);
    },
  ],
  ["nullSequenceWrong", "a head that names no null version", (s) => rewrite(s, "plain", (v) => [v, undefined])],
  ["nullSequenceWrong", "a head that names a null version there is not", (s) => rewrite(s, "chain", (v) => [v, 5])],
  ["markerInWrongPlace", "a marker as the current version", (s) => rewrite(s, "small", (v, n) => [{ ...v, kind: "marker", size: 0 }, n])],
  ["recordUnreadable", "a record of another format", async (s) => change(s.ports, [{ key: (await currentOf(s, "small")).row.key, value: Buffer.from([99, 1, 2]) }])],
  ["detailMissing", "a detail row that vanished", async (s) => remove(s, tables.detail.key(s.generation, asKey("chain"), (await currentOf(s, "chain")).version.sequence))],
  ["detailWithoutVersion", "a detail row of no version", (s) => change(s.ports, [{ key: tables.detail.key(s.generation, asKey("plain"), 3), value: presence }])],
  [
    "useMissing",
    "a use of a version that vanished",
    async (s) => {
      const { version } = await currentOf(s, "plain");
      await remove(s, tables.use.key(version.content?.id as ContentId, versionUser(s.generation, asKey("plain"), version.sequence)));
    },
  ],
  [
    "useMissing",
    "a use of a borrowing part that vanished",
    async (s) => remove(s, tables.use.key((await currentOf(s, "plain")).version.content?.id as ContentId, uploadUser(s.open, 2))),
  ],
  [
    "useWithoutUser",
    "a use by a version there is not",
    async (s) =>
      change(s.ports, [{ key: tables.use.key((await currentOf(s, "plain")).version.content?.id as ContentId, versionUser(s.generation, asKey("plain"), 3)), value: presence }]),
  ],
  [
    "useWithoutUser",
    "a use by a content that borrows nothing",
    async (s) => change(s.ports, [{ key: tables.use.key((await currentOf(s, "plain")).version.content?.id as ContentId, contentUser(newContentId(s.ports))), value: presence }]),
  ],
  ["contentWithoutUse", "pages of a content nobody uses", (s) => change(s.ports, [{ key: tables.content.key(newContentId(s.ports), 0), value: encodePage([]) }])],
  [
    "blobWithoutOwner",
    "bytes that nothing names",
    async (s) => {
      s.ports.blobs.settled(await s.ports.blobs.write(sourceOf(Buffer.from("lost")), { owner: ownerBytes(newContentId(s.ports)), length: 4 }));
      s.ports.blobs.rotate();
    },
  ],
  [
    "blobWithoutOwner",
    "an object that vanished with its use",
    async (s) => {
      const { row, version } = await currentOf(s, "paged");
      const id = version.content?.id as ContentId;
      const pages = await rowsOf(s.ports, tables.content.range(id));
      await remove(s, row.key, tables.use.key(id, versionUser(s.generation, asKey("paged") as ObjectKey, version.sequence)), ...pages.map(({ key }) => key));
      s.ports.blobs.rotate();
    },
  ],
  ["bucketWithoutState", "a state that vanished", (s) => remove(s, tables.state.key(s.generation))],
  ["rowsWithoutGeneration", "a state that vanished", (s) => remove(s, tables.state.key(s.generation))],
  ["bucketPointerWrong", "a name that vanished", (s) => remove(s, tables.name.key(s.name.tenant, s.name.bucket))],
  ["ownerRowWrong", "a bucket that its owner's list lacks", (s) => remove(s, tables.owned.key(s.owner, s.name.tenant, s.name.bucket))],
  [
    "identityRowWrong",
    "an account that vanished under its key",
    async (s) => remove(s, tables.account.key((await identityVerbs(s.ports).accessKey("someonekey"))?.account.id as AccountId)),
  ],
  ["identityRowWrong", "an e-mail that finds nobody", (s) => remove(s, tables.accountBy.key("email", s.name.tenant, "a@b.test"))],
  [
    "identityRowWrong",
    "a key its account does not list",
    async (s) => remove(s, tables.keyOfAccount.key((await identityVerbs(s.ports).accessKey("someonekey"))?.account.id as AccountId, "someonekey")),
  ],
];

describe("checkStore", () => {
  it("finds nothing in a store that is whole, also while jobs have work left", async () => {
    const store = await fill();
    assert.deepEqual(await problems(store.ports), []);
    await deleteObject(store.ports, testContext("object.delete"), { ...store.name, key: asKey("plain") });
    const more = await begin(store.ports, { ...store.name }, "more");
    for (let n = 1; n <= 3; n++) await sendPart(store.ports, store.name, "more", more.id, n, "replaced");
    await sendPart(store.ports, store.name, "more", more.id, 1, "again");
    await complete(store.ports, store.name, "more", more.id, (await rowsOf(store.ports, tables.part.range(more.id))).length === 4 ? "all" : []);
    store.ports.blobs.rotate();
    assert.deepEqual(await problems(store.ports), []);
  });

  for (const [what, how, damage] of damages) {
    it(`finds ${how} (${what})`, async () => {
      const store = await fill();
      await damage(store);
      const found = await problems(store.ports);
      assert.ok(
        found.some((problem) => problem.what === what),
        `it found ${JSON.stringify(found)}`,
      );
      for (const { where, detail } of found) assert.ok(where.length > 0 && detail.length > 0);
    });
  }

  it("goes on past rows that cannot be read at all", async () => {
    const store = await fill();
    const { ports } = store;
    await change(ports, [], [], [{ counter: counterKey(store.generation, "markers"), delta: 1 }]);
    const badRow = tables.accessKey.range();
    const failing: Ports = {
      ...ports,
      metadata: {
        ...ports.metadata,
        async snapshot() {
          const snapshot = await ports.metadata.snapshot();
          return {
            ...snapshot,
            scan(range) {
              if (Buffer.compare(range.from, badRow.from) === 0) throw new StoreCorrupt("row 7 does not match its checksum");
              return snapshot.scan(range);
            },
          };
        },
      },
    };
    const found = await problems(failing);
    assert.ok(
      found.some(({ what, detail }) => what === "recordUnreadable" && detail.includes("row 7")),
      JSON.stringify(found),
    );
    assert.ok(
      found.some(({ what }) => what === "counterWrong"),
      "what stands elsewhere is found too",
    );
  });

  it("reads no byte when it is told so, and still finds what records tell", async () => {
    const store = await fill();
    await store.ports.blobs.remove([(await currentOf(store, "plain")).version.content?.extents?.[0]?.ref as Bytes]);
    assert.equal(
      (await checkStore(store.ports, { bytes: "skip" })).some(({ what }) => what === "bytesUnreadable"),
      false,
    );
    assert.equal(
      (await checkStore(store.ports)).some(({ what }) => what === "bytesUnreadable"),
      true,
    );
  });
});
