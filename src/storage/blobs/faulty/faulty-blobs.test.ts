import assert from "node:assert/strict";
import { test } from "node:test";
import { StoreCorrupt, StoreOutcomeUnknown, StoreRefused } from "../../../core/ports.ts";
import { get, ownerOf, put, seededBytes, sourceOf } from "../../contract/blob-helpers.ts";
import { blobsContract } from "../../contract/blobs.ts";
import { memoryBlobs } from "../memory/memory-blobs.ts";
import { faultyBlobs } from "./faulty-blobs.ts";

blobsContract("faultyBlobs without faults", async () => {
  const inner = memoryBlobs();
  const store = faultyBlobs(inner, { seed: 1 });
  return { store, rotate: async () => inner.rotate(), close: () => store.close() };
});

test("faultyBlobs deals out each fault under its own error, the same for the same seed", async () => {
  const run = async (seed: number): Promise<string> => {
    const store = faultyBlobs(memoryBlobs(), { seed, refuse: 0.2, failedFlush: 0.2, corruptRead: 0.3, failedRemove: 0.2 });
    let story = "";
    for (let round = 0; round < 100; round++) {
      try {
        const ref = await put(store, seededBytes(round, 1000));
        assert.ok(seededBytes(round, 1000).equals(await get(store, ref, 1000)));
        await store.remove([ref]);
        story += ".";
      } catch (error) {
        story += error instanceof StoreRefused ? (error.reason === "full" ? "f" : "r") : error instanceof StoreOutcomeUnknown ? "u" : error instanceof StoreCorrupt ? "c" : "?";
      }
    }
    return story;
  };
  const story = await run(7);
  assert.equal(await run(7), story);
  assert.notEqual(await run(8), story);
  assert.match(story, /^[.fruc]+$/);
  for (const letter of ".fruc") assert.ok(story.includes(letter), `${letter} in ${story}`);
});

test("faultyBlobs leaves a write of unknown outcome to the sweep", async () => {
  const inner = memoryBlobs();
  const store = faultyBlobs(inner, { seed: 1, failedFlush: 1 });
  await assert.rejects(store.write(sourceOf(seededBytes(1, 10)), { owner: ownerOf(1), length: 10 }), StoreOutcomeUnknown);
  inner.rotate();
  const epochs = await store.endedEpochs();
  assert.equal(epochs.length, 1);
});
