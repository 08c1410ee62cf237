/** Multipart uploads: parts, copies of parts, completion in all its ways, lists, the ECs that differ by operation. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { crc64xz } from "../../../src/lib/crc.ts";
import { type XmlNode, xmlChildren, xmlChildText } from "../../../src/lib/xml-reader.ts";
import { openWorld, type World } from "./helper.ts";

let world: World;
before(async () => {
  world = await openWorld();
  await world.ask({ method: "PUT", path: "/parts/" });
});
after(() => world.close());

const path = (key: string): string => `/parts/${key}`;
const start = async (key: string, headers: Record<string, string> = {}): Promise<string> => {
  const answer = await world.ask({ method: "POST", path: path(key), query: { uploads: "" }, headers });
  assert.equal(answer.status, 200, answer.text);
  return xmlChildText(answer.xml(), "UploadId") as string;
};
const part = (key: string, uploadId: string, partNumber: number, body: Uint8Array | string) =>
  world.ask({ method: "PUT", path: path(key), query: { partNumber: String(partNumber), uploadId }, body });
const complete = (key: string, uploadId: string, parts: [number, string][], headers: Record<string, string> = {}) =>
  world.ask({
    method: "POST",
    path: path(key),
    query: { uploadId },
    headers,
    body: `<CompleteMultipartUpload>${parts.map(([number, etag]) => `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag></Part>`).join("")}</CompleteMultipartUpload>`,
  });
const bytes = (size: number, fill: number): Buffer => Buffer.alloc(size, fill);
const first = bytes(100 * 1024, 1);
const second = bytes(50, 2);

test("parts become one object: ETag, CRC-64 of the whole, type Multipart, headers of the initiation", async () => {
  const key = "whole";
  const uploadId = await start(key, { "content-type": "text/whole", "x-oss-meta-a": "b" });
  assert.match(uploadId, /^[0-9A-F]{32}$/);
  const one = await part(key, uploadId, 1, first);
  assert.equal(one.headers.get("etag"), `"${createHash("md5").update(first).digest("hex").toUpperCase()}"`);
  assert.equal(one.headers.get("x-oss-hash-crc64ecma"), crc64xz(first).toString());
  assert.equal(one.headers.get("content-md5"), createHash("md5").update(first).digest("base64"));
  const two = await part(key, uploadId, 2, second);
  const done = await complete(key, uploadId, [
    [1, one.headers.get("etag") as string],
    [2, two.headers.get("etag") as string],
  ]);
  assert.equal(done.status, 200, done.text);
  const all = Buffer.concat([first, second]);
  assert.equal(done.headers.get("x-oss-hash-crc64ecma"), crc64xz(all).toString());
  const etag = xmlChildText(done.xml(), "ETag") as string;
  assert.match(etag, /^"[0-9A-F]{32}-2"$/);
  assert.equal(done.headers.get("etag"), etag, "SDKs read it from the header");
  assert.deepEqual([xmlChildText(done.xml(), "Bucket"), xmlChildText(done.xml(), "Key")], ["parts", key]);
  const got = await world.ask({ method: "GET", path: path(key) });
  assert.ok(got.body.equals(all));
  assert.deepEqual(
    ["etag", "x-oss-object-type", "content-type", "x-oss-meta-a", "content-md5", "x-oss-hash-crc64ecma"].map((name) => got.headers.get(name)),
    [etag, "Multipart", "text/whole", "b", undefined, crc64xz(all).toString()],
  );
});

test("x-oss-complete-all takes every part, and no document beside it", async () => {
  const uploadId = await start("all");
  await part("all", uploadId, 1, first);
  await part("all", uploadId, 3, second);
  const query = { uploadId };
  const both = await world.ask({ method: "POST", path: path("all"), query, headers: { "x-oss-complete-all": "yes" }, body: "<CompleteMultipartUpload/>" });
  assert.deepEqual([both.code, both.headers.get("x-oss-ec")], ["InvalidArgument", "0042-00000216"]);
  const done = await world.ask({ method: "POST", path: path("all"), query, headers: { "x-oss-complete-all": "yes" } });
  assert.equal(done.status, 200, done.text);
  assert.ok((await world.ask({ method: "GET", path: path("all") })).body.equals(Buffer.concat([first, second])));
});

test("completion refuses wrong parts, a wrong order, small parts and documents that are none", async () => {
  const uploadId = await start("refused");
  const etag = (answer: { headers: Map<string, string> }) => answer.headers.get("etag") as string;
  const small = etag(await part("refused", uploadId, 1, second));
  const large = etag(await part("refused", uploadId, 2, first));
  assert.equal(
    (
      await complete("refused", uploadId, [
        [1, large],
        [2, large],
      ])
    ).code,
    "InvalidPart",
  );
  assert.equal((await complete("refused", uploadId, [[3, large]])).code, "InvalidPart");
  assert.equal(
    (
      await complete("refused", uploadId, [
        [2, large],
        [1, small],
      ])
    ).code,
    "InvalidPartOrder",
  );
  assert.equal(
    (
      await complete("refused", uploadId, [
        [1, small],
        [2, large],
      ])
    ).code,
    "EntityTooSmall",
  );
  const malformed = await complete("refused", uploadId, []);
  assert.deepEqual([malformed.code, malformed.headers.get("x-oss-ec")], ["MalformedXML", "0042-00000205"]);
  assert.equal((await world.ask({ method: "GET", path: path("refused") })).code, "NoSuchKey");
  assert.equal((await complete("refused", uploadId, [[2, large]])).status, 200, "the upload was still there");
});

test("part numbers are 1 to 10000", async () => {
  const uploadId = await start("numbers");
  for (const number of ["0", "10001", "x", "-1"]) {
    assert.equal((await world.ask({ method: "PUT", path: path("numbers"), query: { partNumber: number, uploadId }, body: "x" })).code, "InvalidArgument", number);
  }
  assert.equal((await part("numbers", uploadId, 10_000, "x")).status, 200);
});

test("an upload that is not there: NoSuchUpload with the EC of the operation", async () => {
  const uploadId = "0".repeat(32);
  const upload = await part("none", uploadId, 1, "x");
  assert.deepEqual([upload.status, upload.code, upload.headers.get("x-oss-ec")], [404, "NoSuchUpload", "0042-00000104"]);
  await world.ask({ method: "PUT", path: path("there"), body: "x" });
  const copy = await world.ask({ method: "PUT", path: path("none"), query: { partNumber: "1", uploadId }, headers: { "x-oss-copy-source": "/parts/there" } });
  assert.deepEqual([copy.code, copy.headers.get("x-oss-ec")], ["NoSuchUpload", "0042-00000311"]);
  const abort = await world.ask({ method: "DELETE", path: path("none"), query: { uploadId } });
  assert.deepEqual([abort.code, abort.headers.get("x-oss-ec")], ["NoSuchUpload", "0042-00000002"]);
  assert.equal((await world.ask({ method: "GET", path: path("none"), query: { uploadId } })).code, "NoSuchUpload");
  assert.equal((await complete("none", uploadId, [[1, '"x"']])).code, "NoSuchUpload");
});

test("UploadPartCopy takes a range of the source, open or closed", async () => {
  const source = Buffer.concat([bytes(100 * 1024, 3), bytes(100 * 1024, 4)]);
  await world.ask({ method: "PUT", path: path("source"), body: source });
  const uploadId = await start("copied");
  const copy = (partNumber: number, range: string) =>
    world.ask({
      method: "PUT",
      path: path("copied"),
      query: { partNumber: String(partNumber), uploadId },
      headers: { "x-oss-copy-source": "/parts/source", "x-oss-copy-source-range": range },
    });
  const one = await copy(1, "bytes=0-102399");
  assert.equal(one.status, 200, one.text);
  const two = await copy(2, "bytes=102400-");
  assert.equal(two.status, 200, two.text);
  assert.equal(two.headers.get("etag"), xmlChildText(two.xml(), "ETag"));
  assert.equal((await copy(3, "lines=1")).code, "InvalidArgument");
  const etags = [one, two].map((answer) => xmlChildText(answer.xml(), "ETag") as string);
  assert.equal(
    (
      await complete(
        "copied",
        uploadId,
        etags.map((etag, index) => [index + 1, etag]),
      )
    ).status,
    200,
  );
  assert.ok((await world.ask({ method: "GET", path: path("copied") })).body.equals(source));
});

test("ListParts and ListMultipartUploads page", async () => {
  const uploadId = await start("list/parts");
  for (const number of [1, 2, 5]) await part("list/parts", uploadId, number, `part ${number}`);
  const pageOf = async (marker: string) =>
    (await world.ask({ method: "GET", path: path("list/parts"), query: { uploadId, "max-parts": "2", "part-number-marker": marker } })).xml();
  const numbers = (root: XmlNode) => xmlChildren(root, "Part").map((node) => xmlChildText(node, "PartNumber"));
  const one = await pageOf("");
  assert.deepEqual([numbers(one), xmlChildText(one, "IsTruncated"), xmlChildText(one, "NextPartNumberMarker")], [["1", "2"], "true", "2"]);
  const two = await pageOf("2");
  assert.deepEqual([numbers(two), xmlChildText(two, "IsTruncated")], [["5"], "false"]);
  assert.equal(xmlChildText(xmlChildren(one, "Part")[0] as XmlNode, "HashCrc64ecma"), crc64xz(Buffer.from("part 1")).toString());

  await start("list/parts");
  await start("list/z");
  const found: string[] = [];
  let query: Record<string, string> | undefined = {};
  for (let pages = 0; query !== undefined; pages++) {
    assert.ok(pages < 5, "the list ends");
    const root: XmlNode = (await world.ask({ method: "GET", path: "/parts/", query: { uploads: "", prefix: "list/", "max-uploads": "1", ...query } })).xml();
    found.push(...xmlChildren(root, "Upload").map((node) => xmlChildText(node, "Key") as string));
    query =
      xmlChildText(root, "IsTruncated") === "true"
        ? { "key-marker": xmlChildText(root, "NextKeyMarker") as string, "upload-id-marker": xmlChildText(root, "NextUploadIdMarker") as string }
        : undefined;
  }
  assert.deepEqual(found, ["list/parts", "list/parts", "list/z"]);
  assert.equal((await world.ask({ method: "DELETE", path: path("list/parts"), query: { uploadId } })).status, 204);
  assert.equal((await world.ask({ method: "GET", path: path("list/parts"), query: { uploadId } })).code, "NoSuchUpload");
});

test("x-oss-forbid-overwrite is judged at completion too", async () => {
  await world.ask({ method: "PUT", path: path("taken"), body: "first" });
  const refused = await world.ask({ method: "POST", path: path("taken"), query: { uploads: "" }, headers: { "x-oss-forbid-overwrite": "true" } });
  assert.deepEqual([refused.status, refused.code], [409, "FileAlreadyExists"]);
  const uploadId = await start("taken");
  const etag = (await part("taken", uploadId, 1, "second")).headers.get("etag") as string;
  const done = await complete("taken", uploadId, [[1, etag]], { "x-oss-forbid-overwrite": "true" });
  assert.deepEqual([done.status, done.code], [409, "FileAlreadyExists"]);
  assert.equal((await world.ask({ method: "GET", path: path("taken") })).text, "first");
});
