import assert from "node:assert/strict";
import { test } from "node:test";
import type { Clock } from "../../core/ports.ts";
import { throttled } from "./traffic-limit.ts";

const clock: Clock = { wallMs: () => Date.now(), sequenceMs: () => 0, monotonicMs: () => performance.now() };

test("a throttled source gives the same bytes, no faster than asked", async () => {
  const chunks = [Buffer.alloc(30_000, 1), Buffer.alloc(0), Buffer.alloc(10_000, 2)];
  const whole = Buffer.concat(chunks);
  let closed = 0;
  const inner = { read: async () => chunks.shift(), close: () => void closed++ };
  const source = throttled(inner, 100_000, { clock, request: new AbortController() });
  const began = performance.now();
  const pieces: Buffer[] = [];
  for (let piece = await source.read(); piece !== undefined; piece = await source.read()) pieces.push(Buffer.from(piece));
  const tookMs = performance.now() - began;
  source.close();
  assert.ok(Buffer.concat(pieces).equals(whole));
  assert.ok(pieces.every(({ length }) => length <= 5_000));
  assert.ok(tookMs >= 395, `40 000 bytes at 100 000 a second took ${tookMs} ms`);
  assert.equal(closed, 1);
});

test("a throttled source ends with its request", async () => {
  const gone = new AbortController();
  const source = throttled({ read: async () => Buffer.alloc(1_000_000), close() {} }, 1_000, { clock, request: gone });
  const reading = source.read().then(() => source.read());
  gone.abort();
  await assert.rejects(reading);
});
