import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { AccountId, ContentId, Extent, Grant, ObjectKey, Version } from "./model.ts";
import { decodeDead, decodeListed, decodePage, decodeVersion, encodeDead, encodePage, encodeVersion, recordLimits, withNullSequence } from "./records.ts";

const seed = { seed: 11, numRuns: 300 };
const content = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((raw) => Buffer.from(raw).toString("hex").toUpperCase() as ContentId);
const number = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const bytes = (maxLength: number) => fc.uint8Array({ minLength: 1, maxLength }).map((raw) => Buffer.from(raw));
const extent: fc.Arbitrary<Extent> = fc.record({ ref: bytes(40), offset: number, length: number, from: content }, { requiredKeys: ["ref", "offset", "length"] });
const hex = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((raw) => Buffer.from(raw).toString("hex"));
const text = fc.string({ maxLength: 300 });
const permission = fc.constantFrom("read" as const, "write" as const, "readAcl" as const, "writeAcl" as const, "full" as const);
const grant: fc.Arbitrary<Grant> = fc.oneof(
  fc.record({ permission, account: fc.string({ minLength: 1, maxLength: 40 }) as fc.Arbitrary<AccountId> }),
  fc.record({ permission, group: fc.constantFrom("everyone" as const, "accounts" as const, "logDelivery" as const) }),
);
const version: fc.Arbitrary<Version> = fc.record(
  {
    kind: fc.constantFrom("object" as const, "marker" as const, "appendable" as const, "symlink" as const),
    key: fc.constant("k" as ObjectKey),
    sequence: number,
    isNull: fc.boolean(),
    modifiedMs: number,
    size: number,
    etag: fc.oneof(
      hex,
      fc.constant(""),
      fc.tuple(hex, fc.integer({ min: 1, max: 10_000 })).map(([md5, n]) => `${md5}-${n}`),
      fc.string({ minLength: 1, maxLength: 40 }),
    ),
    owner: fc.string({ maxLength: 40 }) as fc.Arbitrary<AccountId>,
    storageClass: fc.constantFrom("standard" as const, "deepColdArchive" as const),
    form: fc.constantFrom("single" as const, "multipart" as const),
    headers: fc.record({ contentType: text, expires: text }, { requiredKeys: [] }),
    metadata: fc.array(fc.tuple(text, text), { maxLength: 5 }),
    acl: fc.oneof(fc.constantFrom("inherit" as const, "bucketOwnerFullControl" as const), fc.record({ grants: fc.array(grant, { maxLength: 100 }) })),
    tags: fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 10 }),
    crc64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String),
    checksum: fc.record({
      algorithm: fc.constantFrom("crc32" as const, "sha256" as const),
      value: fc.string({ maxLength: 50 }),
      type: fc.constantFrom("full" as const, "composite" as const),
    }),
    parts: fc.array(fc.record({ number: fc.nat(), size: number, checksum: text }, { requiredKeys: ["number", "size"] })),
    retention: fc.record({ mode: fc.constantFrom("governance" as const, "compliance" as const), untilMs: number }),
    legalHold: fc.boolean(),
    eventHold: fc.record({ count: fc.integer({ min: 1, max: 36_500 }), unit: fc.constantFrom("days" as const, "years" as const) }),
    annotations: fc.record({ set: content, count: fc.integer({ min: 1, max: 1000 }), bytes: number }),
    content: fc.oneof(
      fc.record({ id: content, inline: bytes(1024) }),
      fc.record({ id: content, extents: fc.array(extent, { minLength: 1, maxLength: 8 }) }),
      fc.record({ id: content, paged: fc.constant(true) }),
    ),
  },
  { requiredKeys: ["kind", "key", "sequence", "isNull", "modifiedMs", "size", "etag", "owner", "storageClass", "form", "headers", "metadata", "acl"] },
);
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value, (_, each) => (each instanceof Uint8Array ? [...each] : each)));

describe("records", () => {
  it("of versions read back, with long headers and metadata in the detail row", () => {
    fc.assert(
      fc.property(version, fc.option(number, { nil: undefined }), (value, nullSequence) => {
        const { record, detail } = encodeVersion(value, nullSequence);
        const back = decodeVersion(value.key, record, detail);
        // What has the form of an MD5 is kept in lower case, as the model says it is.
        assert.deepEqual(plain(back.version), plain(value));
        assert.equal(back.nullSequence, nullSequence);
        // Nobody has to read the detail row to learn that a version is locked, or what stands beside it.
        const { retention, legalHold, eventHold, annotations } = decodeVersion(value.key, record).version;
        assert.deepEqual(
          plain({ retention, legalHold, eventHold, annotations }),
          plain({ retention: value.retention, legalHold: value.legalHold, eventHold: value.eventHold, annotations: value.annotations }),
        );
        assert.equal(back.hasDetail, detail !== undefined);
        assert.ok(record.length <= 40 + 80 + recordLimits.extrasBytesMax + 8 * 80 + 1024 + 60 + 32 + 5);
        for (const other of [undefined, 0, 42]) assert.equal(decodeVersion(value.key, withNullSequence(record, other), detail).nullSequence, other);
        assert.deepEqual(Buffer.from(withNullSequence(withNullSequence(record, 9), nullSequence)), Buffer.from(record));
      }),
      seed,
    );
  });

  it("show lists the fixed fields alone", () => {
    fc.assert(
      fc.property(version, (value) => {
        const { record } = encodeVersion(value, undefined);
        const { kind, key, sequence, isNull, modifiedMs, size, etag, owner, storageClass, form } = value;
        const listed = { kind, key, sequence, isNull, modifiedMs, size, etag, owner, storageClass, form, isLatest: true };
        const checksum = value.checksum && { checksum: { algorithm: value.checksum.algorithm, type: value.checksum.type } };
        assert.deepEqual(decodeListed(key, record, true), { ...listed, ...checksum });
        // What they need stands within the first 200 bytes, even of a record that is cut there.
        assert.deepEqual(decodeListed(key, record.subarray(0, 200), true), decodeListed(key, record, true));
      }),
      seed,
    );
  });

  it("of pages and dead contents read back", () => {
    fc.assert(
      fc.property(fc.array(extent, { maxLength: 20 }), fc.boolean(), (extents, paged) => {
        assert.deepEqual(plain(decodePage(encodePage(extents))), plain(extents));
        assert.deepEqual(plain(decodeDead(encodeDead({ id: "" as ContentId, extents, paged }))), plain({ extents, paged }));
      }),
      seed,
    );
  });

  it("of another format are refused", () => {
    assert.throws(() => decodePage(Buffer.from([9, 0, 0, 0, 0])), /format 9/);
    assert.throws(() => decodeListed("k" as ObjectKey, Buffer.alloc(60, 2), false), /format 2/);
  });
});
