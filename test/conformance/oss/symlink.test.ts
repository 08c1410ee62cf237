import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openWorld, other, type World } from "./helper.ts";

let world: World;
before(async () => {
  world = await openWorld();
  for (const bucket of ["links", "others"]) await world.ask({ method: "PUT", path: `/${bucket}/` });
  await world.ask({ method: "PUT", path: "/links/target", body: "hello", headers: { "content-type": "text/a", "x-oss-meta-of": "target" } });
});
after(() => world.close());

const link = (key: string, target: string, headers: Record<string, string> = {}) =>
  world.ask({ method: "PUT", path: `/links/${key}`, query: { symlink: "" }, headers: { "x-oss-symlink-target": target, ...headers } });
const get = (key: string, more: object = {}) => world.ask({ method: "GET", path: `/links/${key}`, ...more });

test("a link reads as what it stands for, with attributes of its own", async () => {
  const made = await link("link", "target", { "content-type": "text/b", "x-oss-meta-of": "link" });
  assert.equal(made.status, 200);
  const read = await get("link");
  assert.equal(read.text, "hello");
  assert.deepEqual(
    ["x-oss-object-type", "etag", "content-md5", "content-type", "x-oss-meta-of"].map((name) => read.headers.get(name)),
    ["Symlink", '"5D41402ABC4B2A76B9719D911017C592"', "XUFAKrxLKna5cZ2REBfFkg==", "text/b", "link"],
  );
  const part = await get("link", { headers: { range: "bytes=1-3" } });
  assert.deepEqual([part.status, part.text, part.headers.get("content-range")], [206, "ell", "bytes 1-3/5"]);
  assert.equal((await world.ask({ method: "HEAD", path: "/links/link" })).headers.get("content-length"), "5");
  assert.match((await get("", {})).text, /<Key>link<\/Key>.*?<Type>Symlink<\/Type>/);
  await world.ask({ method: "PUT", path: "/links/target", body: "changed" });
  assert.equal((await get("link")).text, "changed");
});

test("the link itself is told, copied, overwritten and deleted as an object", async () => {
  await link("chinese", encodeURIComponent("目录/a b"), { "x-oss-tagging": "a=1" });
  const told = await get("chinese", { query: { symlink: "" } });
  assert.deepEqual([told.status, decodeURIComponent(told.headers.get("x-oss-symlink-target") ?? "")], [200, "目录/a b"]);
  assert.match((await get("chinese", { query: { tagging: "" } })).text, /<Key>a</);
  assert.equal((await world.ask({ method: "PUT", path: "/links/copied", headers: { "x-oss-copy-source": "/links/link" } })).status, 200);
  assert.equal((await get("copied", { query: { symlink: "" } })).headers.get("x-oss-symlink-target"), "target");
  assert.equal((await get("copied")).text, "changed");
  const notOne = await get("target", { query: { symlink: "" } });
  assert.deepEqual([notOne.status, notOne.code], [400, "NotSymlink"]);
  assert.equal((await get("nothing", { query: { symlink: "" } })).code, "NoSuchKey");
  assert.equal((await link("link", "x", { "x-oss-forbid-overwrite": "true" })).code, "FileAlreadyExists");
  await world.ask({ method: "DELETE", path: "/links/copied" });
  assert.equal((await get("target")).text, "changed", "what it stood for stays");
  assert.equal((await get("copied")).code, "NoSuchKey");
});

test("links that lead nowhere, or to links, say so", async () => {
  await link("dangling", "gone");
  const dangling = await get("dangling");
  assert.deepEqual([dangling.status, dangling.code], [404, "SymlinkTargetNotExist"]);
  await link("second", "link");
  const second = await get("second");
  assert.deepEqual([second.status, second.code], [400, "InvalidTargetType"]);
  const head = await world.ask({ method: "HEAD", path: "/links/second" });
  assert.match(Buffer.from(head.headers.get("x-oss-err") ?? "", "base64").toString(), /InvalidTargetType/);
  assert.equal((await link("bad", "")).code, "InvalidArgument");
  assert.equal((await link("bad", "%ff")).code, "InvalidArgument");
  assert.equal((await world.ask({ method: "PUT", path: "/links/bad", query: { symlink: "" } })).code, "MissingArgument");
});

test("a link gives nobody what they may not read", async () => {
  await world.ask({ method: "PUT", path: "/links/secret", body: "secret" });
  await link("public", "secret", { "x-oss-object-acl": "public-read" });
  assert.equal((await get("public", { as: null })).code, "AccessDenied");
  assert.equal((await get("public", { as: other })).code, "AccessDenied");
  await world.ask({ method: "PUT", path: "/links/secret", query: { acl: "" }, headers: { "x-oss-object-acl": "public-read" } });
  assert.equal((await get("public", { as: null })).text, "secret");
});

test("a link may stand for an object of another bucket", async () => {
  await world.ask({ method: "PUT", path: "/others/far", body: "far away" });
  await link("far", "far", { "x-oss-symlink-target-bucket": "others" });
  assert.equal((await get("far")).text, "far away");
  assert.equal((await get("far", { query: { symlink: "" } })).headers.get("x-oss-symlink-target-bucket"), "others");
  await link("lost", "far", { "x-oss-symlink-target-bucket": "missing" });
  assert.equal((await get("lost")).code, "SymlinkTargetNotExist");
});

test("parts are copied from what a link stands for", async () => {
  const started = await world.ask({ method: "POST", path: "/links/whole", query: { uploads: "" } });
  const uploadId = /<UploadId>([0-9A-F]{32})</.exec(started.text)?.[1] as string;
  const part = await world.ask({ method: "PUT", path: "/links/whole", query: { partNumber: "1", uploadId }, headers: { "x-oss-copy-source": "/links/link" } });
  const body = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${/<ETag>([^<]+)</.exec(part.text)?.[1]}</ETag></Part></CompleteMultipartUpload>`;
  assert.equal((await world.ask({ method: "POST", path: "/links/whole", query: { uploadId }, body })).status, 200);
  assert.equal((await get("whole")).text, "changed");
});
