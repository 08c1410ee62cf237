import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type CrcAlgorithm, crc32, crc32c, crc64nvme, crc64xz, crcBase64, crcFromBase64, createCrc } from "./crc.ts";
import { combine } from "./crc-combine.ts";

const algorithms: CrcAlgorithm[] = ["crc32", "crc32c", "crc64xz", "crc64nvme"];
/** Polynomial (reflected) and width, bit by bit: slow and plainly right. */
const slow: Record<CrcAlgorithm, [bigint, bigint]> = {
  crc32: [0xedb88320n, 32n],
  crc32c: [0x82f63b78n, 32n],
  crc64xz: [0xc96c5795d7870f42n, 64n],
  crc64nvme: [0x9a6c9329ac4bc9b5n, 64n],
};
function slowly(algorithm: CrcAlgorithm, bytes: Uint8Array): bigint {
  const [polynomial, bits] = slow[algorithm];
  const ones = (1n << bits) - 1n;
  let crc = ones;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let i = 0; i < 8; i++) crc = crc & 1n ? (crc >> 1n) ^ polynomial : crc >> 1n;
  }
  return crc ^ ones;
}
const whole = (algorithm: CrcAlgorithm, bytes: Uint8Array): bigint => {
  const crc = createCrc(algorithm);
  crc.update(bytes);
  return crc.value();
};

test("CRCs have the check values of their catalogue", () => {
  const check = Buffer.from("123456789");
  assert.equal(crc32(check), 0xcbf43926);
  assert.equal(crc32c(check), 0xe3069283);
  assert.equal(crc64xz(check), 0x995dc9bbdf1939fan);
  assert.equal(crc64nvme(check), 0xae8b14860a799888n);
});

test("crc64xz is what OSS documents", () => {
  const crc = createCrc("crc64xz");
  assert.equal(crc.decimal(), "0");
  crc.update(Buffer.from("hello"));
  assert.equal(crc.decimal(), "11177612005948864433");
});

test("base64 is big-endian, and reads back", () => {
  const crc = createCrc("crc32");
  crc.update(Buffer.from("123456789"));
  assert.equal(crc.base64(), Buffer.from("cbf43926", "hex").toString("base64"));
  for (const algorithm of algorithms) {
    const value = whole(algorithm, Buffer.from("123456789"));
    assert.equal(crcFromBase64(algorithm, crcBase64(algorithm, value)), value);
  }
  assert.equal(crcFromBase64("crc32", "AAAAAAAAAAA="), undefined);
  assert.equal(crcFromBase64("crc32", "y/Q5Jg"), undefined);
});

test("every algorithm equals the bit by bit one, at every cut, and parts combine", () => {
  fc.assert(
    fc.property(fc.constantFrom(...algorithms), fc.uint8Array({ maxLength: 200 }), fc.nat({ max: 200 }), (algorithm, bytes, at) => {
      const cut = Math.min(at, bytes.length);
      const expected = slowly(algorithm, bytes);
      assert.equal(whole(algorithm, bytes), expected);
      const crc = createCrc(algorithm);
      crc.update(bytes.subarray(0, cut));
      crc.update(bytes.subarray(cut));
      assert.equal(crc.value(), expected);
      const joined = combine(algorithm, whole(algorithm, bytes.subarray(0, cut)), whole(algorithm, bytes.subarray(cut)), bytes.length - cut);
      assert.equal(joined, expected);
    }),
    { numRuns: 400, seed: 7 },
  );
});

test("long runs, at odd offsets of the memory, equal the same bytes in small pieces", () => {
  const memory = Buffer.alloc(3 * 1024 * 1024 + 77);
  for (let i = 0; i < memory.length; i++) memory[i] = (i * 2654435761) >>> 13;
  for (const algorithm of algorithms) {
    const bytes = memory.subarray(3, memory.length - 5);
    const pieces = createCrc(algorithm);
    for (let at = 0; at < bytes.length; at += 99_991) pieces.update(bytes.subarray(at, at + 99_991));
    assert.equal(pieces.value(), whole(algorithm, bytes), algorithm);
  }
});

test("combine takes lengths beyond 2^32 and refuses others", () => {
  for (const algorithm of algorithms) {
    const half = 3 * 2 ** 32 + 5;
    // Zeros appended in two steps are zeros appended at once.
    const [a, z] = [whole(algorithm, Buffer.from("a")), whole(algorithm, Buffer.from("z"))];
    assert.equal(combine(algorithm, combine(algorithm, a, 0n, half), z, half), combine(algorithm, a, 0n, 2 * half) ^ z);
    assert.equal(combine(algorithm, a, 0n, 0), a);
    assert.throws(() => combine(algorithm, a, z, -1), RangeError);
    assert.throws(() => combine(algorithm, a, z, 0.5), RangeError);
  }
});
