/** Conditions against a naive reading of them: made together, the text and the function that says what it means. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { likePattern } from "./like.ts";
import { queryLimits } from "./limits.ts";
import { ask, jsonOut, type TestQuery } from "./testing.ts";

type Row = { number: number | undefined; text: string | undefined; flag: boolean | undefined };
type Made = { sql: string; holds(row: Row): boolean | undefined };

const operators: Record<string, (a: number | string, b: number | string) => boolean> = {
  "=": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "<>": (a, b) => a !== b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};
const number = fc.constantFrom(-2, -0.5, 0, 1, 2.25, 3, 10);
const text = fc.constantFrom("", "a", "ab", "b", "ba", "a%b", "it's");
const literal = (value: number | string): string => (typeof value === "number" ? String(value) : `'${value.replaceAll("'", "''")}'`);
const not = (value: boolean | undefined): boolean | undefined => (value === undefined ? undefined : !value);

/** By trying every way: slow and plain. */
function alike(value: string, pattern: string): boolean {
  if (pattern === "") return value === "";
  const [first, rest] = [pattern[0] as string, pattern.slice(1)];
  if (first === "%" || first === "*") return Array.from({ length: value.length + 1 }, (_, at) => at).some((at) => alike(value.slice(at), rest));
  return value !== "" && (first === "?" || first === value[0]) && alike(value.slice(1), rest);
}

const compared = fc.oneof(
  fc.tuple(fc.constantFrom(...Object.keys(operators)), number).map(
    ([operator, value]): Made => ({
      sql: `n ${operator} ${literal(value)}`,
      holds: ({ number: n }) => (n === undefined ? undefined : operators[operator]?.(n, value)),
    }),
  ),
  fc.tuple(fc.constantFrom(...Object.keys(operators)), text).map(
    ([operator, value]): Made => ({
      sql: `${literal(value)} ${operator} t`,
      holds: ({ text: t }) => (t === undefined ? undefined : operators[operator]?.(value, t)),
    }),
  ),
);
const leaf: fc.Arbitrary<Made> = fc.oneof(
  compared,
  fc.tuple(number, number, fc.boolean()).map(
    ([low, high, negated]): Made => ({
      sql: `n ${negated ? "not " : ""}between ${low} and ${high}`,
      holds: ({ number: n }) => (n === undefined ? undefined : (n >= low && n <= high) !== negated),
    }),
  ),
  fc.tuple(fc.array(text, { minLength: 1, maxLength: 3 }), fc.boolean()).map(
    ([values, negated]): Made => ({
      sql: `t ${negated ? "not " : ""}in (${values.map(literal).join(", ")})`,
      holds: ({ text: t }) => (t === undefined ? undefined : values.some((one) => one === t) !== negated),
    }),
  ),
  fc.array(number, { minLength: 1, maxLength: 3 }).map(
    (values): Made => ({
      sql: `n in (${values.join(",")}, null)`,
      holds: ({ number: n }) => (n === undefined ? undefined : values.some((one) => one === n) || undefined),
    }),
  ),
  fc.tuple(fc.array(fc.constantFrom("a", "b", "%", "*", "?"), { maxLength: 4 }), fc.boolean()).map(
    ([signs, negated]): Made => ({
      sql: `t ${negated ? "not " : ""}like '${signs.join("")}'`,
      holds: ({ text: t }) => (t === undefined ? undefined : alike(t, signs.join("")) !== negated),
    }),
  ),
  fc.tuple(fc.constantFrom("n", "t", "f"), fc.boolean()).map(
    ([column, negated]): Made => ({
      sql: `${column} is ${negated ? "not " : ""}null`,
      holds: (row) => ((column === "n" ? row.number : column === "t" ? row.text : row.flag) === undefined) !== negated,
    }),
  ),
  fc.constant<Made>({ sql: "f", holds: ({ flag }) => flag }),
  fc.tuple(number, number).map(([by, value]): Made => ({ sql: `n * ${by} - 1 <= ${value}`, holds: ({ number: n }) => (n === undefined ? undefined : n * by - 1 <= value) })),
  text.map((value): Made => ({ sql: `(t || 'x') = ${literal(`${value}x`)}`, holds: ({ text: t }) => (t === undefined ? undefined : `${t}x` === `${value}x`) })),
);
const { condition } = fc.letrec<{ condition: Made }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.tuple(tie("condition"), tie("condition"), fc.constantFrom("and", "or")).map(
      ([a, b, word]): Made => ({
        sql: `(${a.sql}) ${word} (${b.sql})`,
        holds: (row) => {
          const values = [a.holds(row), b.holds(row)];
          const decides = word === "or";
          if (values.includes(decides)) return decides;
          return values.includes(undefined) ? undefined : !decides;
        },
      }),
    ),
    tie("condition").map((a): Made => ({ sql: `not (${a.sql})`, holds: (row) => not(a.holds(row)) })),
  ),
}));
const row: fc.Arbitrary<Row> = fc.record({
  number: fc.option(number, { nil: undefined }),
  text: fc.option(text, { nil: undefined }),
  flag: fc.option(fc.boolean(), { nil: undefined }),
});

const json: TestQuery = { input: { gzip: false, json: { form: "lines", numbersAsText: false } }, output: jsonOut };

test("a condition holds for the rows that a naive reading of it holds for", async () => {
  await fc.assert(
    fc.asyncProperty(condition, fc.array(row, { minLength: 1, maxLength: 8 }), async (made, rows) => {
      const data = rows.map(({ number: n, text: t, flag: f }, i) => JSON.stringify({ i, n, t, f })).join("\n");
      const { text: found, error } = await ask(`select i from ossobject where ${made.sql}`, data, json);
      assert.equal(error, undefined, made.sql);
      const expected = rows.flatMap((one, i) => (made.holds(one) === true ? [`{"i":${i}}\n`] : []));
      assert.equal(found, expected.join(""), made.sql);
    }),
    { numRuns: 1500, seed: 19 },
  );
});

test("aggregates are what adding up gives", async () => {
  const values = fc.array(fc.option(fc.integer({ min: -1000, max: 1000 }), { nil: undefined }), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(values, fc.integer({ min: 1, max: 15 }), async (numbers, limit) => {
      const data = numbers.map((n) => `r,${n ?? ""}\n`).join("");
      const sql = `select count(*), sum(cast(_2 as int)), min(cast(_2 as int)), max(cast(_2 as int)), avg(cast(_2 as int)) from ossobject limit ${limit}`;
      const taken = numbers.slice(0, limit);
      const known = taken.filter((n) => n !== undefined);
      const total = known.reduce((a, b) => a + b, 0);
      const shown = known.length === 0 ? ["", "", "", ""] : [total, Math.min(...known), Math.max(...known), total / known.length];
      assert.equal((await ask(sql, data)).text, `${[taken.length, ...shown].join(",")}\n`.replaceAll("-0,", "0,"));
    }),
    { numRuns: 300, seed: 20 },
  );
});

test("a pattern that backtracks in regular expressions does not here", () => {
  const isAlike = likePattern("%a%a%a%a%b", undefined, { any: "%", one: "?" });
  assert.equal(isAlike("a".repeat(50_000)), false);
  assert.throws(() => likePattern("a".repeat(queryLimits.patternCharactersMax + 1), undefined, { any: "%", one: "?" }));
  assert.equal(likePattern("a!%%", "!", { any: "%", one: "?" })("a%b"), true);
  assert.equal(likePattern("a!%%", "!", { any: "%", one: "?" })("ab"), false);
});
