import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { type XmlNode, xmlChild, xmlChildren, xmlChildText } from "../../../src/lib/xml-reader.ts";
import { alt, openWorld, type World } from "../helper.ts";

let world: World;
before(async () => {
  world = await openWorld();
  await world.ask({ method: "PUT", target: "/parts" });
});
after(() => world.close());

const big = Buffer.alloc(5 * 1024 * 1024, "a");
const small = Buffer.from("the end");
const md5 = (...pieces: Uint8Array[]) => {
  const hash = createHash("md5");
  for (const piece of pieces) hash.update(piece);
  return hash.digest();
};
const etagOf = (...pieces: Uint8Array[]) => `"${md5(...pieces.map((piece) => md5(piece))).toString("hex")}-${pieces.length}"`;
const begin = async (key: string, headers: Record<string, string> = {}) =>
  xmlChildText((await world.ask({ method: "POST", target: `/parts/${key}?uploads`, headers })).xml(), "UploadId") as string;
const part = (key: string, id: string, number: number | string, body: Uint8Array, headers: Record<string, string> = {}) =>
  world.ask({ method: "PUT", target: `/parts/${key}?partNumber=${number}&uploadId=${id}`, body, headers });
const complete = (key: string, id: string, parts: [number, string][], headers: Record<string, string> = {}) =>
  world.ask({
    method: "POST",
    target: `/parts/${key}?uploadId=${id}`,
    headers,
    body: `<CompleteMultipartUpload>${parts.map(([number, etag]) => `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag></Part>`).join("")}</CompleteMultipartUpload>`,
  });
const get = (target: string, headers: Record<string, string> = {}) => world.ask({ method: "GET", target, headers });

describe("Multipart uploads", () => {
  it("become one object, which reads as a whole, by range and by part", async () => {
    const id = await begin("whole", { "content-type": "text/x", "x-amz-meta-m": "1" });
    const first = await part("whole", id, 1, big);
    assert.equal(first.headers.get("etag"), `"${md5(big).toString("hex")}"`);
    await part("whole", id, 3, Buffer.from("replaced"));
    const last = await part("whole", id, 3, small);
    assert.equal((await get("/parts/whole")).code, "NoSuchKey");
    const done = await complete("whole", id, [
      [1, first.headers.get("etag") ?? ""],
      [3, (last.headers.get("etag") ?? "").replaceAll('"', "")],
    ]);
    assert.equal(done.status, 200);
    const xml = done.xml();
    assert.deepEqual(
      [xml.name, xmlChildText(xml, "Bucket"), xmlChildText(xml, "Key"), xmlChildText(xml, "ETag"), xmlChildText(xml, "Location")],
      ["CompleteMultipartUploadResult", "parts", "whole", etagOf(big, small), "http://127.0.0.1:9000/parts/whole"],
    );
    const read = await get("/parts/whole");
    assert.ok(read.body.equals(Buffer.concat([big, small])));
    assert.deepEqual([read.headers.get("etag"), read.headers.get("content-type"), read.headers.get("x-amz-meta-m")], [etagOf(big, small), "text/x", "1"]);
    const across = await get("/parts/whole", { range: `bytes=${big.length - 2}-${big.length + 2}` });
    assert.equal(across.text, "aathe");
    const second = await get("/parts/whole?partNumber=2");
    assert.deepEqual(
      [second.status, second.text, second.headers.get("x-amz-mp-parts-count"), second.headers.get("content-range")],
      [206, "the end", "2", `bytes ${big.length}-${big.length + 6}/${big.length + 7}`],
    );
    const outside = await get("/parts/whole?partNumber=3");
    assert.deepEqual([outside.status, outside.code], [400, "InvalidPart"]);
    const again = await complete("whole", id, [
      [1, first.headers.get("etag") ?? ""],
      [3, last.headers.get("etag") ?? ""],
    ]);
    assert.deepEqual([again.status, xmlChildText(again.xml(), "ETag")], [200, etagOf(big, small)]);
    const attributes = (await get("/parts/whole?attributes", { "x-amz-object-attributes": "ObjectParts", "x-amz-max-parts": "1" })).xml();
    const parts = xmlChild(attributes, "ObjectParts") as XmlNode;
    assert.deepEqual([xmlChildText(parts, "PartsCount"), xmlChildText(parts, "IsTruncated"), xmlChildText(parts, "NextPartNumberMarker")], ["2", "true", "1"]);
  });

  it("are refused with the vendor's reasons, and stay as they were", async () => {
    const id = await begin("refused");
    const one = (await part("refused", id, 1, small)).headers.get("etag") ?? "";
    const two = (await part("refused", id, 2, small)).headers.get("etag") ?? "";
    const code = async (parts: [number, string][], headers = {}) => {
      const answer = await complete("refused", id, parts, headers);
      return [answer.status, answer.code];
    };
    assert.deepEqual(
      await code([
        [1, one],
        [2, two],
      ]),
      [400, "EntityTooSmall"],
    );
    assert.deepEqual(
      await code([
        [2, two],
        [1, one],
      ]),
      [400, "InvalidPartOrder"],
    );
    assert.deepEqual(await code([[1, '"0"']]), [400, "InvalidPart"]);
    assert.deepEqual(await code([[7, one]]), [400, "InvalidPart"]);
    assert.deepEqual(await code([]), [400, "MalformedXML"]);
    assert.deepEqual(await code([[0, one]]), [400, "MalformedXML"]);
    assert.deepEqual(await code([[1, one]], { "if-match": '"x"' }), [404, "NoSuchKey"]);
    for (const number of ["0", "10001", "x", ""]) assert.equal((await part("refused", id, number, small)).code, "InvalidArgument", number);
    assert.equal((await part("refused", "0".repeat(32), 1, small)).code, "NoSuchUpload");
    assert.equal((await part("other-key", id, 1, small)).code, "NoSuchUpload");
    assert.equal((await complete("refused", "abc", [[1, one]])).code, "NoSuchUpload");
    assert.equal((await world.ask({ method: "PUT", target: `/parts/refused?partNumber=1&uploadId=${id}`, body: small, as: alt })).code, "AccessDenied");
    assert.deepEqual(await code([[1, one]]), [200, undefined]);
  });

  it("are listed with their parts, page by page, and aborted", async () => {
    await world.ask({ method: "PUT", target: "/listed" });
    const ids: string[] = [];
    for (const key of ["x", "x", "y/z"]) ids.push(xmlChildText((await world.ask({ method: "POST", target: `/listed/${key}?uploads` })).xml(), "UploadId") as string);
    const seen: string[] = [];
    let marker = "";
    for (let page = 0; page < 5; page++) {
      const xml = (await get(`/listed?uploads&max-uploads=1${marker}`)).xml();
      for (const upload of xmlChildren(xml, "Upload")) seen.push(`${xmlChildText(upload, "Key")} ${xmlChildText(upload, "UploadId")}`);
      if (xmlChildText(xml, "IsTruncated") === "false") break;
      marker = `&key-marker=${encodeURIComponent(xmlChildText(xml, "NextKeyMarker") ?? "")}&upload-id-marker=${xmlChildText(xml, "NextUploadIdMarker")}`;
    }
    assert.equal(seen.length, 3);
    assert.deepEqual([...seen].sort(), [`x ${ids[0]}`, `x ${ids[1]}`, `y/z ${ids[2]}`].sort());
    assert.equal(xmlChildText(xmlChild((await get("/listed?uploads&delimiter=/")).xml(), "CommonPrefixes") as XmlNode, "Prefix"), "y/");
    for (const number of [1, 2, 3]) await world.ask({ method: "PUT", target: `/listed/x?partNumber=${number}&uploadId=${ids[0]}`, body: small });
    const first = (await get(`/listed/x?uploadId=${ids[0]}&max-parts=2`)).xml();
    assert.deepEqual(
      [xmlChildren(first, "Part").map((one) => xmlChildText(one, "PartNumber")), xmlChildText(first, "IsTruncated"), xmlChildText(first, "NextPartNumberMarker")],
      [["1", "2"], "true", "2"],
    );
    const rest = (await get(`/listed/x?uploadId=${ids[0]}&part-number-marker=2`)).xml();
    assert.deepEqual([xmlChildren(rest, "Part").map((one) => xmlChildText(one, "Size")), xmlChildText(rest, "IsTruncated")], [["7"], "false"]);
    // a paginator that goes on as long as there is a marker comes to an end
    const beyond = (await get(`/listed/x?uploadId=${ids[0]}&part-number-marker=${xmlChildText(rest, "NextPartNumberMarker")}`)).xml();
    assert.deepEqual([xmlChildText(beyond, "PartNumberMarker"), xmlChildText(beyond, "NextPartNumberMarker"), xmlChildText(beyond, "IsTruncated")], ["3", undefined, "false"]);
    assert.equal((await world.ask({ method: "DELETE", target: `/listed/x?uploadId=${ids[0]}` })).status, 204);
    const again = await world.ask({ method: "DELETE", target: `/listed/x?uploadId=${ids[0]}` });
    assert.deepEqual([again.status, again.code], [404, "NoSuchUpload"]);
    assert.equal((await get(`/listed/x?uploadId=${ids[0]}`)).code, "NoSuchUpload");
  });

  it("take parts from objects that are there", async () => {
    await world.ask({ method: "PUT", target: "/parts/source", body: Buffer.concat([big, small]) });
    const id = await begin("copied");
    const copy = (number: number, headers: Record<string, string>) =>
      world.ask({ method: "PUT", target: `/parts/copied?partNumber=${number}&uploadId=${id}`, headers: { "x-amz-copy-source": "/parts/source", ...headers } });
    const first = await copy(1, { "x-amz-copy-source-range": `bytes=0-${big.length - 1}` });
    assert.equal(first.xml().name, "CopyPartResult");
    const last = await copy(2, { "x-amz-copy-source-range": `bytes=${big.length}-${big.length + 6}` });
    for (const range of ["bytes=1-", "bytes=-1", "bytes=5-2", "0-1"]) assert.equal((await copy(3, { "x-amz-copy-source-range": range })).code, "InvalidArgument", range);
    const etags = [first, last].map((answer) => xmlChildText(answer.xml(), "ETag") ?? "");
    const done = await complete("copied", id, [
      [1, etags[0] as string],
      [2, etags[1] as string],
    ]);
    assert.equal(xmlChildText(done.xml(), "ETag"), etagOf(big, small));
    assert.ok((await get("/parts/copied")).body.equals(Buffer.concat([big, small])));
  });

  it("carry checksums: of each part, and of the whole", async () => {
    const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();
    const id = await begin("summed", { "x-amz-checksum-algorithm": "SHA256" });
    const header = "x-amz-checksum-sha256";
    const first = await part("summed", id, 1, big, { [header]: sha256(big).toString("base64") });
    assert.equal(first.headers.get(header), sha256(big).toString("base64"));
    assert.equal((await part("summed", id, 2, small, { [header]: sha256(big).toString("base64") })).code, "BadDigest");
    const last = await part("summed", id, 2, small, { [header]: sha256(small).toString("base64") });
    const whole = `${createHash("sha256").update(sha256(big)).update(sha256(small)).digest("base64")}-2`;
    const parts: [number, string][] = [
      [1, first.headers.get("etag") ?? ""],
      [2, last.headers.get("etag") ?? ""],
    ];
    const wrong = await complete("summed", id, parts, { [header]: `${sha256(small).toString("base64")}-2` });
    assert.deepEqual([wrong.status, wrong.code], [400, "BadDigest"]);
    const answer = await complete("summed", id, parts, { [header]: whole });
    assert.equal(answer.status, 200, answer.text);
    const done = answer.xml();
    assert.deepEqual([xmlChildText(done, "ChecksumSHA256"), xmlChildText(done, "ChecksumType")], [whole, "COMPOSITE"]);
    assert.equal((await get("/parts/summed?partNumber=2", { "x-amz-checksum-mode": "ENABLED" })).headers.get(header), sha256(small).toString("base64"));
    assert.equal(
      (await world.ask({ method: "POST", target: "/parts/bad?uploads", headers: { "x-amz-checksum-algorithm": "SHA256", "x-amz-checksum-type": "FULL_OBJECT" } })).code,
      "InvalidRequest",
    );
  });
});
