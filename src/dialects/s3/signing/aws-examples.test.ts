/** The worked examples of AWS's documentation, request by request. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { addressOf } from "../../addressing.ts";
import { isAuthFailure } from "../../signing-failure.ts";
import { wireRequest } from "../../signing-testing.ts";
import { claimOf } from "./claim.ts";
import { type Verified, verify } from "./verify.ts";

const v4Secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const v4Now = Date.UTC(2013, 4, 24);
const v4Host = "examplebucket.s3.amazonaws.com";
const emptySha256 = createHash("sha256").digest("hex");
type Example = { method: string; url: string; headers: Record<string, string>; bucket?: string; nowMs: number; secret: string };

function run({ method, url, headers, bucket, nowMs, secret }: Example): Verified {
  const request = wireRequest({ method, url, headers: Object.entries(headers) });
  const address = addressOf(bucket === undefined ? {} : { bucket }, request.rawPath);
  const claim = claimOf(request);
  assert.ok(claim.kind === "signed" && !("failure" in address));
  return verify(claim, secret, request, address, { nowMs });
}
const v4 = (method: string, url: string, signedHeaders: string, signature: string, headers: Record<string, string>): Example => ({
  method,
  url,
  bucket: "examplebucket",
  nowMs: v4Now,
  secret: v4Secret,
  headers: {
    Host: v4Host,
    "x-amz-date": "20130524T000000Z",
    "x-amz-content-sha256": emptySha256,
    ...headers,
    Authorization: `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=${signedHeaders},Signature=${signature}`,
  },
});

// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html and sigv4-query-string-auth.html
const v4Examples: Record<string, Example> = {
  "GET object": v4("GET", "/test.txt", "host;range;x-amz-content-sha256;x-amz-date", "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41", { Range: "bytes=0-9" }),
  "PUT object": v4("PUT", "/test$file.text", "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class", "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd", {
    Date: "Fri, 24 May 2013 00:00:00 GMT",
    "x-amz-storage-class": "REDUCED_REDUNDANCY",
    "x-amz-content-sha256": createHash("sha256").update("Welcome to Amazon S3.").digest("hex"),
  }),
  "GET bucket lifecycle": v4("GET", "/?lifecycle", "host;x-amz-content-sha256;x-amz-date", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543", {}),
  "GET bucket": v4("GET", "/?max-keys=2&prefix=J", "host;x-amz-content-sha256;x-amz-date", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7", {}),
  "presigned GET": {
    method: "GET",
    url: "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
    headers: { Host: v4Host },
    bucket: "examplebucket",
    nowMs: v4Now + 86_400_000,
    secret: v4Secret,
  },
};

const v2 = (date: string, method: string, url: string, signature: string, headers: Record<string, string> = {}, bucket: string | undefined = "johnsmith"): Example => ({
  method,
  url,
  nowMs: Date.parse(date),
  secret: v4Secret,
  ...(bucket === "" ? {} : { bucket }),
  headers: { Host: "johnsmith.s3.amazonaws.com", Date: date, ...headers, Authorization: `AWS AKIAIOSFODNN7EXAMPLE:${signature}` },
});
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/RESTAuthentication.html (as first published)
const v2Examples: Record<string, Example> = {
  "object GET": v2("Tue, 27 Mar 2007 19:36:42 +0000", "GET", "/photos/puppy.jpg", "bWq2s1WEIj+Ydj0vQ697zp+IXMU="),
  "object PUT": v2("Tue, 27 Mar 2007 21:15:45 +0000", "PUT", "/photos/puppy.jpg", "MyyxeRY7whkBe+bq8fHCL/2kKUg=", { "Content-Type": "image/jpeg", "Content-Length": "94328" }),
  list: v2("Tue, 27 Mar 2007 19:42:41 +0000", "GET", "/?prefix=photos&max-keys=50&marker=puppy", "htDYFYduRNen8P9ZfE/s9SuKy0U="),
  "fetch of an ACL": v2("Tue, 27 Mar 2007 19:44:46 +0000", "GET", "/?acl", "c2WLPFtWHVgbEmeEG93a4cG37dM="),
  upload: v2(
    "Tue, 27 Mar 2007 21:06:08 +0000",
    "PUT",
    "/db-backup.dat.gz",
    "ilyl83RwaSoYIEdixDQcA4OnAnc=",
    {
      Host: "static.johnsmith.net:8080",
      "x-amz-acl": "public-read",
      "content-type": "application/x-download",
      "Content-MD5": "4gJE4saaMU4BqNR0kLY+lw==",
      "X-Amz-Meta-ReviewedBy": "joe@johnsmith.net,jane@johnsmith.net",
      "X-Amz-Meta-FileChecksum": "0x02661779",
      "X-Amz-Meta-ChecksumAlgorithm": "crc32",
      "Content-Length": "5913339",
    },
    "static.johnsmith.net",
  ),
  "list of all buckets": v2("Wed, 28 Mar 2007 01:29:59 +0000", "GET", "/", "qGdzdERIC03wnaRNKh6OqZehG9s=", {}, ""),
  "Unicode keys": v2("Wed, 28 Mar 2007 01:49:49 +0000", "GET", "/dictionary/fran%C3%A7ais/pr%c3%a9f%c3%a8re", "DNEZGsoieTZ92F3bUfSPQcbGmlM=", {}, ""),
  "query string": {
    method: "GET",
    url: "/photos/puppy.jpg?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D&Expires=1175139620",
    headers: { Host: "johnsmith.s3.amazonaws.com" },
    bucket: "johnsmith",
    nowMs: 1175139620_000,
    secret: v4Secret,
  },
};

for (const [version, examples] of Object.entries({ V4: v4Examples, V2: v2Examples })) {
  for (const [name, example] of Object.entries(examples)) {
    test(`${version}, ${name}: the documented signature is accepted, and no other secret`, () => {
      run(example);
      assert.throws(
        () => run({ ...example, secret: `${v4Secret}x` }),
        (error) => isAuthFailure(error, "mismatch"),
      );
      assert.throws(
        () => run({ ...example, secret: "" }),
        (error) => isAuthFailure(error, "mismatch"),
      );
    });
  }
}

test("V2: several lines of one header count as one, joined by a comma", () => {
  const example = v2Examples.upload as Example;
  const headers = Object.entries(example.headers).flatMap(([name, value]): [string, string][] =>
    value.includes("joe@") ? value.split(",").map((part) => [name, part]) : [[name, value]],
  );
  const request = wireRequest({ method: example.method, url: example.url, headers });
  const claim = claimOf(request);
  assert.ok(claim.kind === "signed");
  verify(claim, v4Secret, request, { style: "host", rawBucket: "static.johnsmith.net" }, { nowMs: example.nowMs });
});
