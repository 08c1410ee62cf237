import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Cors, CorsRule } from "../model.ts";
import { boundCors, corsGrant, corsLimits, matchesPattern } from "./cors.ts";

const rule = (more: Partial<CorsRule> = {}): CorsRule => ({ origins: ["https://a.test"], methods: ["GET"], allowedHeaders: [], exposedHeaders: [], ...more });
const cors = (...rules: CorsRule[]): Cors => ({ rules, varyAlways: false });

describe("CORS patterns", () => {
  it("match as the wildcard says, in one pass", () => {
    const piece = fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 6 });
    fc.assert(
      fc.property(piece, piece, piece, (head, middle, tail) => {
        assert.ok(matchesPattern(`${head}*${tail}`, head + middle + tail));
        assert.equal(matchesPattern(head, tail), head === tail);
        const text = middle;
        assert.equal(matchesPattern(`${head}*${tail}`, text), text.length >= head.length + tail.length && text.startsWith(head) && text.endsWith(tail));
      }),
      { seed: 3, numRuns: 500 },
    );
    assert.equal(matchesPattern("aba*aba", "aba"), false, "its two ends do not overlap");
    const begun = performance.now();
    for (let i = 0; i < 200; i++) matchesPattern(`${"a".repeat(500)}*${"a".repeat(500)}b`, "a".repeat(100_000));
    assert.ok(performance.now() - begun < 1000);
  });
});

describe("CORS rules", () => {
  const ask = (rules: Cors, origin: string, method = "GET", headers: string[] = []) => corsGrant(rules, { origin, method, headers });

  it("decide by the first that fits in origin, method and every header", () => {
    const rules = cors(rule({ id: "1", allowedHeaders: ["X-One"] }), rule({ id: "2", methods: ["GET", "PUT"], allowedHeaders: ["x-*-end", "content-type"] }));
    assert.equal(ask(rules, "https://a.test")?.rule.id, "1");
    assert.equal(ask(rules, "https://a.test", "GET", ["x-one"])?.rule.id, "1");
    assert.equal(ask(rules, "https://a.test", "GET", ["X-The-End", "Content-Type"])?.rule.id, "2");
    assert.equal(ask(rules, "https://a.test", "PUT")?.rule.id, "2");
    assert.equal(ask(rules, "https://a.test", "PUT", ["x-one"]), undefined);
    assert.equal(ask(rules, "https://a.test", "DELETE"), undefined);
    assert.equal(ask(rules, "https://b.test"), undefined);
    assert.equal(ask(rules, "HTTPS://A.TEST"), undefined, "origins are compared as they are");
  });

  it("say whether they are for everybody", () => {
    assert.equal(ask(cors(rule({ origins: ["*"] })), "x")?.anyOrigin, true);
    assert.equal(ask(cors(rule({ origins: ["https://*.test"] })), "https://a.test")?.anyOrigin, false);
  });

  it("are refused when they could not be meant", () => {
    assert.deepEqual(boundCors(cors(rule({ maxAgeSeconds: 5, exposedHeaders: ["ETag"] }))).rules.length, 1);
    for (const bad of [
      cors(),
      cors(...Array.from({ length: corsLimits.rulesMax + 1 }, () => rule())),
      cors(rule({ origins: [] })),
      cors(rule({ methods: [] })),
      cors(rule({ methods: ["PATCH"] })),
      cors(rule({ methods: ["get"] })),
      cors(rule({ origins: ["*.a.*"] })),
      cors(rule({ allowedHeaders: ["x-*-*"] })),
      cors(rule({ exposedHeaders: ["*"] })),
      cors(rule({ exposedHeaders: ["a\r\nb: c"] })),
      cors(rule({ maxAgeSeconds: -1 })),
      cors(rule({ id: "i".repeat(256) })),
    ]) {
      assert.throws(() => boundCors(bad), { kind: "invalidArgument" });
    }
  });
});
