/** ListMultipartUploads: by key, then by id, which begins with the time of initiation. */
import { successor } from "../../lib/bytes.ts";
import type { Context, Core, Upload } from "../api.ts";
import { limits } from "../api.ts";
import { fail } from "../errors.ts";
import { tables } from "../keys.ts";
import type { Account, AccountId, Generation, ObjectKey } from "../model.ts";
import type { Bytes, Entry, Ports } from "../ports.ts";
import { View } from "../view.ts";
import { isUploadId } from "./find.ts";
import { decodeUpload, toUpload } from "./records.ts";

type Input = Parameters<Core["listing"]["uploads"]>[1];
/** Few rows at a time while prefixes are skipped, more while none turn up. */
const batchRows = { least: 8, most: 256 } as const;
const viewRowsMax = 5_000;

/** Prefixes are sought past, never read through. `keyAfter` alone: keys after it, and after all a common prefix covers; with `uploadAfter`: also later uploads of that key. */
export async function listUploads(ports: Ports, context: Context, input: Input): ReturnType<Core["listing"]["uploads"]> {
  let view = View.open(ports);
  try {
    const { generation } = (await view.bucket(context, input)).state;
    const limit = Math.min(input.limit, limits.pageEntriesMax);
    const items: ({ upload: Upload } | { prefix: string })[] = [];
    const owners = new Map<AccountId, Account>();
    const range = tables.upload.under(generation, input.prefix as ObjectKey);
    let from = later(range.from, startOf(generation, input));
    let size: number = batchRows.least;
    let viewRows = 0;
    for (;;) {
      if (limit === 0) return { items, truncated: false, owners };
      if (viewRows > viewRowsMax) {
        view.close();
        view = View.open(ports);
        viewRows = 0;
      }
      const rows = await page(view, { from, to: range.to }, size);
      viewRows += rows.length + 1;
      let prefix: string | undefined;
      for (const { key: row, value } of rows) {
        const [, key] = tables.upload.read(row);
        if (prefix !== undefined && key.startsWith(prefix)) continue;
        if (items.length === limit) return { items, truncated: true, owners };
        prefix = commonPrefix(key, input);
        from = prefix === undefined ? successor(row) : tables.upload.under(generation, prefix as ObjectKey).to;
        if (prefix !== undefined) {
          items.push({ prefix });
          continue;
        }
        const upload = toUpload(decodeUpload(value));
        items.push({ upload });
        if (!owners.has(upload.initiator)) owners.set(upload.initiator, await view.owner(upload.initiator));
      }
      if (rows.length < size) return { items, truncated: false, owners };
      size = prefix === undefined ? Math.min(size * 2, batchRows.most) : batchRows.least;
    }
  } finally {
    view.close();
  }
}

async function page(view: View, range: { from: Bytes; to: Bytes }, size: number): Promise<Entry[]> {
  if (Buffer.compare(range.from, range.to) >= 0) return [];
  const cursor = view.scan(range);
  const rows = await cursor.next(size);
  cursor.close();
  return rows;
}

function startOf(generation: Generation, { prefix, delimiter, keyAfter, uploadAfter }: Input): Bytes {
  if (keyAfter === "") return tables.upload.range(generation).from;
  if (uploadAfter !== "") {
    if (!isUploadId(uploadAfter)) fail("invalidArgument", { argument: "upload-id-marker", value: uploadAfter, why: "it is no upload id" });
    return successor(tables.upload.key(generation, keyAfter as ObjectKey, uploadAfter));
  }
  const covered = commonPrefix(keyAfter, { prefix, delimiter });
  return covered === keyAfter ? tables.upload.under(generation, keyAfter as ObjectKey).to : tables.upload.range(generation, keyAfter as ObjectKey).to;
}

function commonPrefix(key: string, { prefix, delimiter }: Pick<Input, "prefix" | "delimiter">): string | undefined {
  if (delimiter === "" || !key.startsWith(prefix)) return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at === -1 ? undefined : key.slice(0, at + delimiter.length);
}
const later = (a: Bytes, b: Bytes): Bytes => (Buffer.compare(a, b) >= 0 ? a : b);
