/** Whatever stands in the headers and the query, claims are parsed or refused by name: nothing else is ever thrown, and it takes no time. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { verify as verifyS3 } from "../../s3/signing/verify.ts";
import { isAuthFailure } from "../../signing-failure.ts";
import { wireRequest } from "../../signing-testing.ts";
import { claimOf } from "./claim.ts";
import { verify } from "./verify.ts";

const words = [
  "AWS ",
  "AWS4-HMAC-SHA256 ",
  "HCP ",
  "Credential=",
  "SignedHeaders=",
  "Signature=",
  "host",
  ";",
  ",",
  ":",
  "=",
  "/",
  "20260101",
  "s3",
  "aws4_request",
  " ",
  "all_users:",
  "é",
];
const text = fc.array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 5 })), { maxLength: 14 }).map((pieces) => pieces.join(""));
const names = ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature", "AWSAccessKeyId", "Signature", "Expires"];

test("any Authorization and any query give a claim or an AuthFailure, and no claim of chance verifies", () => {
  fc.assert(
    fc.property(fc.option(text, { nil: undefined }), fc.array(fc.tuple(fc.constantFrom(...names), text), { maxLength: 8 }), (authorization, pairs) => {
      const query = pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
      const headers: [string, string][] = [["host", "h"]];
      if (authorization !== undefined) headers.push(["authorization", authorization]);
      const request = wireRequest({ method: "GET", url: `/b/k?${query}`, headers });
      try {
        const claim = claimOf(request);
        if (claim.kind === "anonymous") return;
        const address = { style: "path", rawBucket: "b" } as const;
        verify(claim, "secret", request, address, { nowMs: 0 });
        if (claim.scheme !== "hcp") verifyS3(claim, "secret", request, address, { nowMs: 0 });
        assert.fail("verified by chance");
      } catch (error) {
        assert.ok(isAuthFailure(error), String(error));
      }
    }),
    { numRuns: 1500, seed: 7 },
  );
});

test("long and repetitive headers are refused quickly", () => {
  const started = performance.now();
  for (const unit of ["Credential=", ",", "a/", ";", " ", "Signature=x,", "="]) {
    const value = `AWS4-HMAC-SHA256 ${unit.repeat(8_000)}`;
    assert.throws(
      () => claimOf(wireRequest({ method: "GET", url: "/", headers: [["authorization", value]] })),
      (error) => isAuthFailure(error),
    );
  }
  assert.ok(performance.now() - started < 1_000);
});
