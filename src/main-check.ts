/** Wiring of `amphora check`: the stores of a stopped server, read through and held against each other. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import path from "node:path";
import type { CheckOptions } from "./cli/command.ts";
import { parseClassFolders } from "./config/class-folders.ts";
import { defaultDataFolder } from "./config/options.ts";
import { SettingsError } from "./config/values.ts";
import { checkStore } from "./core/check/check.ts";
import type { Problem } from "./core/check/problem.ts";
import type { StorageClass } from "./core/model.ts";
import { type MetadataStore, StoreRefused } from "./core/ports.ts";
import { metadataFolder, shelvesOf } from "./main-folders.ts";
import { type ClassFolder, folderId, knownFolders } from "./server/class-folders.ts";
import { createClock } from "./server/ports/clock.ts";
import { createLog } from "./server/ports/log.ts";
import { movedIndexIn } from "./server/ports/moved-index.ts";
import { createRandom } from "./server/ports/random.ts";
import { createReaders } from "./server/ports/readers.ts";
import { createSharedMemory } from "./server/ports/shared.ts";
import { decodeRef } from "./storage/blobs/volumes/format.ts";
import { openShelves } from "./storage/blobs/volumes/shelves.ts";
import { type VerifyResult, type VolumeProblem, verifyVolumes } from "./storage/blobs/volumes/verify.ts";
import { lockFolder } from "./storage/metadata/sqlite/folder-lock.ts";
import { openReader } from "./storage/metadata/sqlite/reader.ts";
import { verifyAll } from "./storage/metadata/sqlite/verify.ts";

type Finding = { severity: "damage" | "garbage"; part: "metadata" | "volumes" | "store"; what: string; where: string; detail: string };

const placeOf = ({ volume, offset }: { volume: string; offset: number }): string => `${volume} at ${offset}`;

/** Changes nothing. Exit code 0: nothing is lost or wrong (garbage is reported, and is no failure); 1: damage. */
export async function runCheck({ data: folder, json, classes }: CheckOptions): Promise<number> {
  const data = path.resolve(folder ?? process.env.AMPHORA_DATA ?? defaultDataFolder);
  if (!existsSync(metadataFolder(data))) throw new SettingsError(`${data} holds no store`);
  const unlocks = [lockFolder(data)];
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
    const { folders, lost } = await foldersOf(data, parseClassFolders(classes));
    for (const { path: folder, classes } of lost)
      found({ severity: "damage", part: "volumes", what: "folderMissing", where: folder, detail: `the folder of ${classes.join(", ")}; say where it is with --class NAME=FOLDER` });
    const volumes: VerifyResult = { volumes: 0, records: 0, bytes: 0, problems: 0 };
    for (const { path: folder } of folders) unlocks.push(lockFolder(folder, "--class"));
    for (const { folder } of shelvesOf(data, folders)) {
      const result = await verifyVolumes(folder, (problem) => unreadable.push(problem));
      for (const name of ["volumes", "records", "bytes", "problems"] as const) volumes[name] += result[name];
    }
    const unnamed = new Set<string>();
    for (const { ref, ...problem } of await compare(data, folders)) {
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
    for (const unlock of unlocks) unlock();
  }
}

/** Metadata against bytes, bytes against owners, counters against counts. Every byte was read before: here only what refers to what is looked at. */
async function compare(data: string, folders: readonly ClassFolder[]): Promise<Problem[]> {
  const metadata = readOnlyMetadata(metadataFolder(data));
  const blobs = await openShelves({ shelves: shelvesOf(data, folders), runId: randomBytes(8).toString("hex"), thread: 0, moved: movedIndexIn(metadata) });
  const memory = createSharedMemory(1);
  try {
    return await checkStore({ metadata, blobs, clock: createClock(memory), random: createRandom(), readers: createReaders(memory, 0), log: createLog("check") });
  } finally {
    await blobs.close();
    await metadata.close();
  }
}

/** Those of storage classes, where the store last knew them or where they are said to be now. What is in those that are `lost` reads as damaged. */
async function foldersOf(data: string, asked: ReadonlyMap<StorageClass, string>): Promise<{ folders: ClassFolder[]; lost: ClassFolder[] }> {
  const metadata = readOnlyMetadata(metadataFolder(data));
  try {
    const all = (await knownFolders(metadata)).map((folder) => ({ ...folder, path: [...asked.values()].find((place) => folderId(place) === folder.id) ?? folder.path }));
    const isThere = ({ path: place, id }: ClassFolder): boolean => folderId(place) === id;
    return { folders: all.filter(isThere), lost: all.filter((folder) => !isThere(folder)) };
  } finally {
    await metadata.close();
  }
}

function readOnlyMetadata(folder: string): MetadataStore {
  const reader = openReader(folder);
  const refuse = (): Promise<never> => Promise.reject(new StoreRefused("closing", "a check writes nothing"));
  return { snapshot: () => reader.snapshot(), commit: refuse, turn: refuse, close: async () => reader.close() };
}
