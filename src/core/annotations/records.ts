/** The rows of annotations. */

import { decodeExtents, encodeExtents } from "../extent-bytes.ts";
import { asBuffer } from "../keys.ts";
import type { Annotation } from "../model.ts";
import type { Bytes } from "../ports.ts";
import { checkFormat, presence } from "../records.ts";

/** Row annotation/set/name: fields as JSON, then the extents, then the bytes that stand in the row itself. */
export function encodeAnnotation({ name: _name, content, ...fields }: Annotation): Bytes {
  const { inline, extents = [], paged: _paged, ...rest } = content;
  const json = Buffer.from(JSON.stringify({ ...fields, content: rest }), "utf8");
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32BE(json.length, 0);
  return Buffer.concat([presence, length, json, encodeExtents(extents), inline ?? Buffer.alloc(0)]);
}
export function decodeAnnotation(name: string, value: Bytes): Annotation {
  checkFormat(value);
  const raw = asBuffer(value);
  const jsonEnd = 5 + raw.readUInt32BE(1);
  const fields = JSON.parse(raw.toString("utf8", 5, jsonEnd)) as Omit<Annotation, "name">;
  const { extents, next } = decodeExtents(raw, jsonEnd);
  return { ...fields, name, content: { ...fields.content, ...(extents.length > 0 ? { extents } : { inline: raw.subarray(next) }) } };
}
