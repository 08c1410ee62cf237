import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { openWorld, type World } from "./helper.ts";

let world: World;
const text = "some text that repeats, ".repeat(100);
before(async () => {
  world = await openWorld();
  await world.ask({ method: "PUT", path: "/pages/" });
  await world.ask({ method: "PUT", path: "/pages/a.txt", body: text, headers: { "content-type": "text/plain" } });
  await world.ask({ method: "PUT", path: "/pages/short.txt", body: "short", headers: { "content-type": "text/plain" } });
  await world.ask({ method: "PUT", path: "/pages/a.bin", body: text, headers: { "content-type": "application/octet-stream" } });
  await world.ask({ method: "PUT", path: "/pages/encoded", body: text, headers: { "content-type": "text/plain", "content-encoding": "br" } });
});
after(() => world.close());

const get = (path: string, headers: Record<string, string> = { "accept-encoding": "gzip" }, more: object = {}) =>
  world.ask({ method: "GET", path: `/pages/${path}`, headers, ...more });

test("text goes out compressed to who takes it, without what is said of the bytes as they are kept", async () => {
  const packed = await get("a.txt", { "accept-encoding": "deflate, gzip;q=0.5" });
  assert.equal(packed.status, 200);
  assert.equal(gunzipSync(packed.body).toString(), text);
  const names = ["content-encoding", "etag", "content-md5", "content-length", "content-type", "vary"];
  assert.deepEqual(
    names.map((name) => packed.headers.get(name)),
    ["gzip", undefined, undefined, undefined, "text/plain", "Accept-Encoding"],
  );
  assert.ok(packed.headers.get("x-oss-hash-crc64ecma"), "the checksum of the object is told all the same");
});

test("nothing else does", async () => {
  for (const [path, headers, more] of [
    ["a.txt", {}],
    ["a.txt", { "accept-encoding": "identity, gzip;q=0" }],
    ["a.txt", { "accept-encoding": "gzip", range: "bytes=0-2399" }],
    ["short.txt"],
    ["a.bin"],
    ["encoded"],
    ["a.txt", undefined, { query: { "response-content-type": "image/png" } }],
  ] as [string, Record<string, string>?, object?][]) {
    const plain = await get(path, headers, more);
    assert.notEqual(plain.headers.get("content-encoding"), "gzip", path);
    assert.equal(plain.body.length, path === "short.txt" ? 5 : text.length, path);
    assert.ok(plain.headers.get("etag"));
  }
});
