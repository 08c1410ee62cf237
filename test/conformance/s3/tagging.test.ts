import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { xmlChild, xmlChildren, xmlChildText } from "../../../src/lib/xml-reader.ts";
import { type Answer, alt, openWorld, type World } from "../helper.ts";

let world: World;
const ask = (method: string, target: string, body?: string, headers: Record<string, string> = {}) =>
  world.ask({ method, target, headers, ...(body === undefined ? {} : { body }) });
before(async () => {
  world = await openWorld();
  await ask("PUT", "/tagged");
});
after(() => world.close());

const tagging = (tags: Record<string, string>): string =>
  `<Tagging><TagSet>${Object.entries(tags)
    .map(([key, value]) => `<Tag><Key>${key}</Key><Value>${value}</Value></Tag>`)
    .join("")}</TagSet></Tagging>`;
const many = (count: number): Record<string, string> => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, "v"]));
const tagsOf = (answer: Answer): Record<string, string | undefined> => {
  const set = xmlChild(answer.xml(), "TagSet");
  return Object.fromEntries((set ? xmlChildren(set, "Tag") : []).map((tag) => [xmlChildText(tag, "Key"), xmlChildText(tag, "Value")]));
};

describe("Object tagging", () => {
  it("comes with the object, is counted on reads, and goes", async () => {
    assert.equal((await ask("PUT", "/tagged/a", "1", { "x-amz-tagging": "team=red&stage=a%20b+c&empty=" })).status, 200);
    assert.deepEqual(tagsOf(await ask("GET", "/tagged/a?tagging")), { team: "red", stage: "a b c", empty: "" });
    for (const method of ["GET", "HEAD"]) assert.equal((await ask(method, "/tagged/a")).headers.get("x-amz-tagging-count"), "3");
    assert.equal((await ask("PUT", "/tagged/a?tagging", tagging({ one: "é" }))).status, 200);
    assert.deepEqual(tagsOf(await ask("GET", "/tagged/a?tagging")), { one: "é" });
    assert.equal((await ask("DELETE", "/tagged/a?tagging")).status, 204);
    assert.deepEqual(tagsOf(await ask("GET", "/tagged/a?tagging")), {});
    assert.equal((await ask("HEAD", "/tagged/a")).headers.get("x-amz-tagging-count"), undefined);
    assert.equal((await ask("GET", "/tagged/a")).text, "1");
  });

  it("is bounded, and refused before anything is stored", async () => {
    const code = async (tags: Record<string, string>) => (await ask("PUT", "/tagged/a?tagging", tagging(tags))).code;
    assert.equal(await code(many(10)), undefined);
    assert.equal(await code(many(11)), "InvalidTag");
    assert.equal(await code({ ["k".repeat(129)]: "v" }), "InvalidTag");
    assert.equal(await code({ k: "v".repeat(257) }), "InvalidTag");
    assert.equal(await code({ "aws:mine": "v" }), "InvalidTag");
    assert.equal((await ask("PUT", "/tagged/a?tagging", "<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>")).code, "MalformedXML");
    assert.equal((await ask("PUT", "/tagged/a?tagging", tagging({ a: "1" }).replace("</TagSet>", "<Tag><Key>a</Key><Value>2</Value></Tag></TagSet>"))).code, "InvalidTag");
    assert.equal((await ask("PUT", "/tagged/a?tagging", "<Tags/>")).code, "MalformedXML");
    assert.equal((await ask("PUT", "/tagged/not", "1", { "x-amz-tagging": "a=1&a=2" })).code, "InvalidTag");
    assert.equal((await ask("PUT", "/tagged/not", "1", { "x-amz-tagging": "a=%zz" })).code, "InvalidArgument");
    assert.equal((await ask("HEAD", "/tagged/not")).status, 404);
    assert.equal((await ask("GET", "/tagged/not?tagging")).code, "NoSuchKey");
  });

  it("follows a copy unless it is replaced, and is set by CreateMultipartUpload", async () => {
    await ask("PUT", "/tagged/from", "1", { "x-amz-tagging": "a=b" });
    const copy = (headers: Record<string, string>) => ask("PUT", "/tagged/to", undefined, { "x-amz-copy-source": "/tagged/from", ...headers });
    await copy({ "x-amz-tagging": "c=d" });
    assert.deepEqual(tagsOf(await ask("GET", "/tagged/to?tagging")), { a: "b" }, "the directive decides, and it is COPY");
    await copy({ "x-amz-tagging-directive": "REPLACE", "x-amz-tagging": "c=d" });
    assert.deepEqual(tagsOf(await ask("GET", "/tagged/to?tagging")), { c: "d" });
    await copy({ "x-amz-tagging-directive": "REPLACE" });
    assert.deepEqual(tagsOf(await ask("GET", "/tagged/to?tagging")), {});
    assert.equal((await copy({ "x-amz-tagging-directive": "MERGE" })).code, "InvalidArgument");
    const id = /<UploadId>(.*)<\/UploadId>/.exec((await ask("POST", "/tagged/big?uploads", undefined, { "x-amz-tagging": "p=q" })).text)?.[1];
    const part = await ask("PUT", `/tagged/big?partNumber=1&uploadId=${id}`, "1");
    const parts = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${part.headers.get("etag")}</ETag></Part></CompleteMultipartUpload>`;
    assert.equal((await ask("POST", `/tagged/big?uploadId=${id}`, parts)).status, 200);
    assert.deepEqual(tagsOf(await ask("GET", "/tagged/big?tagging")), { p: "q" });
    assert.equal((await ask("PUT", `/tagged/big?partNumber=1&uploadId=${id}`, "1", { "x-amz-tagging": "a=b" })).status, 501, "a part has none");
  });

  it("names a version, and no delete marker", async () => {
    await ask("PUT", "/versioned");
    await ask("PUT", "/versioned?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
    const old = (await ask("PUT", "/versioned/a", "1")).headers.get("x-amz-version-id");
    await ask("PUT", "/versioned/a", "2", { "x-amz-tagging": "new=2" });
    const put = await ask("PUT", `/versioned/a?tagging&versionId=${old}`, tagging({ old: "1" }));
    assert.deepEqual([put.status, put.headers.get("x-amz-version-id")], [200, old]);
    assert.deepEqual(tagsOf(await ask("GET", `/versioned/a?tagging&versionId=${old}`)), { old: "1" });
    assert.deepEqual(tagsOf(await ask("GET", "/versioned/a?tagging")), { new: "2" });
    const marker = (await ask("DELETE", "/versioned/a")).headers.get("x-amz-version-id");
    assert.deepEqual([(await ask("GET", `/versioned/a?tagging&versionId=${marker}`)).code, (await ask("GET", "/versioned/a?tagging")).code], ["MethodNotAllowed", "NoSuchKey"]);
  });

  it("is nobody else's, however public the object is", async () => {
    await ask("PUT", "/tagged/public", "1", { "x-amz-acl": "public-read-write", "x-amz-tagging": "a=b" });
    for (const as of [alt, null]) {
      assert.equal((await world.ask({ method: "GET", target: "/tagged/public", as })).headers.get("x-amz-tagging-count"), "1");
      for (const method of ["GET", "DELETE"]) assert.equal((await world.ask({ method, target: "/tagged/public?tagging", as })).code, "AccessDenied");
      assert.equal((await world.ask({ method: "PUT", target: "/tagged/public?tagging", as, body: tagging({}) })).code, "AccessDenied");
    }
  });
});

describe("Bucket tagging", () => {
  it("is absent, put, read back as written, and removed", async () => {
    assert.deepEqual([(await ask("GET", "/tagged?tagging")).status, (await ask("GET", "/tagged?tagging")).code], [404, "NoSuchTagSet"]);
    const text = `<?xml version="1.0"?>\n${tagging({ Hello: "World" })}\n`;
    assert.equal((await ask("PUT", "/tagged?tagging", text)).status, 204);
    assert.equal((await ask("GET", "/tagged?tagging")).text, text);
    assert.equal((await ask("PUT", "/tagged?tagging", tagging(many(50)))).status, 204);
    assert.equal((await ask("PUT", "/tagged?tagging", tagging(many(51)))).code, "InvalidTag");
    assert.equal(Object.keys(tagsOf(await ask("GET", "/tagged?tagging"))).length, 50);
    assert.equal((await ask("DELETE", "/tagged?tagging")).status, 204);
    assert.equal((await ask("GET", "/tagged?tagging")).code, "NoSuchTagSet");
    assert.equal((await world.ask({ method: "GET", target: "/tagged?tagging", as: alt })).code, "AccessDenied");
    assert.equal((await ask("GET", "/nowhere?tagging")).code, "NoSuchBucket");
  });
});
