import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { BlobGone, type BlobStore, StoreCorrupt, StoreRefused } from "../../../core/ports.ts";
import { get, listAll, ownerOf, put, seededBytes, sourceOf } from "../../contract/blob-helpers.ts";
import { blobsContract } from "../../contract/blobs.ts";
import { laneOf, shelfOfRef } from "./format.ts";
import { memoryMovedIndex } from "./moved.ts";
import type { VolumeStore } from "./open-volumes.ts";
import { openShelves, type ShelfGuard } from "./shelves.ts";
import { cutTornTails } from "./start.ts";
import { compactLimits, newRunId, temporaryFolder } from "./testing.ts";

type Opened = { store: VolumeStore; folders: string[]; close(): Promise<void> };
async function open(options: { guard?: ShelfGuard; runId?: string; parent?: string } = {}): Promise<Opened> {
  const { folder, remove } = await temporaryFolder();
  const folders = [0, 1, 2].map((shelf) => join(options.parent ?? folder, `shelf-${shelf}`));
  const store = await openShelves({
    shelves: folders.map((each, shelf) => ({ shelf, folder: each })),
    thread: 3,
    runId: options.runId ?? newRunId(),
    moved: memoryMovedIndex(),
    limits: compactLimits,
    guard: options.guard,
  });
  return {
    store,
    folders,
    async close() {
      await store.close();
      await remove();
    },
  };
}
/** All that is written goes to one shelf. */
const onto = (store: VolumeStore, shelf: number): BlobStore => ({ ...store, write: (source, options) => store.write(source, { ...options, shelf }) });

for (const shelf of [0, 2])
  blobsContract(`openShelves, shelf ${shelf}`, async () => {
    const { store, close } = await open();
    return { store: onto(store, shelf), rotate: () => store.rotate(), close };
  });

const volumes = (folder: string): string[] => fs.readdirSync(folder).filter((file) => file.endsWith(".vol"));

test("each shelf is a folder, and a reference says for good which", { timeout: 20_000 }, async (t) => {
  const { store, folders, close } = await open();
  t.after(close);
  const refs = [];
  for (const shelf of [0, 1, 2, 1]) {
    const ref = await put(onto(store, shelf), seededBytes(shelf, 5_000), shelf);
    assert.deepEqual([shelfOfRef(ref), store.shelfOf?.(ref), ref.length], [shelf, shelf, 31]);
    refs.push(ref);
  }
  assert.deepEqual(
    folders.map((folder) => volumes(folder).length),
    [1, 1, 1],
  );
  await store.rotate();
  assert.equal((await store.endedEpochs()).length, 3);
  for (const epoch of await store.endedEpochs()) {
    assert.equal((await listAll(store, epoch)).length, volumes(folders[1] as string).includes(`${epoch}.vol`) ? 2 : 1);
    await store.markSwept(epoch);
  }
  await store.remove(refs);
  for (const ref of refs) await assert.rejects(get(store, ref, 5_000), BlobGone);
  assert.deepEqual(
    folders.map((folder) => fs.readdirSync(folder)),
    [[], [], []],
    "what is all dead is gone from each",
  );
  assert.equal(store.figures.writtenBlobs, 4);
});

test("each shelf is compacted in its own folder", { timeout: 20_000 }, async (t) => {
  const { store, folders, close } = await open();
  t.after(close);
  const blobs: { shelf: number; seed: number; ref: Uint8Array }[] = [];
  for (let seed = 0; seed < 12; seed++) blobs.push({ shelf: seed % 3, seed, ref: await put(onto(store, seed % 3), seededBytes(seed, 60_000), seed) });
  await store.rotate();
  for (const epoch of await store.endedEpochs()) await store.markSwept(epoch);
  const kept = blobs.filter(({ seed }) => seed < 3);
  await store.remove(blobs.filter((blob) => !kept.includes(blob)).map(({ ref }) => ref));
  let freed = 0;
  for (let done = await store.compact({ deadShareMin: 0.5 }); done; done = await store.compact({ deadShareMin: 0.5 })) freed++;
  assert.equal(freed, 3);
  for (const { ref, seed } of kept) assert.ok(seededBytes(seed, 60_000).equals(await get(store, ref, 60_000)));
  assert.deepEqual(
    folders.map((folder) => volumes(folder).length),
    [1, 1, 1],
  );
});

test("of a folder that is missing nothing is written, read, listed or removed; one that is full takes nothing; the others go on", { timeout: 20_000 }, async (t) => {
  let state: "there" | "full" | "missing" = "there";
  const guard: ShelfGuard = { isThere: (shelf) => shelf !== 1 || state !== "missing", admits: (shelf) => shelf !== 1 || state === "there" };
  const { store, close } = await open({ guard });
  t.after(close);
  const refs = [await put(onto(store, 0), seededBytes(1, 900)), await put(onto(store, 1), seededBytes(2, 900))] as const;
  await store.rotate();
  let asked = false;
  const untouched = {
    async read() {
      asked = true;
      return new Uint8Array(10);
    },
    close() {},
  };
  const full = (error: unknown): boolean => error instanceof StoreRefused && error.reason === "full";
  const missing = (error: unknown): boolean => error instanceof StoreRefused && error.reason === "failed";
  const writing = () => store.write(untouched, { owner: ownerOf(1), length: 10, shelf: 1 });
  state = "full";
  await assert.rejects(writing(), full);
  assert.equal(asked, false, "a body that has no room is not read");
  assert.ok(seededBytes(2, 900).equals(await get(store, refs[1], 900)));
  state = "missing";
  await assert.rejects(writing(), missing);
  await assert.rejects(get(store, refs[1], 900), missing);
  await assert.rejects(store.remove([refs[1]]), missing);
  assert.equal((await store.endedEpochs()).length, 1);
  assert.ok(seededBytes(1, 900).equals(await get(store, refs[0], 900)));
  state = "there";
  assert.ok(seededBytes(2, 900).equals(await get(store, refs[1], 900)));
  assert.equal((await store.endedEpochs()).length, 2);
});

test("what one run wrote to several folders the next one finds, and a folder nobody opens is no store's", { timeout: 20_000 }, async (t) => {
  const first = await open();
  t.after(first.close);
  const ref = await put(onto(first.store, 2), seededBytes(5, 300_000));
  await first.store.close();
  const runId = newRunId();
  for (const folder of first.folders) await cutTornTails(folder, runId);
  const shelves = first.folders.map((folder, shelf) => ({ shelf, folder }));
  const second = await openShelves({ shelves, thread: 0, runId });
  assert.ok(seededBytes(5, 300_000).equals(await get(second, ref, 300_000)));
  await second.close();
  const less = await openShelves({ shelves: shelves.slice(0, 2), thread: 0, runId: newRunId() });
  await assert.rejects(get(less, ref, 300_000), StoreCorrupt);
  await assert.rejects(less.write(sourceOf(seededBytes(1, 10)), { owner: ownerOf(1), length: 10, shelf: 2 }), StoreCorrupt);
  await less.close();
});

test("lanes of threads and shelves never meet", () => {
  const lanes = new Set([0, 1, 1023].flatMap((thread) => [0, 1, 15].map((shelf) => laneOf(shelf, thread))));
  assert.equal(lanes.size, 9);
  assert.ok([...lanes].every((lane) => lane <= 0xffff));
  for (const [shelf, thread] of [
    [16, 0],
    [0, 1024],
    [-1, 0],
  ] as const)
    assert.throws(() => laneOf(shelf, thread));
});
