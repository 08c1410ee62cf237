/** Where the bytes of a content stand, as the bytes that records hold. */
import { asBuffer } from "./keys.ts";
import type { ContentId, Extent } from "./model.ts";
import type { Bytes } from "./ports.ts";
import { readNumber, writeNumber } from "./record-fields.ts";

/** count, then each: flags, length of the reference, reference, offset, length, and whose it is when borrowed. */
export function encodeExtents(extents: readonly Extent[]): Bytes {
  let bytes = 4;
  for (const { ref, from } of extents) bytes += 2 + ref.length + 16 + (from === undefined ? 0 : 16);
  const out = Buffer.allocUnsafe(bytes);
  out.writeUInt32BE(extents.length, 0);
  let place = 4;
  for (const { ref, offset, length, from } of extents) {
    out[place] = from === undefined ? 0 : 1;
    out[place + 1] = ref.length;
    out.set(ref, place + 2);
    place += 2 + ref.length;
    writeNumber(out, offset, place);
    writeNumber(out, length, place + 8);
    place += 16;
    if (from !== undefined) place += out.write(from, place, "hex");
  }
  return out;
}
export function decodeExtents(value: Bytes, start = 0): { extents: Extent[]; next: number } {
  const raw = asBuffer(value);
  const count = raw.readUInt32BE(start);
  const extents: Extent[] = [];
  let place = start + 4;
  for (let i = 0; i < count; i++) {
    const borrowed = raw[place] === 1;
    const refEnd = place + 2 + (raw[place + 1] ?? 0);
    const extent: Extent = { ref: raw.subarray(place + 2, refEnd), offset: readNumber(raw, refEnd), length: readNumber(raw, refEnd + 8) };
    place = refEnd + 16;
    if (borrowed) {
      extent.from = raw.toString("hex", place, place + 16).toUpperCase() as ContentId;
      place += 16;
    }
    extents.push(extent);
  }
  return { extents, next: place };
}
