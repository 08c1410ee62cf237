/** What the vendors' reports have in common: https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html, https://www.alibabacloud.com/help/en/oss/user-guide/bucket-inventory */
import type { InventoryFile, InventoryForm, InventoryRow, InventoryRun } from "../core/inventory/form.ts";
import type { Inventory, InventoryField } from "../core/inventory/model.ts";
import { encodeUriPath } from "../lib/uri.ts";

/** A column: how it is called, and what stands in it. Nothing is known of a marker but where it is and since when. */
export type Column = { name: string; value(row: InventoryRow): string | number | boolean | undefined };
type Words = {
  columns: Readonly<Partial<Record<InventoryField, Column>>>;
  /** Of columns that every report of all versions has. */
  truth(is: boolean): string;
  versionText(version: InventoryRow["version"]): string;
};

/** `YYYY-MM-DDTHH-MMZ` */
export const minuteOf = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16).replace(":", "-")}Z`;

function columnsOf({ columns, truth, versionText }: Words, { versions, fields }: Inventory): Column[] {
  const all: Column[] = [
    { name: "VersionId", value: ({ version }) => versionText(version) },
    { name: "IsLatest", value: ({ isLatest }) => truth(isLatest) },
    { name: "IsDeleteMarker", value: ({ version }) => truth(version.kind === "marker") },
  ];
  return [
    { name: "Bucket", value: ({ bucket }) => bucket },
    { name: "Key", value: ({ version }) => encodeUriPath(version.key) },
    ...(versions === "all" ? all : []),
    ...fields.map((field) => columns[field]).filter((column) => column !== undefined),
  ];
}

const quoted = (value: string): string => `"${value.replaceAll('"', '""')}"`;

/** Every value in quotes, keys percent-encoded. `links`: the folder of the list for Hive, by the report's minute. */
export function inventoryForm(
  words: Words & {
    links(startedMs: number): string;
    manifest(run: InventoryRun, files: readonly InventoryFile[], schema: string): object;
    link(bucket: string, key: string): string;
  },
): InventoryForm {
  // One inventory is asked about for thousands of lines in a row.
  let known: { inventory: Inventory; columns: Column[] } | undefined;
  const columnsFor = (inventory: Inventory): Column[] => {
    if (known?.inventory !== inventory) known = { inventory, columns: columnsOf(words, inventory) };
    return known.columns;
  };
  return {
    line: (row, inventory) =>
      `${columnsFor(inventory)
        .map(({ value }) => quoted(String(value(row) ?? "")))
        .join(",")}\n`,
    places: (startedMs) => {
      const minute = minuteOf(startedMs);
      return { data: "data/", manifest: `${minute}/manifest.json`, checksum: `${minute}/manifest.checksum`, links: `hive/dt=${words.links(startedMs)}/symlink.txt` };
    },
    manifest(run, files) {
      const schema = columnsFor(run.inventory).map(({ name }) => name);
      return `${JSON.stringify(words.manifest(run, files, schema.join(", ")), undefined, 2)}\n`;
    },
    checksum: (md5) => md5,
    links: ({ inventory }, files) => files.map(({ key }) => `${words.link(inventory.target.bucket, key)}\n`).join(""),
  };
}
