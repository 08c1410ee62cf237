import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Generation, ObjectKey } from "../model.ts";
import { nextSequence } from "./sequences.ts";

const clockAt = (now: { ms: number }) => ({ wallMs: () => now.ms, sequenceMs: () => now.ms, monotonicMs: () => now.ms });
const named = (key: string) => ({ generation: "g" as Generation, key: key as ObjectKey });

describe("sequences", () => {
  it("are milliseconds x 64 + slot while the clock is ahead of the chain", () => {
    const now = { ms: 1_700_000_000_000 };
    const clock = clockAt(now);
    assert.equal(nextSequence(clock, 5, named("k"), undefined), now.ms * 64 + 5);
    assert.equal(nextSequence(clock, 5, named("other"), undefined), now.ms * 64 + 5);
    assert.ok(nextSequence(clock, 63, named("k"), 2 ** 52) < Number.MAX_SAFE_INTEGER);
  });

  it("rise above the chain's newest and are never issued twice for a key, by any thread, however the clock stands", () => {
    const steps = fc.array(fc.record({ slot: fc.integer({ min: 0, max: 3 }), tick: fc.constantFrom(0, 0, 0, 1, 5), key: fc.constantFrom("a", "b"), forget: fc.boolean() }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(steps, (all) => {
        const now = { ms: 1000 };
        const clock = clockAt(now);
        const issued = new Map<string, Set<number>>([
          ["a", new Set()],
          ["b", new Set()],
        ]);
        const newest = new Map<string, number>();
        for (const { slot, tick, key, forget } of all) {
          now.ms += tick;
          // The whole chain was deleted: nothing in the store remembers its sequences.
          if (forget) newest.delete(key);
          const sequence = nextSequence(clock, slot, named(key), newest.get(key));
          assert.ok(sequence > (newest.get(key) ?? 0));
          assert.equal(sequence % 64, slot);
          assert.ok(!issued.get(key)?.has(sequence), "issued twice");
          issued.get(key)?.add(sequence);
          newest.set(key, sequence);
        }
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  it("stay unique for more keys in one millisecond than are remembered", () => {
    const clock = clockAt({ ms: 5 });
    const first = nextSequence(clock, 0, named("k"), undefined);
    for (let i = 0; i < 65_540; i++) nextSequence(clock, 0, named(`filler ${i}`), undefined);
    assert.ok(nextSequence(clock, 0, named("k"), undefined) > first);
  });
});
