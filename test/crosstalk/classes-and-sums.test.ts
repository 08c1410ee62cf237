/** Storage classes are told at each door in its own words; the CRC-64 that OSS shows is that of the bytes, whoever wrote them and however. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { type Door, doorNames, element } from "../support/doors.ts";
import { servedDoors } from "../support/served-doors.ts";

const bucket = "cross-classes";
const headers = { oss: "x-oss-storage-class", s3: "x-amz-storage-class" } as const;
/** Written through one door, told at the other; names that OSS lacks are told as the nearest that it has. */
const classes: [writer: "oss" | "s3", written: string, inOss: string, inS3: string][] = [
  ["oss", "Standard", "Standard", "STANDARD"],
  ["oss", "IA", "IA", "STANDARD_IA"],
  ["oss", "Archive", "Archive", "GLACIER"],
  ["oss", "ColdArchive", "ColdArchive", "GLACIER"],
  ["oss", "DeepColdArchive", "DeepColdArchive", "DEEP_ARCHIVE"],
  ["s3", "STANDARD", "Standard", "STANDARD"],
  ["s3", "STANDARD_IA", "IA", "STANDARD_IA"],
  ["s3", "ONEZONE_IA", "IA", "ONEZONE_IA"],
  ["s3", "GLACIER_IR", "IA", "GLACIER_IR"],
  ["s3", "INTELLIGENT_TIERING", "Standard", "INTELLIGENT_TIERING"],
  ["s3", "REDUCED_REDUNDANCY", "Standard", "REDUCED_REDUNDANCY"],
];
/** "123456789" under ECMA-182, as the vendor's page and its SDKs have it. */
const digitsCrc = "11051210869376104954";
const digits = "123456789";

describe("storage classes and checksums through every door", () => {
  const { doors } = servedDoors();
  const ok = async (name: Door["name"], request: Parameters<Door["send"]>[0]) => {
    const answer = await doors[name].send(request);
    assert.ok(answer.status < 300, `${name} ${request.method} ${request.key}: ${answer.status} ${answer.body}`);
    return answer;
  };
  before(async () => {
    await ok("oss", { method: "PUT", bucket });
  });

  it("what a class is called in answers and lists", async () => {
    for (const [writer, written, inOss, inS3] of classes) {
      const key = `${writer}-${written}`;
      await ok(writer, { method: "PUT", bucket, key, body: key, headers: { [headers[writer]]: written } });
      assert.equal((await ok("oss", { method: "HEAD", bucket, key })).headers[headers.oss], inOss, key);
      // S3 is silent about the usual one.
      assert.equal((await ok("s3", { method: "HEAD", bucket, key })).headers[headers.s3], inS3 === "STANDARD" ? undefined : inS3, key);
      for (const [name, told] of [
        ["oss", inOss],
        ["s3", inS3],
      ] as const)
        assert.equal(element((await ok(name, { method: "GET", bucket, query: { prefix: key } })).body, "StorageClass"), told, `${name} lists ${key}`);
    }
  });

  it("what one door archived the others cannot read before it is restored", async () => {
    for (const key of ["oss-Archive", "oss-ColdArchive", "oss-DeepColdArchive"])
      for (const name of doorNames) {
        const answer = await doors[name].send({ method: "GET", bucket, key });
        assert.deepEqual([answer.status, element(answer.body, "Code")], [403, "InvalidObjectState"], `${name} reads ${key}`);
      }
    for (const key of ["oss-IA", "s3-GLACIER_IR", "s3-ONEZONE_IA"])
      for (const name of doorNames) assert.equal((await ok(name, { method: "GET", bucket, key })).body.toString(), key);
  });

  it("a class changes with a copy onto itself, through either door", async () => {
    const key = "s3-STANDARD";
    await ok("oss", { method: "PUT", bucket, key, headers: { "x-oss-copy-source": `/${bucket}/${key}`, [headers.oss]: "IA" } });
    assert.equal((await ok("s3", { method: "HEAD", bucket, key })).headers[headers.s3], "STANDARD_IA");
    await ok("s3", { method: "PUT", bucket, key, headers: { "x-amz-copy-source": `/${bucket}/${key}`, [headers.s3]: "STANDARD" } });
    assert.equal((await ok("oss", { method: "HEAD", bucket, key })).headers[headers.oss], "Standard");
  });

  it("one CRC-64 for the same bytes: put, copied, appended, in parts, linked", async () => {
    const sum = async (key: string) => (await ok("oss", { method: "HEAD", bucket, key })).headers["x-oss-hash-crc64ecma"];
    for (const name of doorNames) {
      await ok(name, { method: "PUT", bucket, key: `sum-${name}`, body: digits });
      assert.equal(await sum(`sum-${name}`), digitsCrc, `put through ${name}`);
      const upload = element((await ok(name, { method: "POST", bucket, key: "parts", query: { uploads: undefined } })).body, "UploadId") as string;
      // One part: nobody takes a part below the vendor's minimum but as the last.
      const { headers: part } = await ok(name, { method: "PUT", bucket, key: "parts", query: { partNumber: "1", uploadId: upload }, body: digits });
      const list = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${part.etag}</ETag></Part></CompleteMultipartUpload>`;
      await ok(name, { method: "POST", bucket, key: "parts", query: { uploadId: upload }, body: list });
      assert.equal(await sum("parts"), digitsCrc, `in parts through ${name}`);
    }
    await ok("s3", { method: "PUT", bucket, key: "copied", headers: { "x-amz-copy-source": `/${bucket}/sum-oss` } });
    assert.equal(await sum("copied"), digitsCrc);
    await ok("oss", { method: "POST", bucket, key: "grown", query: { append: undefined, position: "0" }, body: digits.slice(0, 4) });
    await ok("s3", { method: "PUT", bucket, key: "grown", headers: { "x-amz-write-offset-bytes": "4" }, body: digits.slice(4) });
    assert.equal(await sum("grown"), digitsCrc, "begun by OSS, ended by S3");
    await ok("oss", { method: "PUT", bucket, key: "linked", query: { symlink: undefined }, headers: { "x-oss-symlink-target": "sum-hcp" } });
    assert.equal((await ok("oss", { method: "GET", bucket, key: "linked" })).headers["x-oss-hash-crc64ecma"], digitsCrc);
  });
});
