import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  binnedUser,
  contentUser,
  counterKey,
  counterKinds,
  currentKeyText,
  olderKey,
  olderRange,
  rangeOf,
  readCounterKey,
  readRestKey,
  readUser,
  restRange,
  restUnder,
  tables,
  topKey,
  uploadUser,
  versionUser,
} from "./keys.ts";
import type { ContentId, Generation, ObjectKey, UploadId } from "./model.ts";
import { parseObjectKey } from "./names.ts";
import { type Bytes, type KeyRange, metadataLimits } from "./ports.ts";

const seed = { seed: 7, numRuns: 300 };
const generation = fc.uint8Array({ minLength: 12, maxLength: 12 }).map((raw) => Buffer.from(raw).toString("hex") as Generation);
const id = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((raw) => Buffer.from(raw).toString("hex").toUpperCase() as ContentId & UploadId);
/** NULs, 0xff-like characters and prefixes of each other on purpose. */
const text = fc.oneof(
  fc.string({ unit: fc.constantFrom("\0", "\u0001", "a", "b", "/", "\u00ff", "\uffff", "\u{10ffff}", "é") }),
  fc.string({ unit: "grapheme" }).filter((s) => s.isWellFormed()),
);
const key = text as fc.Arbitrary<ObjectKey>;
const sequence = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const sign = Math.sign;
const utf8 = (value: string): Buffer => Buffer.from(value, "utf8");
const holds = ({ from, to }: KeyRange, row: Bytes): boolean => Buffer.compare(from, row) <= 0 && Buffer.compare(row, to) < 0;

describe("keys", () => {
  it("of every table read back as what they were built from", () => {
    const bytes = fc.uint8Array({ maxLength: 40 }).map((raw) => Buffer.from(raw));
    const arbitrary: Record<keyof typeof tables, fc.Arbitrary<unknown>[]> = {
      machine: [text],
      name: [text, text],
      owned: [text, text, text],
      state: [generation],
      document: [generation, text],
      current: [generation, key],
      detail: [generation, key, sequence],
      locked: [generation, fc.oneof(sequence, fc.constant(Number.POSITIVE_INFINITY)), key, sequence],
      binned: [generation, key, sequence],
      binEnd: [sequence, generation, key, sequence],
      upload: [generation, key, id],
      part: [id, sequence],
      channel: [generation, text],
      answer: [id],
      answerEnd: [sequence, id],
      content: [id, sequence],
      use: [id, bytes],
      dead: [id],
      dropped: [id],
      released: [id],
      moved: [bytes],
      ended: [id],
      deadGeneration: [generation],
      trash: [generation],
      job: [text, text],
      outbox: [text, sequence, id],
      annotation: [id, text],
      endedAnnotations: [id],
      tenant: [text],
      account: [text],
      accountBy: [text, text, text],
      user: [text, text],
      accessKey: [text],
      holder: [text, fc.constantFrom("group", "role", "policy"), text],
      keyOfAccount: [text, text],
      encryptionKey: [text],
      alias: [text],
      hcpUser: [text, text],
    };
    const tags = new Set<number>();
    for (const [name, parts] of Object.entries(arbitrary)) {
      const table = tables[name as keyof typeof tables] as unknown as { tag: number; key(...values: unknown[]): Bytes; read(row: Bytes): unknown[] };
      assert.ok(!tags.has(table.tag), `two tables have tag ${table.tag}`);
      tags.add(table.tag);
      fc.assert(
        fc.property(fc.tuple(...parts), (values) => assert.deepEqual(table.read(table.key(...values)), values)),
        { ...seed, numRuns: 60 },
      );
    }
    assert.deepEqual(Object.keys(arbitrary).sort(), Object.keys(tables).sort());
  });

  it("of no two tables begin alike", () => {
    const tags = Object.values(tables).map(({ tag }) => tag);
    assert.equal(new Set(tags).size, tags.length);
  });

  it("sort as the bytes of their texts, and none is another's prefix", () => {
    fc.assert(
      fc.property(generation, key, key, (gen, a, b) => {
        const left = tables.current.key(gen, a);
        const right = tables.current.key(gen, b);
        assert.equal(sign(Buffer.compare(left, right)), sign(Buffer.compare(utf8(a), utf8(b))));
        if (a !== b) assert.ok(!Buffer.from(right).subarray(0, left.length).equals(left));
        assert.equal(currentKeyText(left), a);
      }),
      seed,
    );
  });

  it("under a prefix are exactly those that begin with it", () => {
    fc.assert(
      fc.property(generation, key, key, fc.nat(4), (gen, a, b, cut) => {
        for (const prefix of [b, a.slice(0, cut)].filter((each) => each.isWellFormed())) {
          assert.equal(holds(tables.current.under(gen, prefix as ObjectKey), tables.current.key(gen, a)), a.startsWith(prefix));
          assert.equal(holds(restUnder(gen, prefix), olderKey(gen, a, 5)), a.startsWith(prefix));
        }
        assert.ok(holds(tables.current.range(gen), tables.current.key(gen, a)));
      }),
      seed,
    );
  });

  it("of a chain stand together: the marker on top, then older versions, the newest first", () => {
    fc.assert(
      fc.property(generation, key, key, sequence, sequence, (gen, a, b, one, two) => {
        assert.deepEqual(readRestKey(topKey(gen, a)), { generation: gen, key: a });
        assert.deepEqual(readRestKey(olderKey(gen, a, one)), { generation: gen, key: a, sequence: one });
        assert.ok(Buffer.compare(topKey(gen, a), olderKey(gen, a, one)) < 0);
        assert.equal(sign(Buffer.compare(olderKey(gen, a, one), olderKey(gen, a, two))), sign(two - one));
        assert.ok(holds(olderRange(gen, a), olderKey(gen, a, one)) && !holds(olderRange(gen, a), topKey(gen, a)));
        assert.ok(holds(restRange(gen, a), olderKey(gen, a, one)) && holds(restRange(gen, a), topKey(gen, a)) && holds(restRange(gen), topKey(gen, a)));
        if (a !== b) assert.ok(!holds(restRange(gen, a), olderKey(gen, b, one)));
      }),
      seed,
    );
  });

  it("of users and counters read back", () => {
    fc.assert(
      fc.property(generation, key, sequence, id, fc.constantFrom(...counterKinds), (gen, name, seq, content, kind) => {
        assert.deepEqual(readUser(versionUser(gen, name, seq)), { kind: "version", generation: gen, key: name, sequence: seq });
        assert.deepEqual(readUser(binnedUser(gen, name, seq)), { kind: "binned", generation: gen, key: name, sequence: seq });
        assert.deepEqual(readUser(uploadUser(content, 7)), { kind: "upload", upload: content, partNumber: 7 });
        assert.deepEqual(readUser(contentUser(content)), { kind: "content", content });
        assert.deepEqual(readCounterKey(counterKey(gen, kind)), { generation: gen, kind });
      }),
      seed,
    );
  });

  it("of the longest object keys fit the store; a key of too many NULs is refused", () => {
    const gen = "00".repeat(12) as Generation;
    const content = "AB".repeat(16) as ContentId;
    const longest = parseObjectKey("\u00ff".repeat(2047) + "a");
    for (const row of [tables.locked.key(gen, 1, longest, 2), tables.use.key(content, versionUser(gen, longest, 1)), olderKey(gen, longest, 1)]) {
      assert.ok(row.length <= metadataLimits.keyBytesMax);
    }
    assert.throws(() => parseObjectKey("\0".repeat(4000)), { kind: "invalidArgument" });
    assert.throws(() => parseObjectKey("a".repeat(4096)), { kind: "invalidArgument" });
    assert.throws(() => parseObjectKey("\ud800"), { kind: "invalidArgument" });
    assert.throws(() => rangeOf(Buffer.from([0xff])));
  });
});
