/** Making buckets and asking what they are. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { xmlChild, xmlChildren, xmlChildText } from "../../../src/lib/xml-reader.ts";
import { mainUid, openWorld, other, user, type World } from "./helper.ts";

let world: World;
before(async () => {
  world = await openWorld();
});
after(() => world.close());

const put = (bucket: string, more: object = {}) => world.ask({ method: "PUT", path: `/${bucket}/`, ...more });

test("PutBucket is idempotent for its owner and taken for everybody else", async () => {
  const made = await put("shop", { headers: { "x-oss-acl": "public-read" } });
  assert.equal(made.status, 200);
  assert.equal(made.headers.get("location"), "/shop");
  assert.equal((await put("shop")).status, 200);
  const acl = () => world.ask({ method: "GET", path: "/shop/", query: { acl: "" } });
  assert.match((await acl()).text, /<Grant>public-read<\/Grant>/, "put again without an ACL it stays");
  assert.equal((await put("shop", { headers: { "x-oss-acl": "private" } })).status, 200);
  assert.match((await acl()).text, /<Grant>private<\/Grant>/, "with one it changes");
  const taken = await put("shop", { as: other });
  assert.equal(taken.status, 409);
  assert.equal(taken.code, "BucketAlreadyExists");
  assert.equal(taken.headers.get("x-oss-ec"), "0015-00000104");
});

test("PutBucketAcl changes a bucket's ACL, and makes the bucket that is not there, for those who may make one", async () => {
  const acl = (method: string, bucket: string, more: object = {}) => world.ask({ method, path: `/${bucket}/`, query: { acl: "" }, ...more });
  const open = { headers: { "x-oss-acl": "public-read" } };
  for (const what of ["made", "changed"]) {
    const answer = await acl("PUT", "by-acl", open);
    assert.deepEqual([answer.status, answer.headers.get("location")], [200, "/by-acl"], what);
    assert.match((await acl("GET", "by-acl")).text, /<Grant>public-read<\/Grant>/);
  }
  assert.equal((await acl("PUT", "by-acl", { ...open, as: other })).code, "AccessDenied");
  assert.equal((await acl("PUT", "Bad_Name", open)).code, "InvalidBucketName");
  assert.equal((await acl("PUT", "by-nobody")).code, "MissingArgument");
  for (const as of [null, user]) assert.equal((await acl("PUT", "by-nobody", { ...open, as })).status, 403);
  assert.equal((await world.ask({ method: "GET", path: "/by-nobody/", query: { bucketInfo: "" } })).code, "NoSuchBucket");
});

test("PutBucket refuses names that the vendor does not allow", async () => {
  for (const name of ["ab", "Upper", "dot.ted", "under_score", "-first", "last-", "x".repeat(64)]) {
    const answer = await put(name);
    assert.equal(answer.status, 400, name);
    assert.equal(answer.code, "InvalidBucketName", name);
  }
  assert.equal((await put("x".repeat(63))).status, 200);
});

test("PutBucket refuses what it would not keep, and who may not", async () => {
  assert.equal((await put("tagged", { headers: { "x-oss-bucket-tagging": "a=b" } })).status, 501);
  assert.equal((await put("odd-acl", { headers: { "x-oss-acl": "mine" } })).code, "InvalidArgument");
  assert.equal((await put("odd-class", { body: "<CreateBucketConfiguration><StorageClass>Gold</StorageClass></CreateBucketConfiguration>" })).code, "InvalidArgument");
  assert.equal((await put("no-xml", { body: "<CreateBucketConfiguration>" })).code, "MalformedXML");
  assert.equal((await put("entity", { body: '<!DOCTYPE x [<!ENTITY e "x">]><CreateBucketConfiguration/>' })).code, "MalformedXML");
  assert.equal((await put("nobody", { as: null })).code, "AccessDenied");
  assert.equal((await put("a-user", { as: user })).code, "AccessDenied");
  for (const name of ["tagged", "odd-acl", "odd-class", "no-xml", "entity", "nobody", "a-user"]) {
    assert.equal((await world.ask({ method: "GET", path: `/${name}/`, query: { bucketInfo: "" } })).code, "NoSuchBucket", name);
  }
});

test("GetBucketInfo shows class, redundancy, place, owner, ACL and versioning", async () => {
  await put("informed", {
    headers: { "x-oss-acl": "public-read-write" },
    body: "<CreateBucketConfiguration><StorageClass>IA</StorageClass><DataRedundancyType>ZRS</DataRedundancyType></CreateBucketConfiguration>",
  });
  const info = async () => xmlChild((await world.ask({ method: "GET", path: "/informed/", query: { bucketInfo: "" } })).xml(), "Bucket");
  const before = await info();
  assert.ok(before);
  const texts = (names: string[]) => names.map((name) => xmlChildText(before, name));
  assert.deepEqual(texts(["Name", "StorageClass", "DataRedundancyType", "Location", "ExtranetEndpoint", "IntranetEndpoint", "Versioning"]), [
    "informed",
    "IA",
    "ZRS",
    "oss-cn-hangzhou",
    "oss-cn-hangzhou.aliyuncs.com",
    "oss-cn-hangzhou-internal.aliyuncs.com",
    undefined,
  ]);
  const owner = xmlChild(before, "Owner");
  assert.ok(owner);
  assert.equal(xmlChildText(owner, "ID"), mainUid);
  assert.equal(xmlChildText(xmlChild(before, "AccessControlList") ?? assert.fail(), "Grant"), "public-read-write");
  assert.equal(xmlChildText(before, "CreationDate"), "2026-11-21T12:00:00.000Z");
  const versioning = (status: string) =>
    world.ask({ method: "PUT", path: "/informed/", query: { versioning: "" }, body: `<VersioningConfiguration><Status>${status}</Status></VersioningConfiguration>` });
  assert.equal((await versioning("Disabled")).code, "MalformedXML");
  for (const status of ["Enabled", "Suspended"]) {
    assert.equal((await versioning(status)).status, 200);
    assert.equal(xmlChildText((await info()) ?? assert.fail(), "Versioning"), status);
    assert.match((await world.ask({ method: "GET", path: "/informed/", query: { versioning: "" } })).text, new RegExp(`<Status>${status}</Status>`));
  }
});

test("GetBucketLocation and DescribeRegions tell one place", async () => {
  await put("placed");
  const answer = await world.ask({ method: "GET", path: "/placed/", query: { location: "" } });
  assert.equal(answer.text, '<?xml version="1.0" encoding="UTF-8"?>\n<LocationConstraint>oss-cn-hangzhou</LocationConstraint>');
  assert.match((await world.ask({ method: "GET", path: "/", query: { regions: "" } })).text, /<Region>oss-cn-hangzhou</);
  assert.equal((await world.ask({ method: "GET", path: "/", query: { regions: "oss-mars" } })).code, "NoSuchRegion");
});

test("GetBucketStat counts", async () => {
  await put("counted");
  await world.ask({ method: "PUT", path: "/counted/a", body: "content" });
  await world.ask({ method: "POST", path: "/counted/b", query: { uploads: "" } });
  const stat = (await world.ask({ method: "GET", path: "/counted/", query: { stat: "" } })).xml();
  const numbers = ["Storage", "ObjectCount", "MultipartUploadCount", "LiveChannelCount", "StandardStorage", "StandardObjectCount", "InfrequentAccessStorage", "DeleteMarkerCount"];
  assert.deepEqual(
    numbers.map((name) => xmlChildText(stat, name)),
    ["7", "1", "1", "0", "7", "1", "0", "0"],
  );
});

test("ListBuckets pages and shows paging only when it is in play", async () => {
  for (const name of ["list-a", "list-b", "list-c"]) await put(name);
  const whole = await world.ask({ method: "GET", path: "/" });
  assert.ok(!whole.text.includes("<IsTruncated>"));
  assert.match(whole.text, /<Owner><ID>1000000000000001<\/ID><DisplayName>main<\/DisplayName><\/Owner>/);
  const first = (await world.ask({ method: "GET", path: "/", query: { prefix: "list-", "max-keys": "2" } })).xml();
  const names = (root: ReturnType<typeof world.ask> extends Promise<infer A> ? (A extends { xml(): infer X } ? X : never) : never) =>
    xmlChildren(xmlChild(root, "Buckets") ?? assert.fail(), "Bucket").map((bucket) => xmlChildText(bucket, "Name"));
  assert.deepEqual(names(first), ["list-a", "list-b"]);
  assert.equal(xmlChildText(first, "IsTruncated"), "true");
  const marker = xmlChildText(first, "NextMarker") as string;
  const second = (await world.ask({ method: "GET", path: "/", query: { prefix: "list-", marker } })).xml();
  assert.deepEqual(names(second), ["list-c"]);
  assert.equal(xmlChildText(second, "IsTruncated"), "false");
  assert.equal((await world.ask({ method: "GET", path: "/", query: { "max-keys": "1001" } })).code, "InvalidArgument");
  assert.ok(!(await world.ask({ method: "GET", path: "/", as: other })).text.includes("list-a"), "another account's buckets are not shown");
  assert.equal((await world.ask({ method: "GET", path: "/", as: null })).code, "AccessDenied");
});

test("configurations that are not there are told so; putting what cannot be is refused by name", async () => {
  await put("plain");
  for (const [selector, code] of [["replication", "NoSuchReplicationConfiguration"]] as const) {
    const answer = await world.ask({ method: "GET", path: "/plain/", query: { [selector]: "" } });
    assert.deepEqual([answer.status, answer.code], [404, code]);
    const isServed = ["policy", "lifecycle", "worm"].includes(selector);
    if (!isServed) assert.equal((await world.ask({ method: "PUT", path: "/plain/", query: { [selector]: "" }, body: "<X/>" })).status, 501, selector);
    assert.equal((await world.ask({ method: "GET", path: "/nowhere/", query: { [selector]: "" } })).code, "NoSuchBucket");
  }
  assert.match((await world.ask({ method: "GET", path: "/plain/", query: { live: "" } })).text, /<IsTruncated>false</);
  assert.match((await world.ask({ method: "GET", path: "/plain/", query: { logging: "" } })).text, /<BucketLoggingStatus><\/BucketLoggingStatus>/);
  assert.equal((await world.ask({ method: "OPTIONS", path: "/plain/key", as: null })).code, "AccessForbidden");
});

test("a bucket is reached by host too: configured domain, aliyuncs.com, localhost", async () => {
  await put("hosted");
  for (const host of ["hosted.oss.example.com", "hosted.oss-cn-hangzhou.aliyuncs.com", "hosted.localhost:9000"]) {
    assert.equal((await world.ask({ method: "PUT", path: "/k", host, body: host })).status, 200, host);
    assert.equal((await world.ask({ method: "GET", path: "/hosted/k" })).text, host);
  }
});
