import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { BlobGone, type BlobRef, StoreOutcomeUnknown, StoreRefused } from "../../../core/ports.ts";
import { get, ownerOf, put, seededBytes, sourceOf } from "../../contract/blob-helpers.ts";
import { type Files, nodeFiles } from "./files.ts";
import { openVolumes } from "./open-volumes.ts";
import { cutTornTails } from "./start.ts";
import { newRunId, openTemporary, smallLimits } from "./testing.ts";
import { verifyVolumes } from "./verify.ts";

type Fault = { call: "writev" | "append" | "datasync" | "open" | "writeSync"; code: string };

/** The real files, with calls that fail while `fault` says so. Writes that grow past `full` bytes in all files fail with ENOSPC half-way, as on a disk. */
const faultyFiles = (): { files: Files; fault: Fault | undefined; failed: number } => {
  const control: { files: Files; fault: Fault | undefined; failed: number } = { files: nodeFiles, fault: undefined, failed: 0 };
  const check = (call: Fault["call"]): void => {
    if (control.fault?.call !== call) return;
    control.failed++;
    throw Object.assign(new Error(`${control.fault.code} (on purpose)`), { code: control.fault.code });
  };
  control.files = {
    ...nodeFiles,
    open: async (path, flags) => {
      if (flags & fs.constants.O_CREAT) check("open");
      return await nodeFiles.open(path, flags);
    },
    writev: async (fd, buffers, position) => {
      if (control.fault?.call === "writev" && buffers.length > 0) {
        const first = buffers[0] as Uint8Array;
        await nodeFiles.writev(fd, [first.subarray(0, first.length >> 1)], position); // torn
      }
      check("writev");
      await nodeFiles.writev(fd, buffers, position);
    },
    writeSync: (fd, bytes, position) => {
      check("writeSync");
      nodeFiles.writeSync(fd, bytes, position);
    },
    append: async (fd, bytes) => {
      if (control.fault?.call === "append") await nodeFiles.append(fd, bytes.subarray(0, bytes.length >> 1));
      check("append");
      await nodeFiles.append(fd, bytes);
    },
    datasync: async (fd) => {
      check("datasync");
      await nodeFiles.datasync(fd);
    },
  };
  return control;
};

const write = (store: { write: (typeof openVolumes extends (...all: never[]) => Promise<infer S> ? S : never)["write"] }, seed: number, size: number): Promise<BlobRef> =>
  store.write(sourceOf(seededBytes(seed, size)), { owner: ownerOf(seed), length: size });
const isFullRefusal = (error: unknown): boolean => error instanceof StoreRefused && error.reason === "full";

for (const size of [5_000, 1_500_000])
  for (const call of ["writev", "open"] as const)
    test(`a full disk (${call}) refuses a body of ${size} bytes, keeps reading and removing, and recovers`, { timeout: 20_000 }, async (t) => {
      const control = faultyFiles();
      const { store, folder, close } = await openTemporary({ files: control.files, onFatal: () => assert.fail("a full disk is not fatal") });
      t.after(close);
      const [before, gone] = [await put(store, seededBytes(1, size)), await put(store, seededBytes(2, size))];
      if (call === "open") await store.rotate(); // so that the next write makes a volume
      control.fault = { call, code: "ENOSPC" };
      for (let tries = 0; tries < 3; tries++) await assert.rejects(write(store, 3, size), isFullRefusal);
      await Promise.all([4, 5, 6].map((seed) => assert.rejects(write(store, seed, size), isFullRefusal)));
      assert.ok(control.failed > 0);
      assert.ok(seededBytes(1, size).equals(await get(store, before, size)));
      if (call === "writev") control.fault = { call: "append", code: "ENOSPC" };
      await store.remove([gone]);
      await assert.rejects(get(store, gone, size), BlobGone);
      control.fault = undefined;
      const after = await Promise.all([7, 8, 9, 10].map((seed) => put(store, seededBytes(seed, size))));
      for (const [index, ref] of after.entries()) assert.ok(seededBytes(7 + index, size).equals(await get(store, ref, size)));
      await store.close();
      const runId = newRunId();
      await cutTornTails(folder, runId);
      const next = await openVolumes({ folder, runId, lane: 0, limits: smallLimits });
      for (const [index, ref] of [before, ...after].entries()) assert.ok(seededBytes(index === 0 ? 1 : 6 + index, size).equals(await get(next, ref, size)));
      await assert.rejects(get(next, gone, size), BlobGone);
      const problems: unknown[] = [];
      await verifyVolumes(folder, (problem) => problems.push(problem));
      // The list of removed records keeps the half entry that the full disk left.
      assert.ok(
        problems.every((problem) => JSON.stringify(problem).includes("list of removed")),
        JSON.stringify(problems),
      );
      await next.close();
    });

for (const size of [5_000, 1_500_000])
  for (const [call, code] of [
    ["writev", "EIO"],
    ["datasync", "EIO"],
    ["datasync", "ENOSPC"],
  ] as const) {
    if (size < 10_000 && call === "datasync") continue; // small bodies are flushed by their O_DSYNC write
    test(`a failed ${call} (${code}) acknowledges nothing of ${size} bytes and is fatal, once`, { timeout: 20_000 }, async (t) => {
      const control = faultyFiles();
      const fatal: Error[] = [];
      const { store, close } = await openTemporary({ files: control.files, onFatal: (error) => fatal.push(error) });
      t.after(close);
      const before = await put(store, seededBytes(1, size));
      control.fault = { call, code };
      const results = await Promise.allSettled([2, 3, 4, 5].map((seed) => write(store, seed, size)));
      for (const result of results) {
        assert.equal(result.status, "rejected");
        assert.ok(result.reason instanceof StoreOutcomeUnknown || result.reason instanceof StoreRefused, String(result.reason));
      }
      assert.ok(results.some((result) => result.status === "rejected" && result.reason instanceof StoreOutcomeUnknown));
      control.fault = undefined; // the next flush would succeed, and must not be believed
      await assert.rejects(write(store, 6, size), StoreRefused);
      await assert.rejects(write(store, 7, 10), StoreRefused);
      assert.equal(fatal.length, 1);
      assert.ok(seededBytes(1, size).equals(await get(store, before, size)), "reading goes on");
    });
  }

test("a failed flush of a removal is fatal", async (t) => {
  const control = faultyFiles();
  const fatal: Error[] = [];
  const { store, close } = await openTemporary({ files: control.files, onFatal: (error) => fatal.push(error) });
  t.after(close);
  const ref = await put(store, seededBytes(1, 5000));
  control.fault = { call: "datasync", code: "EIO" };
  await assert.rejects(store.remove([ref]), StoreOutcomeUnknown);
  assert.equal(fatal.length, 1);
});

test("small bodies go through a descriptor opened with O_DSYNC, into space that was written before", async (t) => {
  const written: { fd: number; position: number; sizeBefore: number }[] = [];
  const files: Files = {
    ...nodeFiles,
    writev: async (fd, buffers, position) => {
      written.push({ fd, position, sizeBefore: fs.fstatSync(fd).size });
      await nodeFiles.writev(fd, buffers, position);
    },
  };
  const { store, folder, close } = await openTemporary({ files });
  t.after(close);
  for (let index = 0; index < 20; index++) await put(store, seededBytes(index, 3000));
  const dsync = new Set<number>();
  for (const fd of fs.readdirSync("/proc/self/fd").map(Number)) {
    const target = readLink(`/proc/self/fd/${fd}`);
    if (!target.startsWith(fs.realpathSync(folder))) continue;
    const flags = Number.parseInt(/^flags:\s*(\d+)/m.exec(fs.readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1] ?? "", 8);
    if (flags & fs.constants.O_DSYNC) dsync.add(fd);
  }
  assert.equal(dsync.size, 1);
  const groups = written.filter(({ fd }) => dsync.has(fd));
  assert.equal(groups.length, 20);
  for (const { position, sizeBefore } of groups) assert.ok(position + 3000 < sizeBefore, "a group never grows the file");
});

test("concurrent small bodies share a flush, concurrent streams too", async (t) => {
  const { store, close } = await openTemporary();
  t.after(close);
  await put(store, seededBytes(1, 100));
  await put(store, seededBytes(1, 600_000));
  let before = store.figures.flushes;
  await Promise.all(Array.from({ length: 64 }, (_, index) => put(store, seededBytes(index, 4096))));
  assert.ok(store.figures.flushes - before <= 8, `${store.figures.flushes - before} flushes for 64 bodies`);
  before = store.figures.flushes;
  await Promise.all(Array.from({ length: 8 }, (_, index) => put(store, seededBytes(index, 600_000))));
  assert.ok(store.figures.flushes - before <= 8);
});

test("a volume is gone with its last blob, once swept; its files too", async (t) => {
  const { store, folder, close } = await openTemporary();
  t.after(close);
  const refs = await Promise.all([1, 2, 3].map((seed) => put(store, seededBytes(seed, 400_000 * (seed - 1)))));
  await store.rotate();
  await store.remove(refs.slice(0, 2));
  for (const epoch of await store.endedEpochs()) await store.markSwept(epoch);
  assert.equal(fs.readdirSync(folder).filter((file) => file.endsWith(".vol")).length, 1);
  await store.remove(refs);
  assert.deepEqual(
    fs.readdirSync(folder).map((file) => join(folder, file)),
    [],
  );
});

test("two threads' stores see each other's blobs and removals, and a volume that one unlinked gives its space back", async (t) => {
  const { store, folder, close } = await openTemporary({ limits: { ...smallLimits, idleUnlinkedMsMax: 50 } });
  t.after(close);
  const other = await openVolumes({ folder, runId: newRunId(), lane: 1, limits: { ...smallLimits, idleUnlinkedMsMax: 50 } });
  t.after(() => other.close());
  const ref = await put(store, seededBytes(1, 300_000));
  await store.rotate();
  assert.ok(seededBytes(1, 300_000).equals(await get(other, ref, 300_000)));
  for (const epoch of await store.endedEpochs()) await store.markSwept(epoch);
  await store.remove([ref]);
  await assert.rejects(get(other, ref, 300_000), BlobGone);
  const held = (): string[] =>
    fs
      .readdirSync("/proc/self/fd")
      .map((fd) => readLink(`/proc/self/fd/${fd}`))
      .filter((path) => path.startsWith(folder) && path.endsWith("(deleted)"));
  for (let tries = 0; tries < 100 && held().length > 0; tries++) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(held(), []);
});

const readLink = (path: string): string => {
  try {
    return fs.readlinkSync(path);
  } catch {
    return ""; // closed meanwhile
  }
};
