/** What botocore signs is accepted; the same with anything changed is not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf } from "../../addressing.ts";
import { isAuthFailure } from "../../signing-failure.ts";
import { wireRequest } from "../../signing-testing.ts";
import { claimOf } from "./claim.ts";
import { type Golden, goldens } from "./goldens.ts";
import { verify } from "./verify.ts";

function run(golden: Golden, secret = "sk"): void {
  const request = wireRequest(golden);
  const address = addressOf(golden.name.includes("virtual") ? { bucket: "bkt" } : {}, request.rawPath);
  const claim = claimOf(request);
  assert.ok(claim.kind === "signed" && !("failure" in address));
  assert.equal(claim.accessKeyId, "ak");
  verify(claim, secret, request, address, { nowMs: golden.nowMs });
}
const refused = (golden: Golden, what: string): void =>
  assert.throws(
    () => run(golden),
    (error) => isAuthFailure(error),
    `${golden.name}: ${what}`,
  );
const withQuery = (url: string, extra: string): string => `${url}${url.includes("?") ? "&" : "?"}${extra}`;

for (const golden of goldens) {
  const v4 = golden.name.includes(" v4 ");
  test(`${golden.name} is accepted, and refused when changed`, () => {
    run(golden);
    assert.throws(
      () => run(golden, "sk2"),
      (error) => isAuthFailure(error, "mismatch"),
    );
    assert.throws(
      () => run(golden, ""),
      (error) => isAuthFailure(error, "mismatch"),
    );
    refused({ ...golden, method: golden.method === "GET" ? "HEAD" : "GET" }, "method");
    refused({ ...golden, url: golden.url.replace("bkt", "bkx").replace(/^\/%/, "/x%") + (golden.url === "/" ? "x" : golden.url.startsWith("/?") ? "&uploads" : "") }, "path");
    for (const selector of ["acl", "uploads", "policy", "encryption", "retention", "versioning"]) refused({ ...golden, url: withQuery(golden.url, selector) }, selector);
    if (v4) refused({ ...golden, url: withQuery(golden.url, "prefix=z") }, "parameter");
    for (const header of ["x-amz-acl", "x-amz-copy-source", "x-amz-tagging", "x-amz-meta-z", "x-oss-object-acl"])
      refused({ ...golden, headers: [...golden.headers, [header, "z"]] }, header);
    if (v4) refused({ ...golden, headers: golden.headers.map(([name, value]) => [name, name === "host" ? "elsewhere" : value]) }, "host");
    refused({ ...golden, nowMs: golden.nowMs + 8 * 86_400_000 }, "late");
    for (const [name] of golden.headers) {
      if (name === "host" || name === "content-md5" || name === "date") continue;
      if (name === "content-type" && v4 && !golden.headers.some(([other, value]) => other === "authorization" && value.includes("content-type"))) continue;
      refused({ ...golden, headers: golden.headers.map(([other, was]) => [other, other === name ? `${was}1` : was]) }, name);
    }
  });
}

test("the time of a request is judged by its date, 15 minutes either way", () => {
  for (const golden of goldens.filter(({ headers }) => headers.some(([name]) => name === "authorization"))) {
    for (const ms of [-16, 16])
      assert.throws(
        () => run({ ...golden, nowMs: golden.nowMs + ms * 60_000 }),
        (error) => isAuthFailure(error, "skewed"),
        golden.name,
      );
    for (const ms of [-14, 14]) run({ ...golden, nowMs: golden.nowMs + ms * 60_000 });
  }
});
