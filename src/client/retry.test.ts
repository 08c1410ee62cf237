import assert from "node:assert/strict";
import { test } from "node:test";
import { delayMs, healsWithTime, isNetworkError, pause, retryAfterMs, retryAfterMsMax } from "./retry.ts";

test("delays double up to a limit, and are spread over their upper half", () => {
  const delays = (random: number): number[] => [1, 2, 3, 8, 20].map((attempt) => delayMs(attempt, {}, () => random));
  assert.deepEqual(delays(1), [200, 400, 800, 20_000, 20_000]);
  assert.deepEqual(delays(0), [100, 200, 400, 10_000, 10_000]);
});

test("Retry-After is seconds or a date, and never without end", () => {
  const nowMs = Date.parse("2026-11-28T12:00:00Z");
  assert.deepEqual(
    ["7", " 0 ", "Sat, 28 Nov 2026 12:00:30 GMT", "Sat, 28 Nov 2026 11:00:00 GMT", "soon", "-5", "999999", undefined].map((value) => retryAfterMs(value, nowMs)),
    [7_000, 0, 30_000, 0, 0, 0, retryAfterMsMax, 0],
  );
});

test("what heals with time is told from what does not", () => {
  for (const status of [429, 500, 502, 503, 504]) assert.ok(healsWithTime({ status }), String(status));
  for (const status of [301, 400, 403, 404, 409, 412, 501]) assert.ok(!healsWithTime({ status }), String(status));
  assert.ok(healsWithTime({ status: 400, code: "RequestTimeout" }) && healsWithTime({ code: "SlowDown" }));
  assert.ok(!healsWithTime({ status: 501, code: "NotImplemented" }) && !healsWithTime({ code: "AccessDenied" }));
  assert.ok(isNetworkError(Object.assign(new Error("x"), { code: "ECONNRESET" })) && !isNetworkError(Object.assign(new Error("x"), { code: "CERT_HAS_EXPIRED" })));
});

test("a pause ends at once when it is aborted, with the reason", async () => {
  const control = new AbortController();
  const paused = pause(60_000, control.signal);
  control.abort(new Error("enough"));
  await assert.rejects(paused, /enough/);
  await assert.rejects(pause(1, control.signal), /enough/);
});
