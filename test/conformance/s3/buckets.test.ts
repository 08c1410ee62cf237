import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { xmlChild, xmlChildren, xmlChildText } from "../../../src/lib/xml-reader.ts";
import { alt, mainCanonicalId, openWorld, ram, type World } from "../helper.ts";

let world: World;
before(async () => {
  world = await openWorld();
});
after(() => world.close());

const put = (target: string, headers: Record<string, string> = {}, body: string | undefined = undefined) =>
  world.ask({ method: "PUT", target, headers, ...(body === undefined ? {} : { body }) });
const get = (target: string) => world.ask({ method: "GET", target });
const remove = (target: string) => world.ask({ method: "DELETE", target });

describe("CreateBucket", () => {
  it("makes a bucket and says where", async () => {
    const made = await put("/made");
    assert.equal(made.status, 200);
    assert.equal(made.headers.get("location"), "/made");
    assert.match(made.headers.get("x-amz-request-id") ?? "", /^[0-9A-F]{16}$/);
    assert.equal((await world.ask({ method: "HEAD", target: "/made" })).headers.get("x-amz-bucket-region"), "us-east-1");
  });

  it("is quiet when one's own bucket would not change, and refuses when it would", async () => {
    assert.equal((await put("/mine")).status, 200);
    assert.equal((await put("/mine")).status, 200);
    const changed = await put("/mine", { "x-amz-acl": "public-read" });
    assert.deepEqual([changed.status, changed.code], [409, "BucketAlreadyExists"]);
    const theirs = await world.ask({ method: "PUT", target: "/mine", as: alt });
    assert.deepEqual([theirs.status, theirs.code], [409, "BucketAlreadyExists"]);
  });

  it("refuses names that S3 refuses", async () => {
    for (const name of ["aa", "Upper", "under_score", "a..b", "192.168.1.1", "xn--x", "-abc", "abc-", "a".repeat(64), "abc-s3alias"]) {
      const answer = await put(`/${name}`);
      assert.deepEqual([answer.status, answer.code], [400, "InvalidBucketName"], name);
    }
    for (const name of ["a.b", "a1b", "a".repeat(63)]) assert.equal((await put(`/${name}`)).status, 200, name);
  });

  it("keeps the LocationConstraint and refuses what is no configuration", async () => {
    const body = '<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>eu-west-3</LocationConstraint></CreateBucketConfiguration>';
    assert.equal((await put("/placed", {}, body)).status, 200);
    assert.equal((await get("/placed?location")).xml().text, "eu-west-3");
    assert.equal((await get("/made?location")).xml().text, "");
    assert.equal((await put("/unplaced", {}, "<Other/>")).code, "MalformedXML");
    assert.equal((await put("/unplaced", {}, "<Create")).code, "MalformedXML");
    assert.equal((await world.ask({ method: "HEAD", target: "/unplaced" })).status, 404);
  });

  it("refuses settings that are not served, by their header's name", async () => {
    for (const [name, value] of [["x-amz-bucket-namespace", "account-regional"]] as const) {
      const answer = await put("/unserved", { [name]: value });
      assert.deepEqual([answer.status, answer.code], [501, "NotImplemented"], name);
      assert.match(answer.text, new RegExp(`<Header>${name}</Header>`));
    }
    assert.equal((await put("/unserved", { "x-amz-acl": "public" })).code, "InvalidArgument");
    assert.equal((await world.ask({ method: "HEAD", target: "/unserved" })).status, 404);
  });

  it("refuses users without rights and anonymous callers", async () => {
    for (const as of [ram, null]) {
      const answer = await world.ask({ method: "PUT", target: "/nobodys", as });
      assert.deepEqual([answer.status, answer.code], [403, "AccessDenied"]);
    }
  });
});

describe("ListBuckets", () => {
  it("lists one's own buckets in order, with their owner, in pages", async () => {
    const own = await openWorld();
    try {
      for (const name of ["bbb", "aaa", "ccc"]) await own.ask({ method: "PUT", target: `/${name}` });
      await own.ask({ method: "PUT", target: "/foreign", as: alt });
      const all = (await own.ask({ method: "GET", target: "/" })).xml();
      assert.equal(all.name, "ListAllMyBucketsResult");
      const owner = xmlChild(all, "Owner");
      assert.equal(owner && xmlChildText(owner, "ID"), mainCanonicalId);
      const names = (xml: typeof all) => xmlChildren(xmlChild(xml, "Buckets") ?? xml, "Bucket").map((bucket) => xmlChildText(bucket, "Name"));
      assert.deepEqual(names(all), ["aaa", "bbb", "ccc"]);
      assert.equal(xmlChildText(all, "ContinuationToken"), undefined);
      const first = (await own.ask({ method: "GET", target: "/?max-buckets=2" })).xml();
      assert.deepEqual(names(first), ["aaa", "bbb"]);
      const token = xmlChildText(first, "ContinuationToken") ?? "";
      const second = (await own.ask({ method: "GET", target: `/?max-buckets=2&continuation-token=${encodeURIComponent(token)}` })).xml();
      assert.deepEqual(names(second), ["ccc"]);
      assert.equal(xmlChildText(second, "ContinuationToken"), undefined);
      assert.equal((await own.ask({ method: "GET", target: "/", as: null })).status, 403);
    } finally {
      await own.close();
    }
  });

  it("picks the buckets of a region before a page is cut", async () => {
    const own = await openWorld();
    try {
      for (const [index, name] of ["b00", "b01", "b02", "b03", "b04", "b05", "b06"].entries()) {
        const west = "<CreateBucketConfiguration><LocationConstraint>eu-west-3</LocationConstraint></CreateBucketConfiguration>";
        await own.ask({ method: "PUT", target: `/${name}`, ...(index % 3 === 0 ? { body: west } : {}) });
      }
      const page = async (query: string) => {
        const { text } = await own.ask({ method: "GET", target: `/?${query}` });
        return [[...text.matchAll(/<Name>(\w+)</g)].map((found) => found[1]).join(" "), /<ContinuationToken>([^<]+)</.exec(text)?.[1]] as const;
      };
      const [first, token] = await page("bucket-region=eu-west-3&max-buckets=2");
      assert.equal(first, "b00 b03");
      assert.deepEqual(await page(`bucket-region=eu-west-3&max-buckets=2&continuation-token=${token}`), ["b06", undefined]);
      assert.deepEqual(await page("bucket-region=us-east-1&max-buckets=4"), ["b01 b02 b04 b05", undefined], "a bucket without a region of its own is of the server's");
      assert.deepEqual(await page("bucket-region=ap-south-1"), ["", undefined]);
    } finally {
      await own.close();
    }
  });
});

describe("DeleteBucket", () => {
  it("deletes an empty bucket, and then there is none", async () => {
    await put("/gone");
    const deleted = await remove("/gone");
    assert.deepEqual([deleted.status, deleted.text], [204, ""]);
    const again = await remove("/gone");
    assert.deepEqual([again.status, again.code], [404, "NoSuchBucket"]);
    assert.match(again.text, /<BucketName>gone<\/BucketName>/);
  });

  it("refuses a bucket with objects and says what is in the way", async () => {
    await put("/full");
    await put("/full/key", {}, "1");
    const refused = await remove("/full");
    assert.deepEqual([refused.status, refused.code, refused.message], [409, "BucketNotEmpty", "The bucket you tried to delete is not empty (1 object)"]);
    assert.match(refused.text, /<BucketName>full<\/BucketName>/);
    await remove("/full/key");
    assert.equal((await remove("/full")).status, 204);
  });

  it("refuses a bucket with nothing but versions or delete markers", async () => {
    await put("/kept");
    await put("/kept?versioning", {}, "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
    await put("/kept/key", {}, "1");
    const marker = await remove("/kept/key");
    assert.equal(marker.headers.get("x-amz-delete-marker"), "true");
    const refused = await remove("/kept");
    assert.equal(refused.code, "BucketNotEmpty");
    assert.equal(refused.message, "The bucket you tried to delete is not empty. You must delete all versions in the bucket. (1 noncurrent version, 1 delete marker)");
  });

  it("is not stopped by unfinished uploads, which end with it", async () => {
    await put("/uploading");
    const upload = xmlChildText((await world.ask({ method: "POST", target: "/uploading/key?uploads" })).xml(), "UploadId");
    assert.equal((await remove("/uploading")).status, 204);
    const late = await put(`/uploading/key?uploadId=${upload}&partNumber=1`, {}, "late");
    assert.deepEqual([late.status, late.code], [404, "NoSuchBucket"]);
    await put("/uploading");
    const later = await put(`/uploading/key?uploadId=${upload}&partNumber=1`, {}, "late");
    assert.deepEqual([later.status, later.code], [404, "NoSuchUpload"]);
  });

  it("is for the owner alone, who does not tell others whether it is empty", async () => {
    await put("/owned", { "x-amz-acl": "public-read-write" });
    await put("/owned/key", {}, "1");
    for (const as of [alt, ram, null]) {
      const answer = await world.ask({ method: "DELETE", target: "/owned", as });
      assert.deepEqual([answer.status, answer.code], [403, "AccessDenied"]);
    }
  });

  it("is never what a sub-resource that is not served becomes", async () => {
    await put("/safe");
    for (const name of ["replication", "metadataTable"]) {
      const answer = await remove(`/safe?${name}`);
      assert.deepEqual([answer.status, answer.code], [501, "NotImplemented"], name);
      assert.match(answer.text, new RegExp(name));
    }
    for (const name of ["metrics", "analytics", "inventory"]) assert.equal((await remove(`/safe?${name}`)).code, "InvalidArgument", "which one?");
    assert.equal((await remove("/safe?unheard-of")).status, 400);
    assert.equal((await remove("/safe?x-id=DeleteObject")).status, 400);
    assert.equal((await world.ask({ method: "HEAD", target: "/safe" })).status, 200);
    assert.equal((await remove("/safe?x-id=DeleteBucket")).status, 204);
  });
});

describe("Bucket settings", () => {
  it("PutBucketVersioning and GetBucketVersioning", async () => {
    await put("/versions");
    assert.equal((await get("/versions?versioning")).xml().children.length, 0);
    for (const status of ["Enabled", "Suspended"]) {
      assert.equal((await put("/versions?versioning", {}, `<VersioningConfiguration><Status>${status}</Status></VersioningConfiguration>`)).status, 200);
      assert.equal(xmlChildText((await get("/versions?versioning")).xml(), "Status"), status);
    }
    assert.equal((await put("/versions?versioning", {}, "<VersioningConfiguration><Status>On</Status></VersioningConfiguration>")).code, "MalformedXML");
    const mfa = await put("/versions?versioning", {}, "<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Enabled</MfaDelete></VersioningConfiguration>");
    assert.equal(mfa.code, "NotImplemented");
  });

  it("PutBucketAcl takes canned ACLs and documents", async () => {
    await put("/acl");
    const permissions = async () => xmlChildren(xmlChild((await get("/acl?acl")).xml(), "AccessControlList") as never, "Grant").map((grant) => xmlChildText(grant, "Permission"));
    assert.deepEqual(await permissions(), ["FULL_CONTROL"]);
    assert.equal((await put("/acl?acl", { "x-amz-acl": "public-read-write" })).status, 200);
    assert.deepEqual(await permissions(), ["READ", "WRITE", "FULL_CONTROL"]);
    const document = (await get("/acl?acl")).text;
    await put("/acl?acl", { "x-amz-acl": "private" });
    assert.equal((await put("/acl?acl", {}, document)).status, 200);
    assert.deepEqual(await permissions(), ["READ", "WRITE", "FULL_CONTROL"]);
    const unknown = await put("/acl?acl", {}, document.replaceAll(mainCanonicalId, "f".repeat(64)));
    assert.equal(unknown.code, "InvalidArgument");
    assert.equal((await put("/acl?acl", {}, "<AccessControlPolicy/>")).code, "MalformedACLError");
    assert.deepEqual(await permissions(), ["READ", "WRITE", "FULL_CONTROL"]);
  });

  it("answers that a setting is not there where it cannot be there yet", async () => {
    await put("/bare");
    for (const [name, code] of [
      ["policy", "NoSuchBucketPolicy"],
      ["cors", "NoSuchCORSConfiguration"],
      ["lifecycle", "NoSuchLifecycleConfiguration"],
      ["tagging", "NoSuchTagSet"],
      ["encryption", "ServerSideEncryptionConfigurationNotFoundError"],
      ["object-lock", "ObjectLockConfigurationNotFoundError"],
    ]) {
      const answer = await get(`/bare?${name}`);
      assert.deepEqual([answer.status, answer.code], [404, code]);
      assert.equal((await get(`/missing?${name}`)).code, "NoSuchBucket");
    }
    assert.equal((await get("/bare?metadataTable")).status, 501);
  });

  it("x-amz-expected-bucket-owner is held against the owner", async () => {
    await put("/expected");
    assert.equal((await world.ask({ method: "GET", target: "/expected", headers: { "x-amz-expected-bucket-owner": "000000000001" } })).status, 200);
    assert.equal((await world.ask({ method: "GET", target: "/expected", headers: { "x-amz-expected-bucket-owner": "000000000002" } })).code, "AccessDenied");
  });
});
