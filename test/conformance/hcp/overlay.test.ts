import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { xmlChild, xmlChildren, xmlChildText } from "../../../src/lib/xml-reader.ts";
import { type Ask, lgreen, main, openWorld, pblack, type World } from "../helper.ts";

let world: World;
before(async () => {
  world = await openWorld("hcp");
  await world.ask({ method: "PUT", target: "/finance" });
});
after(() => world.close());

const ask = (method: string, target: string, more: Partial<Ask> = {}) => world.ask({ method, target, ...more });

describe("HCP addressing and credentials", () => {
  for (const scheme of ["v2", "v4", "v2-url", "v4-url"] as const) {
    it(`${scheme}: path style and virtual host, in the tenant of the host`, async () => {
      assert.equal((await ask("PUT", "/finance/k", { body: scheme, scheme })).status, 200);
      const hosted = await ask("GET", "/k", { scheme, host: "finance.europe.hcp.example.com" });
      assert.deepEqual([hosted.status, hosted.text], [200, scheme]);
      const elsewhere = await ask("GET", "/finance/k", { scheme, host: "asia.hcp.example.com" });
      assert.deepEqual([elsewhere.status, elsewhere.code], [403, "InvalidAccessKeyId"]);
    });
  }

  it("takes the HCP scheme below /hs3", async () => {
    assert.equal((await ask("PUT", "/hs3/finance/h", { body: "1", scheme: "hcp" })).status, 200);
    assert.equal((await ask("GET", "/finance/h")).text, "1");
    assert.equal((await ask("GET", "/hs3/finance/h")).code, "NoSuchBucket");
    const wrong = await ask("GET", "/hs3/finance/h", { scheme: "hcp", as: { id: lgreen.id, secret: "0".repeat(32) } });
    assert.deepEqual([wrong.status, wrong.code], [403, "SignatureDoesNotMatch"]);
    assert.equal(wrong.text.includes(lgreen.secret), false);
  });

  it("refuses unknown users, wrong passwords, unknown tenants and keys of another tenant, all with 403", async () => {
    const codes = async (more: Partial<Ask>) => {
      const answer = await ask("GET", "/finance", more);
      return [answer.status, answer.code];
    };
    assert.deepEqual(await codes({ as: { id: "bm9ib2R5", secret: "x" } }), [403, "InvalidAccessKeyId"]);
    assert.deepEqual(await codes({ as: { id: lgreen.id, secret: pblack.secret } }), [403, "SignatureDoesNotMatch"]);
    assert.deepEqual(await codes({ host: "nowhere.hcp.example.com" }), [403, "AccessDenied"]);
    assert.deepEqual(await codes({ as: main }), [403, "InvalidAccessKeyId"]);
  });

  it("lets nobody in anonymously but where an ACL does", async () => {
    const headers = { authorization: "AWS all_users:" };
    assert.equal((await ask("GET", "/finance", { as: null, headers })).status, 403);
    await ask("PUT", "/finance/open", { body: "1", headers: { "x-amz-acl": "public-read" } });
    assert.equal((await ask("GET", "/finance/open", { as: null, headers })).text, "1");
  });
});

describe("HCP buckets", () => {
  it("are created again quietly, only by who may, and unique in their tenant", async () => {
    assert.equal((await ask("PUT", "/finance")).status, 200);
    assert.equal((await ask("PUT", "/finance", { headers: { "x-amz-acl": "public-read" } })).status, 200);
    await ask("PUT", "/finance?acl", { headers: { "x-amz-acl": "private" } });
    assert.equal((await ask("HEAD", "/Finance")).status, 200);
    const taken = await ask("PUT", "/other", { as: pblack });
    assert.deepEqual([taken.status, taken.code], [403, "AccessDenied"]);
    assert.equal((await ask("PUT", "/under_score")).code, "InvalidBucketName");
    assert.equal((await ask("PUT", "/bad-acl", { headers: { "x-amz-acl": "nobody" } })).status, 501);
  });

  it("DeleteBucket: 204, 404, 403, 409 with objects, versions, markers and open uploads", async () => {
    await ask("PUT", "/old");
    assert.equal((await ask("DELETE", "/", { host: "old.europe.hcp.example.com", scheme: "v2" })).status, 204);
    const missing = await ask("DELETE", "/old");
    assert.deepEqual([missing.status, missing.code], [404, "NoSuchBucket"]);
    await ask("PUT", "/busy");
    const foreign = await ask("DELETE", "/busy", { as: pblack });
    assert.deepEqual([foreign.status, foreign.code], [403, "AccessDenied"]);
    const id = xmlChildText((await ask("POST", "/busy/k?uploads")).xml(), "UploadId");
    const uploading = await ask("DELETE", "/busy");
    assert.deepEqual([uploading.status, uploading.code], [409, "BucketNotEmpty"]);
    assert.match(uploading.message ?? "", /1 unfinished multipart upload/);
    assert.equal(uploading.text.includes("<BucketName>"), false);
    assert.equal((await ask("DELETE", `/busy/k?uploadId=${id}`)).status, 204);
    await ask("PUT", "/busy?versioning", { body: "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>" });
    await ask("PUT", "/busy/k", { body: "1" });
    await ask("DELETE", "/busy/k");
    assert.equal((await ask("DELETE", "/busy")).code, "BucketNotEmpty");
    for (const node of (await ask("GET", "/busy?versions")).xml().children) {
      if (node.name !== "Version" && node.name !== "DeleteMarker") continue;
      assert.equal((await ask("DELETE", `/busy/k?versionId=${xmlChildText(node, "VersionId")}`)).status, 204);
    }
    assert.equal((await ask("DELETE", "/busy")).status, 204);
  });

  it("never take a sub-resource that is not served for the bucket itself", async () => {
    await ask("PUT", "/safe");
    for (const name of ["replication", "metrics", "worm"]) assert.notEqual((await ask("DELETE", `/safe?${name}`)).status, 204, name);
    assert.equal((await ask("HEAD", "/safe")).status, 200);
  });
});

describe("HCP answers", () => {
  it("write errors in HCP's shape, to the byte", async () => {
    const bucket = await ask("GET", "/missing");
    const host = Buffer.from("hcp.example.com:1").toString("base64");
    assert.equal(
      bucket.text,
      `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message><RequestId>${world.clock.now}</RequestId><HostId>${host}</HostId><BucketName>missing</BucketName></Error>`,
    );
    assert.equal(String(world.clock.now).length, 13);
    assert.equal(bucket.headers.get("content-type"), "application/xml;charset=UTF-8");
    const range = await ask("GET", "/finance/none");
    assert.match(range.text, /<Key>none<\/Key><\/Error>$/);
  });

  it("number every version, name them only while versioning is on, oldest first", async () => {
    await ask("PUT", "/numbers");
    assert.equal((await ask("PUT", "/numbers/k", { body: "1" })).headers.get("x-amz-version-id"), undefined);
    const plain = xmlChild((await ask("GET", "/numbers?versions")).xml(), "Version");
    const first = plain && xmlChildText(plain, "VersionId");
    assert.match(first ?? "", /^\d+$/);
    assert.equal((await ask("GET", "/numbers/k?versionId=12345")).text, "1");
    await ask("PUT", "/numbers?versioning", { body: "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>" });
    const second = (await ask("PUT", "/numbers/k", { body: "2" })).headers.get("x-amz-version-id");
    assert.ok(Number(second) > Number(first));
    const ids = xmlChildren((await ask("GET", "/numbers?versions")).xml(), "Version").map((node) => xmlChildText(node, "VersionId"));
    assert.deepEqual(ids, [first, second]);
    assert.equal((await ask("GET", `/numbers/k?versionId=${first}`)).text, "1");
    assert.equal((await ask("GET", "/numbers/k?versionId=12345")).code, "NoSuchKey");
  });

  it("go on only by the user who began them, wherever others may write", async () => {
    await ask("PUT", "/shared", { headers: { "x-amz-acl": "public-read-write" } });
    const id = xmlChildText((await ask("POST", "/shared/k?uploads")).xml(), "UploadId");
    const part = (as: typeof lgreen) => ask("PUT", `/shared/k?partNumber=1&uploadId=${id}`, { body: "a", as });
    const complete = (etag: string, as: typeof lgreen) =>
      ask("POST", `/shared/k?uploadId=${id}`, { as, body: `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${etag}</ETag></Part></CompleteMultipartUpload>` });
    assert.equal((await ask("PUT", "/shared/source", { body: "b", as: pblack })).status, 200);
    const other = await part(pblack);
    assert.deepEqual([other.status, other.code], [403, "AccessDenied"]);
    const copied = await ask("PUT", `/shared/k?partNumber=1&uploadId=${id}`, { as: pblack, headers: { "x-amz-copy-source": "/shared/source" } });
    assert.deepEqual([copied.status, copied.code], [403, "AccessDenied"]);
    const own = await part(lgreen);
    assert.equal(own.status, 200);
    const etag = own.headers.get("etag") ?? "";
    assert.match((await complete(etag, pblack)).text, /AccessDenied/);
    assert.match((await complete(etag, lgreen)).text, /CompleteMultipartUploadResult/);
    assert.equal((await ask("GET", "/shared/k")).text, "a");
  });

  it("refuse pages over 1000 uploads or parts", async () => {
    assert.equal((await ask("GET", "/finance?uploads&max-uploads=1001")).code, "InvalidArgument");
    assert.equal((await ask("GET", "/finance?uploads&max-uploads=1000")).status, 200);
  });

  it("tell a refused Complete under 200", async () => {
    const id = xmlChildText((await ask("POST", "/finance/m?uploads")).xml(), "UploadId");
    const complete = (etag: string) =>
      ask("POST", `/finance/m?uploadId=${id}`, { body: `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${etag}</ETag></Part></CompleteMultipartUpload>` });
    const answer = await complete("0");
    assert.deepEqual([answer.status, answer.code], [200, "InvalidPart"]);
    assert.equal((await ask("DELETE", `/finance/m?uploadId=${id}`)).status, 204);
  });

  it("edit an object's metadata in place", async () => {
    await ask("PUT", "/finance/edited", { body: "1" });
    assert.equal((await ask("PUT", "/finance/edited", { headers: { "x-amz-copy-source": "/finance/edited" } })).status, 200);
    assert.equal(
      (await ask("PUT", "/finance/edited", { headers: { "x-amz-copy-source": "/finance/edited", "x-amz-metadata-directive": "REPLACE", "x-amz-meta-a": "1" } })).status,
      200,
    );
    assert.equal((await ask("HEAD", "/finance/edited")).headers.get("x-amz-meta-a"), "1");
  });

  it("break lines when asked to", async () => {
    const answer = await ask("GET", "/", { headers: { "x-hcp-pretty-print": "true" } });
    assert.match(answer.text, /^<\?xml [^\n]*\n<ListAllMyBucketsResult [^\n]*>\n {2}<Owner>\n {4}<ID>[^\n]*<\/ID>\n/);
    assert.equal(answer.xml().name, "ListAllMyBucketsResult");
  });

  it("keep keys of 4095 bytes", async () => {
    assert.equal((await ask("PUT", `/finance/${"k".repeat(4095)}`, { body: "1" })).status, 200);
    assert.equal((await ask("PUT", `/finance/${"k".repeat(4096)}`, { body: "1" })).status, 400);
  });

  it("say ServiceUnavailable and never SlowDown when the server has too much to do", async () => {
    const request = { headers: {}, method: "GET", query: [] } as never;
    const reply = world.hcp.refuse(request, "overloaded", { retryAfterS: 2, message: "" });
    assert.deepEqual([reply.status, reply.errorCode, reply.close, reply.headers.includes("retry-after")], [503, "ServiceUnavailable", true, true]);
    assert.equal(world.s3.refuse(request, "overloaded", { retryAfterS: 2, message: "" }).errorCode, "SlowDown");
  });
});
