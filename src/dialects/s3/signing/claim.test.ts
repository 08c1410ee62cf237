/** What is refused before any key is looked up, and the checks around a right signature. */
import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { test } from "node:test";
import { type AuthFailureKind, isAuthFailure } from "../../signing-failure.ts";
import { wireRequest } from "../../signing-testing.ts";
import type { WireRequest } from "../../wire.ts";
import { claimOf } from "./claim.ts";
import { payloadMode } from "./payload.ts";
import { type Verified, verify } from "./verify.ts";

const nowMs = Date.UTC(2026, 0, 1);
const stamp = "20260101T000000Z";
const credential = "AK/20260101/eu-1/s3/aws4_request";

const claimed = (kind: AuthFailureKind, headers: [string, string][], url = "/b/k"): void =>
  assert.throws(
    () => claimOf(wireRequest({ method: "GET", url, headers })),
    (error) => isAuthFailure(error, kind),
    JSON.stringify([headers, url]),
  );

test("a header whose beginning was seen before is read as it was the first time, its signature as it is", () => {
  const head = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host;x-amz-date, Signature=`;
  const read = (signature: string) => claimOf(wireRequest({ method: "GET", url: "/b/k", headers: [["Authorization", head + signature]] }));
  const first = read("a".repeat(64));
  assert.deepEqual(read("a".repeat(64)), first);
  assert.deepEqual(read("b".repeat(64)), { ...first, signature: "b".repeat(64) });
  for (const more of [", Signature=c", ", Credential=x", ", Other=1"]) claimed("malformed", [["Authorization", head + "a".repeat(64 - more.length) + more]]);
  claimed("incomplete", [["Authorization", head]]);
});

test("no mechanism is anonymous; two are refused", () => {
  assert.deepEqual(claimOf(wireRequest({ method: "GET", url: "/b/k?Expires=1", headers: [] })), { kind: "anonymous" });
  for (const query of ["AWSAccessKeyId=a&Signature=b&Expires=1", "X-Amz-Signature=1", "X-Amz-Credential=1", "OSSAccessKeyId=1", "x-oss-signature=1", "x-oss-credential=1"]) {
    claimed("twoMechanisms", [["Authorization", "AWS a:b"]], `/b/k?${query}`);
  }
  claimed("twoMechanisms", [], "/b/k?AWSAccessKeyId=a&Signature=b&Expires=1&X-Amz-Signature=1");
  claimed("twoMechanisms", [], "/b/k?AWSAccessKeyId=a&OSSAccessKeyId=a&Signature=b&Expires=1");
});

test("what does not parse has a name", () => {
  for (const value of ["AWS", "AWS a", "AWS a:", "AWS :b"]) claimed("malformed", [["Authorization", value]]);
  for (const value of ["", "Basic eDp5", "OSS a:b", "AWS4-ECDSA-P256-SHA256 Credential=x", "aws a:b"]) claimed("unsupportedScheme", [["Authorization", value]]);
  const v4 = (rest: string): [string, string][] => [["Authorization", `AWS4-HMAC-SHA256 ${rest}`]];
  for (const rest of [
    `Credential=${credential}, SignedHeaders=host, Signature=x, Extra=1`,
    `Credential=${credential}, SignedHeaders=host, Signature=x, Signature=x`,
    "Credential=AK/20260101/r/s3, SignedHeaders=host, Signature=x",
    "Credential=AK/2026-1-1/r/s3/aws4_request, SignedHeaders=host, Signature=x",
    "Credential=/20260101/r/s3/aws4_request, SignedHeaders=host, Signature=x",
    `Credential=${credential}, SignedHeaders=host;host, Signature=x`,
    `Credential=${credential}, SignedHeaders=host;, Signature=x`,
  ])
    claimed("malformed", v4(rest));
  for (const rest of [`Credential=${credential}, SignedHeaders=host`, `Credential=${credential}, SignedHeaders=, Signature=x`]) claimed("incomplete", v4(rest));
  claimed("incomplete", [], "/b/k?AWSAccessKeyId=a&Signature=b");
  claimed("incomplete", [], "/b/k?X-Amz-Signature=b");
  claimed("malformed", [], "/b/k?X-Amz-Signature=b&X-Amz-Signature=c");
  claimed(
    "unsupportedScheme",
    [],
    `/b/k?X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256&X-Amz-Credential=${credential}&X-Amz-Date=${stamp}&X-Amz-Expires=1&X-Amz-SignedHeaders=host&X-Amz-Signature=0`,
  );
});

type Options = { scope?: string; headers?: Record<string, string>; unsigned?: Record<string, string>; canonicalHash?: string };
/** A signer of its own: V4 in the header, over what it is given, right or wrong. */
function signed({ scope = "20260101/eu-1/s3/aws4_request", headers = {}, unsigned = {} }: Options): WireRequest {
  const all: Record<string, string> = { host: "h", "x-amz-date": stamp, "x-amz-content-sha256": "UNSIGNED-PAYLOAD", ...headers };
  for (const name of Object.keys(all)) if (all[name] === "") delete all[name];
  const names = Object.keys(all).sort();
  const canonical = `GET\n/b/k\n\n${names.map((name) => `${name}:${all[name]}\n`).join("")}\n${names.join(";")}\n${all["x-amz-content-sha256"]}`;
  let key: Buffer = Buffer.from("AWS4sk");
  for (const step of scope.split("/")) key = createHmac("sha256", key).update(step).digest();
  const signature = createHmac("sha256", key)
    .update(`AWS4-HMAC-SHA256\n${all["x-amz-date"]}\n${scope}\n${createHash("sha256").update(canonical).digest("hex")}`)
    .digest("hex");
  return wireRequest({
    method: "GET",
    url: "/b/k",
    headers: [...Object.entries({ ...all, ...unsigned }), ["authorization", `AWS4-HMAC-SHA256 Credential=AK/${scope},SignedHeaders=${names.join(";")},Signature=${signature}`]],
  });
}
function run(request: WireRequest, options: { nowMs?: number; region?: string } = {}): Verified {
  const claim = claimOf(request);
  assert.ok(claim.kind === "signed");
  return verify(claim, "sk", request, { style: "path", rawBucket: "b" }, { nowMs, ...options });
}
const refused = (kind: AuthFailureKind, request: WireRequest, options?: { region: string }): void =>
  assert.throws(
    () => run(request, options),
    (error) => isAuthFailure(error, kind),
    kind,
  );

test("a right signature over the wrong scope, date or headers is refused by name", () => {
  run(signed({}));
  run(signed({}), { region: "eu-1" });
  refused("wrongRegion", signed({}), { region: "us-east-1" });
  refused("wrongService", signed({ scope: "20260101/eu-1/iam/aws4_request" }));
  refused("wrongTerminator", signed({ scope: "20260101/eu-1/s3/aws5_request" }));
  refused("scopeDate", signed({ scope: "20251231/eu-1/s3/aws4_request" }));
  refused("missingDate", signed({ headers: { "x-amz-date": "" } }));
  refused("missingDate", signed({ headers: { "x-amz-date": "today" } }));
  refused("missingPayloadHash", signed({ headers: { "x-amz-content-sha256": "" } }));
  refused("badPayloadHash", signed({ headers: { "x-amz-content-sha256": "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD" } }));
  refused("unsignedHeader", signed({ headers: { host: "" }, unsigned: { host: "h" } }));
  refused("unsignedHeader", signed({ unsigned: { "x-amz-copy-source": "/b/other" } }));
  refused("unsignedHeader", signed({ unsigned: { "x-oss-object-acl": "public-read" } }));
  run(signed({ headers: { "x-amz-security-token": "t" } }));
  refused("unsignedHeader", signed({ unsigned: { "x-amz-security-token": "t" } }));
  run(signed({ headers: { "x-amz-meta-a": "b" }, unsigned: { "content-type": "text/plain" } }));
});

test("the date may come as Date, and runs of blanks in values count as one", () => {
  const request = signed({ headers: { "x-amz-meta-a": "b c" } });
  request.rawHeaders.forEach((value, at, list) => {
    if (value === "b c") (list as string[])[at] = " b    c ";
  });
  run(request);
});

test("payload modes", () => {
  assert.deepEqual(payloadMode("UNSIGNED-PAYLOAD"), { kind: "unsigned" });
  assert.deepEqual(payloadMode("A".repeat(64)), { kind: "hashed", sha256: "a".repeat(64) });
  assert.deepEqual(payloadMode("STREAMING-UNSIGNED-PAYLOAD-TRAILER"), { kind: "chunks", signed: false, trailer: true });
  for (const [value, known] of [
    ["", false],
    ["a".repeat(63), false],
    ["STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER", true],
  ] as const)
    assert.throws(
      () => payloadMode(value),
      (error) => isAuthFailure(error, "badPayloadHash") && error.detail.known === known,
    );
});

test("presigned lifetimes are bounded, and begin when they say", () => {
  const scope = "20260101/eu-1/s3/aws4_request";
  const presigned = (expires: string): WireRequest => {
    const query = `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${encodeURIComponent(`AK/${scope}`)}&X-Amz-Date=${stamp}&X-Amz-Expires=${expires}&X-Amz-SignedHeaders=host`;
    let key: Buffer = Buffer.from("AWS4sk");
    for (const step of scope.split("/")) key = createHmac("sha256", key).update(step).digest();
    const signature = createHmac("sha256", key)
      .update(`AWS4-HMAC-SHA256\n${stamp}\n${scope}\n${createHash("sha256").update(`GET\n/b/k\n${query}\nhost:h\n\nhost\nUNSIGNED-PAYLOAD`).digest("hex")}`)
      .digest("hex");
    return wireRequest({ method: "GET", url: `/b/k?${query}&X-Amz-Signature=${signature}`, headers: [["host", "h"]] });
  };
  run(presigned("604800"), { nowMs: nowMs + 604_800_000 });
  assert.throws(
    () => run(presigned("604800"), { nowMs: nowMs + 604_801_000 }),
    (error) => isAuthFailure(error, "expired"),
  );
  assert.throws(
    () => run(presigned("60"), { nowMs: nowMs - 16 * 60_000 }),
    (error) => isAuthFailure(error, "notYetValid"),
  );
  for (const expires of ["604801", "-1", "1.5", "x"]) refused("badExpires", presigned(expires));
  const extra = presigned("60");
  refused("unsignedHeader", { ...extra, headers: { ...extra.headers, "x-amz-acl": "public-read" } });
});
