import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isDomainError } from "../errors.ts";
import { JsonReader } from "./json-reader.ts";
import { queryLimits } from "./limits.ts";
import type { RowFormat, Step } from "./model.ts";
import { type RawRow, RowReader } from "./row-reader.ts";
import { testRows } from "./testing.ts";
import { jsonOf, type Value } from "./values.ts";

const cut = (bytes: Buffer, sizes: readonly number[]): Buffer[] => {
  const pieces: Buffer[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = Math.max(1, sizes[i % Math.max(1, sizes.length)] ?? bytes.length);
    pieces.push(Buffer.from(bytes.subarray(at, at + size)));
    at += size;
  }
  return pieces;
};
function rowsOf(pieces: readonly Buffer[], format: RowFormat): RawRow[] {
  const reader = new RowReader(format);
  return [...pieces.flatMap((piece) => [...reader.read(piece, false)]), ...reader.read(new Uint8Array(0), true)];
}
function faultOf(run: () => unknown): string {
  try {
    run();
    return "none";
  } catch (error) {
    return isDomainError(error, "queryFault") ? error.detail.fault : String(error);
  }
}

const field = fc.array(fc.constantFrom("a", "é", "😀", ",", '"', "\n", "\r", " ", ""), { maxLength: 6 }).map((parts) => parts.join(""));
const quoted = (text: string, always: boolean): string => (always || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

test("rows are read as they were written, wherever the pieces are cut, and begin and end where they do", () => {
  const rows = fc.array(fc.array(fc.tuple(field, fc.boolean()), { minLength: 1, maxLength: 4 }), { maxLength: 8 });
  fc.assert(
    fc.property(rows, fc.constantFrom("\n", "\r\n", "|"), fc.boolean(), fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 5 }), (written, delimiter, ends, sizes) => {
      const texts = written.map((row) => row.map(([text, always]) => quoted(text.replaceAll("|", ""), always)).join(","));
      const text = texts.join(delimiter) + (ends && texts.length > 0 ? delimiter : "");
      const bytes = Buffer.from(text);
      const read = rowsOf(cut(bytes, sizes), { ...testRows, record: Buffer.from(delimiter) });
      const expected = written.map((row) => row.map(([value]) => value.replaceAll("|", "")));
      // What ends without a delimiter and is empty is no record.
      if (!ends && texts.at(-1) === "") expected.pop();
      assert.deepEqual(
        read.map(({ columns }) => columns),
        expected,
      );
      let at = 0;
      for (const { start, end } of read) {
        assert.equal(start, at);
        at = end;
      }
      assert.equal(at, bytes.length);
    }),
    { numRuns: 400, seed: 17 },
  );
});

test("comments are counted and left out; quotes that do not close or stand inside spoil the row", () => {
  const read = rowsOf([Buffer.from("#c\na,b\n#d\nc\n")], { ...testRows, comment: 35 });
  assert.deepEqual(
    read.map(({ number, columns }) => [number, ...columns]),
    [
      [1, "a", "b"],
      [3, "c"],
    ],
  );
  for (const bad of ['a"b\n', '"a"b\n', '"a\n', 'a,"b" ,c\n', '"""\n', 'x"""y\n'])
    assert.equal(
      faultOf(() => rowsOf([Buffer.from(bad)], testRows)),
      "row",
      bad,
    );
  assert.deepEqual(rowsOf([Buffer.from('a""b,""\n')], testRows)[0]?.columns, ['a"b', ""]);
  const bare = { ...testRows, quotedRecords: false };
  assert.equal(
    faultOf(() => rowsOf([Buffer.from('"a\nb"\n')], bare)),
    "row",
  );
  assert.deepEqual(rowsOf([Buffer.from('"a,b",c\n')], bare)[0]?.columns, ["a,b", "c"]);
  assert.deepEqual(rowsOf([Buffer.from("\ufeffa\n")], testRows)[0]?.columns, ["a"]);
});

test("a row beyond the limit, closed or not, and bytes that are no UTF-8 are refused", () => {
  const long = "x".repeat(queryLimits.rowBytesMax + 1);
  for (const text of [`${long}\n`, `"${long}"\n`, `"${long}`, long])
    assert.equal(
      faultOf(() => rowsOf(cut(Buffer.from(text), [65_536]), testRows)),
      "row",
    );
  assert.equal(
    faultOf(() => rowsOf([Buffer.from([97, 0xff, 10])], testRows)),
    "encoding",
  );
  assert.equal(
    faultOf(() => rowsOf([Buffer.from([34, 0xff, 34, 10])], testRows)),
    "encoding",
  );
  assert.equal(
    faultOf(() => rowsOf([Buffer.from("a\ufffdb\n")], testRows)),
    "none",
    "the sign itself may stand there",
  );
});

type Plain = null | boolean | number | string | Plain[] | { [name: string]: Plain };
const name = fc.constantFrom("a", "b", "objects", "é", '"', "\\", "\n");
const { tree } = fc.letrec<{ tree: Plain }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<Plain>(null, true, false, 0, -1.5, 1e21, "", "x\ty", "😀\u2028"),
    fc.array(tie("tree"), { maxLength: 3 }),
    fc.dictionary(name, tie("tree"), { maxKeys: 3 }),
  ),
}));
const step = fc.oneof(
  name.map((key): Step => ({ key })),
  fc.integer({ min: 0, max: 2 }).map((index): Step => ({ index })),
  fc.constant<Step>({ any: true }),
);

/** What the path names, read off a tree that is whole. */
function named(value: Plain, path: readonly Step[]): Plain[] {
  const [first, ...rest] = path;
  if (first === undefined) return [value];
  if (typeof value !== "object" || value === null) return [];
  if ("any" in first) return Object.values(value).flatMap((one) => named(one as Plain, rest));
  if ("index" in first) return Array.isArray(value) && first.index < value.length ? named(value[first.index] as Plain, rest) : [];
  return !Array.isArray(value) && Object.hasOwn(value, first.key) ? named(value[first.key] as Plain, rest) : [];
}
function nodesOf(pieces: readonly Buffer[], path: readonly Step[], form: "document" | "lines"): { value: Value; root: number }[] {
  const reader = new JsonReader(path, form);
  return [...pieces.flatMap((piece) => [...reader.read(piece)]), ...reader.end()];
}

test("JSON: a path names what it names in the whole tree, wherever the pieces are cut, however it is indented", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 5 });
  fc.assert(
    fc.property(
      fc.array(tree, { minLength: 1, maxLength: 4 }),
      fc.array(step, { maxLength: 3 }),
      fc.integer({ min: 0, max: 3 }),
      fc.constantFrom("\n", ",", " , "),
      sizes,
      (roots, path, indent, between, cuts) => {
        const text = roots.map((root) => JSON.stringify(root, undefined, indent)).join(between);
        const read = nodesOf(cut(Buffer.from(text), cuts), path, "lines");
        const expected = roots.flatMap((root, index) => named(root, path).map((value) => [index, JSON.stringify(value)]));
        assert.deepEqual(
          read.map(({ value, root }) => [root, jsonOf(value)]),
          expected,
        );
      },
    ),
    { numRuns: 600, seed: 18 },
  );
});

test("JSON that is none is refused, also where nobody looks", () => {
  for (const bad of [
    "",
    "{",
    "[",
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    "[1,]",
    "[,1]",
    "]",
    "}",
    '{"a":1]',
    "tru",
    "01",
    "1.",
    "-",
    "+1",
    '"a',
    "'a'",
    "{a:1}",
    "[1 2]",
    '{"a":1 "b":2}',
    "1,2",
    "1 2",
    "nul",
    "a,b",
    '"\n"',
    "[1}",
    ":",
  ])
    for (const path of [[], [{ key: "zzz" }]])
      assert.equal(
        faultOf(() => nodesOf(cut(Buffer.from(bad), [1]), path, "document")),
        "json",
        `${bad} ${path.length}`,
      );
  assert.equal(
    faultOf(() => nodesOf([Buffer.from('"\\x"')], [], "document")),
    "json",
  );
  assert.equal(
    faultOf(() => nodesOf([Buffer.from("1,,2")], [], "lines")),
    "json",
  );
  assert.equal(
    faultOf(() => nodesOf([Buffer.from("")], [], "lines")),
    "none",
  );
});

test("JSON: nodes are bounded in bytes, depth and elements, documents in depth, numbers in digits", () => {
  const fault = (text: string, path: Step[] = []): string => faultOf(() => nodesOf(cut(Buffer.from(text), [65_536]), path, "document"));
  assert.equal(fault(`"${"x".repeat(queryLimits.nodeBytesMax)}"`), "jsonSize");
  assert.equal(fault(`["${"x".repeat(300_000)}","${"x".repeat(300_000)}"]`), "jsonSize");
  assert.equal(fault("[".repeat(11) + "]".repeat(11)), "jsonDepth");
  assert.equal(fault("[".repeat(10) + "]".repeat(10)), "none");
  assert.equal(fault("[".repeat(10_000), [{ key: "a" }]), "jsonDepth");
  assert.equal(fault(`[${"1,".repeat(5000)}1]`), "jsonArray");
  assert.equal(fault(`[${"1,".repeat(5000)}1]`, [{ any: true }]), "none", "an array that is walked may be long");
  assert.equal(fault("1".repeat(1000)), "json");
  assert.equal(fault(`{"a":"${"x".repeat(2_000_000)}","b":1}`, [{ key: "b" }]), "none", "what is passed over may be long");
});
