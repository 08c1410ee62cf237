/** The CRC of two runs of bytes from the CRC of each and the length of the second: arithmetic in GF(2)[x] modulo the polynomial. */
import type { CrcAlgorithm } from "./crc.ts";

/** Reflected: the highest bit is x^0. 32-bit CRCs stand in the high word, with a polynomial that ends there. */
type Polynomial = { high: number; low: number; bits: 32 | 64 };
const polynomials: Record<CrcAlgorithm, Polynomial> = {
  crc32: { high: 0xedb88320, low: 0, bits: 32 },
  crc32c: { high: 0x82f63b78, low: 0, bits: 32 },
  crc64xz: { high: 0xc96c5795, low: 0xd7870f42, bits: 64 },
  crc64nvme: { high: 0x9a6c9329, low: 0xac4bc9b5, bits: 64 },
};

type Value = { high: number; low: number };

function multiply(a: Value, b: Value, modulus: Polynomial): Value {
  let high = 0;
  let low = 0;
  let bHigh = b.high;
  let bLow = b.low;
  for (let bit = 0; bit < modulus.bits; bit++) {
    const taken = bit < 32 ? (a.high >>> (31 - bit)) & 1 : (a.low >>> (63 - bit)) & 1;
    if (taken) {
      high ^= bHigh;
      low ^= bLow;
    }
    const carry = modulus.bits === 64 ? bLow & 1 : bHigh & 1;
    if (modulus.bits === 64) bLow = (bLow >>> 1) | (bHigh << 31);
    bHigh >>>= 1;
    if (carry) {
      bHigh ^= modulus.high;
      bLow ^= modulus.low;
    }
  }
  return { high: high >>> 0, low: low >>> 0 };
}

/** x^(8 * 2^k) for k = 0, 1, ..., per algorithm; lengths are below 2^53. */
const powers = new Map<CrcAlgorithm, Value[]>();
function powersOf(algorithm: CrcAlgorithm): Value[] {
  let list = powers.get(algorithm);
  if (list) return list;
  const modulus = polynomials[algorithm];
  let power: Value = { high: 0x00800000, low: 0 };
  list = [];
  for (let k = 0; k < 53; k++) {
    list.push(power);
    power = multiply(power, power, modulus);
  }
  powers.set(algorithm, list);
  return list;
}

/** Parts of an upload are mostly of one size: the last shift is kept. */
const lastShift = new Map<CrcAlgorithm, { length: number; by: Value }>();
function shiftOf(algorithm: CrcAlgorithm, length: number): Value {
  const last = lastShift.get(algorithm);
  if (last?.length === length) return last.by;
  let by: Value = { high: 0x80000000, low: 0 };
  const list = powersOf(algorithm);
  for (let k = 0, rest = length; rest > 0; k++, rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) by = multiply(by, list[k] as Value, polynomials[algorithm]);
  }
  lastShift.set(algorithm, { length, by });
  return by;
}

/** CRC of A followed by B, given the CRC of each; `lengthB` in bytes, a whole number from 0 to 2^53 - 1. */
export function combine(algorithm: CrcAlgorithm, a: bigint, b: bigint, lengthB: number): bigint {
  if (!Number.isSafeInteger(lengthB) || lengthB < 0) throw new RangeError(`length ${lengthB}`);
  const wide = polynomials[algorithm].bits === 64;
  const value = wide ? { high: Number(a >> 32n), low: Number(a & 0xffffffffn) } : { high: Number(a), low: 0 };
  const moved = multiply(value, shiftOf(algorithm, lengthB), polynomials[algorithm]);
  return (wide ? (BigInt(moved.high) << 32n) | BigInt(moved.low) : BigInt(moved.high)) ^ b;
}
