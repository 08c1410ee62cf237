/** aws-chunked bodies: AWS's examples, every cut, and everything that must not pass. */
import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { test } from "node:test";
import { isDomainError } from "../../../core/errors.ts";
import { derivedKey } from "../../../lib/signing/keys.ts";
import { type AuthFailureKind, isAuthFailure } from "../../signing-failure.ts";
import { sourceOf, wireRequest } from "../../signing-testing.ts";
import { type ChunkedBody, chunkedBody, decodeChunks } from "./chunked.ts";
import { claimOf } from "./claim.ts";
import type { ChunkChain } from "./v4.ts";
import { verify } from "./verify.ts";

const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const nowMs = Date.UTC(2013, 4, 24);

/** Reads all of it, holding each chunk over one more read, as the contract allows. */
async function all({ source }: Pick<ChunkedBody, "source">): Promise<Buffer> {
  const copies: Buffer[] = [];
  let held: Uint8Array | undefined;
  for (;;) {
    const chunk = await source.read();
    if (held) copies.push(Buffer.from(held));
    if (chunk === undefined) return Buffer.concat(copies);
    held = chunk;
  }
}

/** The examples of sigv4-streaming.html and sigv4-streaming-trailers.html. */
function awsExample(options: { signature: string; signedHeaders: string; extra: [string, string][]; payload: string; frames: string }): ReturnType<typeof chunkedBody> {
  const request = wireRequest({
    method: "PUT",
    url: "/examplebucket/chunkObject.txt",
    headers: [
      ["Host", "s3.amazonaws.com"],
      ["x-amz-date", "20130524T000000Z"],
      ["x-amz-storage-class", "REDUCED_REDUNDANCY"],
      ["x-amz-content-sha256", options.payload],
      ["Content-Encoding", "aws-chunked"],
      ["x-amz-decoded-content-length", "66560"],
      ...options.extra,
      [
        "Authorization",
        `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=${options.signedHeaders},Signature=${options.signature}`,
      ],
    ],
    body: sourceOf(Buffer.from(options.frames), 5000),
  });
  const claim = claimOf(request);
  assert.ok(claim.kind === "signed");
  const { payload, chain } = verify(claim, secret, request, { style: "path", rawBucket: "examplebucket" }, { nowMs });
  assert.ok(payload.kind === "chunks");
  return chunkedBody(request, payload, chain);
}

test("AWS's example of signed chunks", async () => {
  const body = awsExample({
    signature: "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
    signedHeaders: "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class",
    extra: [["Content-Length", "66824"]],
    payload: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    frames:
      `10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n${"a".repeat(65536)}\r\n` +
      `400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n${"a".repeat(1024)}\r\n` +
      "0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n",
  });
  assert.equal(body.length, 66_560);
  assert.ok((await all(body)).equals(Buffer.alloc(66_560, "a")));
});

test("AWS's example of signed chunks with a signed trailer", async () => {
  const body = awsExample({
    signature: "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
    signedHeaders: "content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer",
    extra: [["x-amz-trailer", "x-amz-checksum-crc32c"]],
    payload: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
    frames:
      `10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n${"a".repeat(65536)}\r\n` +
      `400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n${"a".repeat(1024)}\r\n` +
      "0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n" +
      "x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n",
  });
  assert.equal((await all(body)).length, 66_560);
  assert.deepEqual([...body.trailers], [["x-amz-checksum-crc32c", "sOO8/Q=="]]);
});

/** A signer of its own, from the documentation. */
const chain: ChunkChain = {
  key: derivedKey("AWS4", "sk", ["20260101", "r", "s3", "aws4_request"]),
  seed: "5eed",
  timestamp: "20260101T000000Z",
  scope: "20260101/r/s3/aws4_request",
};
const sha256 = (text: string | Buffer): string => createHash("sha256").update(text).digest("hex");
const sign = (text: string): string => createHmac("sha256", chain.key).update(text).digest("hex");

function encode(
  chunks: string[],
  options: { signed: boolean; trailers?: Record<string, string>; blankLine?: boolean; trailerSignature?: string; signature?: (index: number, right: string) => string },
): Buffer {
  let previous = chain.seed;
  let wire = "";
  for (const [index, chunk] of [...chunks, ""].entries()) {
    const right = sign(`AWS4-HMAC-SHA256-PAYLOAD\n${chain.timestamp}\n${chain.scope}\n${previous}\n${sha256("")}\n${sha256(chunk)}`);
    previous = right;
    wire += `${Buffer.byteLength(chunk).toString(16)}${options.signed ? `;chunk-signature=${options.signature?.(index, right) ?? right}` : ""}\r\n${chunk}`;
    if (index < chunks.length) wire += "\r\n";
  }
  const names = Object.keys(options.trailers ?? {});
  for (const name of names) wire += `${name}:${options.trailers?.[name]}\r\n`;
  if (options.signed && options.trailers) {
    const lines = names.map((name) => `${name.toLowerCase()}:${options.trailers?.[name]}\n`).sort();
    const right = sign(`AWS4-HMAC-SHA256-TRAILER\n${chain.timestamp}\n${chain.scope}\n${previous}\n${sha256(lines.join(""))}`);
    wire += `${options.blankLine ? "\r\n" : ""}x-amz-trailer-signature:${options.trailerSignature ?? right}\r\n`;
  }
  return Buffer.from(`${wire}\r\n`, "latin1");
}
const decode = (wire: Uint8Array, options: { signed: boolean; trailer: boolean; length: number; announced?: string[]; pieceBytes?: number }): ChunkedBody =>
  decodeChunks(sourceOf(wire, options.pieceBytes ?? wire.length), {
    length: options.length,
    payload: { kind: "chunks", signed: options.signed, trailer: options.trailer },
    chain: options.signed ? chain : undefined,
    announced: options.announced ?? [],
  });

const content = ["hello, ", "w", "orld".repeat(20)];
const whole = Buffer.from(content.join(""));
const trailers = { "x-amz-checksum-crc32": "abcd==", "x-amz-meta-z": "1" };
const announced = Object.keys(trailers);

for (const signed of [false, true]) {
  for (const trailer of signed ? [false, true] : [true]) {
    test(`${signed ? "signed" : "unsigned"} chunks ${trailer ? "with trailers" : "without trailers"} decode the same in pieces of every size`, async () => {
      const wire = encode(content, { signed, ...(trailer ? { trailers } : {}) });
      for (let pieceBytes = 1; pieceBytes <= wire.length; pieceBytes++) {
        const body = decode(wire, { signed, trailer, length: whole.length, pieceBytes, announced: trailer ? announced : [] });
        assert.ok((await all(body)).equals(whole), `pieces of ${pieceBytes}`);
        assert.deepEqual([...body.trailers], trailer ? Object.entries(trailers) : []);
        assert.equal(await body.source.read(), undefined);
      }
    });

    test(`${signed ? "signed" : "unsigned"} chunks ${trailer ? "with trailers" : "without trailers"}: no body cut short passes, and nothing may follow`, async () => {
      const wire = encode(content, { signed, ...(trailer ? { trailers } : {}) });
      // Without trailers the last line end may be missing: nothing can hide there.
      const shortest = trailer ? wire.length : wire.length - 2;
      for (let end = 0; end < shortest; end++) {
        await assert.rejects(all(decode(wire.subarray(0, end), { signed, trailer, length: whole.length, announced: trailer ? announced : [], pieceBytes: 64 })), `cut at ${end}`);
      }
      await assert.rejects(all(decode(Buffer.concat([wire, Buffer.from("x")]), { signed, trailer, length: whole.length, announced: trailer ? announced : [] })), (error) =>
        isAuthFailure(error, "chunkMalformed"),
      );
    });
  }
}

test("chunks far larger than a piece, and an empty body", async () => {
  const big = "0123456789abcdef".repeat(20_000);
  assert.equal((await all(decode(encode([big, big], { signed: true }), { signed: true, trailer: false, length: 2 * big.length, pieceBytes: 60_000 }))).toString(), big + big);
  assert.equal((await all(decode(encode([], { signed: true }), { signed: true, trailer: false, length: 0 }))).length, 0);
  assert.equal((await all(decode(encode([], { signed: false }), { signed: false, trailer: true, length: 0 }))).length, 0);
});

test("a changed byte anywhere in signed chunks is refused", async () => {
  const wire = encode(content, { signed: true, trailers });
  for (let at = 0; at < wire.length; at++) {
    const changed = Buffer.from(wire);
    changed[at] = (changed[at] as number) ^ 1;
    await assert.rejects(all(decode(changed, { signed: true, trailer: true, length: whole.length, announced })), `byte ${at}`);
  }
});

test("a failed body stays failed", async () => {
  const body = decode(encode(content, { signed: true, signature: (_, right) => right.replace(/./, "x") }), { signed: true, trailer: false, length: whole.length });
  await assert.rejects(all(body), (error) => isAuthFailure(error, "chunkMismatch"));
  await assert.rejects(body.source.read(), (error) => isAuthFailure(error, "chunkMismatch"));
});

test("each way of being wrong has its name", async () => {
  const kind = async (expected: AuthFailureKind | "bodyLength", wire: Buffer | string, options: Partial<Parameters<typeof decode>[1]> = {}): Promise<void> => {
    const body = decode(Buffer.from(wire), { signed: false, trailer: true, length: 5, ...options });
    await assert.rejects(all(body), (error) => (expected === "bodyLength" ? isDomainError(error, expected) : isAuthFailure(error, expected)), JSON.stringify(wire).slice(0, 80));
  };
  const signed = { signed: true, trailer: true, length: 5 };
  await kind("bodyLength", encode(["hell"], { signed: false }));
  await kind("bodyLength", encode(["hello!"], { signed: false }));
  await kind("bodyLength", encode(["hello", "!"], { signed: false }));
  await kind("bodyLength", "5\r\nhel");
  await kind("chunkMalformed", "5\r\nhelloo\r\n0\r\n\r\n");
  await kind("chunkMalformed", "-5\r\nhello\r\n0\r\n\r\n");
  await kind("chunkMalformed", "0x5\r\nhello\r\n0\r\n\r\n");
  await kind("chunkMalformed", "\r\nhello");
  await kind("bodyLength", "ffffffffffff\r\nhello");
  await kind("chunkMalformed", "fffffffffffff\r\nhello");
  await kind("chunkMalformed", `${"0".repeat(2000)}5\r\nhello`);
  await kind("chunkMalformed", "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:a\r\n\r\n");
  await kind("chunkMalformed", "5\r\nhello\r\n0\r\n\r\n", { announced: ["x-amz-checksum-crc32"] });
  await kind("chunkMalformed", "5\r\nhello\r\n0\r\na:1\r\na:1\r\n\r\n", { announced: ["a"] });
  await kind("chunkMalformed", "5\r\nhello\r\n0\r\na\r\n\r\n", { announced: ["a"] });
  await kind("chunkMalformed", `5\r\nhello\r\n0\r\na:${"x".repeat(9000)}\r\n\r\n`, { announced: ["a"] });
  await kind("chunkMalformed", "5\r\nhello\r\n0\r\nx-amz-trailer-signature:00\r\n\r\n");
  await kind("chunkMalformed", encode(["hello"], { signed: false }), signed);
  await kind("trailerMismatch", encode(["hello"], { signed: true, trailers: { a: "1" }, trailerSignature: "00" }), { ...signed, announced: ["a"] });
  await kind("chunkMalformed", encode(["hello"], { signed: true, trailers: { a: "1" }, trailerSignature: "" }).subarray(0, -2), { ...signed, announced: ["a"] });
  await kind("chunkMismatch", encode(["hello"], { signed: true, signature: (index, right) => (index === 1 ? "00" : right) }), { ...signed, trailer: false });
});

test("a blank line before the trailer's signature is taken, as some clients write one", async () => {
  const body = decode(encode(["hello"], { signed: true, trailers: { a: "1" }, blankLine: true }), { signed: true, trailer: true, length: 5, announced: ["a"] });
  assert.equal((await all(body)).toString(), "hello");
  assert.deepEqual([...body.trailers], [["a", "1"]]);
});

test("the decoded length must be announced", () => {
  for (const value of [undefined, "", "-1", "1e3", "5,5"]) {
    const request = wireRequest({ method: "PUT", url: "/b/k", headers: value === undefined ? [] : [["x-amz-decoded-content-length", value]] });
    assert.throws(
      () => chunkedBody(request, { kind: "chunks", signed: false, trailer: true }, undefined),
      (error) => isAuthFailure(error, "missingDecodedLength"),
    );
  }
});
