import assert from "node:assert/strict";
import { test } from "node:test";
import { type Batch, type MetadataStore, StoreOutcomeUnknown, StoreRefused } from "../../../core/ports.ts";
import { metadataContract } from "../../contract/metadata.ts";
import { memoryMetadata } from "../memory/store.ts";
import { faultyMetadata, type MetadataFaults } from "./store.ts";

metadataContract("faulty without faults", async () => ({ store: faultyMetadata(memoryMetadata(), { seed: 1 }), cleanUp: async () => {} }));

const keyOf = (i: number): Uint8Array => Buffer.from(`k${i}`);
const putting = (i: number): Batch => ({ expect: [], put: [{ key: keyOf(i), value: keyOf(i) }], remove: [], add: [] });

async function isThere(store: MetadataStore, i: number): Promise<boolean> {
  const snapshot = await store.snapshot();
  const found = await snapshot.get(keyOf(i));
  snapshot.close();
  return found !== undefined;
}
async function outcomes(faults: MetadataFaults): Promise<{ told: string[]; there: boolean[] }> {
  const inner = memoryMetadata();
  const store = faultyMetadata(inner, faults);
  const told: string[] = [];
  const there: boolean[] = [];
  for (let i = 0; i < 200; i++) {
    told.push(
      await store.commit(putting(i)).then(
        (outcome) => String(outcome.committed),
        (error: Error) => error.name,
      ),
    );
    there.push(await isThere(inner, i));
  }
  return { told, there };
}

test("a seed gives the same faults again, another seed others", async () => {
  const faults = { seed: 7, refuse: 0.2, unknownApplied: 0.1, unknownLost: 0.1 };
  const first = await outcomes(faults);
  assert.deepEqual(await outcomes(faults), first);
  assert.notDeepEqual(await outcomes({ ...faults, seed: 8 }), first);
});

test("what is acknowledged is there, what is refused is not, what is unknown may be either", async () => {
  const { told, there } = await outcomes({ seed: 3, refuse: 0.2, unknownApplied: 0.2, unknownLost: 0.2, delay: 0.05, delayMsMax: 1 });
  const unknown = new Set<boolean>();
  told.forEach((name, i) => {
    if (name === "true") assert.ok(there[i]);
    else if (name === "StoreRefused") assert.ok(!there[i]);
    else unknown.add(there[i] as boolean);
  });
  assert.deepEqual(new Set(told), new Set(["true", "StoreRefused", "StoreOutcomeUnknown"]));
  assert.equal(unknown.size, 2);
});

test("the plan can be changed on the way", async () => {
  const store = faultyMetadata(memoryMetadata(), { seed: 1, refuse: 1, refuseReason: "full" });
  await assert.rejects(store.commit(putting(0)), (error) => error instanceof StoreRefused && error.reason === "full");
  store.plan({ refuse: 0, unknownApplied: 1 });
  await assert.rejects(store.commit(putting(0)), StoreOutcomeUnknown);
  store.plan({ unknownApplied: 0, refuseSnapshot: 1 });
  assert.deepEqual(await store.commit(putting(1)), { committed: true });
  await assert.rejects(store.snapshot(), StoreRefused);
  assert.deepEqual(store.done(), { refused: 1, unknownApplied: 1, unknownLost: 0, refusedSnapshots: 1, delayed: 0 });
});
