import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { imageInfo } from "./image-info.ts";

const bytes = (...pieces: (string | number[])[]): Buffer => Buffer.concat(pieces.map((piece) => (typeof piece === "string" ? Buffer.from(piece, "latin1") : Buffer.from(piece))));
const zeros = (count: number): number[] => new Array<number>(count).fill(0);
const images: Record<string, [Buffer, string, number, number]> = {
  png: [bytes("\x89PNG\r\n\x1a\n", [0, 0, 0, 13], "IHDR", [0, 0, 1, 144], [0, 0, 1, 11]), "png", 400, 267],
  gif: [bytes("GIF89a", [0x90, 1], [0x0b, 1]), "gif", 400, 267],
  "lossy webp": [bytes("RIFF", zeros(4), "WEBPVP8 ", zeros(4), [0, 0, 0, 0x9d, 0x01, 0x2a, 0x90, 0x41, 0x0b, 0x01]), "webp", 400, 267],
  "lossless webp": [bytes("RIFF", zeros(4), "WEBPVP8L", zeros(4), [0x2f, 0x8f, 0x81, 0x42, 0x00], zeros(5)), "webp", 400, 267],
  "extended webp": [bytes("RIFF", zeros(4), "WEBPVP8X", zeros(8), [0x8f, 1, 0], [0x0a, 1, 0]), "webp", 400, 267],
  bmp: [bytes("BM", zeros(12), [40, 0, 0, 0], [0x90, 1, 0, 0], [0xf5, 0xfe, 0xff, 0xff]), "bmp", 400, 267],
  "old bmp": [bytes("BM", zeros(12), [12, 0, 0, 0], [0x90, 1], [0x0b, 1], zeros(4)), "bmp", 400, 267],
  jpeg: [bytes([0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xff, 0xc4, 0, 2, 0xff, 0xc2, 0, 17, 8, 1, 0x0b, 1, 0x90], zeros(12)), "jpg", 400, 267],
};

describe("imageInfo", () => {
  for (const [name, [start, format, width, height]] of Object.entries(images)) it(`reads ${name}`, () => assert.deepEqual(imageInfo(start), { format, width, height }));

  it("knows what is none, or is cut off, or has no size", () => {
    for (const none of ["", "GIF", "hello world, hello world, hello", "BM", "RIFFxxxxWAVEfmt xxxxxxxxxxxxxxxxxxxx"]) assert.equal(imageInfo(Buffer.from(none)), undefined, none);
    for (const [name, [start]] of Object.entries(images)) assert.equal(imageInfo(start.subarray(0, 9)), undefined, name);
    assert.equal(imageInfo(bytes("GIF89a", zeros(4))), undefined);
    assert.equal(imageInfo(bytes([0xff, 0xd8, 0xff, 0xda], zeros(20))), undefined);
    assert.equal(imageInfo(bytes([0xff, 0xd8, 0xff, 0xe0, 0, 0], zeros(20))), undefined);
  });

  it("ends on whatever it is given", () => {
    const starts = Object.values(images).map(([start]) => start);
    fc.assert(
      fc.property(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 60 }), fc.nat(30), (start, noise, at) => {
        imageInfo(Buffer.concat([start.subarray(0, at), noise]));
      }),
      { seed: 20261128, numRuns: 3_000 },
    );
  });
});
