/** However an object was encrypted, and by whom: every door reads it, whole and by range, and tells of it in its own words. */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { before, describe, it } from "node:test";
import { doorNames, element } from "../support/doors.ts";
import { servedDoors } from "../support/served-doors.ts";

const bucket = "cross-encryption";
const [s3, oss] = ["x-amz-server-side-encryption", "x-oss-server-side-encryption"];
const body = randomBytes(200_000);
/** Who writes, with what, and what S3 and OSS then say. HCP says nothing of it. */
const ways: Readonly<Record<string, { writer: "s3" | "oss"; headers: Record<string, string>; told: { s3: string; oss: string } }>> = {
  store: { writer: "s3", headers: { [s3]: "AES256" }, told: { s3: "AES256", oss: "AES256" } },
  named: { writer: "s3", headers: { [s3]: "aws:kms" }, told: { s3: "aws:kms", oss: "KMS" } },
  twice: { writer: "s3", headers: { [s3]: "aws:kms:dsse" }, told: { s3: "aws:kms:dsse", oss: "KMS" } },
  "oss-store": { writer: "oss", headers: { [oss]: "AES256" }, told: { s3: "AES256", oss: "AES256" } },
  "oss-named": { writer: "oss", headers: { [oss]: "KMS" }, told: { s3: "aws:kms", oss: "KMS" } },
  sm4: { writer: "oss", headers: { [oss]: "SM4" }, told: { s3: "AES256", oss: "SM4" } },
  "named-sm4": { writer: "oss", headers: { [oss]: "KMS", "x-oss-server-side-data-encryption": "SM4" }, told: { s3: "aws:kms", oss: "KMS" } },
};

describe("encryption through every door", () => {
  const { doors } = servedDoors();
  before(async () => {
    assert.equal((await doors.s3.send({ method: "PUT", bucket })).status, 200);
    for (const [key, { writer, headers }] of Object.entries(ways)) {
      const put = await doors[writer].send({ method: "PUT", bucket, key, body, headers });
      assert.equal(put.status, 200, put.body.toString());
    }
  });

  for (const name of doorNames) {
    it(`${name} reads what any other wrote, and says how it is kept`, async () => {
      for (const [key, { told }] of Object.entries(ways)) {
        const got = await doors[name].send({ method: "GET", bucket, key });
        assert.equal(got.status, 200, key);
        assert.ok(got.body.equals(body), key);
        const part = await doors[name].send({ method: "GET", bucket, key, headers: { range: "bytes=65000-140000" } });
        assert.ok(part.body.equals(body.subarray(65_000, 140_001)), key);
        if (name !== "hcp") assert.equal(got.headers[name === "s3" ? s3 : oss], told[name], key);
      }
    });
  }

  it("a customer's key opens through S3 alone, and another named key is seen by all", async () => {
    const key = randomBytes(32);
    const start = `${s3}-customer-`;
    const headers = { [`${start}algorithm`]: "AES256", [`${start}key`]: key.toString("base64"), [`${start}key-md5`]: createHash("md5").update(key).digest("base64") };
    assert.equal((await doors.s3.send({ method: "PUT", bucket, key: "customer", body: "text", headers })).status, 200);
    assert.equal((await doors.s3.send({ method: "GET", bucket, key: "customer", headers })).body.toString(), "text");
    for (const name of ["oss", "s3"] as const) {
      const refused = await doors[name].send({ method: "GET", bucket, key: "customer" });
      assert.deepEqual([refused.status, element(refused.body, "Code")], [400, "InvalidRequest"], name);
    }
    const before = String((await doors.s3.send({ method: "HEAD", bucket, key: "named" })).headers[`${s3}-aws-kms-key-id`]);
    const document = `<ObjectEncryption><SSE-KMS><KMSKeyArn>${before}</KMSKeyArn></SSE-KMS></ObjectEncryption>`;
    assert.equal((await doors.s3.send({ method: "PUT", bucket, key: "sm4", query: { encryption: undefined }, body: document })).status, 200);
    const shown = await doors.oss.send({ method: "GET", bucket, key: "sm4" });
    assert.deepEqual([shown.headers[oss], shown.headers["x-oss-server-side-data-encryption"]], ["KMS", "SM4"]);
    assert.ok(shown.body.equals(body));
  });
});
