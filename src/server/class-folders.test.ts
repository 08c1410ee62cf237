import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { describe, it, type TestContext } from "node:test";
import { newDataFolder } from "../../test/support/server.ts";
import { SettingsError } from "../config/values.ts";
import type { StorageClass } from "../core/model.ts";
import { memoryMetadata } from "../storage/metadata/memory/store.ts";
import { createShelfGuard, missingFolders, watchClassDisks } from "./class-disks.ts";
import { type ClassFolder, folderId, knownFolders, prepareFolders, volumesIn } from "./class-folders.ts";
import { createSharedMemory } from "./ports/shared.ts";

function world(t: TestContext) {
  const top = newDataFolder();
  t.after(() => fs.rmSync(top, { recursive: true, force: true }));
  const metadata = memoryMetadata();
  const locked: string[] = [];
  const folder = (name: string): string => path.join(top, name);
  const log = { info() {}, warn() {}, error() {} };
  const start = (asked: Partial<Record<StorageClass, string>>, data = folder("data")): Promise<ClassFolder[]> => {
    const paths = new Map(Object.entries(asked).map(([name, where]) => [name as StorageClass, folder(where)]));
    return prepareFolders({ metadata, data, asked: paths, lock: (each) => locked.push(each), log });
  };
  /** As if something had been written. */
  const fill = (name: string): void => {
    fs.mkdirSync(volumesIn(folder(name)), { recursive: true });
    fs.writeFileSync(path.join(volumesIn(folder(name)), `${"0".repeat(16)}-1024-0.vol`), "x");
  };
  return { metadata, start, folder, fill, locked, log };
}
const refused = (words: RegExp) => (error: unknown) => error instanceof SettingsError && words.test(error.message);

describe("folders of storage classes", () => {
  it("new ones get a marker and a number for good, whatever the order and wherever they are mounted", async (t) => {
    const { metadata, start, folder, fill, locked } = world(t);
    const first = await start({ infrequent: "ia", archive: "cold", coldArchive: "cold" });
    assert.deepEqual(
      first.map(({ shelf, path: where, classes }) => [shelf, where, classes]),
      [
        [1, folder("ia"), ["infrequent"]],
        [2, folder("cold"), ["archive", "coldArchive"]],
      ],
    );
    assert.deepEqual(locked, [folder("ia"), folder("cold")]);
    assert.deepEqual(await knownFolders(metadata), first);
    assert.equal(folderId(folder("ia")), first[0]?.id);
    for (const name of ["ia", "cold"]) fill(name);
    assert.deepEqual(await start({ archive: "cold", coldArchive: "cold", infrequent: "ia" }), first);
    fs.renameSync(folder("cold"), folder("elsewhere"));
    const moved = await start({ archive: "elsewhere", infrequent: "ia" });
    assert.deepEqual(
      moved.map(({ shelf, id, classes }) => [shelf, id, classes]),
      [
        [1, first[0]?.id, ["infrequent"]],
        [2, first[1]?.id, ["archive"]],
      ],
    );
  });

  it("one that is missing, empty, swapped, another store's or full of other things keeps the server from starting, with advice", async (t) => {
    const it = world(t);
    const { start, folder, fill } = it;
    await start({ infrequent: "ia", archive: "cold" });
    for (const name of ["ia", "cold"]) fill(name);
    fs.renameSync(folder("ia"), folder("away"));
    await assert.rejects(start({ infrequent: "ia", archive: "cold" }), refused(/infrequent and is missing now: is its disk mounted/));
    fs.mkdirSync(folder("ia"));
    await assert.rejects(start({ infrequent: "ia", archive: "cold" }), refused(/is empty now: is its disk mounted/));
    await assert.rejects(start({ infrequent: "fresh", archive: "cold" }), refused(/objects lie in the folder of storage class infrequent, last found at .*ia.* --class/));
    await assert.rejects(start({ archive: "cold" }), refused(/objects lie in/));
    fs.rmdirSync(folder("ia"));
    fs.renameSync(folder("away"), folder("ia"));
    // Swapped, each is still the folder that it was.
    const swapped = await start({ infrequent: "cold", archive: "ia" });
    assert.deepEqual(
      swapped.map(({ shelf, classes }) => [shelf, classes]),
      [
        [1, ["archive"]],
        [2, ["infrequent"]],
      ],
    );
    fs.cpSync(folder("ia"), folder("copy"), { recursive: true });
    await assert.rejects(start({ infrequent: "ia", archive: "copy" }), refused(/copy of another folder/));
    const other = world(t);
    await assert.rejects(
      prepareFolders({ metadata: other.metadata, data: other.folder("data"), asked: new Map([["infrequent", folder("ia")]]), lock() {}, log: it.log }),
      refused(/objects of another store/),
    );
    fs.mkdirSync(folder("photos"));
    fs.writeFileSync(path.join(folder("photos"), "a.jpg"), "x");
    await assert.rejects(start({ infrequent: "ia", archive: "cold", archiveInstant: "photos" }), refused(/holds other files/));
    for (const inside of ["data", "data/cold", "."])
      await assert.rejects(start({ infrequent: "ia", archive: "cold", archiveInstant: inside }), refused(/must not lie in each other/));
    fs.writeFileSync(path.join(folder("ia"), "amphora-folder.json"), '{"format":2}');
    await assert.rejects(start({ infrequent: "ia", archive: "cold" }), refused(/newer Amphora/));
    fs.writeFileSync(path.join(folder("ia"), "amphora-folder.json"), "{");
    await assert.rejects(start({ infrequent: "ia", archive: "cold" }), refused(/damaged/));
  });

  it("one that no class is bound to is read while anything is in it, and then forgotten", async (t) => {
    const { start, folder, fill } = world(t);
    const [ia] = await start({ infrequent: "ia" });
    fill("ia");
    assert.deepEqual(await start({}), [{ ...ia, classes: [] }]);
    assert.deepEqual(
      (await start({ archive: "cold" })).map(({ shelf }) => shelf),
      [1, 2],
    );
    fs.rmSync(volumesIn(folder("ia")), { recursive: true });
    assert.deepEqual(
      (await start({ archive: "cold" })).map(({ shelf }) => shelf),
      [2],
    );
    const again = await start({ archive: "cold", infrequent: "ia" });
    assert.deepEqual(
      again.map(({ shelf, classes }) => [shelf, classes]),
      [
        [1, ["infrequent"]],
        [2, ["archive"]],
      ],
    );
    assert.notEqual(again[0]?.id, ia?.id);
  });

  it("threads see which is there and how much room it has", async (t) => {
    const { start, folder, log } = world(t);
    const folders = await start({ infrequent: "ia", archive: "cold" });
    const memory = createSharedMemory(2);
    let free = 1_000;
    const watch = watchClassDisks(memory, { folders, reserveBytes: 100, log, free: async () => free });
    t.after(() => watch.stop());
    const guard = createShelfGuard(memory, 100);
    await watch.measure();
    assert.deepEqual([guard.admits(1, 800), guard.admits(1, 101), guard.admits(1, 100), guard.admits(2, 900)], [true, false, true, true]);
    free = 50;
    await watch.measure();
    assert.deepEqual([guard.isThere(1), guard.admits(1, 0)], [true, false]);
    fs.renameSync(folder("ia"), folder("away"));
    await watch.measure();
    assert.deepEqual([guard.isThere(1), guard.isThere(2), missingFolders(memory, folders).map(({ shelf }) => shelf)], [false, true, [1]]);
    fs.renameSync(folder("away"), folder("ia"));
    await watch.measure();
    assert.deepEqual([guard.isThere(1), missingFolders(memory, folders)], [true, []]);
  });
});
