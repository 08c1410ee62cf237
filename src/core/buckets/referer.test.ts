import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { allowsReferer, boundReferer, matchesWildcards, refererLimits } from "./referer.ts";

const rules = { allowEmpty: false, allow: [], deny: [], truncateQuery: true, truncatePath: false };

describe("referers", () => {
  it("are fitted by wildcards, in a time that does not grow beyond both lengths", () => {
    for (const [pattern, text, fits] of [
      ["http://*.a.test", "http://x.y.a.test", true],
      ["http://*.a.test", "http://a.test", false],
      ["http://?.a.test*", "http://x.a.test/p", true],
      ["a*b*c", "a--b--b-c", true],
      ["a*b*c", "a--c", false],
      ["*", "", true],
      ["", "", true],
      ["?", "", false],
    ] as const)
      assert.equal(matchesWildcards(pattern, text), fits, `${pattern} ${text}`);
    const started = performance.now();
    assert.equal(matchesWildcards(`${"*a".repeat(128)}b`, "a".repeat(refererLimits.refererCharactersMax)), false);
    assert.ok(performance.now() - started < 1000);
  });

  it("are allowed by the list, denied by the other first, and by nothing where the lists say nothing", () => {
    assert.equal(allowsReferer({ ...rules, allowEmpty: true }, "http://any"), true);
    const some = { ...rules, allow: ["http://a.test"], deny: ["http://a.test/bad"] };
    for (const [referer, allowed] of [
      ["http://a.test/x", true],
      ["http://A.test/x", true],
      ["http://b.test/", false],
      ["https://a.test/", false],
      ["http://a.test/bad/1", false],
      ["http://b.test/?http://a.test", false],
      ["", false],
      [undefined, false],
    ] as const)
      assert.equal(allowsReferer(some, referer), allowed, String(referer));
    assert.equal(allowsReferer({ ...some, allowEmpty: true }, undefined), true);
    assert.equal(allowsReferer({ ...rules, deny: ["http://b"] }, "http://c"), true);
  });

  it("are compared without what is cut off", () => {
    const query = { ...rules, allow: ["*/page?x=1"] };
    assert.equal(allowsReferer(query, "http://a/page?x=1"), false);
    assert.equal(allowsReferer({ ...query, truncateQuery: false }, "http://a/page?x=1"), true);
    const path = { ...rules, deny: ["http://a/secret"], truncateQuery: false };
    assert.equal(allowsReferer(path, "http://a/secret"), false);
    assert.equal(allowsReferer({ ...path, truncatePath: true }, "http://a/secret"), true);
  });

  it("are bounded", () => {
    assert.throws(() => boundReferer({ ...rules, allow: Array.from({ length: refererLimits.patternsMax + 1 }, () => "a") }), { kind: "invalidArgument" });
    assert.throws(() => boundReferer({ ...rules, deny: ["a".repeat(refererLimits.patternCharactersMax + 1)] }), { kind: "invalidArgument" });
  });
});
