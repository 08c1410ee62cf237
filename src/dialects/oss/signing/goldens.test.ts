/** What oss2 signs is accepted; the same with anything changed is not. */
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
  const address = addressOf(golden.name.endsWith("list buckets") ? {} : { bucket: "bkt" }, request.rawPath);
  const claim = claimOf(request);
  assert.ok(claim.kind === "signed" && !("failure" in address));
  assert.equal(claim.accessKeyId, "ak");
  verify(claim, secret, request, address, { nowMs: golden.nowMs, region: "cn-hangzhou" });
}
const refused = (golden: Golden, what: string): void =>
  assert.throws(
    () => run(golden),
    (error) => isAuthFailure(error),
    `${golden.name}: ${what}`,
  );
const withQuery = (url: string, extra: string): string => `${url}${url.includes("?") ? "&" : "?"}${extra}`;

for (const golden of goldens) {
  const scheme = golden.name.split(" ")[1];
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
    refused({ ...golden, url: golden.url.replace("/", "/x") }, "path");
    refused({ ...golden, url: withQuery(golden.url, "acl&uploads") }, "sub-resource");
    if (scheme !== "v1") refused({ ...golden, url: withQuery(golden.url, "prefix=z") }, "parameter");
    refused({ ...golden, headers: [...golden.headers, ["x-oss-object-acl", "public-read"]] }, "extra header");
    refused({ ...golden, headers: [...golden.headers, ["x-amz-acl", "public-read"]] }, "foreign header");
    refused({ ...golden, headers: [...golden.headers, ["content-type", "text/html"]] }, "content type");
    refused({ ...golden, nowMs: golden.nowMs + 400 * 86_400_000 }, "late");
    for (const [name, value] of golden.headers) {
      if (name === "host" || name === "range" || (name === "date" && scheme === "v4")) continue;
      refused({ ...golden, headers: golden.headers.map(([other, was]) => [other, other === name ? `${was}1` : was]) }, name);
      if (value !== "" && name !== "authorization") refused({ ...golden, headers: golden.headers.filter(([other]) => other !== name) }, `without ${name}`);
    }
  });
}

test("the time of a request is judged by the header's date, 15 minutes either way", () => {
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

test("a signed URL may start 15 minutes ahead and ends with its last second", () => {
  const golden = goldens.find(({ name }) => name === "oss2 v4 url get") as Golden;
  run({ ...golden, nowMs: golden.nowMs - 14 * 60_000 });
  assert.throws(
    () => run({ ...golden, nowMs: golden.nowMs - 16 * 60_000 }),
    (error) => isAuthFailure(error, "notYetValid"),
  );
  run({ ...golden, nowMs: golden.nowMs + 3_598_000 });
  assert.throws(
    () => run({ ...golden, nowMs: golden.nowMs + 3_602_000 }),
    (error) => isAuthFailure(error, "expired"),
  );
});

test("a mismatch shows what was signed, as text and as bytes", () => {
  const golden = goldens.find(({ name }) => name === "oss2 v1 put") as Golden;
  assert.throws(
    () => run(golden, "other"),
    (error) => {
      assert.ok(isAuthFailure(error, "mismatch"));
      assert.match(error.detail.stringToSign, /^PUT\nnTZMTNvTiUdRMdKB0Nt0VQ==\ntext\/plain\n.* GMT\nx-oss-meta-n:a {2}b\n\/bkt\/目录\/a b\+c%25~\(1\)\.txt$/);
      assert.equal(Buffer.from(error.detail.stringToSignBytes.replaceAll(" ", ""), "hex").toString("utf8"), error.detail.stringToSign);
      return true;
    },
  );
});
