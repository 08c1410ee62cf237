/** Where the parts of a store stand in its data folder. */
import path from "node:path";
import { type ClassFolder, volumesIn } from "./server/class-folders.ts";
import type { ShelfFolder } from "./storage/blobs/volumes/shelves.ts";

export const metadataFolder = (data: string): string => path.join(data, "metadata");
export const volumeFolder = volumesIn;
/** The store's own volumes, and those of the storage classes that have a folder. */
export const shelvesOf = (data: string, folders: readonly ClassFolder[]): ShelfFolder[] => [
  { shelf: 0, folder: volumeFolder(data) },
  ...folders.map(({ shelf, path: folder }) => ({ shelf, folder: volumeFolder(folder) })),
];
/** Where what is written of a class goes; absent: there is one folder. */
export const placesOf = (folders: readonly ClassFolder[]): { shelves?: ReadonlyMap<string, number> } =>
  folders.length === 0 ? {} : { shelves: new Map(folders.flatMap(({ shelf, classes }) => classes.map((storageClass) => [storageClass, shelf] as const))) };
