/** Which annotations a version has, within its record: the set, how many, and their bytes together. */
import type { Annotated, ContentId } from "../model.ts";

const setBytes = 16;
export const annotatedBytes = setBytes + 16;

export function encodeAnnotated({ set, count, bytes }: Annotated): Buffer {
  const out = Buffer.alloc(annotatedBytes);
  out.write(set, 0, "hex");
  out.writeBigUInt64BE(BigInt(count), setBytes);
  out.writeBigUInt64BE(BigInt(bytes), setBytes + 8);
  return out;
}
export const decodeAnnotated = (raw: Buffer, place: number): Annotated => ({
  set: raw.toString("hex", place, place + setBytes).toUpperCase() as ContentId,
  count: Number(raw.readBigUInt64BE(place + setBytes)),
  bytes: Number(raw.readBigUInt64BE(place + setBytes + 8)),
});
