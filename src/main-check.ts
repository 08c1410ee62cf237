/** Wiring of `amphora check`: the stores of a stopped server, read through and held against each other. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import path from "node:path";
import { defaultDataFolder } from "./config/options.ts";
import { SettingsError } from "./config/values.ts";
import { checkStore } from "./core/check/check.ts";
import type { Problem } from "./core/check/problem.ts";
import { type MetadataStore, StoreRefused } from "./core/ports.ts";
import { metadataFolder, volumeFolder } from "./main-folders.ts";
import { createClock } from "./server/ports/clock.ts";
import { createLog } from "./server/ports/log.ts";
import { movedIndexIn } from "./server/ports/moved-index.ts";
import { createRandom } from "./server/ports/random.ts";
import { createReaders } from "./server/ports/readers.ts";
import { createSharedMemory } from "./server/ports/shared.ts";
import { decodeRef } from "./storage/blobs/volumes/format.ts";
import { openVolumes } from "./storage/blobs/volumes/open-volumes.ts";
import { type VolumeProblem, verifyVolumes } from "./storage/blobs/volumes/verify.ts";
import { lockFolder } from "./storage/metadata/sqlite/folder-lock.ts";
import { openReader } from "./storage/metadata/sqlite/reader.ts";
import { verifyAll } from "./storage/metadata/sqlite/verify.ts";

type Finding = { severity: "damage" | "garbage"; part: "metadata" | "volumes" | "store"; what: string; where: string; detail: string };

const placeOf = ({ volume, offset }: { volume: string; offset: number }): string => `${volume} at ${offset}`;

/** Changes nothing. Exit code 0: nothing is lost or wrong (garbage is reported, and is no failure); 1: damage. */
export async function runCheck({ data: folder, json }: { data?: string | undefined; json: boolean }): Promise<number> {
  const data = path.resolve(folder ?? process.env.AMPHORA_DATA ?? defaultDataFolder);
  if (!existsSync(metadataFolder(data))) throw new SettingsError(`${data} holds no store`);
  const unlock = lockFolder(data);
  try {
    const findings: Finding[] = [];
    const found = (finding: Finding): void => {
      findings.push(finding);
      process.stdout.write(
        json ? `${JSON.stringify(finding)}\n` : `${finding.severity}: ${finding.part}: ${finding.what}: ${finding.where}${finding.detail === "" ? "" : `: ${finding.detail}`}\n`,
      );
    };
    const metadata = await verifyAll(metadataFolder(data));
    for (const problem of metadata.problems) found({ severity: "damage", part: "metadata", what: "unreadable", where: metadataFolder(data), detail: problem });
    const unreadable: VolumeProblem[] = [];
    const volumes = await verifyVolumes(volumeFolder(data), (problem) => unreadable.push(problem));
    const unnamed = new Set<string>();
    for (const { ref, ...problem } of await compare(data)) {
      found({ ...problem, part: "store" });
      if (problem.what === "blobWithoutOwner" && ref) unnamed.add(placeOf(decodeRef(ref)));
    }
    for (const { volume, offset, problem } of unreadable) {
      // A write that a kill cut short leaves half a record behind. Nothing was acknowledged of it, nothing names it: the sweep takes it.
      const isLeft = offset !== undefined && unnamed.has(placeOf({ volume, offset }));
      found({
        severity: isLeft ? "garbage" : "damage",
        part: "volumes",
        what: isLeft ? "unfinished" : "unreadable",
        where: offset === undefined ? volume : `${volume} at ${offset}`,
        detail: problem,
      });
    }
    const damage = findings.filter(({ severity }) => severity === "damage").length;
    const summary = {
      rows: metadata.rows,
      counters: metadata.counters,
      volumes: volumes.volumes,
      records: volumes.records,
      bytes: volumes.bytes,
      damage,
      garbage: findings.length - damage,
    };
    if (json) process.stdout.write(`${JSON.stringify(summary)}\n`);
    else
      process.stdout.write(
        `checked ${summary.rows} rows, ${summary.counters} counters, ${summary.records} records (${summary.bytes} bytes) in ${summary.volumes} volumes: ${damage === 0 ? "no damage" : `${damage} damaged`}, ${summary.garbage} left over\n`,
      );
    return damage === 0 ? 0 : 1;
  } finally {
    unlock();
  }
}

/** Metadata against bytes, bytes against owners, counters against counts. Every byte was read before: here only what refers to what is looked at. */
async function compare(data: string): Promise<Problem[]> {
  const metadata = readOnlyMetadata(metadataFolder(data));
  const blobs = await openVolumes({ folder: volumeFolder(data), runId: randomBytes(8).toString("hex"), lane: 0, moved: movedIndexIn(metadata) });
  const memory = createSharedMemory(1);
  try {
    return await checkStore({ metadata, blobs, clock: createClock(memory), random: createRandom(), readers: createReaders(memory, 0), log: createLog("check") });
  } finally {
    await blobs.close();
    await metadata.close();
  }
}

function readOnlyMetadata(folder: string): MetadataStore {
  const reader = openReader(folder);
  const refuse = (): Promise<never> => Promise.reject(new StoreRefused("closing", "a check writes nothing"));
  return { snapshot: () => reader.snapshot(), commit: refuse, turn: refuse, close: async () => reader.close() };
}
