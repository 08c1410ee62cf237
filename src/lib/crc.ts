/**
 * The four CRCs that the vendors use, one after another over any number of pieces (crc-combine.ts joins those of parts without reading them again).
 * All are reflected, with all ones before and after. crc32: zlib. crc32c: Castagnoli (RFC 3720). crc64xz: ECMA-182, OSS `x-oss-hash-crc64ecma`.
 * crc64nvme: NVM Express, S3 `x-amz-checksum-crc64nvme`.
 */
import { crc32 as zlibCrc32 } from "node:zlib";
import { type Crc64, crc64Of } from "./crc64.ts";

export type CrcAlgorithm = "crc32" | "crc32c" | "crc64xz" | "crc64nvme";

/** `value`: unsigned. `base64`: big-endian, as S3 writes checksums. `decimal`: as OSS does. All may be asked for between updates. */
export type Crc = { update(bytes: Uint8Array): void; value(): bigint; base64(): string; decimal(): string };

const crcBytes: Record<CrcAlgorithm, 4 | 8> = { crc32: 4, crc32c: 4, crc64xz: 8, crc64nvme: 8 };

const tables = 8;
/** Table k: what a byte comes to after k more zero bytes (slicing by 8, Kounavis and Berry 2005). */
let castagnoli: Uint32Array | undefined;
function castagnoliTables(): Uint32Array {
  const made = new Uint32Array(tables * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    made[byte] = crc;
  }
  for (let at = 256; at < made.length; at++) {
    const before = made[at - 256] as number;
    made[at] = (before >>> 8) ^ (made[before & 0xff] as number);
  }
  return made;
}

/** `seed`: the CRC of what came before; 0 for nothing. */
export const crc32 = (bytes: Uint8Array, seed = 0): number => zlibCrc32(bytes, seed);

export function crc32c(bytes: Uint8Array, seed = 0): number {
  castagnoli ??= castagnoliTables();
  const table = castagnoli;
  const { length } = bytes;
  const whole = length - (length % tables);
  let crc = ~seed;
  let i = 0;
  // Written out: a loop over the eight, or reads through a DataView, are slower by half.
  while (i < whole) {
    const a = crc ^ ((bytes[i] as number) | ((bytes[i + 1] as number) << 8) | ((bytes[i + 2] as number) << 16) | ((bytes[i + 3] as number) << 24));
    crc =
      (table[1792 + (a & 0xff)] as number) ^
      (table[1536 + ((a >>> 8) & 0xff)] as number) ^
      (table[1280 + ((a >>> 16) & 0xff)] as number) ^
      (table[1024 + (a >>> 24)] as number) ^
      (table[768 + (bytes[i + 4] as number)] as number) ^
      (table[512 + (bytes[i + 5] as number)] as number) ^
      (table[256 + (bytes[i + 6] as number)] as number) ^
      (table[bytes[i + 7] as number] as number);
    i += tables;
  }
  for (; i < length; i++) crc = (crc >>> 8) ^ (table[(crc ^ (bytes[i] as number)) & 0xff] as number);
  return ~crc >>> 0;
}

const xz = crc64Of(0xc96c5795d7870f42n);
const nvme = crc64Of(0x9a6c9329ac4bc9b5n);
export const crc64xz = (bytes: Uint8Array, seed = 0n): bigint => xz(seed, bytes);
export const crc64nvme = (bytes: Uint8Array, seed = 0n): bigint => nvme(seed, bytes);

export function createCrc(algorithm: CrcAlgorithm): Crc {
  switch (algorithm) {
    case "crc32":
      return narrow(algorithm, crc32);
    case "crc32c":
      return narrow(algorithm, crc32c);
    case "crc64xz":
      return wide(algorithm, xz);
    case "crc64nvme":
      return wide(algorithm, nvme);
  }
}

function narrow(algorithm: CrcAlgorithm, step: (bytes: Uint8Array, seed: number) => number): Crc {
  let crc = 0;
  return {
    update: (bytes) => {
      crc = step(bytes, crc);
    },
    value: () => BigInt(crc),
    base64: () => crcBase64(algorithm, BigInt(crc)),
    decimal: () => String(crc),
  };
}

function wide(algorithm: CrcAlgorithm, step: Crc64): Crc {
  let crc = 0n;
  return {
    update: (bytes) => {
      crc = step(crc, bytes);
    },
    value: () => crc,
    base64: () => crcBase64(algorithm, crc),
    decimal: () => crc.toString(),
  };
}

/** Big-endian bytes of the CRC in base64: 8 characters for 32 bits, 12 for 64. */
export function crcBase64(algorithm: CrcAlgorithm, value: bigint): string {
  const bytes = Buffer.alloc(crcBytes[algorithm]);
  if (bytes.length === 4) bytes.writeUInt32BE(Number(value));
  else bytes.writeBigUInt64BE(value);
  return bytes.toString("base64");
}

/** The other way; `undefined` when it is not the base64 of exactly as many bytes as the CRC has. */
export function crcFromBase64(algorithm: CrcAlgorithm, text: string): bigint | undefined {
  const bytes = Buffer.from(text, "base64");
  if (bytes.length !== crcBytes[algorithm] || bytes.toString("base64") !== text) return undefined;
  return bytes.length === 4 ? BigInt(bytes.readUInt32BE()) : bytes.readBigUInt64BE();
}
