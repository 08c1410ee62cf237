import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FormFailure } from "./form-failure.ts";
import { judgePolicy, type PolicyRules, sizedSource } from "./form-policy.ts";
import { expanded, redirectTarget } from "./form-request.ts";
import { sourceOf } from "./signing-testing.ts";

// biome-ignore lint/suspicious/noTemplateCurlyInString: as it stands in forms
const variable = "${filename}";

const now = Date.UTC(2026, 10, 21, 12);
const strict: PolicyRules = { lists: false, exempt: (field) => field === "policy" };
const loose: PolicyRules = { lists: true };
const judge = (conditions: unknown[], fields: Record<string, string>, rules = loose, expiration = "2026-11-21T12:00:00Z") =>
  judgePolicy(Buffer.from(JSON.stringify({ expiration, conditions })).toString("base64"), new Map(Object.entries(fields)), now, rules);
const refused = (kind: string) => (error: unknown) => error instanceof FormFailure && error.kind === kind;

describe("a form's policy", () => {
  it("names fields and operators in any case, with or without the dollar sign", () => {
    assert.deepEqual(judge([{ AcL: "private" }, ["StArTs-WiTh", "$KeY", "a"], ["EQ", "x-y", "z"]], { acl: "private", key: "ab", "x-y": "z" }), {
      min: 0,
      max: Number.POSITIVE_INFINITY,
    });
  });
  it("tells values by their case, and takes what is not there for empty", () => {
    assert.throws(() => judge([{ acl: "Private" }], { acl: "private" }), refused("conditionFailed"));
    judge(
      [
        ["starts-with", "$gone", ""],
        ["eq", "$gone", ""],
      ],
      {},
    );
    assert.throws(() => judge([["starts-with", "$gone", "a"]], {}), refused("conditionFailed"));
  });
  it("has lists where the vendor has them", () => {
    judge(
      [
        ["in", "$t", ["a", "b"]],
        ["not-in", "$t", ["c"]],
      ],
      { t: "b" },
    );
    assert.throws(() => judge([["in", "$t", ["a", "b"]]], { t: "c" }), refused("conditionFailed"));
    assert.throws(() => judge([["not-in", "$t", ["c"]]], { t: "c" }), refused("conditionFailed"));
    assert.throws(() => judge([["not-in", "$t", "c"]], { t: "d" }), refused("policySyntax"));
    assert.throws(() => judge([["in", "$t", ["a"]]], { t: "a" }, strict), refused("policySyntax"));
  });
  it("covers every field, where it must", () => {
    judge([["starts-with", "$a", ""]], { a: "1", b: "2", policy: "p" });
    judge([["starts-with", "$a", ""]], { a: "1", policy: "p" }, strict);
    assert.throws(
      () => judge([["starts-with", "$a", ""]], { a: "1", b: "2", c: "3" }, strict),
      (error) => refused("uncovered")(error) && error instanceof FormFailure && JSON.stringify(error.detail) === '{"fields":["b","c"]}',
    );
  });
  it("holds to the millisecond", () => {
    judge([], {}, loose, "2026-11-21T12:00:00.000Z");
    assert.throws(() => judge([], {}, loose, "2026-11-21T11:59:59.999Z"), refused("policyExpired"));
  });
  it("narrows the length with every range", () => {
    assert.deepEqual(
      judge(
        [
          ["content-length-range", 1, 9],
          ["content-length-range", "3", 20],
        ],
        {},
      ),
      { min: 3, max: 9 },
    );
  });
});

describe("the length of a file", () => {
  const size = async (length: number, min: number, max: number): Promise<number> => {
    const source = sizedSource(sourceOf(Buffer.alloc(length), 3), { min, max });
    let got = 0;
    for (let chunk = await source.read(); chunk !== undefined; chunk = await source.read()) got += chunk.length;
    return got;
  };
  it("is held against the range while it passes", async () => {
    for (const length of [4, 6, 8]) assert.equal(await size(length, 4, 8), length);
    await assert.rejects(size(3, 4, 8), refused("fileTooSmall"));
    await assert.rejects(size(9, 4, 8), refused("fileTooLarge"));
  });
});

it("the variable for the name of the file is replaced as it is, dollar signs too", () => {
  const file = { name: "$&é", source: sourceOf(Buffer.alloc(0)) };
  assert.deepEqual(expanded({ name: "key", value: `a/${variable}`, raw: `a/${variable}` }, file), { name: "key", value: "a/$&é", raw: Buffer.from("a/$&é").toString("latin1") });
});

it("a redirect goes to pages alone, and cannot break a header", () => {
  const made = { bucket: "b", key: "k&\r\n", etag: '"e"' };
  assert.equal(redirectTarget("http://a/b?c=d#e", made), "http://a/b?c=d&bucket=b&key=k%26%0D%0A&etag=%22e%22#e");
  assert.equal(redirectTarget("http://a\r\nx: y/", made)?.includes("\r"), undefined);
  for (const text of [undefined, "", "/page", "javascript:x", "ftp://a/"]) assert.equal(redirectTarget(text, made), undefined);
});
