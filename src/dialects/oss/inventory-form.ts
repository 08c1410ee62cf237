/** OSS's reports: https://www.alibabacloud.com/help/en/oss/user-guide/bucket-inventory */
import type { InventoryField } from "../../core/inventory/model.ts";
import { isoTime } from "../../lib/time.ts";
import { type Column, inventoryForm, minuteOf } from "../inventory-text.ts";
import { aclText, storageClassText } from "./headers.ts";
import { objectType, versionText } from "./replies.ts";

const truth = (is: boolean): string => (is ? "True" : "False");
const isMarker = ({ version }: Parameters<Column["value"]>[0]): boolean => version.kind === "marker";
const column = (name: string, value: Column["value"]): Column => ({ name, value: (row) => (isMarker(row) ? undefined : value(row)) });

/** The columns that this vendor's configurations can ask for, by our names of them. */
export const inventoryColumns = {
  size: column("Size", ({ version }) => version.size),
  modified: { name: "LastModifiedDate", value: ({ version }) => isoTime(version.modifiedMs) },
  etag: column("ETag", ({ version }) => version.etag.toUpperCase()),
  storageClass: column("StorageClass", ({ version }) => storageClassText(version.storageClass)),
  multipart: column("IsMultipartUploaded", ({ version }) => truth(version.form === "multipart")),
  encryption: column("EncryptionStatus", ({ version }) => truth(version.encryption !== undefined)),
  acl: column("ObjectAcl", ({ version }) => aclText(version.acl)),
  tagCount: column("TaggingCount", ({ version }) => version.tags?.length ?? 0),
  type: column("ObjectType", ({ version }) => objectType(version)),
  crc64: column("Crc64", ({ version }) => version.crc64),
} satisfies Partial<Record<InventoryField, Column>>;

export const ossInventoryForm = inventoryForm({
  columns: inventoryColumns,
  truth,
  versionText,
  links: minuteOf,
  manifest: ({ bucket, inventory, startedMs }, files, schema) => ({
    creationTimestamp: String(Math.floor(startedMs / 1000)),
    destinationBucket: inventory.target.bucket,
    fileFormat: "CSV",
    fileSchema: schema,
    files: files.map(({ key, size, md5 }) => ({ MD5checksum: md5.toUpperCase(), key, size })),
    sourceBucket: bucket,
    version: "2019-09-01",
  }),
  link: (bucket, key) => `oss://${bucket}/${key}`,
});
