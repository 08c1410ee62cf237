/** Grants set through one door bind callers of the others: OSS has no words for single grantees, and obeys them all the same. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { type Door, type DoorRequest, element, elements, openDoor } from "../support/doors.ts";
import { type Server, startServer } from "../support/server.ts";

const main = { accessKeyId: "amphoratest", secretAccessKey: "amphoratest-secret-0123456789" };
const alt = { accessKeyId: "amphoraalt", secretAccessKey: "amphoraalt-secret-0123456789" };
const altId = "b0b1b2b3b4b5b6b7b8b9c0c1c2c3c4c5c6c7c8c9d0d1d2d3d4d5d6d7d8d9e0e1";
const pblack = { accessKeyId: Buffer.from("pblack").toString("base64"), secretAccessKey: createHash("md5").update("p4ssw0rd2").digest("hex") };
const acl = { acl: "" };

describe("ACLs across dialects", () => {
  let server: Server;
  const opened: Door[] = [];
  const door = (...args: Parameters<typeof openDoor>): Door => {
    const made = openDoor(...args);
    opened.push(made);
    return made;
  };
  before(async () => {
    server = await startServer({ args: ["--default-ownership", "none"] });
  });
  after(async () => {
    for (const each of opened) each.close();
    await server.stop();
  });
  const ok = async (at: Door, request: DoorRequest): Promise<string> => {
    const { status, body } = await at.send(request);
    assert.ok(status < 300, `${at.name} ${request.method} ${request.key ?? request.bucket}: ${status} ${body}`);
    return body.toString();
  };
  const status = async (at: Door, request: DoorRequest): Promise<number> => (await at.send(request)).status;

  it("S3 grants, OSS obeys, shows the nearest canned ACL, and replaces the grants when it sets one", async () => {
    const bucket = "acl-oss";
    const [owner, ossOwner, guest] = [door("s3", server.port, main), door("oss", server.port, main), door("oss", server.port, alt)];
    await ok(owner, { method: "PUT", bucket });
    await ok(owner, { method: "PUT", bucket, key: "k", body: "1" });
    for (const request of [
      { method: "GET", bucket },
      { method: "GET", bucket, key: "k" },
      { method: "PUT", bucket, key: "new", body: "1" },
      { method: "GET", bucket, query: acl },
    ])
      assert.equal(await status(guest, request), 403);
    await ok(owner, { method: "PUT", bucket, query: acl, headers: { "x-amz-grant-read": `id=${altId}`, "x-amz-grant-write": `id=${altId}` } });
    await ok(owner, { method: "PUT", bucket, key: "k", query: acl, headers: { "x-amz-grant-full-control": `id=${altId}` } });
    assert.deepEqual(elements(await ok(guest, { method: "GET", bucket }), "Key"), ["k"]);
    assert.equal(await ok(guest, { method: "GET", bucket, key: "k" }), "1");
    await ok(guest, { method: "PUT", bucket, key: "new", body: "1" });
    assert.equal(await status(guest, { method: "GET", bucket, query: acl }), 403, "READ_ACP was not granted");
    assert.equal(element(await ok(ossOwner, { method: "GET", bucket, query: acl }), "Grant"), "private");
    assert.equal(element(await ok(guest, { method: "GET", bucket, key: "k", query: acl }), "Grant"), "private");
    // Written by OSS with its "default": read by whoever may read the bucket.
    await ok(ossOwner, { method: "PUT", bucket, key: "inherits", body: "2" });
    assert.equal(await ok(guest, { method: "GET", bucket, key: "inherits" }), "2");
    await ok(guest, { method: "PUT", bucket, key: "k", query: acl, headers: { "x-oss-object-acl": "public-read" } });
    assert.deepEqual(elements(await ok(owner, { method: "GET", bucket, key: "k", query: acl }), "Permission"), ["READ", "FULL_CONTROL"]);
    await ok(ossOwner, { method: "PUT", bucket, query: acl, headers: { "x-oss-acl": "private" } });
    assert.equal(await status(guest, { method: "GET", bucket }), 403);
    assert.equal(await status(guest, { method: "GET", bucket, key: "inherits" }), 403);
    await ok(owner, { method: "PUT", bucket, query: acl, headers: { "x-amz-grant-read": 'uri="http://acs.amazonaws.com/groups/global/AllUsers"' } });
    assert.equal(element(await ok(ossOwner, { method: "GET", bucket, query: acl }), "Grant"), "public-read");
  });

  it("S3 and HCP show each other's grants, and both obey them", async () => {
    const bucket = "acl-hcp";
    const [s3, hcp, guest] = [door("s3", server.port), door("hcp", server.port), door("hcp", server.port, pblack)];
    await ok(guest, { method: "PUT", bucket: "pblacks" });
    const id = element(await ok(guest, { method: "GET", bucket: "pblacks", query: acl }), "ID");
    await ok(s3, { method: "PUT", bucket });
    await ok(s3, { method: "PUT", bucket, key: "k", body: "1", headers: { "x-amz-grant-read": `id=${id}` } });
    assert.equal(await ok(guest, { method: "GET", bucket, key: "k" }), "1");
    assert.equal(await status(guest, { method: "GET", bucket }), 403);
    assert.deepEqual(elements(await ok(hcp, { method: "GET", bucket, key: "k", query: acl }), "Permission"), ["READ"]);
    await ok(hcp, { method: "PUT", bucket, query: acl, headers: { "x-amz-grant-read": `id=${id}`, "x-amz-grant-write-acp": `id=${id}` } });
    assert.deepEqual(elements(await ok(s3, { method: "GET", bucket, query: acl }), "Permission"), ["READ", "WRITE_ACP"]);
    assert.deepEqual(elements(await ok(guest, { method: "GET", bucket }), "Key"), ["k"]);
    await ok(guest, { method: "PUT", bucket, query: acl, headers: { "x-amz-acl": "private" } });
    assert.equal(await status(guest, { method: "GET", bucket }), 403);
  });

  it("what OSS keeps closed for an account is closed through S3", async () => {
    const bucket = "acl-closed";
    const [owner, ossOwner, guest] = [door("s3", server.port, main), door("oss", server.port, main), door("s3", server.port, alt)];
    const query = { publicAccessBlock: "" };
    await ok(owner, { method: "PUT", bucket, headers: { "x-amz-acl": "public-read" } });
    await ok(owner, { method: "PUT", bucket, key: "k", body: "1", headers: { "x-amz-grant-read": `id=${altId}` } });
    await ok(guest, { method: "GET", bucket });
    await ok(ossOwner, { method: "PUT", query, body: "<PublicAccessBlockConfiguration><BlockPublicAccess>true</BlockPublicAccess></PublicAccessBlockConfiguration>" });
    assert.equal(await status(guest, { method: "GET", bucket }), 403);
    assert.equal(await status(owner, { method: "PUT", bucket, key: "k", query: acl, headers: { "x-amz-acl": "public-read" } }), 403);
    assert.equal(await status(owner, { method: "PUT", bucket: "acl-closed-2", headers: { "x-amz-acl": "public-read" } }), 403);
    assert.equal(await ok(guest, { method: "GET", bucket, key: "k" }), "1", "a single grantee is nobody's public");
    await ok(ossOwner, { method: "DELETE", query });
    await ok(guest, { method: "GET", bucket });
  });
});
