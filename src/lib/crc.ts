/**
 * The four CRCs that the vendors use, one after another over any number of pieces, and joined from the CRCs of parts without reading them again.
 * All are reflected, with all ones before and after. crc32: zlib. crc32c: Castagnoli (RFC 3720). crc64xz: ECMA-182, OSS `x-oss-hash-crc64ecma`.
 * crc64nvme: NVM Express, S3 `x-amz-checksum-crc64nvme`. Slicing by 8 (Kounavis and Berry 2005), 64 bits held as pairs of 32.
 */
import { crc32 as zlibCrc32 } from "node:zlib";

export type CrcAlgorithm = "crc32" | "crc32c" | "crc64xz" | "crc64nvme";

/** `value`: unsigned. `base64`: big-endian, as S3 writes checksums. `decimal`: as OSS does. All may be asked for between updates. */
export type Crc = { update(bytes: Uint8Array): void; value(): bigint; base64(): string; decimal(): string };

/** Reflected polynomials, high and low half; the low half alone for 32 bits. */
const polynomials = {
  crc32: { bits: 32, high: 0, low: 0xedb88320 },
  crc32c: { bits: 32, high: 0, low: 0x82f63b78 },
  crc64xz: { bits: 64, high: 0xc96c5795, low: 0xd7870f42 },
  crc64nvme: { bits: 64, high: 0x9a6c9329, low: 0xac4bc9b5 },
} as const;

/** Eight tables of 256: table k is what a byte does after k more zero bytes. */
type Tables = { high: Uint32Array; low: Uint32Array };

function makeTables(algorithm: CrcAlgorithm): Tables {
  const polynomial = polynomials[algorithm];
  const high = new Uint32Array(8 * 256);
  const low = new Uint32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let h = 0;
    let l = byte;
    for (let bit = 0; bit < 8; bit++) {
      const carry = l & 1;
      l = (l >>> 1) | (h << 31);
      h >>>= 1;
      if (carry) {
        h ^= polynomial.high;
        l ^= polynomial.low;
      }
    }
    high[byte] = h;
    low[byte] = l;
  }
  for (let at = 256; at < 8 * 256; at++) {
    const h = high[at - 256] as number;
    const l = low[at - 256] as number;
    const index = l & 0xff;
    low[at] = ((l >>> 8) | (h << 24)) ^ (low[index] as number);
    high[at] = (h >>> 8) ^ (high[index] as number);
  }
  return { high, low };
}

const tablesMade = new Map<CrcAlgorithm, Tables>();
function tablesOf(algorithm: CrcAlgorithm): Tables {
  let tables = tablesMade.get(algorithm);
  if (!tables) tablesMade.set(algorithm, (tables = makeTables(algorithm)));
  return tables;
}

/** A 64-bit state that `run64` changes; held as an object so that one loop serves streams and one-shots without allocating. */
type State64 = { high: number; low: number };

function run64({ high: H, low: L }: Tables, state: State64, bytes: Uint8Array): void {
  let h = ~state.high;
  let l = ~state.low;
  const { length } = bytes;
  const whole = length - (length & 7);
  let i = 0;
  while (i < whole) {
    // biome-ignore format: one row a byte
    const a = l ^ ((bytes[i] as number) | ((bytes[i + 1] as number) << 8) | ((bytes[i + 2] as number) << 16) | ((bytes[i + 3] as number) << 24));
    const b = h ^ ((bytes[i + 4] as number) | ((bytes[i + 5] as number) << 8) | ((bytes[i + 6] as number) << 16) | ((bytes[i + 7] as number) << 24));
    const a0 = 1792 + (a & 0xff);
    const a1 = 1536 + ((a >>> 8) & 0xff);
    const a2 = 1280 + ((a >>> 16) & 0xff);
    const a3 = 1024 + (a >>> 24);
    const b0 = 768 + (b & 0xff);
    const b1 = 512 + ((b >>> 8) & 0xff);
    const b2 = 256 + ((b >>> 16) & 0xff);
    const b3 = b >>> 24;
    // biome-ignore format: eight look-ups
    l = (L[a0] as number) ^ (L[a1] as number) ^ (L[a2] as number) ^ (L[a3] as number) ^ (L[b0] as number) ^ (L[b1] as number) ^ (L[b2] as number) ^ (L[b3] as number);
    // biome-ignore format: eight look-ups
    h = (H[a0] as number) ^ (H[a1] as number) ^ (H[a2] as number) ^ (H[a3] as number) ^ (H[b0] as number) ^ (H[b1] as number) ^ (H[b2] as number) ^ (H[b3] as number);
    i += 8;
  }
  for (; i < length; i++) {
    const index = (l ^ (bytes[i] as number)) & 0xff;
    l = ((l >>> 8) | (h << 24)) ^ (L[index] as number);
    h = (h >>> 8) ^ (H[index] as number);
  }
  state.high = ~h >>> 0;
  state.low = ~l >>> 0;
}

function run32(L: Uint32Array, seed: number, bytes: Uint8Array): number {
  let l = ~seed;
  const { length } = bytes;
  const whole = length - (length & 7);
  let i = 0;
  while (i < whole) {
    const a = l ^ ((bytes[i] as number) | ((bytes[i + 1] as number) << 8) | ((bytes[i + 2] as number) << 16) | ((bytes[i + 3] as number) << 24));
    // biome-ignore format: eight look-ups
    l = (L[1792 + (a & 0xff)] as number) ^ (L[1536 + ((a >>> 8) & 0xff)] as number) ^ (L[1280 + ((a >>> 16) & 0xff)] as number) ^ (L[1024 + (a >>> 24)] as number) ^
      (L[768 + (bytes[i + 4] as number)] as number) ^ (L[512 + (bytes[i + 5] as number)] as number) ^ (L[256 + (bytes[i + 6] as number)] as number) ^ (L[bytes[i + 7] as number] as number);
    i += 8;
  }
  for (; i < length; i++) l = (l >>> 8) ^ (L[(l ^ (bytes[i] as number)) & 0xff] as number);
  return ~l >>> 0;
}

const joined = (state: State64): bigint => (BigInt(state.high) << 32n) | BigInt(state.low);
const split = (value: bigint): State64 => ({ high: Number(value >> 32n), low: Number(value & 0xffffffffn) });

/** `seed`: the CRC of what came before; 0 for nothing. */
export const crc32 = (bytes: Uint8Array, seed = 0): number => zlibCrc32(bytes, seed);
export const crc32c = (bytes: Uint8Array, seed = 0): number => run32(tablesOf("crc32c").low, seed, bytes);
export const crc64xz = (bytes: Uint8Array, seed = 0n): bigint => crc64("crc64xz", bytes, seed);
export const crc64nvme = (bytes: Uint8Array, seed = 0n): bigint => crc64("crc64nvme", bytes, seed);

function crc64(algorithm: "crc64xz" | "crc64nvme", bytes: Uint8Array, seed: bigint): bigint {
  const state = split(seed);
  run64(tablesOf(algorithm), state, bytes);
  return joined(state);
}

export function createCrc(algorithm: CrcAlgorithm): Crc {
  if (polynomials[algorithm].bits === 32) {
    let crc = 0;
    const step = algorithm === "crc32" ? crc32 : crc32c;
    return {
      update: (bytes) => {
        crc = step(bytes, crc);
      },
      value: () => BigInt(crc),
      base64: () => crcBase64(algorithm, BigInt(crc)),
      decimal: () => String(crc),
    };
  }
  const tables = tablesOf(algorithm);
  const state: State64 = { high: 0, low: 0 };
  return {
    update: (bytes) => run64(tables, state, bytes),
    value: () => joined(state),
    base64: () => crcBase64(algorithm, joined(state)),
    decimal: () => joined(state).toString(),
  };
}

/** Big-endian bytes of the CRC in base64: 8 characters for 32 bits, 12 for 64. */
export function crcBase64(algorithm: CrcAlgorithm, value: bigint): string {
  const bytes = Buffer.alloc(polynomials[algorithm].bits / 8);
  if (bytes.length === 4) bytes.writeUInt32BE(Number(value));
  else bytes.writeBigUInt64BE(value);
  return bytes.toString("base64");
}

/** The other way; `undefined` when it is not the base64 of exactly as many bytes as the CRC has. */
export function crcFromBase64(algorithm: CrcAlgorithm, text: string): bigint | undefined {
  const bytes = Buffer.from(text, "base64");
  if (bytes.length !== polynomials[algorithm].bits / 8 || bytes.toString("base64") !== text) return undefined;
  return bytes.length === 4 ? BigInt(bytes.readUInt32BE()) : bytes.readBigUInt64BE();
}
