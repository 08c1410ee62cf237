import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeUri, encodeUri, encodeUriPath, parseQuery, queryParametersMax } from "./uri.ts";

test("paths are decoded once, exactly", () => {
  assert.equal(decodeUri("/a%2Fb+c%25%32%35/../%2e%2e/%00"), "/a/b+c%25/../../\u0000");
  assert.equal(decodeUri("%E4%BD%A0"), "你");
  assert.equal(decodeUri(Buffer.from("你").toString("latin1")), "你");
  assert.equal(decodeUri("%F0%9F%98%80"), "😀");
});

test("what is no UTF-8 decodes to nothing", () => {
  for (const raw of ["%", "%4", "%zz", "%C0%80", "%C1%BF", "%E0%80%AF", "%ED%A0%80", "%F5%80%80%80", "%FF", "%E4%BD", "\u00ff", "\u0100", "a%e4b"])
    assert.equal(decodeUri(raw), undefined, raw);
});

/** Any code points, the low ones oftener; fast-check's own "binary" unit takes seconds to start. */
const anyText = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0x7f }), fc.integer({ min: 0, max: 0x10ffff })), { maxLength: 40 })
  .map((points) => String.fromCodePoint(...points).toWellFormed());

test("everything but the unreserved is escaped, and comes back", () => {
  assert.equal(encodeUri("a b/~-_.!'()*+=&\u0000é"), "a%20b%2F~-_.%21%27%28%29%2A%2B%3D%26%00%C3%A9");
  assert.equal(encodeUriPath("/a b/é"), "/a%20b/%C3%A9");
  fc.assert(
    fc.property(anyText, (text) => {
      assert.equal(decodeUri(encodeUri(text)), text);
      assert.equal(decodeUri(encodeUriPath(text)), text);
    }),
    { numRuns: 300, seed: 7 },
  );
});

test("a query keeps order, duplicates, raw text and bareness", () => {
  assert.deepEqual(parseQuery("acl&k=v%3D=%26&&k=&a+b=c+%2B"), [
    { name: "acl", value: "", rawName: "acl", rawValue: "", bare: true },
    { name: "k", value: "v==&", rawName: "k", rawValue: "v%3D=%26", bare: false },
    { name: "k", value: "", rawName: "k", rawValue: "", bare: false },
    { name: "a b", value: "c +", rawName: "a+b", rawValue: "c+%2B", bare: false },
  ]);
  assert.deepEqual(parseQuery(""), []);
  assert.equal(parseQuery("a=%ff"), undefined);
  assert.equal(parseQuery("a&".repeat(queryParametersMax))?.length, queryParametersMax);
  assert.equal(parseQuery("a&".repeat(queryParametersMax + 1)), undefined);
});
