/** What is in a bucket's bin. */
import { successor } from "../../lib/bytes.ts";
import { authorizeAdmin } from "../access/evaluate.ts";
import type { Context } from "../api.ts";
import { tables } from "../keys.ts";
import type { ObjectKey } from "../model.ts";
import { parseObjectKey } from "../names.ts";
import type { Ports } from "../ports.ts";
import { take } from "../reclaim/slices.ts";
import { onView } from "../view.ts";
import type { BinnedShown, BinVerbs } from "./api.ts";
import { decodeBinned } from "./rows.ts";
import { binLimits } from "./settings.ts";

export async function listBin(ports: Ports, context: Context, input: Parameters<BinVerbs["list"]>[1]): Promise<{ binned: BinnedShown[]; truncated: boolean }> {
  authorizeAdmin(context);
  if (input.prefix !== "") parseObjectKey(input.prefix);
  if (input.after) parseObjectKey(input.after.key);
  const limit = Math.max(0, Math.min(input.limit, binLimits.pageMax));
  return await onView(ports, async (view) => {
    const { generation } = (await view.bucket(context, input)).state;
    const { from, to } = tables.binned.under(generation, input.prefix as ObjectKey);
    const { after } = input;
    const begin = after === undefined ? from : successor(tables.binned.key(generation, after.key as ObjectKey, after.sequence));
    const rows = await take(view, { from: Buffer.compare(begin, from) < 0 ? from : begin, to }, limit + 1);
    const binned = rows.slice(0, limit).map(({ key: row, value }) => {
      const { version, ...bin } = decodeBinned(tables.binned.read(row)[1], value);
      const { key, kind, sequence, size, etag, modifiedMs, storageClass } = version;
      return { key, kind, sequence, size, etag, modifiedMs, storageClass, ...bin };
    });
    return { binned, truncated: rows.length > limit };
  });
}
