import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fs from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { BlobGone, type BlobRef } from "../../../core/ports.ts";
import { collect, get, hex, listAll, put, seededBytes, seededRandom } from "../../contract/blob-helpers.ts";
import type { CompactStep } from "./compact.ts";
import { memoryMovedIndex } from "./moved.ts";
import { openVolumes, type VolumeStore } from "./open-volumes.ts";
import { cutTornTails } from "./start.ts";
import { compactLimits, fileMovedIndex, newRunId, temporaryFolder } from "./testing.ts";
import { verifyVolumes } from "./verify.ts";

type Blob = { ref: BlobRef; seed: number; size: number };
const half = { deadShareMin: 0.4 } as const;
const sizes = [0, 100, 5_000, 66_000, 150_000, 400_000];

const fill = async (store: VolumeStore, count: number): Promise<Blob[]> => {
  const blobs: Blob[] = [];
  for (let seed = 0; seed < count; seed++) {
    const size = sizes[seed % sizes.length] as number;
    blobs.push({ ref: await put(store, seededBytes(seed, size), seed), seed, size });
  }
  await store.rotate();
  for (const epoch of await store.endedEpochs()) await store.markSwept(epoch);
  return blobs;
};
const intact = async (store: VolumeStore, blobs: Blob[]): Promise<void> => {
  for (const { ref, seed, size } of blobs) assert.ok(seededBytes(seed, size).equals(await get(store, ref, size)), `blob ${seed}`);
};
const gone = async (store: VolumeStore, blobs: Blob[]): Promise<void> => {
  for (const { ref, size } of blobs) await assert.rejects(get(store, ref, size), BlobGone);
};
const clean = async (folder: string): Promise<void> => {
  const problems: unknown[] = [];
  await verifyVolumes(folder, (problem) => problems.push(problem));
  assert.deepEqual(problems, []);
};
const open = async (t: TestContext): Promise<{ store: VolumeStore; folder: string; moved: ReturnType<typeof memoryMovedIndex> }> => {
  const { folder, remove } = await temporaryFolder();
  const moved = memoryMovedIndex();
  const store = await openVolumes({ folder, runId: newRunId(), lane: 0, moved, limits: compactLimits });
  t.after(async () => {
    await store.close();
    await remove();
  });
  return { store, folder, moved };
};
const compactAll = async (store: VolumeStore): Promise<number> => {
  let count = 0;
  while (await store.compact(half)) assert.ok(++count < 100, "compaction comes to an end");
  return count;
};

test("compaction frees what was removed and keeps what was not, under the same references, round after round", { timeout: 30_000 }, async (t) => {
  const { store, folder, moved } = await open(t);
  let blobs = await fill(store, 60);
  const random = seededRandom(11);
  const size = (): number => fs.readdirSync(folder).reduce((sum, file) => sum + fs.statSync(join(folder, file)).size, 0);
  for (let round = 0; round < 3; round++) {
    const dead = blobs.filter(() => random() < 0.6);
    blobs = blobs.filter((blob) => !dead.includes(blob));
    await store.remove(dead.map((blob) => blob.ref));
    const before = size();
    assert.ok((await compactAll(store)) > 0, `round ${round}`);
    assert.ok(size() < before);
    await intact(store, blobs);
    await gone(store, dead);
    await store.rotate();
    await clean(folder);
  }
  assert.equal(moved.size(), blobs.length);
  const names = fs.readdirSync(folder).filter((file) => file.endsWith(".vol"));
  const listed = (await Promise.all(names.map((file) => listAll(store, file.slice(0, -4))))).flat();
  assert.deepEqual(listed.map((each) => hex(each.ref)).sort(), blobs.map((blob) => hex(blob.ref)).sort(), "listed under the references the core knows");
  assert.deepEqual(await store.endedEpochs(), [], "what was moved is not swept again");
  await store.remove(blobs.map((blob) => blob.ref));
  await compactAll(store);
  assert.equal(moved.size(), 0);
  assert.deepEqual(fs.readdirSync(folder), []);
});

test("slow readers that began before a compaction read on, on another thread too", { timeout: 30_000 }, async (t) => {
  const { store, folder, moved } = await open(t);
  const other = await openVolumes({ folder, runId: newRunId(), lane: 1, moved, limits: { ...compactLimits, readChunks: 1 } });
  t.after(() => other.close());
  const blobs = await fill(store, 30);
  const [dead, kept] = [blobs.filter((blob) => blob.seed % 3 !== 2), blobs.filter((blob) => blob.seed % 3 === 2)];
  await store.remove(dead.map((blob) => blob.ref));
  const readers = [store, other].flatMap((each) =>
    kept.map(async ({ ref, seed, size }) => assert.ok(seededBytes(seed, size).equals(await collect(each.read(ref, { start: 0, end: size }), 30)), `blob ${seed}`)),
  );
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok((await compactAll(store)) > 0);
  await Promise.all([...readers, intact(other, kept), gone(other, dead)]);
  await intact(other, kept);
  await store.remove(kept.map((blob) => blob.ref));
  await gone(other, kept);
});

for (const step of ["flagged", "copied", "moved", "marked", "unlinked"] as const)
  for (const later of [false, true])
    test(`a removal ${later ? "just after" : "at"} "${step}" of a compaction is not undone by it`, { timeout: 20_000 }, async (t) => {
      const { store, folder, moved } = await open(t);
      const other = await openVolumes({ folder, runId: newRunId(), lane: 1, moved, limits: compactLimits });
      t.after(() => other.close());
      const blobs = await fill(store, 12);
      await store.remove(blobs.filter((blob) => blob.seed % 2 === 0).map((blob) => blob.ref));
      let left = blobs.filter((blob) => blob.seed % 2 === 1);
      const dead: Blob[] = [];
      const removing: Promise<void>[] = [];
      const onStep = async (at: CompactStep): Promise<void> => {
        if (at !== step || left.length < 3) return;
        const victims = left.slice(0, 2);
        left = left.slice(2);
        dead.push(...victims);
        const removed = other.remove(victims.map((blob) => blob.ref));
        if (later) removing.push(removed);
        else await removed;
      };
      while (await store.compact({ ...half, onStep }));
      await Promise.all(removing);
      assert.ok(dead.length > 0);
      for (const each of [store, other]) {
        await intact(each, left);
        await gone(each, dead);
      }
      await store.rotate();
      const names = fs.readdirSync(folder).filter((file) => file.endsWith(".vol"));
      const listed = (await Promise.all(names.map((file) => listAll(store, file.slice(0, -4))))).flat();
      assert.deepEqual(listed.map((each) => hex(each.ref)).sort(), left.map((blob) => hex(blob.ref)).sort());
      await clean(folder);
    });

test("a compaction that is aborted goes on later", { timeout: 20_000 }, async (t) => {
  const { store, folder } = await open(t);
  const blobs = await fill(store, 24);
  const [dead, kept] = [blobs.filter((blob) => blob.seed % 2 === 0), blobs.filter((blob) => blob.seed % 2 === 1)];
  await store.remove(dead.map((blob) => blob.ref));
  const abort = new AbortController();
  await assert.rejects(store.compact({ ...half, signal: abort.signal, bytesPerSecondMax: 1_000_000, onStep: (step) => void (step === "moved" && abort.abort()) }), {
    name: "AbortError",
  });
  await intact(store, kept);
  await compactAll(store);
  await intact(store, kept);
  await gone(store, dead);
  await store.rotate();
  await clean(folder);
});

for (const step of ["flagged", "copied", "moved", "marked", "unlinked"] as const)
  test(`a kill at "${step}" of a compaction loses nothing and brings nothing back`, { timeout: 20_000 }, async (t) => {
    const { folder: parent, remove } = await temporaryFolder();
    t.after(remove);
    const folder = join(parent, "volumes");
    const index = join(parent, "moved");
    const limits = compactLimits;
    const first = await openVolumes({ folder, runId: newRunId(), lane: 0, moved: fileMovedIndex(index), limits });
    const blobs = await fill(first, 24);
    const [dead, kept] = [blobs.filter((blob) => blob.seed % 2 === 0), blobs.filter((blob) => blob.seed % 2 === 1)];
    await first.remove(dead.map((blob) => blob.ref));
    await first.close();
    const child = spawn(process.execPath, [join(import.meta.dirname, "testing-compactor.ts"), folder, index, step], { stdio: ["ignore", "inherit", "inherit"] });
    const signal = await new Promise((resolve) => child.on("close", (_, by) => resolve(by)));
    assert.equal(signal, "SIGKILL", "the child reached the step");
    const runId = newRunId();
    const moved = fileMovedIndex(index);
    const report = await cutTornTails(folder, runId, { moved });
    assert.equal(report.unusedCopies > 0, step === "copied");
    const store = await openVolumes({ folder, runId, lane: 0, moved, limits });
    try {
      await intact(store, kept);
      await gone(store, dead);
      const victims = kept.splice(0, 3);
      await store.remove(victims.map((blob) => blob.ref));
      await gone(store, victims);
      await compactAll(store);
      await intact(store, kept);
      await gone(store, [...dead, ...victims]);
      await store.rotate();
      await clean(folder);
      await store.remove(kept.map((blob) => blob.ref));
      await compactAll(store);
      assert.deepEqual(fs.readdirSync(folder), [], "nothing stays behind");
    } finally {
      await store.close();
    }
  });
