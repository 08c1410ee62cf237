/** The documented example, and what is refused by name. */
import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { test } from "node:test";
import { type AuthFailureKind, isAuthFailure } from "../../signing-failure.ts";
import { wireRequest } from "../../signing-testing.ts";
import type { WireRequest } from "../../wire.ts";
import { claimOf } from "./claim.ts";
import { type Resource, type Verified, type VerifyOptions, verify } from "./verify.ts";

const nowMs = Date.UTC(2026, 0, 1);
const stamp = "20260101T000000Z";
const date = "Thu, 01 Jan 2026 00:00:00 GMT";

function run(request: WireRequest, resource: Resource, options: Partial<VerifyOptions> = {}, secret = "sk"): Verified {
  const claim = claimOf(request);
  assert.ok(claim.kind === "signed");
  return verify(claim, secret, request, resource, { nowMs, ...options });
}
const refused = (kind: AuthFailureKind, call: () => unknown): void => assert.throws(call, (error) => isAuthFailure(error, kind), kind);

test("V1: the example of OSS's documentation", () => {
  const secret = "OtxrzxIsfpFjA7SwPzILwy8Bw21TLhquhboDYROV";
  const request = wireRequest({
    method: "PUT",
    url: "/nelson",
    headers: [
      ["Content-Md5", "ODBGOERFMDMzQTczRUY3NUE3NzA5QzdFNUYzMDQxNEM="],
      ["Content-Type", "text/html"],
      ["Date", "Thu, 17 Nov 2005 18:49:58 GMT"],
      ["Host", "oss-example.oss-cn-hangzhou.aliyuncs.com"],
      ["X-OSS-Meta-Author", "foo@bar.com"],
      ["X-OSS-Magic", "abracadabra"],
      ["Authorization", "OSS 44CF9590006BF252F707:26NBxoKdsyly4EDv6inkoDft/yA="],
    ],
  });
  const resource = { bucket: "oss-example", key: "nelson" };
  const at = { nowMs: Date.UTC(2005, 10, 17, 18, 49, 58) };
  run(request, resource, at, secret);
  refused("mismatch", () => run(request, { ...resource, key: "nelsom" }, at, secret));
  refused("mismatch", () => run(request, { ...resource, bucket: "oss-examplf" }, at, secret));
});

const v1 = (query: string, signedQuery: string, headers: [string, string][] = [], canonicalHeaders = "", line = date): WireRequest => {
  const signature = createHmac("sha1", "sk").update(`GET\n\n\n${line}\n${canonicalHeaders}/bkt/${signedQuery}`).digest("base64");
  return wireRequest({ method: "GET", url: `/?${query}`, headers: [["Host", "h"], ["Date", date], ...headers, ["Authorization", `OSS ak:${signature}`]] });
};

test("V1: sub-resources as one SDK or another signs them, never a selector left out", () => {
  const bucket = { bucket: "bkt" };
  run(v1("list-type=2&continuation-token=a%2Bb", "?continuation-token=a+b"), bucket);
  run(v1("list-type=2&continuation-token=a%2Bb", ""), bucket);
  run(v1("accessmonitor", "?accessmonitor"), bucket);
  run(v1("regions=", "?regions"), bucket);
  run(v1("x-oss-process=a%2Cb&acl=&prefix=z", "?acl&x-oss-process=a,b"), bucket);
  for (const selector of ["acl", "worm", "policy", "uploads", "publicAccessBlock", "versions"]) refused("mismatch", () => run(v1(selector, ""), bucket));
  refused("mismatch", () => run(v1("x-oss-process=a", ""), bucket));
});

test("V1: x-oss-date stands for Date", () => {
  run(v1("", "", [["x-oss-date", date]], `x-oss-date:${date}\n`), { bucket: "bkt" });
});

test("V2: x-oss-date is the time, and the date's line may be the Date header's", () => {
  const later = "Thu, 01 Jan 2026 00:01:00 GMT";
  const tooLate = "Fri, 02 Jan 2026 00:00:00 GMT";
  const v2 = (line: string, ossDate: string): WireRequest => {
    const signature = createHmac("sha256", "sk").update(`GET\n\n\n${line}\nx-oss-date:${ossDate}\n\n%2Fbkt%2Fk`).digest("base64");
    const authorization = `OSS2 AccessKeyId:ak,Signature:${signature}`;
    return wireRequest({
      method: "GET",
      url: "/k",
      headers: [
        ["Host", "h"],
        ["Date", date],
        ["x-oss-date", ossDate],
        ["Authorization", authorization],
      ],
    });
  };
  const object = { bucket: "bkt", key: "k" };
  for (const line of [later, date]) run(v2(line, later), object);
  refused("mismatch", () => run(v2(tooLate, later), object));
  refused("skewed", () => run(v2(date, tooLate), object));
});

type V4 = { scope?: string; additional?: string; field?: string; headers?: [string, string][]; canonical?: string; comma?: string; last?: boolean };
/** A signer of its own: GET of the bucket's list of uploads, in the header. */
function v4({ scope = "20260101/cn-x/oss/aliyun_v4_request", additional = "", field = additional, headers = [], canonical = "", comma = ",", last = false }: V4): WireRequest {
  const hash = headers.find(([name]) => name === "x-oss-content-sha256")?.[1] ?? "UNSIGNED-PAYLOAD";
  const lines = [...canonical.split("\n").filter((line) => line !== ""), `x-oss-date:${stamp}`]
    .sort()
    .map((line) => `${line}\n`)
    .join("");
  const request = `GET\n/bkt/\nuploads\n${lines}\n${additional}\n${hash}`;
  let key: Buffer = Buffer.from("aliyun_v4sk");
  for (const step of scope.split("/")) key = createHmac("sha256", key).update(step).digest();
  const signature = createHmac("sha256", key)
    .update(`OSS4-HMAC-SHA256\n${stamp}\n${scope}\n${createHash("sha256").update(request).digest("hex")}`)
    .digest("hex");
  const fields = [`Credential=ak/${scope}`, ...(field === "" && !last ? [] : [`AdditionalHeaders=${field}`]), `Signature=${signature}`];
  if (last) fields.reverse();
  return wireRequest({
    method: "GET",
    url: "/?uploads=",
    headers: [["Host", "h"], ["x-oss-date", stamp], ...headers, ["Authorization", `OSS4-HMAC-SHA256 ${fields.join(comma)}`]],
  });
}

test("V4: additional headers in any order and place; those not there or signed anyway are passed over", () => {
  const bucket = { bucket: "bkt" };
  run(v4({}), bucket);
  run(v4({ additional: "host;range", canonical: "host:h\nrange:bytes=0-1", headers: [["Range", "bytes=0-1"]] }), bucket);
  run(
    v4({
      additional: "host;range",
      field: "Range;host;absent;x-oss-date;content-type",
      canonical: "host:h\nrange:bytes=0-1",
      headers: [["range", "bytes=0-1"]],
      comma: ", ",
      last: true,
    }),
    bucket,
  );
  refused("mismatch", () => run(v4({ additional: "range", canonical: "range:bytes=0-1", headers: [["Range", "bytes=0-2"]] }), bucket));
  refused("additionalHeadersEmpty", () => run(v4({ last: true }), bucket));
});

test("V4: credentials, dates and tokens are refused by name", () => {
  const bucket = { bucket: "bkt" };
  run(v4({ scope: "20260101/cn-x/oss/aliyun_v4_request" }), bucket, { region: "cn-x" });
  run(v4({ scope: "20260101/box-1/oss-cloudbox/aliyun_v4_request" }), bucket, { region: "cn-x" });
  refused("wrongRegion", () => run(v4({}), bucket, { region: "cn-y" }));
  refused("wrongRegion", () => run(v4({ scope: "20260101//oss/aliyun_v4_request" }), bucket));
  refused("wrongRegion", () => run(v4({ scope: "20260101/None/oss/aliyun_v4_request" }), bucket));
  refused("wrongService", () => run(v4({ scope: "20260101/cn-x/s3/aliyun_v4_request" }), bucket));
  refused("wrongTerminator", () => run(v4({ scope: "20260101/cn-x/oss/aws4_request" }), bucket));
  refused("scopeDate", () => run(v4({ scope: "20251231/cn-x/oss/aliyun_v4_request" }), bucket));
  // Whose the token is was found out with the key; here it is under the signature, or it is not.
  run(v4({ headers: [["x-oss-security-token", "t"]], canonical: "x-oss-security-token:t" }), bucket);
  refused("mismatch", () => run(v4({ headers: [["x-oss-security-token", "t"]] }), bucket));
  const hash = "a".repeat(64);
  assert.deepEqual(run(v4({ headers: [["x-oss-content-sha256", hash]], canonical: `x-oss-content-sha256:${hash}` }), bucket), { sha256: hash });
});

test("claims that do not parse are refused by name", () => {
  const claim = (headers: [string, string][], url = "/"): unknown => claimOf(wireRequest({ method: "GET", url, headers }));
  assert.deepEqual(claim([]), { kind: "anonymous" });
  for (const value of ["OSS", "OSS a", "OSS :b", "OSS a:", "OSS2 AccessKeyId:a,Nonsense:b,Signature:c", "OSS4-HMAC-SHA256 Credential=ak, Signature=x"])
    refused("malformed", () => claim([["Authorization", value]]));
  for (const value of ["", "AWS a:b", "OSS3 a:b"]) refused("unsupportedScheme", () => claim([["Authorization", value]]));
  refused("incomplete", () => claim([["Authorization", "OSS2 AccessKeyId:a"]]));
  refused("incomplete", () => claim([], "/?OSSAccessKeyId=a&Signature=b"));
  refused("incomplete", () => claim([], "/?x-oss-signature-version=OSS2"));
  refused("incomplete", () => claim([], "/?x-oss-signature=1"));
  refused("twoMechanisms", () => claim([["Authorization", "OSS a:b"]], "/?OSSAccessKeyId=a&Signature=b&Expires=1"));
  refused("twoMechanisms", () => claim([], "/?OSSAccessKeyId=a&x-oss-signature=b"));
});

test("an Expires beyond 2^31 is a time like any other, and one that is no number is none", () => {
  const url = (expires: string): WireRequest => {
    const signature = createHmac("sha1", "sk").update(`GET\n\n\n${expires}\n/bkt/k`).digest("base64");
    return wireRequest({ method: "GET", url: `/k?OSSAccessKeyId=ak&Expires=${expires}&Signature=${encodeURIComponent(signature)}`, headers: [["Host", "h"]] });
  };
  run(url("3376484520"), { bucket: "bkt", key: "k" }, { nowMs: 3_376_484_520_000 });
  refused("expired", () => run(url("3376484520"), { bucket: "bkt", key: "k" }, { nowMs: 3_376_484_521_000 }));
  refused("badExpires", () => run(url("soon"), { bucket: "bkt", key: "k" }));
});
