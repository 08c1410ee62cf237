/** A report in the words of whoever asked for it: dialects give one each. Pure. */
import type { Account, BucketName, ObjectKey, Version } from "../model.ts";
import type { Inventory } from "./model.ts";

/** `owner`: there where the report tells of owners. */
export type InventoryRow = { bucket: BucketName; version: Version; isLatest: boolean; owner?: Account };
/** `number`: of the file in its report. `name`: unguessable and always the same for that file. `md5` in hex. */
export type InventoryFile = { key: ObjectKey; size: number; md5: string };
export type InventoryRun = { bucket: BucketName; id: string; inventory: Inventory; startedMs: number };

export type InventoryForm = {
  /** One line of a file, its end included. */
  line(row: InventoryRow, inventory: Inventory): string;
  /** Where what stands, without the target's prefix and the source. */
  places(startedMs: number): { data: string; manifest: string; checksum: string; links: string };
  /** What tells of the files. */
  manifest(run: InventoryRun, files: readonly InventoryFile[]): string;
  /** Of the whole manifest, in hex. */
  checksum(md5: string): string;
  /** The files, one a line. */
  links(run: InventoryRun, files: readonly InventoryFile[]): string;
};
/** By the dialect that wrote the configuration. */
export type InventoryForms = Readonly<Record<string, InventoryForm>>;
