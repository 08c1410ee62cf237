import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { crc64nvme, crcBase64 } from "../../../src/lib/crc.ts";
import { alt, openWorld, type World } from "../helper.ts";

let world: World;
before(async () => {
  world = await openWorld();
  for (const name of ["plain", "versioned", "other"]) await put(`/${name}`, "");
  await put("/versioned?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
});
after(() => world.close());

const put = (target: string, body: string, headers: Record<string, string> = {}) => world.ask({ method: "PUT", target, body, headers });
const get = (target: string) => world.ask({ method: "GET", target });
const status = async (target: string) => (await world.ask({ method: "HEAD", target })).status;

const rename = async (target: string, source: string, headers: Record<string, string> = {}, as?: typeof alt) => {
  const answer = await world.ask({ method: "PUT", target: `${target}?renameObject`, headers: { "x-amz-rename-source": source, ...headers }, ...(as ? { as } : {}) });
  return [answer.status, answer.code, answer.operation];
};

describe("PutObject with x-amz-write-offset-bytes", () => {
  const append = (target: string, offset: string | number, body: string, more: Record<string, string> = {}) =>
    put(target, body, { "x-amz-write-offset-bytes": String(offset), ...more });

  it("begins an object and goes on at its end, which the answer says", async () => {
    const first = await append("/plain/log", 0, "one", { "content-type": "text/plain", "x-amz-meta-a": "1" });
    assert.deepEqual([first.status, first.headers.get("x-amz-object-size")], [200, "3"], first.text);
    const second = await append("/plain/log", 3, " two", { "x-amz-meta-a": "2" });
    assert.deepEqual([second.status, second.headers.get("x-amz-object-size")], [200, "7"]);
    assert.deepEqual(
      [second.headers.get("x-amz-checksum-crc64nvme"), second.headers.get("x-amz-checksum-type")],
      [crcBase64("crc64nvme", crc64nvme(Buffer.from("one two"))), "FULL_OBJECT"],
    );
    const read = await get("/plain/log");
    assert.deepEqual([read.text, read.headers.get("content-type"), read.headers.get("x-amz-meta-a")], ["one two", "text/plain", "1"]);
    assert.equal(read.headers.get("etag"), second.headers.get("etag"));
  });

  it("refuses another offset, other objects, and what is no offset", async () => {
    for (const offset of [0, 6, 8]) {
      const answer = await append("/plain/log", offset, "x");
      assert.deepEqual([answer.status, answer.code], [400, "InvalidWriteOffset"], String(offset));
    }
    await put("/plain/object", "1");
    assert.deepEqual([(await append("/plain/object", 1, "x")).status, (await append("/plain/object", 1, "x")).code], [400, "InvalidRequest"]);
    assert.equal((await append("/plain/log", "seven", "x")).code, "InvalidArgument");
    assert.equal((await append("/plain/log", 7, "x", { "if-match": '"other"' })).code, "PreconditionFailed");
    assert.equal((await append("/plain/log", 7, "x", { "content-md5": "AAAAAAAAAAAAAAAAAAAAAA==" })).code, "BadDigest");
    const copy = await world.ask({ method: "PUT", target: "/plain/copied", headers: { "x-amz-copy-source": "/plain/log", "x-amz-write-offset-bytes": "0" } });
    assert.deepEqual([copy.status, copy.code], [501, "NotImplemented"]);
    assert.equal((await get("/plain/log")).text, "one two");
  });

  it("to what is encrypted, under the key that it has", async () => {
    const aes = { "x-amz-server-side-encryption": "AES256" };
    const first = await append("/plain/sealed", 0, "one", aes);
    assert.equal(first.status, 200, first.text);
    const second = await append("/plain/sealed", 3, " two");
    assert.deepEqual([second.status, second.headers.get("x-amz-server-side-encryption")], [200, "AES256"], second.text);
    assert.equal((await append("/plain/sealed", 7, " three", aes)).status, 200);
    assert.equal((await get("/plain/sealed")).text, "one two three");
    assert.equal((await world.ask({ method: "GET", target: "/plain/sealed", headers: { range: "bytes=2-8" } })).text, "e two t");
    const key = Buffer.alloc(32, 7);
    const customer = {
      "x-amz-server-side-encryption-customer-algorithm": "AES256",
      "x-amz-server-side-encryption-customer-key": key.toString("base64"),
      "x-amz-server-side-encryption-customer-key-md5": createHash("md5").update(key).digest("base64"),
    };
    assert.equal((await append("/plain/sealed", 13, "x", customer)).code, "EncryptionTypeMismatch");
    assert.equal((await append("/plain/mine", 0, "one", customer)).status, 200);
    assert.equal((await append("/plain/mine", 3, " two", customer)).status, 200);
    assert.equal((await append("/plain/mine", 7, "x")).status, 400, "without the key");
    assert.equal((await append("/plain/mine", 7, "x", aes)).code, "EncryptionTypeMismatch");
    assert.equal((await world.ask({ method: "GET", target: "/plain/mine", headers: customer })).text, "one two");
    assert.equal((await rename("/plain/mine2", "mine"))[0], 200);
    assert.equal((await world.ask({ method: "GET", target: "/plain/mine2", headers: customer })).text, "one two");
  });

  it("where versions are kept, the current one grows", async () => {
    const first = await append("/versioned/log", 0, "1");
    const second = await append("/versioned/log", 1, "2");
    assert.equal(second.headers.get("x-amz-version-id"), first.headers.get("x-amz-version-id"));
    await world.ask({ method: "DELETE", target: "/versioned/log" });
    const anew = await append("/versioned/log", 0, "3");
    assert.notEqual(anew.headers.get("x-amz-version-id"), first.headers.get("x-amz-version-id"));
    assert.equal((await get(`/versioned/log?versionId=${first.headers.get("x-amz-version-id")}`)).text, "12");
  });
});

describe("RenameObject", () => {
  const done = [200, undefined, "RenameObject"];

  it("gives the new name all that the old one had, and takes the old one away", async () => {
    await put("/plain/a%20key", "body", { "x-amz-meta-m": "1", "content-type": "text/plain", "x-amz-tagging": "t=1" });
    assert.deepEqual(await rename("/plain/moved", "a%20key"), done);
    const moved = await get("/plain/moved");
    assert.deepEqual(
      [moved.text, moved.headers.get("x-amz-meta-m"), moved.headers.get("content-type"), moved.headers.get("x-amz-tagging-count")],
      ["body", "1", "text/plain", "1"],
    );
    assert.equal(await status("/plain/a%20key"), 404);
    assert.deepEqual(await rename("/plain/back", "/plain/moved"), done, "with the bucket before it");
    assert.equal((await get("/plain/back")).text, "body");
  });

  it("its eight conditions", async () => {
    await put("/plain/s", "s");
    await put("/plain/t", "t");
    const etag = (await world.ask({ method: "HEAD", target: "/plain/s" })).headers.get("etag") ?? "";
    const past = "Thu, 01 Jan 2015 00:00:00 GMT";
    const future = "Thu, 01 Jan 2037 00:00:00 GMT";
    for (const [name, value] of [
      ["if-none-match", "*"],
      ["if-match", etag],
      ["if-unmodified-since", past],
      ["if-modified-since", future],
      ["x-amz-rename-source-if-match", '"other"'],
      ["x-amz-rename-source-if-none-match", etag],
      ["x-amz-rename-source-if-unmodified-since", past],
      ["x-amz-rename-source-if-modified-since", future],
    ] as const) {
      assert.deepEqual((await rename("/plain/t", "s", { [name]: value })).slice(0, 2), [412, "PreconditionFailed"], name);
    }
    assert.equal((await get("/plain/t")).text, "t");
    assert.deepEqual(await rename("/plain/t", "s", { "if-modified-since": past, "x-amz-rename-source-if-match": etag }), done);
    assert.equal((await get("/plain/t")).text, "s");
  });

  it("refuses other buckets, slashes at the end, itself, strangers, and a token that stood for something else", async () => {
    await put("/plain/r", "r");
    const refused = async (target: string, source: string, headers: Record<string, string> = {}, as?: typeof alt) => (await rename(target, source, headers, as)).slice(0, 2);
    assert.deepEqual(await refused("/plain/x", "/other/r"), [400, "InvalidArgument"]);
    assert.deepEqual(await refused("/plain/x/", "r"), [400, "InvalidRequest"]);
    assert.deepEqual(await refused("/plain/r", "r"), [400, "InvalidRequest"]);
    assert.deepEqual(await refused("/plain/x", "never"), [404, "NoSuchKey"]);
    assert.deepEqual(await refused("/plain/x", "r", {}, alt), [403, "AccessDenied"]);
    assert.equal((await get("/plain/r")).text, "r");
    const token = { "x-amz-client-token": "one" };
    assert.deepEqual(await rename("/plain/x", "r", token), done);
    assert.deepEqual(await rename("/plain/x", "r", token), done, "again");
    assert.deepEqual(await refused("/plain/y", "r", token), [400, "IdempotencyParameterMismatch"]);
  });

  it("where versions are kept, the old name gets a marker", async () => {
    const before = (await put("/versioned/v", "1")).headers.get("x-amz-version-id");
    assert.deepEqual(await rename("/versioned/w", "v"), done);
    assert.equal(await status("/versioned/v"), 404);
    assert.equal((await get(`/versioned/v?versionId=${before}`)).text, "1");
    assert.equal((await get("/versioned/w")).text, "1");
  });
});

describe("expected owners", () => {
  it("of the bucket and of a copy's source", async () => {
    await put("/plain/source", "1");
    const copy = async (headers: Record<string, string>) => {
      const answer = await world.ask({ method: "PUT", target: "/other/copy", headers: { "x-amz-copy-source": "/plain/source", ...headers } });
      return [answer.status, answer.code];
    };
    const [expected, ofSource] = ["x-amz-expected-bucket-owner", "x-amz-source-expected-bucket-owner"];
    const [mine, theirs] = ["000000000001", "000000000002"];
    assert.deepEqual(await copy({ [expected]: mine, [ofSource]: theirs }), [403, "AccessDenied"]);
    assert.deepEqual(await copy({ [expected]: theirs, [ofSource]: mine }), [403, "AccessDenied"]);
    assert.deepEqual(await copy({ [ofSource]: "me" }), [400, "InvalidArgument"]);
    assert.equal(await status("/other/copy"), 404);
    assert.deepEqual(await copy({ [expected]: mine, [ofSource]: mine }), [200, undefined]);
    for (const method of ["GET", "PUT", "DELETE"]) {
      const answer = await world.ask({ method, target: "/plain/source", headers: { [expected]: theirs }, ...(method === "PUT" ? { body: "2" } : {}) });
      assert.deepEqual([answer.status, answer.code], [403, "AccessDenied"], method);
    }
    assert.equal((await get("/plain/source")).text, "1");
  });
});
