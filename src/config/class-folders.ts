/** Folders of storage classes: `NAME=/path`, where NAME is the class's own or a vendor's. */
import path from "node:path";
import type { StorageClass } from "../core/model.ts";
import { SettingsError } from "./values.ts";

/** Lower case. What several vendors call differently is one class; OSS's ColdArchive has no name of its own in S3, which shows it as GLACIER. */
const names = new Map<string, StorageClass>([
  ["standard", "standard"],
  ["reduced", "reduced"],
  ["reduced_redundancy", "reduced"],
  ["infrequent", "infrequent"],
  ["ia", "infrequent"],
  ["standard_ia", "infrequent"],
  ["infrequentonezone", "infrequentOneZone"],
  ["onezone_ia", "infrequentOneZone"],
  ["intelligent", "intelligent"],
  ["intelligent_tiering", "intelligent"],
  ["archiveinstant", "archiveInstant"],
  ["glacier_ir", "archiveInstant"],
  ["archive", "archive"],
  ["glacier", "archive"],
  ["coldarchive", "coldArchive"],
  ["deepcoldarchive", "deepColdArchive"],
  ["deep_archive", "deepColdArchive"],
]);

/** Absolute folders by class. @throws SettingsError */
export function parseClassFolders(items: readonly string[]): Map<StorageClass, string> {
  const folders = new Map<StorageClass, string>();
  for (const item of items) {
    const at = item.indexOf("=");
    const [name, folder] = [item.slice(0, Math.max(0, at)), item.slice(at + 1)];
    if (at < 1 || folder === "") throw new SettingsError(`--class: "${item}" is not NAME=FOLDER (example: IA=/mnt/cold)`);
    const storageClass = names.get(name.toLowerCase());
    if (storageClass === undefined) throw new SettingsError(`--class: "${name}" is no storage class (known: ${[...names.keys()].join(", ")})`);
    if (folders.has(storageClass)) throw new SettingsError(`--class: ${name} is given a folder twice`);
    folders.set(storageClass, path.resolve(folder));
  }
  return folders;
}
