/** Byte strings as keys of a Map, and what ranges of them hold. */

import type { Bytes, KeyRange } from "../../core/ports.ts";
import { compareBytes } from "../../lib/bytes.ts";

/** One character per byte: order and identity stay those of the bytes. */
export function mapKey(bytes: Bytes): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

export const isEmptyRange = (range: KeyRange): boolean => compareBytes(range.from, range.to) >= 0;

/** Always a copy, and always a plain Uint8Array: `Buffer.slice` would share the bytes. */
export const copyBytes = (bytes: Bytes): Bytes => new Uint8Array(bytes);
