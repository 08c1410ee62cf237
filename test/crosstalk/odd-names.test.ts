/**
 * Keys and bucket names that only one dialect can make: stored byte for byte, and listed, read and deleted through every other. No key becomes a
 * path: nothing appears outside the store's folder.
 */
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { before, describe, it } from "node:test";
import { type Door, doorNames, element, elements } from "../support/doors.ts";
import { servedDoors } from "../support/served-doors.ts";

/** Dots and length are beyond OSS and HCP. */
const bucket = "odd.bucket-name.with.dots";
const keys = [
  "/leading",
  "\\back\\slash",
  "..",
  ".",
  "a/../b",
  "a/./b",
  "../../escape",
  "%2e%2e%2f",
  "%252e",
  "?acl",
  "#fragment",
  "a b+c&d=e",
  "control\u0001\u001f\u007f",
  "line\nfeed\r\ttab",
  "nul\u0000inside",
  "right-to-left\u202etxt",
  "e\u0301",
  "\u00e9",
  "\u{1f600}\u{10ffff}",
  "__proto__",
  "constructor",
  "<&>\"'",
  "]]>",
  "trailing/",
  "//",
  "k".repeat(1024),
];
const unquote = (text: string): string => decodeURIComponent(text.replaceAll("+", "%20"));

describe("odd keys and bucket names", () => {
  const { server, doors } = servedDoors();
  before(async () => {
    assert.equal((await doors.s3.send({ method: "PUT", bucket })).status, 200);
  });

  it("are stored byte for byte, or refused with 400 and not stored", async () => {
    for (const key of keys) {
      const put = await doors.s3.send({ method: "PUT", bucket, key, body: `body of ${key}` });
      assert.equal(put.status, 200, `${JSON.stringify(key.slice(0, 40))}: ${put.body}`);
    }
    const tooLong = await doors.s3.send({ method: "PUT", bucket, key: "k".repeat(1025), body: "x" });
    assert.equal(tooLong.status, 400);
    assert.equal(element(tooLong.body, "Code"), "KeyTooLongError");
  });

  for (const name of doorNames) {
    it(`${name} lists each exactly once and reads each`, async () => {
      const listed: string[] = [];
      for (let marker = ""; ; ) {
        const page = await doors[name].send({
          method: "GET",
          bucket,
          query: { "encoding-type": "url", "max-keys": "7", delimiter: "\u0002", ...(marker === "" ? {} : { marker }) },
        });
        assert.equal(page.status, 200, page.body.toString());
        const some = elements(page.body, "Key").map(unquote);
        listed.push(...some);
        if (element(page.body, "IsTruncated") !== "true") break;
        marker = unquote(element(page.body, "NextMarker") ?? "");
        assert.ok(marker !== "", "a truncated page names its next marker");
      }
      const inOrder = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      assert.deepEqual(listed, inOrder);
      for (const key of keys) {
        const got = await doors[name].send({ method: "GET", bucket, key });
        assert.equal(got.body.toString(), `body of ${key}`, JSON.stringify(key.slice(0, 40)));
      }
    });
  }

  it("nothing was written outside the store's folder", () => {
    const beside = dirname(server.data);
    assert.ok(!existsSync(join(beside, "escape")) && !existsSync(join(dirname(beside), "escape")));
    const inside = readdirSync(server.data, { recursive: true, encoding: "utf8" });
    assert.deepEqual(
      inside.filter((file) => /escape|leading|proto|trailing/.test(file)),
      [],
    );
  });

  it("each door deletes a third, and then OSS deletes the bucket whose name it could not make", async () => {
    for (const [n, key] of keys.entries()) {
      const door = doors[doorNames[n % 3] as Door["name"]];
      const gone = await door.send({ method: "DELETE", bucket, key });
      assert.equal(gone.status, 204, `${door.name} ${JSON.stringify(key.slice(0, 40))}: ${gone.body}`);
    }
    assert.equal((await doors.oss.send({ method: "DELETE", bucket })).status, 204);
    assert.equal((await doors.oss.send({ method: "PUT", bucket })).status, 400, "OSS cannot make such a name");
  });
});
