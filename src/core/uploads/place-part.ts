/** Puts a part's row in place of the one there was: what UploadPart and UploadPartCopy commit. */
import type { Change } from "../change.ts";
import { counterKey, tables, uploadUser } from "../keys.ts";
import type { ContentId, Extent, UploadId } from "../model.ts";
import { encodeDead, encodePage } from "../records.ts";
import type { BucketHandle, View } from "../view.ts";
import type { FoundUpload } from "./find.ts";
import { decodePart, encodePart, type PartRecord } from "./records.ts";

/**
 * Expects the bucket's state, the upload's record and the part's row as read; a new stamp tells Complete that its parts are not what it read.
 * Parts of other numbers do not meet here. The bytes of a part that is replaced are dropped by reference: its upload goes on.
 */
export async function placePart(view: View, change: Change, bucket: BucketHandle, upload: FoundUpload, part: PartRecord): Promise<void> {
  const { id } = upload.record;
  const { generation } = bucket.state;
  const row = tables.part.key(id, part.number);
  const before = await view.get(row);
  change.expect(bucket.stateKey, bucket.stateValue).expect(upload.rowKey, upload.rowValue).expect(row, before);
  let replacedSize = 0;
  if (before === undefined) change.add(counterKey(generation, "parts"), 1);
  else {
    const old = decodePart(before);
    replacedSize = old.size;
    await releasePart(view, change, id, old);
  }
  change
    .put(row, encodePart(part))
    .put(tables.part.key(id, 0), view.ports.random.bytes(16))
    .add(counterKey(generation, "partBytes"), part.size - replacedSize);
}

/** Whatever a part holds alone: its own blobs are dropped, its use of another content ends. The row itself is the caller's. */
export async function releasePart(view: View, change: Change, id: UploadId, part: PartRecord): Promise<void> {
  dropBlobs(view, change, part.extents);
  if (part.source !== undefined) await endUse(view, change, part.source, uploadUser(id, part.number));
}

function dropBlobs(view: View, change: Change, extents: readonly Extent[]): void {
  const own = extents.filter(({ from }) => from === undefined);
  if (own.length === 0) return;
  const dropId = Buffer.from(view.ports.random.bytes(16)).toString("hex").toUpperCase() as ContentId;
  change.put(tables.dropped.key(dropId), encodePage(own));
}

/** Ends a borrower's use. The dead row of a version that went before may know more extents: it is put again as it is, never less. */
export async function endUse(view: View, change: Change, source: ContentId, user: Uint8Array): Promise<void> {
  const use = tables.use.key(source, user);
  change.expect(use, await view.get(use)).remove(use);
  const dead = tables.dead.key(source);
  const known = await view.get(dead);
  change.expect(dead, known).put(dead, known ?? encodeDead({ id: source, paged: true }));
}
