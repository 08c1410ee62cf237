/**
 * Requests put together at random from what the vendors define and what they would never send, signed well, through all three doors: nobody gets
 * a 5xx (save 501 by name), nothing hangs, nothing is logged as a defect, and what another tenant owns stays as it was.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type DoorRequest, doorNames, openDoor } from "../support/doors.ts";
import { campaignSeed, seeded, share } from "../support/seeded.ts";
import { main, startServer } from "../support/server.ts";

const count = share(1_000_000, 15_000);
const methods = ["GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS"];
const names = [
  "acl",
  "versioning",
  "versionId",
  "versions",
  "uploads",
  "uploadId",
  "partNumber",
  "delete",
  "location",
  "max-keys",
  "marker",
  "prefix",
  "delimiter",
  "encoding-type",
  "list-type",
  "continuation-token",
  "start-after",
  "key-marker",
  "version-id-marker",
  "max-parts",
  "part-number-marker",
  "max-uploads",
  "upload-id-marker",
  "tagging",
  "cors",
  "retention",
  "legal-hold",
  "object-lock",
  "ownershipControls",
  "publicAccessBlock",
  "stat",
  "bucketInfo",
  "objectMeta",
  "response-content-type",
  "append",
  "position",
  "policy",
  "attributes",
  "x-id",
  "symlink",
  "live",
  "comp",
  "__proto__",
  "constructor",
];
const values = [
  "",
  "-1",
  "0",
  "1",
  "1001",
  "99999999999999999999",
  "1e9",
  "NaN",
  "null",
  "true",
  "%00",
  "\u0000",
  "é".repeat(300),
  "a".repeat(2000),
  "url",
  "xml",
  "2",
  "../..",
  "'\"<>&",
  "__proto__",
  "0123456789ABCDEF0123456789ABCDEF",
  "9007199254740993",
  "-0",
  "18446744073709551616",
];
const headerNames = [
  "Range",
  "If-Match",
  "If-None-Match",
  "If-Modified-Since",
  "If-Unmodified-Since",
  "Content-MD5",
  "Content-Type",
  "x-amz-acl",
  "x-oss-object-acl",
  "x-oss-acl",
  "x-amz-copy-source",
  "x-oss-copy-source",
  "x-amz-copy-source-range",
  "x-oss-copy-source-range",
  "x-amz-metadata-directive",
  "x-amz-storage-class",
  "x-oss-storage-class",
  "x-amz-checksum-crc32",
  "x-amz-checksum-algorithm",
  "x-amz-sdk-checksum-algorithm",
  "x-amz-tagging",
  "x-oss-tagging",
  "x-amz-object-lock-mode",
  "x-amz-object-lock-retain-until-date",
  "x-oss-forbid-overwrite",
  "x-oss-traffic-limit",
  "x-amz-meta-a",
  "x-oss-meta-a",
  "x-amz-trailer",
  "x-amz-decoded-content-length",
  "x-amz-content-sha256",
  "x-amz-expected-bucket-owner",
  "x-amz-mp-object-size",
  "x-oss-range-behavior",
  "Origin",
  "x-hcp-pretty-print",
  "x-amz-object-ownership",
];
const headerValues = [
  "",
  "bytes=0-",
  "bytes=-0",
  "bytes=5-1",
  "bytes=a-b",
  "bytes=0-1,3-4",
  "*",
  '"x"',
  "Thu, 99 Foo 2020 00:00:00 GMT",
  "////",
  "/malformed-s3/k",
  "/malformed-oss/k?versionId=x",
  "/",
  "%ff",
  "bytes=99999999999999999999-",
  "-1",
  "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
  "a=b&c",
  "a=b&a=c",
  "COMPLIANCE",
  "2030-13-99",
  "true",
  "private",
  "CRC32",
  "AAAA",
  "x".repeat(3000),
  "819200",
];
const bodies = [
  "",
  "x",
  "<a/>",
  "<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>",
  "<Delete><Object><Key>k</Key><VersionId>x</VersionId></Object></Delete>",
  "<Delete></Delete>",
  "<CompleteMultipartUpload><Part><PartNumber>x</PartNumber></Part></CompleteMultipartUpload>",
  "<VersioningConfiguration><Status>No</Status></VersioningConfiguration>",
  "<AccessControlPolicy/>",
  "<Tagging><TagSet><Tag><Key/></Tag></TagSet></Tagging>",
  "<CORSConfiguration><CORSRule/></CORSConfiguration>",
  "<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>x</RetainUntilDate></Retention>",
  "<ObjectLockConfiguration/>",
  "<CreateBucketConfiguration><LocationConstraint>\u0001</LocationConstraint></CreateBucketConfiguration>",
  "<a>".repeat(200),
  "\ufeff<x/>",
  "{}",
];

describe("malformed requests", () => {
  it(`${count} of them: no 5xx, no hang, no defect in the log, nobody else's data touched (seed ${campaignSeed})`, async () => {
    const server = await startServer({ args: ["--access-log", "off"] });
    const random = seeded(campaignSeed);
    const doors = doorNames.map((name) => openDoor(name, server.port));
    const bystander = openDoor("s3", server.port, main);
    const kept = { bucket: "bystander", key: "kept" };
    const make = (door: (typeof doors)[number]): DoorRequest => {
      const query: Record<string, string | undefined> = {};
      for (let n = random.below(3); n > 0; n--) query[random.pick(names)] = random.below(3) > 0 ? random.pick(values) : undefined;
      const headers: Record<string, string> = {};
      for (let n = random.below(3); n > 0; n--) headers[random.pick(headerNames)] = random.pick(headerValues);
      const request: DoorRequest = { method: random.pick(methods), query, headers, timeoutMs: 10_000 };
      const target = random.below(3);
      if (target > 0) request.bucket = random.below(8) > 0 ? `malformed-${door.name}` : kept.bucket;
      if (target > 1) request.key = random.pick(["k", "k2", "a/b", "é", kept.key]);
      if (request.method === "PUT" || request.method === "POST") request.body = random.pick(bodies);
      return request;
    };
    try {
      await bystander.send({ method: "PUT", bucket: kept.bucket });
      await bystander.send({ method: "PUT", ...kept, body: "untouched" });
      for (const door of doors) assert.equal((await door.send({ method: "PUT", bucket: `malformed-${door.name}` })).status, 200);
      let left = count;
      const lane = async (): Promise<void> => {
        while (left-- > 0) {
          const door = random.pick(doors);
          const request = make(door);
          const answer = await door.send(request);
          assert.ok(answer.status < 500 || answer.status === 501, `${door.name} ${JSON.stringify(request)}: ${answer.status} ${answer.body}`);
        }
      };
      await Promise.all(Array.from({ length: 16 }, lane));
      assert.doesNotMatch(server.log(), /"level":"error"/);
      assert.equal((await bystander.send({ method: "GET", ...kept })).body.toString(), "untouched");
    } finally {
      for (const door of [...doors, bystander]) door.close();
      await server.stop();
    }
  });
});
