import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { tables } from "../keys.ts";
import type { AccountId, Generation, ObjectKey, StorageClass, Version } from "../model.ts";
import { decodeListed, encodeVersion } from "../records.ts";
import { put, rowsOf, testBucket, testPorts } from "../testing.ts";
import { walkSome } from "../versions/walk.ts";
import { onView } from "../view.ts";
import { decide, quietUnder } from "./decide.ts";
import type { LifecycleRule } from "./model.ts";

const dayMs = 86_400_000;
const nowMs = Date.UTC(2026, 10, 28, 9, 30);
const generation = "0123456789abcdef01234567" as Generation;
const moment = fc.oneof(
  fc.record({ days: fc.integer({ min: 0, max: 4 }) }),
  fc.record({ atMs: fc.integer({ min: -2, max: 2 }).map((n) => Math.floor(nowMs / dayMs) * dayMs + n * dayMs) }),
  fc.record({ beforeMs: fc.integer({ min: -3, max: 2 }).map((n) => Math.floor(nowMs / dayMs) * dayMs + n * dayMs) }),
);
const key = fc.constantFrom("a", "a\0", "a/b", "ab", "ä", "b", "");
const rule: fc.Arbitrary<LifecycleRule> = fc.record({
  id: fc.constant("r"),
  enabled: fc.boolean(),
  filter: fc.record({ tags: fc.constant([]), prefix: key }, { requiredKeys: ["tags"] }),
  expiration: fc.oneof(moment, fc.record({ loneMarkers: fc.boolean() })),
  transitions: fc.array(
    moment.map((each) => ({ ...each, storageClass: "infrequent" as StorageClass })),
    { maxLength: 2 },
  ),
  noncurrentTransitions: fc.constant([]),
});

describe("quiet rows", () => {
  it("are of versions for which nothing is due, and every version for which no rule of its key is old enough is quiet", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(rule, { maxLength: 3 }),
        key.filter((each) => each !== ""),
        fc.integer({ min: -5 * 24, max: 0 }),
        fc.constantFrom(dayMs, 5_000),
        async (rules, name, hours, day) => {
          const modifiedMs = nowMs + (day === dayMs ? hours * 3_600_000 : hours * 200);
          const version: Version = {
            ...{ kind: "object", key: name as ObjectKey, sequence: 1, isNull: true, modifiedMs, size: 200_000, etag: "0".repeat(32), owner: "o" as AccountId, acl: "private" },
            ...{ storageClass: "standard", form: "single", headers: {}, metadata: [] },
          };
          const value = encodeVersion(version, 1).record;
          const lifecycle = { rules, smallObjects: "byClass" as const };
          const now = { nowMs, dayMs: day };
          const listed = decodeListed(version.key, value, true);
          const walked = { listed, value, isHead: true, isPromoted: false, isLone: false, rank: 0, sinceMs: 0 };
          const verdict = await decide(lifecycle, walked, async () => version, now);
          const isQuiet = quietUnder(generation, lifecycle, now)(tables.current.key(generation, version.key), value);
          assert.equal(isQuiet, verdict === undefined);
        },
      ),
      { seed: 20261128, numRuns: 3_000 },
    );
  });

  it("are passed without being looked at, and the walk goes on behind them as if they had been", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports, { versioning: "enabled" });
    for (let n = 0; n < 30; n++) {
      const name = `k${String(n).padStart(2, "0")}`;
      for (let version = 0; version <= (n % 4 === 3 ? 2 : 0); version++) await put(ports, bucket, name, "x".repeat(n));
    }
    const rows = await rowsOf(ports, tables.current.range(bucket.state.generation));
    for (const quietOf of [() => true, () => false, (n: number) => n % 3 === 0, (n: number) => n > 7]) {
      for (const step of [1, 2, 5, 100]) {
        const seen: string[] = [];
        let examined = 0;
        for (let after: Parameters<typeof walkSome>[2]["after"], isEnd = false; !isEnd; ) {
          const found = await onView(ports, (view) =>
            walkSome(
              view,
              bucket.state.generation,
              { prefix: "", after, rows: step, isQuiet: (row) => quietOf(rows.findIndex((each) => Buffer.compare(each.key, row) === 0)) },
              async ({ listed, isHead, rank }) => {
                seen.push(`${listed.key} ${isHead ? "head" : rank}`);
                return undefined;
              },
            ),
          );
          ({ place: after, isEnd } = found);
          examined += found.examined;
        }
        assert.equal(examined, 30 + 2 * 7);
        for (let n = 0; n < 30; n++) {
          const name = `k${String(n).padStart(2, "0")}`;
          if (!quietOf(n)) assert.ok(seen.includes(`${name} head`), name);
          if (n % 4 === 3) assert.deepEqual(seen.filter((each) => each.startsWith(name)).slice(-2), [`${name} 0`, `${name} 1`]);
        }
      }
    }
  });
});
