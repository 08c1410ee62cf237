// minio-js: the calls of its own functional tests that flow_minio_js.cjs leaves out: files, copy conditions, policies, lifecycle, locks, encryption,
// forms with every field, names that need escaping, many removals. settings_minio_js.cjs MODULES ENDPOINT AK SK
const assert = require("node:assert/strict");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const [modules, endpoint, accessKey, secretKey] = process.argv.slice(2);
const Minio = require(require.resolve("minio", { paths: [path.resolve(modules)] }));
const { hostname, port } = new URL(endpoint);
const client = new Minio.Client({ endPoint: hostname, port: Number(port), useSSL: false, accessKey, secretKey, region: "us-east-1", pathStyle: true, partSize: 5 * 1024 * 1024 });
const bucket = "settings-minio-js";
const bytes = async (stream) => Buffer.concat(await Array.fromAsync(stream));
const textOf = async (name, ...more) => (await bytes(await client.getObject(bucket, name, ...more))).toString();
const refused = (code, promise) =>
  promise.then(
    () => assert.fail(`${code} was not raised`),
    (error) => assert.equal(error.code, code, `${error.code}: ${error.message}`),
  );
const anonymous = async (name) => (await fetch(`${endpoint}/${bucket}/${name}`)).status;

async function files(folder) {
  const large = Buffer.alloc(11 * 1024 * 1024 + 3, "minio-js ");
  for (const [name, data, metadata, type] of [
    ["plain", "x", undefined, "application/octet-stream"],
    ["plain.txt", "x", undefined, "text/plain"],
    ["given.txt", "x", { "Content-Type": "text/html", "Content-Language": "en", "X-Amz-Meta-Testing": 1234, randomstuff: 5678 }, "text/html"],
    ["large.bin", large, undefined, "application/octet-stream"],
    ["empty", "", undefined, "application/octet-stream"],
  ]) {
    fs.writeFileSync(path.join(folder, name), data);
    await client.fPutObject(bucket, name, path.join(folder, name), metadata);
    const stat = await client.statObject(bucket, name);
    assert.deepEqual([stat.size, stat.metaData["content-type"]], [data.length, type], name);
    await client.fGetObject(bucket, name, path.join(folder, "back", name));
    assert.ok(fs.readFileSync(path.join(folder, "back", name)).equals(Buffer.from(data)), name);
  }
  const given = (await client.statObject(bucket, "given.txt")).metaData;
  assert.deepEqual([given.testing, given.randomstuff, given["content-language"]], ["1234", "5678", "en"]);
  assert.ok((await bytes(await client.getPartialObject(bucket, "large.bin", 5_000_000))).equals(large.subarray(5_000_000)));
  for (const name of ["ünï/код/漢字/😀", "a b+c&d=e;f?g#h%20i", "(x)!'*~", "trailing/", "dots/./../x", 'quote"<>\\^`{|}']) {
    await client.putObject(bucket, name, "named");
    assert.equal(await textOf(name), "named", name);
    assert.deepEqual(
      (await Array.fromAsync(client.listObjectsV2(bucket, name, true))).map((entry) => entry.name),
      [name],
    );
    // fetch takes dots out of a path by itself
    if (!name.includes("/../")) assert.equal(await (await fetch(await client.presignedGetObject(bucket, name, 60))).text(), "named", name);
    await client.removeObject(bucket, name);
  }
}

async function copies() {
  const { etag, lastModified } = await client.statObject(bucket, "given.txt");
  const conditions = (...calls) => calls.reduce((made, [name, value]) => (made[name](value), made), new Minio.CopyConditions());
  const later = new Date(lastModified.getTime() + 3_600_000);
  const earlier = new Date(lastModified.getTime() - 3_600_000);
  const copy = (made) => client.copyObject(bucket, "copied", `/${bucket}/given.txt`, made);
  for (const good of [conditions(["setMatchETag", etag]), conditions(["setMatchETagExcept", "other"]), conditions(["setModified", earlier]), conditions(["setUnmodified", later])])
    assert.equal((await copy(good)).etag, etag);
  for (const bad of [conditions(["setMatchETag", "other"]), conditions(["setMatchETagExcept", etag]), conditions(["setUnmodified", earlier])])
    await refused("PreconditionFailed", copy(bad));
  assert.equal((await client.statObject(bucket, "copied")).metaData.testing, "1234");
  await client.copyObject(
    new Minio.CopySourceOptions({ Bucket: bucket, Object: "given.txt" }),
    new Minio.CopyDestinationOptions({
      Bucket: bucket,
      Object: "replaced",
      UserMetadata: { kind: "new" },
      MetadataDirective: "REPLACE",
      UserTags: { a: "b" },
      TaggingDirective: "REPLACE",
    }),
  );
  const replaced = (await client.statObject(bucket, "replaced")).metaData;
  assert.deepEqual([replaced.kind, replaced.testing], ["new", undefined]);
}

async function settings() {
  const policy = {
    Version: "2012-10-17",
    Statement: [{ Sid: "", Effect: "Allow", Principal: { AWS: "*" }, Action: ["s3:GetObject"], Resource: [`arn:aws:s3:::${bucket}/plain*`] }],
  };
  await client.setBucketPolicy(bucket, JSON.stringify(policy));
  assert.deepEqual(JSON.parse(await client.getBucketPolicy(bucket)), policy);
  assert.deepEqual([await anonymous("plain"), await anonymous("given.txt")], [200, 403]);
  await client.setBucketPolicy(bucket, "");
  await refused("NoSuchBucketPolicy", client.getBucketPolicy(bucket));
  assert.equal(await anonymous("plain"), 403);
  await refused("MalformedPolicy", client.setBucketPolicy(bucket, JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Maybe" }] })));
  await client.setBucketLifecycle(bucket, { Rule: [{ ID: "logs", Status: "Enabled", Filter: { Prefix: "logs/" }, Expiration: { Days: "365" } }] });
  assert.equal([(await client.getBucketLifecycle(bucket)).Rule].flat()[0].ID, "logs");
  await client.removeBucketLifecycle(bucket);
  await refused("NoSuchLifecycleConfiguration", client.getBucketLifecycle(bucket));
  await client.setBucketEncryption(bucket, { Rule: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }] });
  assert.equal((await client.getBucketEncryption(bucket)).ServerSideEncryptionConfiguration.Rule.ApplyServerSideEncryptionByDefault.SSEAlgorithm, "AES256");
  await client.putObject(bucket, "sealed", "sealed");
  assert.equal(await textOf("sealed"), "sealed");
  await client.removeBucketEncryption(bucket);
  assert.deepEqual((await client.getBucketNotification(bucket)).QueueConfiguration ?? [], []);
}

async function locks() {
  const locked = `${bucket}-locked`;
  await client.makeBucket(locked, "us-east-1", { ObjectLocking: true });
  assert.equal((await client.getBucketVersioning(locked)).Status, "Enabled");
  await client.setObjectLockConfig(locked, { mode: "GOVERNANCE", unit: "Years", validity: 2 });
  const config = await client.getObjectLockConfig(locked);
  assert.deepEqual([config.mode, config.unit, config.validity], ["GOVERNANCE", "Years", 2]);
  const { versionId } = await client.putObject(locked, "kept", "kept");
  assert.equal((await client.getObjectRetention(locked, "kept", { versionId })).mode, "GOVERNANCE");
  await refused("AccessDenied", client.removeObject(locked, "kept", { versionId }));
  await client.putObjectRetention(locked, "kept", { mode: "GOVERNANCE", retainUntilDate: new Date(Date.now() + 86_400_000).toISOString(), versionId, governanceBypass: true });
  await client.setObjectLegalHold(locked, "kept", { versionId, status: "ON" });
  assert.equal((await client.getObjectLegalHold(locked, "kept", { versionId })).Status, "ON");
  await refused("AccessDenied", client.removeObject(locked, "kept", { versionId, governanceBypass: true }));
  await client.setObjectLegalHold(locked, "kept", { versionId, status: "OFF" });
  await client.removeObject(locked, "kept", { versionId, governanceBypass: true });
  await client.setObjectLockConfig(locked, {});
  await client.removeBucket(locked);
}

async function forms() {
  const policy = client.newPostPolicy();
  policy.setBucket(bucket);
  policy.setKeyStartsWith("form/");
  policy.setContentType("text/x");
  policy.setContentDisposition("attachment; filename=form.txt");
  policy.setUserMetaData({ kind: "form" });
  policy.setContentLengthRange(1, 100);
  policy.setExpires(new Date(Date.now() + 60_000));
  const { postURL, formData } = await client.presignedPostPolicy(policy);
  const post = (key, text) => {
    const form = new FormData();
    for (const [name, value] of Object.entries({ ...formData, key })) form.append(name, value);
    form.append("file", new Blob([text]), "f");
    return fetch(postURL, { method: "POST", body: form });
  };
  assert.equal((await post("form/one", "by form")).status, 204);
  const stat = (await client.statObject(bucket, "form/one")).metaData;
  assert.deepEqual([stat["content-type"], stat["content-disposition"], stat.kind], ["text/x", "attachment; filename=form.txt", "form"]);
  assert.equal((await post("other/one", "by form")).status, 403);
  assert.equal((await post("form/two", "x".repeat(101))).status, 400);
  const headers = { "response-content-type": "text/y", "response-content-disposition": 'attachment; filename="y.txt"', "response-expires": "Fri, 01 Jan 2038 00:00:00 GMT" };
  const answer = await fetch(await client.presignedUrl("GET", bucket, "form/one", 60, headers));
  assert.deepEqual(
    ["content-type", "content-disposition", "expires"].map((name) => answer.headers.get(name)),
    Object.values(headers),
  );
  const list = await fetch(await client.presignedUrl("GET", bucket, "", 60, { prefix: "form/", "max-keys": "1000" }));
  assert.match(await list.text(), /<Key>form\/one<\/Key>/);
}

async function main() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "amphora-minio-"));
  try {
    await client.makeBucket(bucket);
    assert.ok((await client.listBuckets()).some(({ name }) => name === bucket));
    await files(folder);
    await copies();
    await settings();
    await locks();
    await forms();
    // more names than one request takes
    await Promise.all(Array.from({ length: 40 }, (_, n) => client.putObject(bucket, `many/${n}`, "x")));
    const absent = Array.from({ length: 1100 }, (_, n) => `absent/${n}`);
    const present = (await Array.fromAsync(client.listObjects(bucket, "", true))).map(({ name }) => name);
    await client.removeObjects(bucket, [...absent, ...present]);
    assert.deepEqual(await Array.fromAsync(client.listObjectsV2(bucket, "", true)), []);
    await client.removeBucket(bucket);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
  console.log("flow complete");
}
main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
