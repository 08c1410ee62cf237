import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { lruCache } from "./lru.ts";

test("the entry longest not asked for is forgotten first", () => {
  const cache = lruCache<string, number>(2);
  cache.set("a", 1);
  cache.set("b", 2);
  assert.equal(cache.get("a"), 1);
  cache.set("c", 3);
  assert.equal(cache.get("b"), undefined);
  assert.equal(cache.get("a"), 1);
  cache.delete("a");
  assert.equal(cache.get("a"), undefined);
  assert.equal(cache.size, 1);
});

test("a cache behaves as a list that is searched from its newest end", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom("get", "set", "delete"), fc.nat({ max: 5 })), { maxLength: 60 }), (steps) => {
      const cache = lruCache<number, string>(3);
      let model: [number, string][] = [];
      for (const [at, [what, key]] of steps.entries()) {
        const found = model.find(([other]) => other === key);
        model = model.filter(([other]) => other !== key);
        if (what === "set") model = [...model, [key, String(at)] as [number, string]].slice(-3);
        else if (what === "get" && found) model.push(found);
        if (what === "get") assert.equal(cache.get(key), found?.[1]);
        else if (what === "set") cache.set(key, String(at));
        else cache.delete(key);
        assert.equal(cache.size, model.length);
      }
    }),
    { numRuns: 300, seed: 7 },
  );
});
