import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { epochSeconds, httpDate, isoBasic, isoTime, parseEpochSeconds, parseHttpDate, parseIsoBasic, parseIsoTime } from "./time.ts";

const instant = Date.UTC(1994, 10, 6, 8, 49, 37);

test("an instant in every form", () => {
  assert.equal(httpDate(instant + 999), "Sun, 06 Nov 1994 08:49:37 GMT");
  assert.equal(httpDate(instant), "Sun, 06 Nov 1994 08:49:37 GMT");
  assert.equal(isoTime(instant + 999), "1994-11-06T08:49:37.000Z");
  assert.equal(isoBasic(instant), "19941106T084937Z");
  assert.equal(epochSeconds(instant + 999), instant / 1000);
});

test("HTTP dates are read in the RFC's forms and in those that clients send", () => {
  for (const text of [
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "Sunday, 06-Nov-94 08:49:37 GMT",
    "Sun Nov  6 08:49:37 1994",
    "Sun, 06 Nov 1994 08:49:37 +0000",
    "Sun, 06 Nov 1994 10:49:37 +0200",
    "Sun, 06 Nov 1994 03:49:37 -0500",
    "Sun, 06 November 1994 08:49:37 +0000",
    "Sun, 6 Nov 1994 08:49:37 GMT",
    "06 Nov 1994 08:49:37 GMT",
    " Sun, 06 Nov 1994 08:49:37 UTC ",
  ])
    assert.equal(parseHttpDate(text), instant, text);
});

test("what is no date is none", () => {
  for (const text of [
    "",
    "Sun",
    "yesterday",
    "Sun, 31 Feb 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 24:49:37 GMT",
    "Sun, 06 Nov 1994 08:60:37 GMT",
    "Sun, 06 Nov 1994 08:49 GMT",
    "Sun, 06 Nov 1994 08:49:37 PST",
    "Sun, 06 Nov 1994 08:49:37 GMT GMT",
    "Sun, 06 Brumaire 1994 08:49:37 GMT",
    "Sun, 06 N 1994 08:49:37 GMT",
    "19941106T084937Z",
    "784111777",
    "9".repeat(1000),
  ])
    assert.equal(parseHttpDate(text), undefined, text);
});

test("two-digit years are the nearest that is not 50 years ahead", () => {
  const now = Date.UTC(2026, 0, 1);
  assert.equal(parseHttpDate("Sunday, 06-Nov-76 08:49:37 GMT", now), Date.UTC(2076, 10, 6, 8, 49, 37));
  assert.equal(parseHttpDate("Sunday, 06-Nov-77 08:49:37 GMT", now), Date.UTC(1977, 10, 6, 8, 49, 37));
});

test("every second is read back from every form", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_102_444_799 }), (seconds) => {
      const ms = seconds * 1000;
      assert.equal(parseHttpDate(httpDate(ms)), ms);
      assert.equal(parseIsoTime(isoTime(ms)), ms);
      assert.equal(parseIsoBasic(isoBasic(ms)), ms);
      assert.equal(parseEpochSeconds(String(seconds)), ms);
    }),
    { numRuns: 300, seed: 7 },
  );
});

test("ISO forms are exact", () => {
  assert.equal(parseIsoTime("1994-11-06T08:49:37Z"), instant);
  assert.equal(parseIsoTime("1994-11-06T08:49:37.25Z"), instant + 250);
  for (const text of ["1994-11-06", "1994-11-06T08:49:37", "1994-11-06T08:49:37.Z", "1994-13-06T08:49:37Z", "1994-11-06 08:49:37Z"])
    assert.equal(parseIsoTime(text), undefined, text);
  for (const text of ["19941106T084937", "19941106T084937z", "19941131T084937Z", "1994 106T084937Z", "19941106T084937Z0"]) assert.equal(parseIsoBasic(text), undefined, text);
  for (const text of ["", "-1", "1.5", "1e9", "9999999999999"]) assert.equal(parseEpochSeconds(text), undefined, text);
  assert.equal(parseEpochSeconds("3376484520"), 3_376_484_520_000);
});
