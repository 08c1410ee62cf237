import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { BlobGone, type BlobRef } from "../../../core/ports.ts";
import { collect, get, hex, listAll, ownerOf, seededBytes, seededRandom, sourceOf } from "../../contract/blob-helpers.ts";
import { memoryMovedIndex } from "./moved.ts";
import { openVolumes, type VolumeStore } from "./open-volumes.ts";
import { cutTornTails } from "./start.ts";
import { compactLimits, newRunId, temporaryFolder } from "./testing.ts";
import { verifyVolumes } from "./verify.ts";

const seed = Number(process.env.AMPHORA_SEED ?? Date.now() % 1e9);
const milliseconds = Number(process.env.AMPHORA_SOAK_MS ?? 3_000);
type Blob = { ref: BlobRef; seed: number; size: number };

test("a random history over two lanes, with rotation, sweep, compaction and restart, agrees with a model", { timeout: 30_000 + milliseconds * 3 }, async (t) => {
  t.diagnostic(`AMPHORA_SEED=${seed} AMPHORA_SOAK_MS=${milliseconds}`);
  const { folder, remove } = await temporaryFolder();
  t.after(remove);
  const moved = memoryMovedIndex();
  const model = new Map<string, Blob>();
  const counts = { written: 0, removed: 0, read: 0, swept: 0, garbage: 0, compacted: 0 };
  for (let round = 0; round < 2; round++) {
    const random = seededRandom(seed + round);
    const runId = newRunId();
    await cutTornTails(folder, runId, { moved });
    const stores: VolumeStore[] = [];
    for (const lane of [0, 1]) stores.push(await openVolumes({ folder, runId, lane, moved, limits: { ...compactLimits, smallBytesMax: 64 * 1024, openVolumesMax: 8 } }));
    const store = (): VolumeStore => stores[Math.floor(random() * 2)] as VolumeStore;
    const any = (): Blob | undefined => [...model.values()][Math.floor(random() * model.size)];
    const removed: Blob[] = [];
    const until = performance.now() + milliseconds / 2;
    const going = (): boolean => performance.now() < until;
    const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, random() * 4));

    const writer = async (): Promise<void> => {
      while (going()) {
        const [mine, blobSeed] = [store(), Math.floor(random() * 1e9)];
        const size = Math.floor(random() < 0.7 ? random() * 9_000 : random() * 300_000);
        const owner = ownerOf(blobSeed);
        if (random() < 0.1) {
          await assert.rejects(mine.write(sourceOf(seededBytes(blobSeed, size), { failAfter: Math.floor(size * random()) }), { owner, length: size + 1 }));
          continue;
        }
        const ref = await mine.write(sourceOf(seededBytes(blobSeed, size)), { owner, length: size });
        counts.written++;
        if (random() < 0.05)
          counts.garbage++; // its batch was given up, and its writer forgot it: the sweep's work
        else model.set(hex(ref), { ref, seed: blobSeed, size });
        mine.settled(ref);
        await pause();
      }
    };
    const remover = async (): Promise<void> => {
      while (going()) {
        const victims = [any(), any(), any()].filter((each) => each !== undefined);
        for (const { ref } of victims) model.delete(hex(ref));
        await store().remove(victims.map((each) => each.ref));
        removed.push(...new Set(victims));
        counts.removed += victims.length;
        await pause();
      }
    };
    const reader = async (): Promise<void> => {
      while (going()) {
        const blob = any();
        if (!blob) {
          await pause();
          continue;
        }
        const start = Math.floor(random() * blob.size);
        const bytes = await collect(store().read(blob.ref, { start, end: blob.size }), random() < 0.3 ? 3 : undefined).catch((error: unknown) => {
          if (error instanceof BlobGone && !model.has(hex(blob.ref))) return undefined;
          throw error;
        });
        if (bytes) assert.ok(seededBytes(blob.seed, blob.size).subarray(start).equals(bytes), `blob ${hex(blob.ref)}`);
        counts.read++;
      }
    };
    const keeper = async (): Promise<void> => {
      while (going()) {
        await new Promise((resolve) => setTimeout(resolve, 60));
        await store().rotate();
        for (const epoch of await store().endedEpochs()) {
          for (const { ref } of await listAll(store(), epoch)) if (!model.has(hex(ref))) await store().remove([ref]);
          await store().markSwept(epoch);
          counts.swept++;
        }
        while (going() && (await (stores[0] as VolumeStore).compact({ deadShareMin: 0.3 }))) counts.compacted++;
      }
    };
    await Promise.all([writer(), writer(), writer(), remover(), reader(), reader(), keeper()]);
    for (const each of stores) {
      for (const blob of model.values()) assert.ok(seededBytes(blob.seed, blob.size).equals(await get(each, blob.ref, blob.size)), `blob ${hex(blob.ref)}`);
      for (const blob of removed) await assert.rejects(get(each, blob.ref, blob.size), BlobGone);
    }
    await Promise.all(stores.map((each) => each.close()));
    const problems: unknown[] = [];
    await verifyVolumes(folder, (problem) => problems.push(problem));
    assert.deepEqual(problems, []);
  }
  t.diagnostic(JSON.stringify({ ...counts, kept: model.size, moved: moved.size() }));
  for (const count of [counts.written, counts.removed, counts.read, counts.swept, counts.garbage, counts.compacted]) assert.ok(count > 0, JSON.stringify(counts));

  // In the end everything is removed, and nothing stays: neither bytes nor entries of the index.
  const last = await openVolumes({ folder, runId: newRunId(), lane: 0, moved, limits: compactLimits });
  await last.remove([...model.values()].map((blob) => blob.ref));
  for (const epoch of await last.endedEpochs()) {
    for (const { ref } of await listAll(last, epoch)) await last.remove([ref]);
    await last.markSwept(epoch);
  }
  while (await last.compact({ deadShareMin: 0 }));
  await last.close();
  assert.deepEqual(fs.readdirSync(folder), []);
  assert.equal(moved.size(), 0);
});
