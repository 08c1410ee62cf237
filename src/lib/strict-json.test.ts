import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { JsonError, parseStrictJson } from "./strict-json.ts";

const parse = (text: string) => parseStrictJson(text, { depthMax: 8 });
const kind = (wanted: JsonError["kind"]) => (error: unknown) => error instanceof JsonError && error.kind === wanted;

describe("strict JSON", () => {
  it("reads what JSON.parse reads", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        assert.equal(JSON.stringify(parse(text)), JSON.stringify(JSON.parse(text)));
      }),
      { seed: 7 },
    );
  });
  it("refuses what is no JSON", () => {
    for (const text of ["", "{", "[1,]", '{"a":1,}', "{a:1}", "'a'", "01", "1.", "+1", "NaN", '"\n"', '"\\x"', "1 2", "tru", "[1}", "\ufeff{}", '{"a" 1}'])
      assert.throws(() => parse(text), kind("syntax"), text);
  });
  it("refuses names said twice, also in another spelling, and depth; takes __proto__ for a name", () => {
    assert.throws(() => parse('{"a":1,"b":{"a":1,"\\u0061":2}}'), kind("duplicate"));
    assert.throws(() => parse("[".repeat(100_000)), kind("depth"));
    const object = parse('{"__proto__":{"polluted":1}}') as Record<string, unknown>;
    assert.deepEqual(Object.keys(object), ["__proto__"]);
    assert.equal(({} as Record<string, unknown>).polluted, undefined);
  });
});
