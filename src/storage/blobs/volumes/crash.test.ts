import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { BlobGone } from "../../../core/ports.ts";
import { get, hex, listAll, seededBytes, seededRandom } from "../../contract/blob-helpers.ts";
import { openVolumes } from "./open-volumes.ts";
import { cutTornTails } from "./start.ts";
import { newRunId, smallLimits, temporaryFolder } from "./testing.ts";
import { verifyVolumes } from "./verify.ts";

const runs = Number(process.env.AMPHORA_RUNS ?? 4);
const seed = Number(process.env.AMPHORA_SEED ?? 20261121);

/** What the child said was flushed: "w" a blob (reference, seed, size), "r" a removal. */
type Acknowledged = Map<string, { seed: number; size: number; removed: boolean; removing: boolean }>;

const killedWriter = (folder: string, childSeed: number, afterMs: number, known: Acknowledged): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, "testing-writer.ts"), folder, String(childSeed)], { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    let begun = false;
    child.stdout.on("data", (chunk: Buffer) => {
      if (!begun) setTimeout(() => child.kill("SIGKILL"), afterMs); // counted from its first acknowledgement
      begun = true;
      text += chunk.toString();
      const lines = text.split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) {
        const [what, ref, blobSeed, size] = line.split(" ") as [string, string, string, string];
        if (what === "w") known.set(ref, { seed: Number(blobSeed), size: Number(size), removed: false, removing: false });
        const found = known.get(ref);
        if (what === "t" && found) found.removing = true;
        if (what === "r" && found) found.removed = true;
      }
    });
    child.on("error", reject);
    child.on("close", (code, signal) => (signal === "SIGKILL" ? resolve() : reject(new Error(`the writer ended by itself: ${code}`))));
  });

test(`openVolumes loses nothing it acknowledged to ${runs} SIGKILLs`, { timeout: 20_000 + runs * 3_000 }, async (t) => {
  const { folder: parent, remove } = await temporaryFolder();
  t.after(remove);
  const folder = join(parent, "volumes");
  await mkdir(folder);
  t.diagnostic(`AMPHORA_SEED=${seed} AMPHORA_RUNS=${runs}`);
  const random = seededRandom(seed);
  const known: Acknowledged = new Map();
  for (let run = 0; run < runs; run++) {
    await killedWriter(folder, Math.floor(random() * 1e9), random() * 300, known);
    const runId = newRunId();
    await cutTornTails(folder, runId);
    const again = await cutTornTails(folder, runId);
    assert.deepEqual([again.cutVolumes, again.appliedRemovals, again.damaged], [0, 0, []], "a second start finds nothing to do");
    const store = await openVolumes({ folder, runId, lane: 0, limits: smallLimits });
    try {
      for (const [ref, blob] of known) {
        const bytes = Buffer.from(ref, "hex");
        if (blob.removed) await assert.rejects(get(store, bytes, blob.size), BlobGone, "a removal that was acknowledged came undone");
        else {
          const read = await get(store, bytes, blob.size).catch((error: unknown) => {
            if (blob.removing && error instanceof BlobGone) return undefined; // the kill came between the removal and its acknowledgement
            throw error;
          });
          if (read) assert.ok(seededBytes(blob.seed, blob.size).equals(read), `blob ${ref}`);
        }
      }
      const listed = new Set<string>();
      for (const epoch of await store.endedEpochs()) for (const { ref } of await listAll(store, epoch)) listed.add(hex(ref));
      for (const [ref, blob] of known) if (!blob.removing) assert.ok(listed.has(ref), `blob ${ref} is listed`);
      for (const [ref, blob] of known) if (blob.removed) assert.ok(!listed.has(ref), `removed blob ${ref} is not listed`);
    } finally {
      await store.close();
    }
  }
  assert.ok(known.size > runs * 5, `${known.size} blobs were acknowledged`);
  const problems: string[] = [];
  const verified = await verifyVolumes(folder, (problem) => problems.push(JSON.stringify(problem)));
  // Records torn in the middle of a volume of streams are garbage that the sweep takes; nothing acknowledged may have a problem.
  assert.ok(verified.records > 0);
  const refs = new Set([...known].filter(([, blob]) => !blob.removed).map(([ref]) => ref));
  const acknowledgedPlaces = new Set([...refs].map((ref) => place(ref)));
  assert.deepEqual(
    problems.filter((problem) => acknowledgedPlaces.has(placeOf(problem))),
    [],
  );
  t.diagnostic(`${known.size} blobs acknowledged, ${verified.records} records in ${verified.volumes} volumes`);
});

const place = (ref: string): string => {
  const bytes = Buffer.from(ref, "hex");
  return `${bytes.toString("hex", 1, 9)}-${bytes.readUInt16LE(9)}-${bytes.readUInt32LE(11)}@${bytes.readUInt32LE(15) * 8}`;
};
const placeOf = (problem: string): string => {
  const { volume, offset } = JSON.parse(problem) as { volume: string; offset?: number };
  return `${volume}@${offset}`;
};
