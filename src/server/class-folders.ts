/**
 * The folders beside the store's own, one a storage class or several classes one. Each has a marker file with an id, the metadata has a row that names all
 * of them, and both must agree before anything is served: a folder that is missing, empty, swapped or another store's keeps the server from starting. A
 * folder keeps its number (its shelf) for good; one that no class is bound to any more is read until nothing is left in it.
 */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { SettingsError } from "../config/values.ts";
import { tables } from "../core/keys.ts";
import type { StorageClass } from "../core/model.ts";
import type { Bytes, Log, MetadataStore } from "../core/ports.ts";
import { decodeJson, encodeJson } from "../core/records.ts";
import { shelvesMax, volumeExtension } from "../storage/blobs/volumes/format.ts";
import { writeSecretFile } from "./secret-file.ts";

/** `id`: 32 hex digits, in the folder's marker too. `path`: where it was last found. */
export type ClassFolder = { shelf: number; id: string; path: string; classes: StorageClass[] };

const row = tables.machine.key("folders");
const markerFile = "amphora-folder.json";
type Marker = { format: 1; id: string; shelf: number };

/** Where a folder's volumes stand. */
export const volumesIn = (folder: string): string => path.join(folder, "volumes");

/** As the store last knew them. */
export async function knownFolders(metadata: MetadataStore): Promise<ClassFolder[]> {
  return decodeFolders(await readRow(metadata));
}
const decodeFolders = (value: Bytes | undefined): ClassFolder[] => (value === undefined ? [] : decodeJson<{ folders: ClassFolder[] }>(value).folders);

async function readRow(metadata: MetadataStore): Promise<Bytes | undefined> {
  const snapshot = await metadata.snapshot();
  try {
    return await snapshot.get(row);
  } finally {
    snapshot.close();
  }
}

/** The id of a folder; `undefined`: it has no marker. Throws SettingsError for a marker that cannot be read. */
export function folderId(folder: string): string | undefined {
  return readMarker(folder)?.id;
}
function readMarker(folder: string): Marker | undefined {
  let text: string;
  try {
    text = readFileSync(path.join(folder, markerFile), "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
  let marker: Partial<Marker> = {};
  try {
    marker = JSON.parse(text) as Partial<Marker>;
  } catch {}
  if (typeof marker.format === "number" && marker.format > 1)
    throw new SettingsError(`${folder} was written by a newer Amphora (format ${marker.format}); this one reads format 1. Start the newer version again.`);
  if (marker.format !== 1 || typeof marker.id !== "string" || typeof marker.shelf !== "number")
    throw new SettingsError(`${path.join(folder, markerFile)} is damaged; restore it from a backup of the folder`);
  return marker as Marker;
}
const hasVolumes = (folder: string): boolean => existsSync(volumesIn(folder)) && readdirSync(volumesIn(folder)).some((file) => file.endsWith(volumeExtension));
/** What a new disk has of its own. */
const isEmpty = (folder: string): boolean => readdirSync(folder).every((name) => name === "lost+found" || name === "lock.sqlite");

/**
 * Holds what is asked for against what is known, puts markers into new folders and writes the row down. Throws SettingsError, and then nothing has changed
 * but markers of folders in which nothing is. `lock`: keeps another server out of a folder, called before anything is written into it.
 */
export async function prepareFolders(options: {
  metadata: MetadataStore;
  data: string;
  asked: ReadonlyMap<StorageClass, string>;
  lock(folder: string): void;
  log: Log;
}): Promise<ClassFolder[]> {
  const { metadata, data, asked, lock, log } = options;
  const before = await readRow(metadata);
  const known = decodeFolders(before);
  const folders: ClassFolder[] = [];
  for (const [folder, classes] of classesByFolder(asked)) {
    refuseNested(folder, data);
    folders.push(bind(folder, classes, known, folders, lock));
  }
  for (const left of known.filter(({ id }) => !folders.some((folder) => folder.id === id))) {
    const there = folderId(left.path) === left.id;
    if (!there) throw new SettingsError(missing(left));
    if (!hasVolumes(left.path)) {
      log.info("folders.forgotten", { folder: left.path, was: left.classes.join(" ") });
      continue;
    }
    lock(left.path);
    log.warn("folders.unbound", { folder: left.path, was: left.classes.join(" "), advice: "what lies there is read, nothing new is written there" });
    folders.push({ ...left, classes: [] });
  }
  folders.sort((a, b) => a.shelf - b.shelf);
  const after = encodeJson({ folders });
  if (folders.length > 0 || before !== undefined) {
    const outcome = await metadata.commit({ expect: [{ key: row, is: before }], put: [{ key: row, value: after }], remove: [], add: [] });
    if (!outcome.committed) throw new Error("the folders were changed by somebody else while the server started");
  }
  return folders;
}

const missing = ({ path: last, classes, shelf }: ClassFolder): string => {
  const of = classes.length === 0 ? `folder ${shelf}` : `the folder of storage class ${classes.join(", ")}`;
  return `objects lie in ${of}, last found at ${last}, which is not there or not that folder any more: mount its disk, or say where it is now with --class NAME=FOLDER`;
};

function classesByFolder(asked: ReadonlyMap<StorageClass, string>): Map<string, StorageClass[]> {
  const folders = new Map<string, StorageClass[]>();
  for (const [storageClass, folder] of asked) folders.set(folder, [...(folders.get(folder) ?? []), storageClass]);
  return folders;
}

function refuseNested(folder: string, data: string): void {
  const isInside = (inner: string, outer: string): boolean => inner === outer || inner.startsWith(outer + path.sep);
  if (isInside(folder, data) || isInside(data, folder)) throw new SettingsError(`--class: the folder ${folder} and the data folder ${data} must not lie in each other`);
}

/** One folder that classes are bound to: known, or made new. */
function bind(folder: string, classes: StorageClass[], known: readonly ClassFolder[], taken: readonly ClassFolder[], lock: (folder: string) => void): ClassFolder {
  const marker = readMarker(folder);
  const usual = known.find((each) => each.path === folder);
  if (marker === undefined && usual !== undefined)
    throw new SettingsError(`${folder} was the folder of storage class ${usual.classes.join(", ")} and is ${existsSync(folder) ? "empty" : "missing"} now: is its disk mounted?`);
  const found = marker && known.find(({ id }) => id === marker.id);
  if (marker && taken.some(({ id }) => id === marker.id)) throw new SettingsError(`--class: ${folder} is a copy of another folder that is in use`);
  if (found) {
    lock(folder);
    return { ...found, path: folder, classes };
  }
  if (marker && hasVolumes(folder)) throw new SettingsError(`--class: ${folder} holds objects of another store (or this store's metadata is older than the folder)`);
  if (!marker && existsSync(folder) && !isEmpty(folder)) throw new SettingsError(`--class: ${folder} holds other files; a storage class wants a folder of its own`);
  const used = new Set([...known, ...taken].map(({ shelf }) => shelf));
  const shelf = Array.from({ length: shelvesMax - 1 }, (_, n) => n + 1).find((n) => !used.has(n));
  if (shelf === undefined) throw new SettingsError(`--class: at most ${shelvesMax - 1} folders`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  lock(folder);
  const fresh: Marker = { format: 1, id: randomBytes(16).toString("hex"), shelf };
  writeSecretFile(path.join(folder, markerFile), `${JSON.stringify(fresh)}\n`);
  return { shelf, id: fresh.id, path: folder, classes };
}
