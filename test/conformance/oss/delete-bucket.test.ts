/** The whole table of DELETE bucket (facts: oss.md 3): order of checks, blockers, words. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openWorld, other, user, type World } from "./helper.ts";

let world: World;
before(async () => {
  world = await openWorld();
});
after(() => world.close());

const make = async (bucket: string): Promise<void> => assert.equal((await world.ask({ method: "PUT", path: `/${bucket}/` })).status, 200);
const remove = (bucket: string, more: object = {}) => world.ask({ method: "DELETE", path: `/${bucket}/`, ...more });

test("DeleteBucket: 204 without a body, then 404 NoSuchBucket, and the name is free and clean", async () => {
  await make("gone");
  assert.equal(
    (await world.ask({ method: "PUT", path: "/gone/", query: { versioning: "" }, body: "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>" })).status,
    200,
  );
  const answer = await remove("gone");
  assert.equal(answer.status, 204);
  assert.equal(answer.body.length, 0);
  const second = await remove("gone");
  assert.equal(second.status, 404);
  assert.equal(second.code, "NoSuchBucket");
  assert.equal(second.headers.get("x-oss-ec"), "0015-00000101");
  await make("gone");
  const versioning = await world.ask({ method: "GET", path: "/gone/", query: { versioning: "" } });
  assert.ok(!versioning.text.includes("Status"), "nothing of the old bucket is left");
});

test("DeleteBucket refuses a bucket with objects", async () => {
  await make("objects");
  await world.ask({ method: "PUT", path: "/objects/a.txt", body: "content" });
  const answer = await remove("objects");
  assert.equal(answer.status, 409);
  assert.equal(answer.code, "BucketNotEmpty");
  assert.match(answer.text, /<Message>The bucket has objects\. Please delete them first\.<\/Message>/);
  assert.match(answer.text, /<EC>0015-00000301<\/EC>/);
  await world.ask({ method: "DELETE", path: "/objects/a.txt" });
  assert.equal((await remove("objects")).status, 204);
});

test("DeleteBucket refuses a bucket that looks empty but holds versions and delete markers", async () => {
  await make("versions");
  await world.ask({ method: "PUT", path: "/versions/", query: { versioning: "" }, body: "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>" });
  const put = await world.ask({ method: "PUT", path: "/versions/a", body: "1" });
  const marked = await world.ask({ method: "DELETE", path: "/versions/a" });
  assert.ok(!(await world.ask({ method: "GET", path: "/versions/" })).text.includes("<Contents>"));
  const both = await remove("versions");
  assert.equal(both.status, 409);
  assert.equal(both.code, "BucketNotEmpty");
  await world.ask({ method: "DELETE", path: "/versions/a", query: { versionId: put.headers.get("x-oss-version-id") as string } });
  const marker = await remove("versions");
  assert.equal(marker.status, 409, "a delete marker alone blocks");
  assert.equal(marker.code, "BucketNotEmpty");
  await world.ask({ method: "DELETE", path: "/versions/a", query: { versionId: marked.headers.get("x-oss-version-id") as string } });
  assert.equal((await remove("versions")).status, 204);
});

test("DeleteBucket refuses a bucket with an unfinished upload, even one without parts", async () => {
  await make("uploads");
  const started = await world.ask({ method: "POST", path: "/uploads/big", query: { uploads: "" } });
  const uploadId = /<UploadId>([0-9A-F]{32})<\/UploadId>/.exec(started.text)?.[1];
  assert.ok(uploadId);
  const answer = await remove("uploads");
  assert.equal(answer.status, 409);
  assert.equal(answer.code, "BucketNotEmpty");
  assert.match(answer.text, /<Message>The bucket has Multipart Uploads\./);
  assert.match(answer.text, /<EC>0015-00000301<\/EC>/);
  assert.ok(answer.text.includes(`<UploadId>${uploadId}</UploadId>`), "the upload in the way is named");
  assert.equal((await world.ask({ method: "DELETE", path: "/uploads/big", query: { uploadId } })).status, 204);
  assert.equal((await remove("uploads")).status, 204);
});

test("DeleteBucket is for the owner: 403 for another account, a user without rights and nobody", async () => {
  await make("mine");
  for (const as of [other, user, null]) {
    const answer = await remove("mine", { as });
    assert.equal(answer.status, 403, as?.id ?? "anonymous");
    assert.equal(answer.code, "AccessDenied");
    assert.equal(answer.headers.get("x-oss-ec"), "0003-00000001");
  }
  await world.ask({ method: "PUT", path: "/mine/a", body: "x" });
  assert.equal((await remove("mine", { as: other })).code, "AccessDenied", "access is judged before emptiness");
  assert.equal((await remove("nowhere", { as: other })).code, "NoSuchBucket", "existence is judged before access");
});

test("DeleteBucket of a name that no bucket can have: InvalidBucketName", async () => {
  const answer = await remove("No_Such");
  assert.equal(answer.status, 400);
  assert.equal(answer.code, "InvalidBucketName");
});

test("DeleteBucket with a wrong signature is refused before anything is looked at", async () => {
  const answer = await remove("nowhere", { as: { id: "main-key", secret: "wrong" } });
  assert.equal(answer.status, 403);
  assert.equal(answer.code, "SignatureDoesNotMatch");
});
