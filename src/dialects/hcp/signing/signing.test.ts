import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { test } from "node:test";
import { isAuthFailure } from "../../signing-failure.ts";
import { wireRequest } from "../../signing-testing.ts";
import { claimOf, type HcpClaim, usernameOf } from "./claim.ts";
import { verify } from "./verify.ts";

const secretOf = (password: string): string => createHash("md5").update(password).digest("hex");
const signed = (claim: HcpClaim): Exclude<HcpClaim, { kind: "anonymous" }> => {
  assert.ok(claim.kind === "signed");
  return claim;
};
const nowMs = Date.UTC(2026, 10, 21, 10, 0, 0);

test("Hitachi's own sample: V2 in the query, virtual host, raw path, MD5 text as the key, no tenant in the resource", () => {
  assert.equal(secretOf("P@ssw0rd"), "161ebd7d45089b3446ee4e0d86dbcf92");
  for (const [key, signature] of [
    ["YWRtaW4%3D", "f%2BrBwKYg6%2BPjAAgE7DSLk%2FcbS48%3D"],
    ["YWRtaW4=", "f+rBwKYg6+PjAAgE7DSLk/cbS48="],
  ]) {
    const request = wireRequest({
      method: "GET",
      url: `/%2F7-Zip/apache-tomcat-7.0.78/RUNNING.txt?AWSAccessKeyId=${key}&Expires=1567500297&Signature=${signature}`,
      headers: [["Host", "ns2.tenant1.hcp.example.com"]],
    });
    const claim = signed(claimOf(request));
    assert.equal(usernameOf(claim.accessKeyId), "admin");
    const address = { style: "host", rawBucket: "ns2" } as const;
    verify(claim, secretOf("P@ssw0rd"), request, address, { nowMs: 1567500297_000 });
    assert.throws(
      () => verify(claim, secretOf("P@ssw0rd"), request, address, { nowMs: 1567500298_000 }),
      (error) => isAuthFailure(error, "expired"),
    );
    assert.throws(
      () => verify(claim, secretOf("other"), request, address, { nowMs: 1567500297_000 }),
      (error) => isAuthFailure(error, "mismatch"),
    );
    assert.throws(
      () => verify(claim, secretOf("P@ssw0rd"), request, { style: "host", rawBucket: "ns3" }, { nowMs: 1567500297_000 }),
      (error) => isAuthFailure(error, "mismatch"),
    );
  }
});

/** base64 of this holds `+`, `/` and `=`. */
const user = "k~~?k>>?u";
const key = Buffer.from(`${user}e`).toString("base64");

test("V2 in the header, with ids that hold base64's own characters and every date that HCP clients send", () => {
  const id = "a+b/c==";
  for (const date of ["Sat, 21 Nov 2026 10:00:00 +0000", "Sat, 21 Nov 2026 10:00:00 GMT", "Sat, 21 November 2026 10:00:00 +0000"]) {
    for (const amz of [false, true]) {
      const stringToSign = `DELETE\n\n\n${amz ? "" : date}\n${amz ? `x-amz-date:${date}\n` : ""}/finance/a%20b`;
      const signature = createHmac("sha1", secretOf("pw")).update(stringToSign).digest("base64");
      const request = wireRequest({
        method: "DELETE",
        url: "/finance/a%20b",
        headers: [
          ["Host", "t.hcp.test"],
          ["Authorization", `AWS ${id}:${signature}`],
          ["Date", amz ? "Mon, 01 Jan 2001 00:00:00 GMT" : date],
          ...(amz ? [["x-amz-date", date] as [string, string]] : []),
        ],
      });
      const claim = signed(claimOf(request));
      assert.equal(claim.accessKeyId, id);
      verify(claim, secretOf("pw"), request, { style: "path", rawBucket: "finance" }, { nowMs });
      assert.throws(
        () => verify(claim, secretOf("pw"), request, { style: "path", rawBucket: "finance" }, { nowMs: nowMs + 16 * 60_000 }),
        (error) => isAuthFailure(error, "skewed"),
      );
    }
  }
});

test("V4 with an id that holds slashes, in the header and in the query; any region", () => {
  assert.match(key, /[+/]/);
  const id = "a+b/c/d==";
  const secret = secretOf("pw");
  const scope = "20261121/anywhere/s3/aws4_request";
  let signingKey: Buffer = Buffer.from(`AWS4${secret}`);
  for (const step of scope.split("/")) signingKey = createHmac("sha256", signingKey).update(step).digest();
  const sign = (canonical: string): string =>
    createHmac("sha256", signingKey)
      .update(`AWS4-HMAC-SHA256\n20261121T100000Z\n${scope}\n${createHash("sha256").update(canonical).digest("hex")}`)
      .digest("hex");
  const address = { style: "path", rawBucket: "finance" } as const;

  const signature = sign(
    "GET\n/finance/k\n\nhost:t.hcp.test\nx-amz-content-sha256:UNSIGNED-PAYLOAD\nx-amz-date:20261121T100000Z\n\nhost;x-amz-content-sha256;x-amz-date\nUNSIGNED-PAYLOAD",
  );
  const byHeader = wireRequest({
    method: "GET",
    url: "/finance/k",
    headers: [
      ["Host", "t.hcp.test"],
      ["x-amz-date", "20261121T100000Z"],
      ["x-amz-content-sha256", "UNSIGNED-PAYLOAD"],
      ["Authorization", `AWS4-HMAC-SHA256 Credential=${id}/${scope}, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=${signature}`],
    ],
  });
  const claim = signed(claimOf(byHeader));
  assert.equal(claim.accessKeyId, id);
  verify(claim, secret, byHeader, address, { nowMs });

  const query = `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${encodeURIComponent(`${id}/${scope}`)}&X-Amz-Date=20261121T100000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host`;
  const presigned = wireRequest({
    method: "GET",
    url: `/finance/k?${query}&X-Amz-Signature=${sign(`GET\n/finance/k\n${query}\nhost:t.hcp.test\n\nhost\nUNSIGNED-PAYLOAD`)}`,
    headers: [["Host", "t.hcp.test"]],
  });
  const queryClaim = signed(claimOf(presigned));
  assert.equal(queryClaim.accessKeyId, id);
  verify(queryClaim, secret, presigned, address, { nowMs });
});

test("HCP's own scheme compares the MD5 of the password", () => {
  const request = wireRequest({
    method: "GET",
    url: "/hs3",
    headers: [
      ["Host", "t.hcp.test"],
      ["Authorization", "HCP bGdyZWVu:2a9d119df47ff993b662a8ef36f9ea20"],
    ],
  });
  const claim = signed(claimOf(request));
  assert.equal(claim.scheme, "hcp");
  assert.equal(usernameOf(claim.accessKeyId), "lgreen");
  assert.equal(secretOf("p4ssw0rd"), "2a9d119df47ff993b662a8ef36f9ea20");
  const address = { style: "path", rawBucket: "" } as const;
  verify(claim, secretOf("p4ssw0rd"), request, address, { nowMs });
  for (const secret of [secretOf("x"), ""]) {
    assert.throws(
      () => verify(claim, secret, request, address, { nowMs }),
      (error) => {
        assert.ok(isAuthFailure(error, "mismatch"));
        assert.doesNotMatch(JSON.stringify(error.detail), /2a9d119d/);
        return true;
      },
    );
  }
});

test("anonymity is asked for, or simply there; nonsense is neither", () => {
  const claim = (headers: [string, string][], url = "/"): HcpClaim => claimOf(wireRequest({ method: "GET", url, headers }));
  assert.deepEqual(claim([["Authorization", "AWS all_users:"]]), { kind: "anonymous", asked: true });
  assert.deepEqual(claim([["Authorization", "HCP all_users:"]]), { kind: "anonymous", asked: true });
  assert.deepEqual(claim([]), { kind: "anonymous", asked: false });
  for (const value of [
    "HCP all_users",
    "HCP",
    "HCP bGdyZWVu",
    "HCP bGdyZWVu:",
    "HCP :2a9d119df47ff993b662a8ef36f9ea20",
    "HCP a:zz9d119df47ff993b662a8ef36f9ea20",
    "AWS all_users",
    "AWS x:",
    "Basic eDp5",
    "AD u@d:p",
  ])
    assert.throws(
      () => claim([["Authorization", value]]),
      (error) => isAuthFailure(error),
      value,
    );
  assert.throws(
    () => claim([["Authorization", "AWS all_users:"]], "/?AWSAccessKeyId=x&Expires=1&Signature=y"),
    (error) => isAuthFailure(error, "twoMechanisms"),
  );
});

test("user names come out of base64, padded or not", () => {
  assert.equal(usernameOf("bGdyZWVu"), "lgreen");
  assert.equal(usernameOf("YWRtaW4"), "admin");
  assert.equal(usernameOf(Buffer.from("jürgen").toString("base64")), "jürgen");
  for (const id of ["", "*", "/w==", "AKIA!"]) assert.equal(usernameOf(id), undefined, id);
});
