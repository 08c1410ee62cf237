import assert from "node:assert/strict";
import { test } from "node:test";
import { compareBytes, concatBytes, equalBytes, equalSecrets, fromBase64, fromHex, prefixEnd, successor, toBase64, toHex, utf8 } from "./bytes.ts";

test("order, equality and joining go by bytes", () => {
  assert.ok(compareBytes(utf8("a"), utf8("b")) < 0);
  assert.ok(compareBytes(utf8("a"), utf8("a\0")) < 0);
  assert.ok(compareBytes(utf8("\u{10000}"), utf8("\uffff")) > 0);
  assert.equal(compareBytes(utf8("a"), utf8("a")), 0);
  assert.ok(equalBytes(utf8("a"), utf8("a")));
  assert.ok(!equalBytes(utf8("a"), utf8("ab")));
  assert.deepEqual(concatBytes(utf8("a"), utf8(""), utf8("bc")), utf8("abc"));
});

test("successors and ends of prefixes are the least of their kind", () => {
  assert.deepEqual(successor(utf8("a")), utf8("a\0"));
  assert.deepEqual(prefixEnd(utf8("az")), utf8("a{"));
  assert.deepEqual(prefixEnd(Buffer.from([1, 255, 255])), Buffer.from([2]));
  assert.equal(prefixEnd(Buffer.from([255])), undefined);
  assert.equal(prefixEnd(new Uint8Array(0)), undefined);
});

test("hex and base64 are strict", () => {
  assert.equal(toHex(new Uint8Array([0, 255]).subarray(1)), "ff");
  assert.equal(toBase64(utf8("lgreen")), "bGdyZWVu");
  assert.deepEqual(fromHex("00fF"), Buffer.from([0, 255]));
  for (const text of ["0", "0g", "zz", "00 1"]) assert.equal(fromHex(text), undefined, text);
  assert.deepEqual(fromBase64("bGdyZWVu"), utf8("lgreen"));
  for (const text of ["bGdyZWV", "bGdy ZWVu", "bGdyZWV*", "YQ", "YR=="]) assert.equal(fromBase64(text), undefined, text);
});

test("secrets are equal or not", () => {
  assert.ok(equalSecrets("abc", "abc"));
  for (const other of ["abd", "ab", "abcd", "", "ab\u00e7"]) assert.ok(!equalSecrets("abc", other));
});
