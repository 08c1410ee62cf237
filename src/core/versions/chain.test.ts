import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { DeleteResult } from "../api.ts";
import { setBucketVersioning } from "../buckets/state.ts";
import type { ObjectAcl, Versioning, VersionSelector } from "../model.ts";
import { setObjectAcl } from "../objects/acl.ts";
import { copyObject } from "../objects/copy.ts";
import { deleteObject } from "../objects/delete.ts";
import { deleteMany } from "../objects/delete-many.ts";
import { openObject } from "../objects/read.ts";
import { asKey, auditGeneration, drain, put, testBucket, testContext, testPorts } from "../testing.ts";

/** A chain in the simplest form there is: newest first. */
type Modelled = { sequence: number; isNull: boolean; marker: boolean; body: string; acl: ObjectAcl; metadata: string };
type World = { versioning: Versioning; chains: Map<string, Modelled[]> };

type Pick = { of: "any"; index: number } | { of: "null" } | { of: "missing" };
type Step =
  | { do: "put"; key: string; big: boolean; long: boolean }
  | { do: "delete"; key: string }
  | { do: "deleteVersion"; key: string; pick: Pick }
  | { do: "deleteMany"; entries: { key: string; pick?: Pick | undefined }[] }
  | { do: "acl"; key: string; pick: Pick }
  | { do: "copy"; from: string; pick: Pick; to: string; replace: boolean }
  | { do: "versioning"; to: "enabled" | "suspended" };

const key = fc.constantFrom("a", "a\0", "a/b");
const pick: fc.Arbitrary<Pick> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ of: fc.constant("any" as const), index: fc.nat(7) }) },
  { weight: 3, arbitrary: fc.constant<Pick>({ of: "null" }) },
  { weight: 1, arbitrary: fc.constant<Pick>({ of: "missing" }) },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("put" as const), key, big: fc.boolean(), long: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("delete" as const), key }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("deleteVersion" as const), key, pick }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("deleteMany" as const),
      entries: fc.array(fc.record({ key, pick: fc.option(pick, { nil: undefined }) }), { minLength: 1, maxLength: 6 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("acl" as const), key, pick }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("copy" as const), from: key, pick, to: key, replace: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("versioning" as const), to: fc.constantFrom("enabled" as const, "suspended" as const) }) },
);

const chainOf = (world: World, name: string): Modelled[] => world.chains.get(name) ?? [];
function selectorOf(world: World, name: string, { ...choice }: Pick): VersionSelector {
  if (choice.of === "null") return "null";
  const chain = chainOf(world, name);
  return choice.of === "missing" || chain.length === 0 ? 12345 : chain[choice.index % chain.length]?.sequence;
}
function modelPut(world: World, name: string, version: Omit<Modelled, "isNull">): void {
  const isNull = world.versioning !== "enabled";
  world.chains.set(name, [{ ...version, isNull }, ...chainOf(world, name).filter((each) => !isNull || !each.isNull)]);
}
/** The model takes the new marker's sequence from the answer; everything else it foresees. */
function modelDelete(world: World, name: string, selector: VersionSelector, result: DeleteResult): void {
  const chain = chainOf(world, name);
  if (selector === undefined && world.versioning !== "off") {
    assert.ok(result.marker);
    assert.equal(result.marker.isNull, world.versioning === "suspended");
    modelPut(world, name, { sequence: result.marker.sequence, marker: true, body: "", acl: "inherit", metadata: "" });
    return;
  }
  const at = selector === undefined ? 0 : chain.findIndex((each) => (selector === "null" ? each.isNull : each.sequence === selector));
  const gone = chain[at];
  assert.deepEqual(result.removed, gone && { sequence: gone.sequence, isNull: gone.isNull, marker: gone.marker });
  world.chains.set(
    name,
    chain.filter((each) => each !== gone),
  );
}

async function compare(ports: ReturnType<typeof testPorts>, bucket: Awaited<ReturnType<typeof testBucket>>, world: World): Promise<void> {
  const chains = await auditGeneration(ports, bucket.state.generation);
  const expected = [...world.chains].filter(([, chain]) => chain.length > 0);
  assert.deepEqual(new Set(chains.keys()), new Set(expected.map(([name]) => name)));
  for (const [name, chain] of expected) {
    const stored = (chains.get(asKey(name)) ?? []).map(({ sequence, isNull, kind, acl }) => ({ sequence, isNull, marker: kind === "marker", acl }));
    assert.deepEqual(
      stored,
      chain.map(({ sequence, isNull, marker, acl }) => ({ sequence, isNull, marker, acl })),
      name,
    );
    for (const { sequence, marker, body, metadata } of chain) {
      if (marker) continue;
      const read = await openObject(ports, testContext("object.read"), { ...bucket, key: asKey(name), version: sequence, onBadRange: "fail" });
      assert.equal((await drain(read.body)).toString(), body);
      assert.equal(read.version.metadata[0]?.[1] ?? "", metadata);
    }
  }
}

describe("the chain of a key", () => {
  it("is always what a plain list of versions would be, and every counter equals a full count", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom<Versioning>("off", "enabled", "suspended"), fc.array(step, { minLength: 1, maxLength: 25 }), async (versioning, steps) => {
        const ports = testPorts();
        const bucket = await testBucket(ports, { versioning });
        const world: World = { versioning, chains: new Map() };
        for (const [turn, each] of steps.entries()) {
          if (each.do === "put") {
            const body = `${turn}-`.repeat(each.big ? 600 : 1);
            const metadata = each.long ? "m".repeat(700) : "s";
            const { version } = await put(ports, bucket, each.key, body, { metadata: [["k", metadata]] });
            modelPut(world, each.key, { sequence: version.sequence, marker: false, body, acl: "inherit", metadata });
          } else if (each.do === "delete" || each.do === "deleteVersion") {
            const version = each.do === "delete" ? undefined : selectorOf(world, each.key, each.pick);
            const result = await deleteObject(ports, testContext("object.delete"), { ...bucket, key: asKey(each.key), version });
            modelDelete(world, each.key, version, result);
          } else if (each.do === "deleteMany") {
            const entries = each.entries.map((entry) => ({ key: asKey(entry.key), version: entry.pick && selectorOf(world, entry.key, entry.pick) }));
            for (const result of await deleteMany(ports, testContext("object.delete"), { ...bucket, entries })) {
              assert.ok("result" in result);
              modelDelete(world, result.key, result.version, result.result);
            }
          } else if (each.do === "versioning") {
            await setBucketVersioning(ports, testContext("bucket.own"), { ...bucket, versioning: each.to });
            world.versioning = each.to;
          } else if (each.do === "acl") {
            const version = selectorOf(world, each.key, each.pick);
            const target = chainOf(world, each.key).find((one) => (version === "null" ? one.isNull : one.sequence === version));
            const done = setObjectAcl(ports, testContext("object.writeAcl"), { ...bucket, key: asKey(each.key), version, acl: "publicRead" });
            if (!target || target.marker) await assert.rejects(done, { kind: target ? "versionIsMarker" : "versionMissing" });
            else {
              await done;
              target.acl = "publicRead";
            }
          } else {
            const version = selectorOf(world, each.from, each.pick);
            const source = chainOf(world, each.from).find((one) => (version === "null" ? one.isNull : one.sequence === version));
            const done = copyObject(ports, testContext("object.write"), {
              ...bucket,
              key: asKey(each.to),
              source: { ...bucket, key: asKey(each.from), version },
              sourceAction: "read",
              acl: "private",
              ontoItself: "allow",
              ...(each.replace ? { attributes: { headers: {}, metadata: [["k", "new"] as [string, string]] } } : {}),
            });
            if (!source || source.marker) await assert.rejects(done, { kind: source ? "versionIsMarker" : "versionMissing" });
            else {
              const { sequence } = (await done).version;
              modelPut(world, each.to, { sequence, marker: false, body: source.body, acl: "private", metadata: each.replace ? "new" : source.metadata });
            }
          }
          await compare(ports, bucket, world);
        }
      }),
      { seed: 20261121, numRuns: 120 },
    );
  });
});
