/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { xmlChildren, xmlChildText } from "../../../src/lib/xml-reader.ts";
import { alt, openWorld, type World } from "../helper.ts";

let world: World;
before(async () => {
  world = await openWorld();
  for (const name of ["plain", "versioned", "shared"]) await put(`/${name}`, "", name === "shared" ? { "x-amz-acl": "public-read-write" } : {});
  await put("/versioned?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
});
after(() => world.close());

const put = (target: string, body: string, headers: Record<string, string> = {}) => world.ask({ method: "PUT", target, body, headers });
const remove = async (target: string, headers: Record<string, string> = {}, as?: typeof alt) => {
  const answer = await world.ask({ method: "DELETE", target, headers, ...(as ? { as } : {}) });
  return [answer.status, answer.code];
};
const exists = async (target: string) => (await world.ask({ method: "HEAD", target })).status === 200;
const etagOf = (text: string) => `"${createHash("md5").update(text).digest("hex")}"`;
const failed = [412, "PreconditionFailed"];
const done = [204, undefined];
const size = "x-amz-if-match-size";
const time = "x-amz-if-match-last-modified-time";

describe("DeleteObject with conditions", () => {
  it("deletes what has the ETag, and only that", async () => {
    assert.deepEqual(await remove("/plain/a", { "if-match": "*" }), [404, "NoSuchKey"]);
    assert.deepEqual(await remove("/plain/a", { "if-match": etagOf("1") }), [404, "NoSuchKey"]);
    await put("/plain/a", "1");
    assert.deepEqual(await remove("/plain/a", { "if-match": etagOf("2") }), failed);
    assert.ok(await exists("/plain/a"));
    assert.deepEqual(await remove("/plain/a", { "if-match": etagOf("1") }), done);
    assert.ok(!(await exists("/plain/a")));
    await put("/plain/a", "1");
    assert.deepEqual(await remove("/plain/a", { "if-match": "*" }), done);
  });

  it("by size and time, as directory buckets have it: what is absent meets them", async () => {
    assert.deepEqual(await remove("/plain/b", { [size]: "7" }), done);
    await put("/plain/b", "123");
    const modified = (await world.ask({ method: "HEAD", target: "/plain/b" })).headers.get("last-modified") ?? "";
    assert.deepEqual(await remove("/plain/b", { [size]: "4" }), failed);
    assert.deepEqual(await remove("/plain/b", { [time]: "Thu, 01 Jan 2015 00:00:00 GMT" }), failed);
    assert.deepEqual(await remove("/plain/b", { [size]: "3", [time]: modified, "if-match": etagOf("x") }), failed, "all of them count");
    assert.deepEqual(await remove("/plain/b", { [size]: "three" }), [400, "InvalidArgument"]);
    assert.deepEqual(await remove("/plain/b", { [time]: "yesterday" }), [400, "InvalidArgument"]);
    assert.deepEqual(await remove("/plain/b", { "if-none-match": "*" }), [501, "NotImplemented"]);
    assert.ok(await exists("/plain/b"));
    assert.deepEqual(await remove("/plain/b", { [size]: "3", [time]: modified, "if-match": etagOf("123") }), done);
    assert.ok(!(await exists("/plain/b")));
    await put("/plain/b", "123");
    assert.deepEqual(await remove("/plain/b", { [time]: new Date(modified).toISOString() }), done);
  });

  it("looks at the current version, or the one that is named; a marker never matches", async () => {
    const first = (await put("/versioned/v", "1")).headers.get("x-amz-version-id");
    await put("/versioned/v", "2");
    assert.deepEqual(await remove("/versioned/v", { "if-match": etagOf("1") }), failed);
    assert.deepEqual(await remove(`/versioned/v?versionId=${first}`, { "if-match": etagOf("2") }), failed);
    assert.deepEqual(await remove(`/versioned/v?versionId=${first}`, { "if-match": etagOf("1") }), done);
    assert.deepEqual(await remove(`/versioned/v?versionId=${first}`, { "if-match": "*" }), [404, "NoSuchVersion"]);
    assert.deepEqual(await remove("/versioned/v", { "if-match": etagOf("2") }), done);
    const any: Record<string, string>[] = [{ "if-match": "*" }, { [size]: "0" }, { [time]: "Thu, 01 Jan 2015 00:00:00 GMT" }];
    for (const headers of any) assert.deepEqual(await remove("/versioned/v", headers), failed);
  });

  it("an ETag is no oracle to who may not read the object", async () => {
    await put("/shared/secret", "1");
    assert.deepEqual(await remove("/shared/secret", { "if-match": etagOf("1") }, alt), [403, "AccessDenied"]);
    assert.deepEqual(await remove("/shared/secret", { "if-match": etagOf("2") }, alt), [403, "AccessDenied"]);
    assert.deepEqual(await remove("/shared/secret", { "if-match": "*" }, alt), done);
  });
});

describe("DeleteObjects with conditions", () => {
  it("each entry has its own, and fails alone", async () => {
    for (const name of ["a", "b", "c", "d", "e"]) await put(`/plain/${name}`, name);
    const entry = (key: string, more: string) => `<Object><Key>${key}</Key>${more}</Object>`;
    const ask = (xml: string) => world.ask({ method: "POST", target: "/plain?delete", body: `<Delete>${xml}</Delete>` });
    const answer = await ask(
      entry("a", `<ETag>${etagOf("a")}</ETag>`) +
        entry("b", "<ETag>other</ETag>") +
        entry("c", "<Size>2</Size>") +
        entry("d", "<Size>1</Size><LastModifiedTime>Thu, 01 Jan 2015 00:00:00 GMT</LastModifiedTime>") +
        entry("e", "<Size>1</Size><ETag>*</ETag>") +
        entry("never", "<ETag>*</ETag>"),
    );
    const pairs = (name: string) => xmlChildren(answer.xml(), name).map((node) => [xmlChildText(node, "Key"), xmlChildText(node, "Code")]);
    assert.deepEqual(
      pairs("Deleted").map(([key]) => key),
      ["a", "e"],
    );
    assert.deepEqual(pairs("Error"), [
      ["b", "PreconditionFailed"],
      ["c", "PreconditionFailed"],
      ["d", "PreconditionFailed"],
      ["never", "NoSuchKey"],
    ]);
    assert.equal((await ask(entry("b", "<Size>many</Size>"))).code, "InvalidArgument");
    assert.equal((await ask(entry("b", "<Size>1</Size><Size>2</Size>"))).code, "MalformedXML");
    assert.ok(await exists("/plain/b"));
  });
});

describe("CopyObject with conditions on its destination", () => {
  it("If-None-Match and If-Match", async () => {
    const copy = async (headers: Record<string, string>) => {
      const answer = await world.ask({ method: "PUT", target: "/plain/copy", headers: { "x-amz-copy-source": "/plain/source", ...headers } });
      return [answer.status, answer.code];
    };
    await put("/plain/source", "1");
    assert.deepEqual(await copy({ "if-match": "*" }), [404, "NoSuchKey"]);
    assert.deepEqual(await copy({ "if-none-match": "*" }), [200, undefined]);
    assert.deepEqual(await copy({ "if-none-match": "*" }), failed);
    assert.deepEqual(await copy({ "if-match": '"x"' }), failed);
    assert.deepEqual(await copy({ "if-match": etagOf("1") }), [200, undefined]);
  });
});
