import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { gzipped } from "./gzip-source.ts";

function sourceOf(chunks: Uint8Array[], failAt = Number.POSITIVE_INFINITY) {
  const reused = Buffer.alloc(Math.max(0, ...chunks.map(({ length }) => length)));
  let at = 0;
  const source = {
    closed: 0,
    async read() {
      if (at === failAt) throw new Error("broken");
      const chunk = chunks[at++];
      if (chunk === undefined) return undefined;
      // What was handed out before is overwritten, as the contract allows two reads later.
      reused.set(chunk);
      return reused.subarray(0, chunk.length);
    },
    close: () => void source.closed++,
  };
  return source;
}
async function all(source: ReturnType<typeof gzipped>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (let chunk = await source.read(); chunk !== undefined; chunk = await source.read()) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

test("what comes out unpacks to what went in, whatever the chunks", async () => {
  for (const sizes of [[], [0], [1], [5, 0, 7], Array.from({ length: 40 }, (_, n) => 1000 * n)]) {
    const chunks = sizes.map((size, n) => Buffer.alloc(size, `chunk ${n} `));
    const source = sourceOf(chunks);
    assert.deepEqual(gunzipSync(await all(gzipped(source))), Buffer.concat(chunks));
    assert.ok(source.closed > 0);
  }
});

test("a source that fails fails the read; one that is closed early is let go", async () => {
  const failing = sourceOf([Buffer.alloc(100), Buffer.alloc(100)], 1);
  await assert.rejects(all(gzipped(failing)), /broken/);
  assert.ok(failing.closed > 0);
  const early = sourceOf(Array.from({ length: 100 }, () => Buffer.alloc(100_000)));
  const stream = gzipped(early);
  await stream.read();
  stream.close();
  assert.ok(early.closed > 0);
});
