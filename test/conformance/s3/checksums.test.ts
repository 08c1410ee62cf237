/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { crc64nvme, crcBase64 } from "../../../src/lib/crc.ts";
import { type XmlNode, xmlChild, xmlChildren, xmlChildText } from "../../../src/lib/xml-reader.ts";
import { createXxhash, isXxhash, loadXxhash } from "../../../src/lib/xxhash.ts";
import { openWorld, type World } from "../helper.ts";

let world: World;
before(async () => {
  world = await openWorld();
  await put("/sums", "");
  await loadXxhash();
});
after(() => world.close());

const put = (target: string, body: string | Uint8Array, headers: Record<string, string> = {}) => world.ask({ method: "PUT", target, body, headers });
const mode = { "x-amz-checksum-mode": "ENABLED" };
const get = (target: string, headers: Record<string, string> = mode) => world.ask({ method: "GET", target, headers });
const head = (target: string, headers: Record<string, string> = mode) => world.ask({ method: "HEAD", target, headers });
const attributes = async (key: string, headers: Record<string, string> = {}) =>
  (
    await world.ask({ method: "GET", target: `/sums/${key}?attributes`, headers: { "x-amz-object-attributes": "ETag,Checksum,ObjectParts,StorageClass,ObjectSize", ...headers } })
  ).xml();
const nvme = (bytes: string | Uint8Array) => crcBase64("crc64nvme", crc64nvme(Buffer.from(bytes)));
const big = Buffer.alloc(5 * 1024 * 1024, "big");
const small = Buffer.from("small");

async function upload(key: string, bodies: Uint8Array[], begin: Record<string, string> = {}, last: Record<string, string> = {}, name = "") {
  const id = xmlChildText((await world.ask({ method: "POST", target: `/sums/${key}?uploads`, headers: begin })).xml(), "UploadId");
  let parts = "";
  const answers = [];
  for (const [i, body] of bodies.entries()) {
    const answer = await put(`/sums/${key}?partNumber=${i + 1}&uploadId=${id}`, body);
    assert.equal(answer.status, 200, answer.text);
    answers.push(answer);
    const sum = name === "" ? "" : `<Checksum${name}>${answer.headers.get(`x-amz-checksum-${name.toLowerCase()}`)}</Checksum${name}>`;
    parts += `<Part><PartNumber>${i + 1}</PartNumber><ETag>${answer.headers.get("etag")}</ETag>${sum}</Part>`;
  }
  const complete = (headers: Record<string, string>) =>
    world.ask({ method: "POST", target: `/sums/${key}?uploadId=${id}`, body: `<CompleteMultipartUpload>${parts}</CompleteMultipartUpload>`, headers });
  return { answers, complete, done: await complete(last) };
}

const hashes = ["sha1", "sha256", "sha512", "md5", "xxhash64", "xxhash3", "xxhash128"] as const;
const hashOf =
  (algorithm: (typeof hashes)[number]) =>
  (bytes: string | Uint8Array): Buffer => {
    if (!isXxhash(algorithm)) return createHash(algorithm).update(bytes).digest();
    const hash = createXxhash(algorithm);
    hash.update(Buffer.from(bytes));
    return Buffer.from(hash.digest());
  };

describe("Checksums", () => {
  it("what comes without one gets CRC64NVME of the full object, shown when asked for", async () => {
    const stored = await put("/sums/plain", "123456789");
    const value = Buffer.from("ae8b14860a799888", "hex").toString("base64");
    const shown = [stored, await head("/sums/plain"), await get("/sums/plain")];
    for (const { headers } of shown) assert.deepEqual([headers.get("x-amz-checksum-crc64nvme"), headers.get("x-amz-checksum-type")], [value, "FULL_OBJECT"]);
    assert.equal((await head("/sums/plain", {})).headers.get("x-amz-checksum-crc64nvme"), undefined);
    const listed = xmlChildren((await world.ask({ method: "GET", target: "/sums?list-type=2&prefix=plain" })).xml(), "Contents")[0];
    assert.ok(listed);
    assert.deepEqual([xmlChildText(listed, "ChecksumAlgorithm"), xmlChildText(listed, "ChecksumType")], ["CRC64NVME", "FULL_OBJECT"]);
  });

  for (const algorithm of hashes) {
    it(`${algorithm} of an object, of a document, and composite of parts`, async () => {
      const name = `x-amz-checksum-${algorithm}`;
      const hash = hashOf(algorithm);
      const value = hash("body").toString("base64");
      assert.equal((await put(`/sums/${algorithm}`, "body", { [name]: value })).headers.get(name), value);
      assert.equal((await head(`/sums/${algorithm}`)).headers.get(name), value);
      assert.equal((await put(`/sums/${algorithm}`, "Body", { [name]: value })).code, "BadDigest");
      const list = "<Delete><Object><Key>never</Key></Object></Delete>";
      const remove = (sum: string) => world.ask({ method: "POST", target: "/sums?delete", body: list, headers: { [name]: sum } });
      assert.equal((await remove(hash(list).toString("base64"))).status, 200);
      assert.equal((await remove(value)).code, "BadDigest");
      const upper = algorithm.toUpperCase();
      const { done } = await upload(`${algorithm}-parts`, [big, small], { "x-amz-checksum-algorithm": upper }, {}, upper);
      const whole = `${hash(Buffer.concat([hash(big), hash(small)])).toString("base64")}-2`;
      assert.deepEqual([xmlChildText(done.xml(), `Checksum${upper}`), xmlChildText(done.xml(), "ChecksumType")], [whole, "COMPOSITE"]);
      assert.equal((await get(`/sums/${algorithm}-parts?partNumber=2`)).headers.get(name), hash(small).toString("base64"));
      const refused = await world.ask({ method: "POST", target: "/sums/no?uploads", headers: { "x-amz-checksum-algorithm": upper, "x-amz-checksum-type": "FULL_OBJECT" } });
      assert.equal(refused.code, "InvalidRequest");
      const sums = await attributes(`${algorithm}-parts`);
      assert.equal(xmlChildText(xmlChild(sums, "Checksum") as XmlNode, `Checksum${upper}`), whole);
      const [first] = xmlChildren(xmlChild(sums, "ObjectParts") as XmlNode, "Part");
      assert.equal(xmlChildText(first as XmlNode, `Checksum${upper}`), hash(big).toString("base64"));
      await put("/sums/source", "body");
      const copied = await world.ask({
        method: "PUT",
        target: `/sums/${algorithm}-copy`,
        headers: { "x-amz-copy-source": "/sums/source", "x-amz-checksum-algorithm": upper },
      });
      assert.equal(xmlChildText(copied.xml(), `Checksum${upper}`), value);
    });

    it(`${algorithm} behind a body in chunks, and of an object that an append makes`, async () => {
      const name = `x-amz-checksum-${algorithm}`;
      const value = hashOf(algorithm)("body").toString("base64");
      const headers = {
        "content-encoding": "aws-chunked",
        "x-amz-decoded-content-length": "4",
        "x-amz-trailer": name,
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
      };
      const chunked = (sum: string) => put(`/sums/${algorithm}-trailer`, `2\r\nbo\r\n2\r\ndy\r\n0\r\n${name}:${sum}\r\n\r\n`, headers);
      assert.equal((await chunked(hashOf(algorithm)("Body").toString("base64"))).code, "BadDigest");
      const stored = await chunked(value);
      assert.deepEqual([stored.status, stored.headers.get(name)], [200, value], stored.text);
      const appended = await put(`/sums/${algorithm}-append`, "body", { "x-amz-write-offset-bytes": "0", [name]: value });
      assert.deepEqual([appended.status, appended.headers.get(name)], [200, value], appended.text);
    });
  }

  it("an upload that asks for none has CRC64NVME of the whole, put together from its parts'", async () => {
    const { answers, done, complete } = await upload("default-parts", [big, small]);
    assert.deepEqual(
      answers.map(({ headers }) => headers.get("x-amz-checksum-crc64nvme")),
      [nvme(big), nvme(small)],
    );
    const whole = nvme(Buffer.concat([big, small]));
    assert.deepEqual([xmlChildText(done.xml(), "ChecksumCRC64NVME"), xmlChildText(done.xml(), "ChecksumType")], [whole, "FULL_OBJECT"]);
    assert.equal((await complete({})).text, done.text, "the same Complete again");
    assert.equal((await head("/sums/default-parts")).headers.get("x-amz-checksum-crc64nvme"), whole);
    const first = await head("/sums/default-parts?partNumber=1");
    assert.deepEqual(
      [first.status, first.headers.get("content-length"), first.headers.get("x-amz-mp-parts-count"), first.headers.get("x-amz-checksum-crc64nvme")],
      [206, String(big.length), "2", nvme(big)],
    );
    // And so has one of copied parts.
    const id = xmlChildText((await world.ask({ method: "POST", target: "/sums/copied-parts?uploads" })).xml(), "UploadId");
    const copied = await world.ask({ method: "PUT", target: `/sums/copied-parts?partNumber=1&uploadId=${id}`, headers: { "x-amz-copy-source": "/sums/default-parts" } });
    assert.equal(xmlChildText(copied.xml(), "ChecksumCRC64NVME"), whole);
  });

  for (const type of ["FULL_OBJECT", "COMPOSITE"]) {
    it(`CRC32C ${type} of an upload, with the claims that come with its completion`, async () => {
      const begin = { "x-amz-checksum-algorithm": "CRC32C", "x-amz-checksum-type": type };
      const { done } = await upload(`crc-${type}`, [big, small], begin, { "x-amz-mp-object-size": String(big.length + small.length), "x-amz-checksum-type": type }, "CRC32C");
      assert.equal(done.status, 200, done.text);
      const value = xmlChildText(done.xml(), "ChecksumCRC32C") ?? "";
      assert.equal(value.endsWith("-2"), type === "COMPOSITE");
      assert.equal(xmlChildText(done.xml(), "ChecksumType"), type);
      if (type === "FULL_OBJECT")
        assert.equal((await put("/sums/crc-whole", Buffer.concat([big, small]), { "x-amz-checksum-crc32c": value })).status, 200, "it is that of the bytes");
      for (const [wrong, code] of [
        [{ "x-amz-mp-object-size": "6" }, "InvalidRequest"],
        [{ "x-amz-checksum-crc32c": "AAAAAA==" }, "BadDigest"],
      ] as [Record<string, string>, string][]) {
        const refused = await upload(`crc-${type}-wrong`, [small], begin, wrong, "CRC32C");
        assert.deepEqual([refused.done.status, refused.done.code], [400, code], refused.done.text);
        assert.equal((await head(`/sums/crc-${type}-wrong`)).status, 404);
      }
    });
  }

  it("a claim that names no type means the upload's: composite with and without its suffix, and of the whole", async () => {
    for (const [type, claims] of [
      ["COMPOSITE", (value: string) => [value, value.slice(0, value.lastIndexOf("-"))]],
      ["FULL_OBJECT", (value: string) => [value]],
    ] as const) {
      const begin = { "x-amz-checksum-algorithm": "CRC32C", "x-amz-checksum-type": type };
      const value = xmlChildText((await upload(`claim-${type}`, [big, small], begin, {}, "CRC32C")).done.xml(), "ChecksumCRC32C") ?? "";
      for (const claim of claims(value)) {
        const { done } = await upload(`claim-${type}`, [big, small], begin, { "x-amz-checksum-crc32c": claim }, "CRC32C");
        assert.deepEqual([done.status, xmlChildText(done.xml(), "ChecksumCRC32C"), xmlChildText(done.xml(), "ChecksumType")], [200, value, type], done.text);
        const other = type === "COMPOSITE" ? "FULL_OBJECT" : "COMPOSITE";
        const refused = await upload(`claim-${type}`, [big, small], begin, { "x-amz-checksum-crc32c": claim, "x-amz-checksum-type": other }, "CRC32C");
        assert.deepEqual([refused.done.status, refused.done.code], [400, "BadDigest"]);
      }
    }
  });

  it("GetObjectAttributes gives all, and pages the parts", async () => {
    await upload("paged", [big, big, small], { "x-amz-checksum-algorithm": "SHA256" }, {}, "SHA256");
    const all = await attributes("paged");
    assert.deepEqual(
      all.children.map(({ name }) => name),
      ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"],
    );
    const page = xmlChild(await attributes("paged", { "x-amz-max-parts": "2" }), "ObjectParts");
    assert.ok(page);
    assert.deepEqual(
      ["PartsCount", "PartNumberMarker", "NextPartNumberMarker", "MaxParts", "IsTruncated"].map((name) => xmlChildText(page, name)),
      ["3", "0", "2", "2", "true"],
    );
    const rest = xmlChild(await attributes("paged", { "x-amz-max-parts": "2", "x-amz-part-number-marker": "2" }), "ObjectParts");
    assert.ok(rest);
    const [last] = xmlChildren(rest, "Part");
    assert.ok(last);
    assert.deepEqual(
      [xmlChildText(rest, "IsTruncated"), xmlChildText(last, "PartNumber"), xmlChildText(last, "Size"), xmlChildText(last, "ChecksumSHA256")],
      ["false", "3", "5", createHash("sha256").update(small).digest("base64")],
    );
    const single = await attributes("plain");
    assert.equal(xmlChild(single, "ObjectParts"), undefined);
    const wrong = await world.ask({ method: "GET", target: "/sums/plain?attributes", headers: { "x-amz-object-attributes": "Colour" } });
    assert.deepEqual([wrong.status, wrong.code], [400, "InvalidArgument"]);
  });

  it("CopyObject computes the checksum that is asked for", async () => {
    const copy = (headers: Record<string, string>) => world.ask({ method: "PUT", target: "/sums/copy", headers: { "x-amz-copy-source": "/sums/default-parts", ...headers } });
    const whole = Buffer.concat([big, small]);
    const summed = await copy({ "x-amz-checksum-algorithm": "SHA512" });
    assert.equal(xmlChildText(summed.xml(), "ChecksumSHA512"), createHash("sha512").update(whole).digest("base64"));
    assert.equal((await head("/sums/copy")).headers.get("x-amz-checksum-type"), "FULL_OBJECT");
    assert.equal(xmlChildText((await copy({})).xml(), "ChecksumCRC64NVME"), nvme(whole), "the source's own");
    assert.equal((await copy({ "x-amz-checksum-algorithm": "CRC7" })).code, "InvalidRequest");
  });

  it("refuses what nobody knows, and more than one", async () => {
    const trailer = { "x-amz-trailer": "x-amz-checksum-crc7" };
    const two = { "x-amz-checksum-xxhash3": hashOf("xxhash3")("1").toString("base64"), "x-amz-checksum-md5": hashOf("md5")("1").toString("base64") };
    for (const headers of [trailer, two]) assert.deepEqual([(await put("/sums/xx", "1", headers)).code], ["InvalidRequest"]);
  });
});
