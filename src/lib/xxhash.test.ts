import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import fc from "fast-check";
import { createXxhash, loadXxhash, type XxhashAlgorithm } from "./xxhash.ts";

/** Of nothing, of "123456789", and of 100 000 bytes (i * 7) % 251, by awscrt 0.38.1, which the AWS SDKs hash with. */
const known: Record<XxhashAlgorithm, [string, string, string]> = {
  xxhash64: ["70bbN1HY6Zk=", "jLhB20DmroM=", "OCV8wgU6Fyk="],
  xxhash3: ["LQaABTjTlMI=", "ctyxi2ehff8=", "F6cBB1qVtDI="],
  xxhash128: ["maoG0wFHmNhgAcMkRo1Jfw==", "MxGUd+3l3NXpcWQnaB1YYA==", "cCJ7Fv1fdO8XpwEHWpW0Mg=="],
};
const algorithms = Object.keys(known) as XxhashAlgorithm[];
const bodies = [Buffer.alloc(0), Buffer.from("123456789"), Buffer.from(Uint8Array.from({ length: 100_000 }, (_, i) => (i * 7) % 251))];

function whole(algorithm: XxhashAlgorithm, bytes: Uint8Array): string {
  const hash = createXxhash(algorithm);
  hash.update(bytes);
  return Buffer.from(hash.digest()).toString("base64");
}

describe("xxHash", () => {
  before(async () => {
    assert.throws(() => createXxhash("xxhash3"), /before it was loaded/);
    await Promise.all([loadXxhash(), loadXxhash()]);
    assert.equal(loadXxhash(), undefined);
  });

  for (const algorithm of algorithms) {
    it(`${algorithm} is what AWS's own library computes`, () => {
      assert.deepEqual(
        bodies.map((bytes) => whole(algorithm, bytes)),
        known[algorithm],
      );
    });

    it(`${algorithm} of several bodies whose pieces come in any order, some of them given up`, () => {
      const piece = fc.record({ body: fc.nat(3), bytes: fc.uint8Array({ maxLength: 700 }) });
      fc.assert(
        fc.property(fc.array(piece, { maxLength: 60 }), fc.nat(3), (pieces, givenUp) => {
          const running = Array.from({ length: 4 }, () => createXxhash(algorithm));
          for (const { body, bytes } of pieces) running[body]?.update(bytes);
          for (const [body, hash] of running.entries()) {
            if (body === givenUp) continue;
            const bytes = Buffer.concat(pieces.filter((each) => each.body === body).map((each) => each.bytes));
            assert.equal(Buffer.from(hash.digest()).toString("base64"), whole(algorithm, bytes));
          }
        }),
      );
    });
  }
});
