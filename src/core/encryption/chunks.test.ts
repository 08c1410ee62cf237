import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import { BodyLengthError, StoreCorrupt } from "../ports.ts";
import { chunked, drain } from "../testing.ts";
import { locate, openStream, type Stream, sealedLength, sealing, sealStream, streamKey } from "./chunks.ts";

const dataKey = randomBytes(32);
async function sealed(plain: Buffer, id: Buffer, options: { chunkBytes?: number; length?: number } = {}): Promise<Buffer> {
  return drain(sealStream(chunked(plain, options.chunkBytes ?? 10_000), { key: streamKey(dataKey, id), id, length: options.length }));
}
async function opened(stored: Buffer, streams: Stream[], range: { start: number; end: number }, chunkBytes = 7_000, key: Buffer = dataKey): Promise<Buffer> {
  const located = locate(streams, range);
  return drain(openStream(chunked(stored.subarray(located.start, located.end), chunkBytes), located, key));
}

describe("sealed streams", () => {
  it("have the announced length and read back, at every size around a chunk's, whatever pieces they come in", async () => {
    for (const size of [0, 1, sealing.plainBytes - 1, sealing.plainBytes, sealing.plainBytes + 1, 2 * sealing.plainBytes, 200_001]) {
      const plain = randomBytes(size);
      const id = randomBytes(16);
      for (const chunkBytes of [1_000, 65_536, 300_000]) {
        const stored = await sealed(plain, id, { chunkBytes, ...(chunkBytes === 1_000 ? {} : { length: size }) });
        assert.equal(stored.length, sealedLength(size));
        if (size > 16) assert.equal(stored.includes(plain.subarray(0, 16)), false);
        assert.deepEqual(await opened(stored, [{ id, size }], { start: 0, end: size }, chunkBytes), plain);
      }
    }
  });

  it("one after the other give any range, across their borders too, reading no chunk that is not touched", async () => {
    const sizes = [100_000, 0, 65_536, 1, 70_000];
    const plains = sizes.map((size) => randomBytes(size));
    const streams = sizes.map((size) => ({ id: randomBytes(16), size }));
    const stored = Buffer.concat(await Promise.all(plains.map((plain, n) => sealed(plain, (streams[n] as Stream).id as Buffer))));
    const all = Buffer.concat(plains);
    const borders = [0, 1, 65_535, 65_536, 99_999, 100_000, 165_535, 165_536, 165_537, 200_000, all.length];
    for (const start of borders)
      for (const end of borders) {
        if (start >= end) continue;
        assert.deepEqual(await opened(stored, streams, { start, end }), all.subarray(start, end), `${start}-${end}`);
        const located = locate(streams, { start, end });
        assert.ok(located.end - located.start <= end - start + 2 * sealing.plainBytes + 10 * sealing.tagBytes);
      }
  });

  it("are refused when anything is changed, moved, cut off or opened with another key", async () => {
    const id = randomBytes(16);
    const plain = randomBytes(3 * sealing.plainBytes);
    const stored = await sealed(plain, id);
    const chunk = sealing.plainBytes + sealing.tagBytes;
    const whole = { start: 0, end: plain.length };
    const refused = async (bytes: Buffer, streams: Stream[], range = whole, key = dataKey): Promise<void> => {
      await assert.rejects(opened(bytes, streams, range, 7_000, key), (error) => error instanceof StoreCorrupt);
    };
    for (const place of [0, chunk - 1, chunk, stored.length - 1]) {
      const changed = Buffer.from(stored);
      changed[place] = (changed[place] as number) ^ 1;
      await refused(changed, [{ id, size: plain.length }]);
    }
    const swapped = Buffer.concat([stored.subarray(chunk, 2 * chunk), stored.subarray(0, chunk), stored.subarray(2 * chunk)]);
    await refused(swapped, [{ id, size: plain.length }]);
    // Two chunks passed off as the whole: the second says it is not the last.
    await refused(stored.subarray(0, 2 * chunk), [{ id, size: 2 * sealing.plainBytes }], { start: 0, end: 2 * sealing.plainBytes });
    await refused(stored, [{ id: randomBytes(16), size: plain.length }]);
    await refused(stored, [{ id, size: plain.length }], whole, randomBytes(32));
    await refused(stored.subarray(0, stored.length - 1), [{ id, size: plain.length }]);
  });

  it("hold the source to its length", async () => {
    const id = randomBytes(16);
    for (const length of [99, 101]) await assert.rejects(sealed(randomBytes(100), id, { length }), (error) => error instanceof BodyLengthError && error.received === 100);
  });
});
