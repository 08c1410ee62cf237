import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { before, describe, it } from "node:test";
import { checksumLoading, digester } from "./digest.ts";
import type { ChecksumAlgorithm } from "./model.ts";

const text = Buffer.from("123456789");
/** The check values of the catalogue of parametrised CRC algorithms, and of FIPS 180-4 by node's own hash. */
const known: Record<ChecksumAlgorithm, string> = {
  crc32: Buffer.from("cbf43926", "hex").toString("base64"),
  crc32c: Buffer.from("e3069283", "hex").toString("base64"),
  crc64nvme: Buffer.from("ae8b14860a799888", "hex").toString("base64"),
  sha1: createHash("sha1").update(text).digest("base64"),
  sha256: createHash("sha256").update(text).digest("base64"),
  sha512: createHash("sha512").update(text).digest("base64"),
  md5: createHash("md5").update(text).digest("base64"),
  // By AWS's own library (lib/xxhash.test.ts).
  xxhash64: "jLhB20DmroM=",
  xxhash3: "ctyxi2ehff8=",
  xxhash128: "MxGUd+3l3NXpcWQnaB1YYA==",
};

describe("digests of a body", () => {
  before(async () => {
    for (const algorithm of Object.keys(known) as ChecksumAlgorithm[]) await checksumLoading(algorithm);
  });

  for (const [algorithm, value] of Object.entries(known) as [ChecksumAlgorithm, string][]) {
    it(`compute ${algorithm} when it is asked for, in whatever pieces the body comes`, () => {
      const digests = digester({ checksum: algorithm, expected: () => ({}) });
      for (const byte of text) digests.update(Buffer.from([byte]));
      assert.deepEqual(digests.finish(), { md5: createHash("md5").update(text).digest("hex"), crc64: String(0x995dc9bbdf1939fan), checksum: { algorithm, value, type: "full" } });
    });

    it(`hold a ${algorithm} that only the trailer names against the body`, () => {
      for (const claim of [value, "AAAA"]) {
        let isOver = false;
        const digests = digester({ checksum: algorithm, expected: () => (isOver ? { checksum: { algorithm, value: claim } } : {}) });
        digests.update(text);
        isOver = true;
        if (claim === value) digests.finish();
        else assert.throws(() => digests.finish(), { kind: "digestMismatch", detail: { algorithm, expected: claim, actual: value } });
      }
    });
  }

  it("never pass over a claim that could not be computed", () => {
    let isOver = false;
    const digests = digester({ expected: () => (isOver ? { sha256: "0".repeat(64) } : {}) });
    isOver = true;
    assert.throws(() => digests.finish(), /never announced/);
  });

  it("take hex claims in either case and crc64 in decimal", () => {
    const md5 = createHash("md5").update(text).digest("hex").toUpperCase();
    const sha256 = createHash("sha256").update(text).digest("hex").toUpperCase();
    const digests = digester({ expected: () => ({ md5, sha256, crc64: String(0x995dc9bbdf1939fan) }) });
    digests.update(text);
    assert.equal(digests.finish().checksum, undefined);
  });
});
