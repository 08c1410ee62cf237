/**
 * What stands in a row: the payload, a format byte, and a CRC32 (little-endian) over key, payload and format byte. A key has a CRC32 of its own in the row,
 * seeded with its length, for scans that read no values; the value's CRC goes on from it, so that it covers the key at no further cost.
 * SQLite checks no page of the database file: these are the only checksums between a flipped bit and a reader.
 */
import { crc32 } from "node:zlib";
import { type Bytes, StoreCorrupt } from "../../../core/ports.ts";

const formatByte = 1;
const tailBytes = 5;

/** Unsigned 32 bits. */
export const keyCheck = (key: Bytes): number => crc32(key, key.length);

/** A fresh array: `payload`, format byte, CRC. */
export function seal(check: number, payload: Bytes): Bytes {
  const stored = Buffer.allocUnsafe(payload.length + tailBytes);
  stored.set(payload);
  stored[payload.length] = formatByte;
  stored.writeUInt32LE(crc32(stored.subarray(0, payload.length + 1), check), payload.length + 1);
  return stored;
}

/** The payload as a view of `stored`. Throws `StoreCorrupt` unless every bit is as it was sealed under this key. */
export function unseal(check: number, stored: unknown): Bytes {
  if (!(stored instanceof Uint8Array) || stored.length < tailBytes) throw new StoreCorrupt("a stored value has lost its checksum");
  const at = stored.length - 4;
  const written = ((stored[at] as number) | ((stored[at + 1] as number) << 8) | ((stored[at + 2] as number) << 16) | ((stored[at + 3] as number) << 24)) >>> 0;
  if (crc32(stored.subarray(0, at), check) !== written) throw new StoreCorrupt("a stored value does not match its checksum");
  if (stored[at - 1] !== formatByte) throw new StoreCorrupt(`a stored value has format ${stored[at - 1]}, which this version does not know`);
  return stored.subarray(0, at - 1);
}

/** Throws `StoreCorrupt` unless the key is the one that was written. */
export function verifyKey(key: unknown, check: unknown): Bytes {
  if (!(key instanceof Uint8Array) || keyCheck(key) !== check) throw new StoreCorrupt("a stored key does not match its checksum");
  return key;
}

/** Counters are sealed like values: eight bytes of a float, exact up to 2^53. */
export function counterBytes(value: number): Bytes {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeDoubleLE(value);
  return bytes;
}
export function counterValue(payload: Bytes): number {
  const value = payload.length === 8 ? new DataView(payload.buffer, payload.byteOffset, 8).getFloat64(0, true) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw new StoreCorrupt("a counter holds no whole number");
  return value;
}
