import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseBucketName, parseObjectKey, parseTenantName, readUploadId } from "./names.ts";

describe("names", () => {
  it("of buckets are what any dialect allows, and none begins as the server's own paths do", () => {
    for (const name of ["a", "my-bucket", "My_Bucket.1", "_x", "9", "a".repeat(255)]) assert.equal(parseBucketName(name), name);
    for (const name of ["", "-", "-/x", ".a", "a/b", "a b", "é", "a".repeat(256), "a\0"]) assert.throws(() => parseBucketName(name), { kind: "invalidArgument" });
  });
  it("of tenants are parts of a host name", () => {
    for (const name of ["default", "a", "a-b", "9"]) assert.equal(parseTenantName(name), name);
    for (const name of ["", "-a", "a-", "A", "a.b", "a".repeat(64)]) assert.throws(() => parseTenantName(name), { kind: "invalidArgument" });
  });
  it("of objects are any well-formed text of 1 to 4095 bytes", () => {
    for (const key of ["/", "..", "a\0b", "\u{10ffff}", "é".repeat(2047)]) assert.equal(parseObjectKey(key), key);
    for (const key of ["", "\udc00", "é".repeat(2048)]) assert.throws(() => parseObjectKey(key), { kind: "invalidArgument" });
  });
  it("of uploads are ours or none", () => {
    assert.equal(readUploadId("0123456789ABCDEF".repeat(2)), "0123456789ABCDEF".repeat(2));
    for (const id of ["", "x", "0123456789abcdef".repeat(2), "A".repeat(33)]) assert.equal(readUploadId(id), undefined);
  });
});
