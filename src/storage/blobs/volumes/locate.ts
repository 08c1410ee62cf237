import { BlobGone, type BlobRef, type Bytes, StoreCorrupt } from "../../../core/ports.ts";
import type { Context } from "./context.ts";
import { isMissing } from "./files.ts";
import { decodeRef, type Header, headerBytes, type Place, readHeader, view } from "./format.ts";
import type { Volume } from "./handles.ts";

/** A record found: the caller is a user of `volume` until it releases it. `place.offset` is where its record begins. */
export type Located = { volume: Volume; place: Place; header: Header };

/** How often a record may be moved while one read looks for it. */
const movesMax = 8;

/** Checks a header against the place that a reference names. Throws `StoreCorrupt`, `BlobGone`; "moved": ask the moved index. */
export const judgeHeader = (bytes: Buffer, place: Place, volume: Volume): Header | "moved" => {
  const header = readHeader(bytes, 0, { offset: place.offset, salt: volume.salt });
  if (!header || header.length !== place.length || header.state === "lost" || view(place.check).compare(header.check) !== 0)
    throw new StoreCorrupt(`volume ${place.volume}: no such record at ${place.offset}`);
  if (header.state === "dead") throw new BlobGone("the blob was removed");
  return header.state === "moved" ? "moved" : header;
};

/**
 * Finds a blob where it is now: in the volume of its reference, or where compaction put it. Throws `BlobGone` or `StoreCorrupt`.
 * `firstRead`: may be longer than a header; it is filled from the record's start.
 */
export const locate = async (context: Context, ref: BlobRef): Promise<Located> => {
  let place = decodeRef(ref);
  for (let moves = 0; moves < movesMax; moves++) {
    const found = tryLocate(context, place);
    if (found) return found;
    const next = await context.moved?.get(ref);
    if (!next) throw new BlobGone("no such blob");
    place = decodeRef(next as Bytes);
  }
  throw new StoreCorrupt("a blob moved faster than it could be read");
};

const tryLocate = (context: Context, place: Place): Located | undefined => {
  const volume = acquireOrMissing(context, place.volume);
  if (!volume) return undefined;
  try {
    const bytes = Buffer.allocUnsafe(headerBytes);
    const read = context.files.readSync(volume.fd, bytes, place.offset);
    const header = judgeHeader(bytes.subarray(0, read), place, volume);
    if (header !== "moved") return { volume, place, header };
  } catch (error) {
    context.handles.release(volume);
    throw error;
  }
  context.handles.release(volume);
  context.handles.forget(volume.name);
  return undefined;
};

/** `undefined` when the volume was compacted away or all of it removed. */
export const acquireOrMissing = (context: Context, name: string): Volume | undefined => {
  try {
    return context.handles.acquire(name);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
};
