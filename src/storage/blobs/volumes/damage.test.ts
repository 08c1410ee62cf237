import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { crc32 } from "node:zlib";
import { BlobGone, type BlobRef, StoreCorrupt } from "../../../core/ports.ts";
import { get, put, seededBytes, seededRandom } from "../../contract/blob-helpers.ts";
import { chooseFlips, flipBit } from "../faulty/flip-bits.ts";
import { FormatTooNew } from "./format.ts";
import { openVolumes } from "./open-volumes.ts";
import { cutTornTails } from "./start.ts";
import { newRunId, openTemporary, smallLimits, temporaryFolder } from "./testing.ts";
import { type VolumeProblem, verifyVolumes } from "./verify.ts";

const flips = Number(process.env.AMPHORA_FLIPS ?? 300);
const seed = Number(process.env.AMPHORA_SEED ?? 20261121);

const verify = async (folder: string): Promise<VolumeProblem[]> => {
  const problems: VolumeProblem[] = [];
  await verifyVolumes(folder, (problem) => problems.push(problem));
  return problems;
};

test(`a flipped bit is never served as data and is always found (${flips} flips)`, { timeout: 60_000 }, async (t) => {
  const { folder, remove } = await temporaryFolder();
  t.after(remove);
  const limits = { ...smallLimits, smallBytesMax: 32 * 1024 };
  const writer = await openVolumes({ folder, runId: newRunId(), lane: 0, limits });
  const blobs: { ref: BlobRef; bytes: Buffer }[] = [];
  for (const [index, size] of [0, 1, 100, 3000, 3001, 31_999, 65_536, 65_537, 150_000].entries()) {
    const bytes = seededBytes(index, size);
    blobs.push({ ref: await put(writer, bytes), bytes });
  }
  await writer.close();
  assert.deepEqual(await verify(folder), []);
  const random = seededRandom(seed);
  const outcome = { refused: 0, intact: 0 };
  // Every byte equally likely would hit data nearly always; every other flip goes to a header, a trailer or the superblock's used part.
  const chosen = chooseFlips(folder, flips, random).map((flip, index) =>
    index % 2 === 0 ? flip : { ...flip, offset: Math.floor(random() * 3) === 0 ? Math.floor(random() * 4096) : 4096 + Math.floor(random() * 300) },
  );
  for (const flip of chosen) {
    flipBit(folder, flip);
    const store = await openVolumes({ folder, runId: newRunId(), lane: 0, limits });
    for (const { ref, bytes } of blobs)
      try {
        assert.ok(bytes.equals(await get(store, ref, bytes.length)), `other bytes were served after the flip ${JSON.stringify(flip)} (seed ${seed})`);
        outcome.intact++;
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        assert.ok(error instanceof StoreCorrupt || error instanceof BlobGone, String(error));
        outcome.refused++;
      }
    assert.notEqual((await verify(folder)).length, 0, `verify missed ${JSON.stringify(flip)} (seed ${seed})`);
    await store.close();
    flipBit(folder, flip);
  }
  assert.deepEqual(await verify(folder), []);
  assert.ok(outcome.refused > flips / 3 && outcome.intact > 0, JSON.stringify(outcome));
});

test("a flipped header hides its own record, in a crashed volume too, and no other", async (t) => {
  const { folder, remove } = await temporaryFolder();
  t.after(remove);
  const store = await openVolumes({ folder, runId: newRunId(), lane: 0, limits: smallLimits });
  const refs: BlobRef[] = [];
  for (let index = 0; index < 10; index++) refs.push(await put(store, seededBytes(index, 1000)));
  const [file] = fs.readdirSync(folder).filter((each) => each.endsWith(".vol")) as [string];
  fs.cpSync(folder, `${folder}-crashed`, { recursive: true }); // what a kill leaves: open, zeroed ahead, not sealed
  t.after(() => fs.rmSync(`${folder}-crashed`, { recursive: true }));
  await store.close();
  flipBit(`${folder}-crashed`, { file, offset: Buffer.from(refs[4] as Uint8Array).readUInt32LE(15) * 8 + 20, bit: 3 });
  const runId = newRunId();
  const report = await cutTornTails(`${folder}-crashed`, runId);
  assert.equal(report.cutVolumes, 1);
  const after = await openVolumes({ folder: `${folder}-crashed`, runId, lane: 0, limits: smallLimits });
  for (const [index, ref] of refs.entries())
    if (index === 4) await assert.rejects(get(after, ref, 1000), StoreCorrupt);
    else assert.ok(seededBytes(index, 1000).equals(await get(after, ref, 1000)));
  await after.close();
});

test("a torn tail is cut behind the last whole record", async (t) => {
  const { folder, remove } = await temporaryFolder();
  t.after(remove);
  const store = await openVolumes({ folder, runId: newRunId(), lane: 0, limits: smallLimits });
  const kept = await put(store, seededBytes(1, 5000));
  const torn = await put(store, seededBytes(2, 70_000));
  const crashed = `${folder}-crashed`;
  fs.cpSync(folder, crashed, { recursive: true });
  t.after(() => fs.rmSync(crashed, { recursive: true }));
  await store.close();
  const [file] = fs.readdirSync(crashed) as [string];
  const start = Buffer.from(torn).readUInt32LE(15) * 8;
  const fd = fs.openSync(join(crashed, file), "r+");
  fs.writeSync(fd, Buffer.alloc(8192), 0, 8192, start + 65_536); // what the disk had not written yet
  fs.closeSync(fd);
  const runId = newRunId();
  const report = await cutTornTails(crashed, runId);
  assert.deepEqual([report.cutVolumes, report.tornRecords], [1, 1]);
  assert.equal(fs.statSync(join(crashed, file)).size, start);
  assert.deepEqual(await verify(crashed), []);
  const after = await openVolumes({ folder: crashed, runId, lane: 0, limits: smallLimits });
  assert.ok(seededBytes(1, 5000).equals(await get(after, kept, 5000)));
  await assert.rejects(get(after, torn, 70_000), StoreCorrupt);
  await after.close();
});

test("a removal that reached only the list (power loss) is in force after the next start", async (t) => {
  const { store, folder, close } = await openTemporary();
  t.after(close);
  const ref = await put(store, seededBytes(1, 5000));
  await store.remove([ref]);
  await store.rotate();
  const [file] = fs.readdirSync(folder).filter((each) => each.endsWith(".vol")) as [string];
  const fd = fs.openSync(join(folder, file), "r+");
  fs.writeSync(fd, Buffer.of(0), 0, 1, Buffer.from(ref).readUInt32LE(15) * 8 + 63); // the header's page was never written back
  fs.closeSync(fd);
  assert.ok(seededBytes(1, 5000).equals(await get(store, ref, 5000)), "the set-up: the header says it lives");
  const runId = newRunId();
  assert.equal((await cutTornTails(folder, runId)).appliedRemovals, 1);
  assert.equal((await cutTornTails(folder, newRunId())).appliedRemovals, 0);
  await assert.rejects(get(store, ref, 5000), BlobGone);
});

test("a volume of a newer format is refused with advice, a half-made one is dropped", async (t) => {
  const { store, folder, close } = await openTemporary();
  t.after(close);
  await put(store, seededBytes(1, 5000));
  await store.rotate();
  fs.writeFileSync(join(folder, `${newRunId()}-0-0.vol`), Buffer.alloc(4096));
  fs.writeFileSync(join(folder, `${newRunId()}-0-1.vol`), "");
  fs.writeFileSync(join(folder, `${newRunId()}-0-1.dead`), "");
  await cutTornTails(folder, newRunId());
  const [file, ...others] = fs.readdirSync(folder) as [string, ...string[]];
  assert.deepEqual(others, []);
  const block = Buffer.alloc(44);
  const fd = fs.openSync(join(folder, file), "r+");
  fs.readSync(fd, block, 0, 44, 0);
  block.writeUInt16LE(2, 8);
  block.writeUInt32LE(crc32(block.subarray(0, 40)), 40);
  fs.writeSync(fd, block, 0, 44, 0);
  fs.closeSync(fd);
  const before = fs.readFileSync(join(folder, file));
  await assert.rejects(cutTornTails(folder, newRunId()), (error) => error instanceof FormatTooNew && /newer version/.test(error.message));
  assert.ok(before.equals(fs.readFileSync(join(folder, file))), "it was not touched");
});
