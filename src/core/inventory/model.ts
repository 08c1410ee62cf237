/** Reports about what is in a bucket, written into another at regular times: what a bucket can be told about them. */
import type { BucketEncryption, BucketName, StorageClass } from "../model.ts";

/** What a report may say of each version beside its bucket and key. */
export const inventoryFields = [
  "size",
  "modified",
  "storageClass",
  "etag",
  "multipart",
  "encryption",
  "acl",
  "tagCount",
  "type",
  "crc64",
  "owner",
  "replication",
  "lockMode",
  "lockUntil",
  "legalHold",
  "tier",
  "perBucketKey",
  "checksum",
] as const;
export type InventoryField = (typeof inventoryFields)[number];

/** Of what a report tells; each bound included. Absent: of everything. */
export type InventoryFilter = { prefix?: string; modifiedFromMs?: number; modifiedToMs?: number; sizeFrom?: number; sizeTo?: number; storageClasses?: StorageClass[] };

/**
 * `versions`: of each key the current one, or all with their markers. `target`: the bucket of the same owner that gets the reports, under `prefix`;
 * `encryption`: of the reports, absent: as the target has it. `fields`: in the order of the columns.
 */
export type Inventory = {
  enabled: boolean;
  versions: "current" | "all";
  every: "day" | "week";
  filter: InventoryFilter;
  fields: InventoryField[];
  target: { bucket: BucketName; prefix: string; encryption?: BucketEncryption };
};

export const inventoryLimits = {
  prefixCharactersMax: 512,
  /** Versions that one file tells of, and looks at. */
  fileRowsMax: 40_000,
  examinedMax: 100_000,
  /** Read in one snapshot. */
  pageRows: 2_000,
  /** Of one report: their sizes and digests stand in the job's row. */
  filesMax: 10_000,
} as const;
