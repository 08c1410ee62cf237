/** ListParts. */

import { successor } from "../../lib/bytes.ts";
import type { Context, Core } from "../api.ts";
import { limits } from "../api.ts";
import { tables } from "../keys.ts";
import { abortIn } from "../lifecycle/answers.ts";
import type { UploadId } from "../model.ts";
import type { Bytes, Ports } from "../ports.ts";
import { onView, View } from "../view.ts";
import { requireUpload } from "./find.ts";
import { decodePart, type PartRecord, toPart, toUpload } from "./records.ts";

/** Parts by number, those after `after`; `limit` at most `limits.pageEntriesMax`. */
export function listParts(ports: Ports, context: Context, input: Parameters<Core["uploads"]["parts"]>[1]): ReturnType<Core["uploads"]["parts"]> {
  return onView(ports, async (view) => {
    const bucket = await view.bucket(context, input);
    const { record } = await requireUpload(view, bucket, input);
    const limit = Math.min(input.limit, limits.pageEntriesMax);
    const cursor = view.scan({ from: tables.part.key(record.id, Math.max(0, input.after) + 1), to: tables.part.range(record.id).to });
    const rows = await cursor.next(limit + 1);
    cursor.close();
    const parts = rows.slice(0, limit).map(({ value }) => toPart(decodePart(value)));
    return {
      upload: toUpload(record),
      parts,
      truncated: limit > 0 && rows.length > limit,
      initiator: await view.owner(record.initiator),
      owner: await view.owner(record.owner),
      ...(bucket.state.abortsUploads ? await abortIn(view, bucket, record) : {}),
    };
  });
}

const pageRows = 500;
/**
 * Every part of an upload, by number. The stamp is read before them: when it is unchanged at the commit, so are they, although the pages come
 * from snapshots of their own (10 000 parts are more than one snapshot gives).
 */
export async function loadParts(ports: Ports, id: UploadId): Promise<{ stamp: Bytes | undefined; parts: Map<number, PartRecord> }> {
  const parts = new Map<number, PartRecord>();
  let stamp: Bytes | undefined;
  const stampKey = tables.part.key(id, 0);
  let { from, to } = tables.part.range(id);
  for (let first = true; ; first = false) {
    const view = View.open(ports);
    try {
      if (first) stamp = await view.get(stampKey);
      const cursor = view.scan({ from, to });
      const rows = await cursor.next(pageRows);
      cursor.close();
      for (const { key, value } of rows) {
        const [, number] = tables.part.read(key);
        if (number !== 0) parts.set(number, decodePart(value));
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < pageRows) return { stamp, parts };
      from = successor(last.key);
    } finally {
      view.close();
    }
  }
}
