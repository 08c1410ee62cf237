import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRange } from "./ranges.ts";

test("a Range header is one range, several, or none", () => {
  assert.deepEqual(parseRange("bytes=0-0"), { start: 0, end: 0 });
  assert.deepEqual(parseRange(" Bytes= 5 - 9 "), { start: 5, end: 9 });
  assert.deepEqual(parseRange("bytes=5-"), { start: 5 });
  assert.deepEqual(parseRange("bytes=-5"), { suffix: 5 });
  assert.deepEqual(parseRange("bytes=-0"), { suffix: 0 });
  assert.deepEqual(parseRange("bytes=0-999999999999999999"), { start: 0, end: Number.MAX_SAFE_INTEGER });
  assert.equal(parseRange("bytes=0-1,3-4"), "multiple");
  for (const header of [
    "",
    "bytes",
    "bytes=",
    "bytes=-",
    "bytes=a-b",
    "bytes=1",
    "bytes=9-5",
    "bytes=--5",
    "bytes=1-2-3",
    "bytes=+1-2",
    "bytes=1.5-2",
    "items=0-1",
    "bytes=0-9999999999999999999",
  ])
    assert.equal(parseRange(header), "invalid", header);
});
