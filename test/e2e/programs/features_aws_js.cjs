// The AWS SDK for JavaScript: what its own end-to-end tests do to a server, and the helpers beside it: waiters, paginators, uploads of every kind of
// body, signed URLs and forms, errors with their details. features_aws_js.cjs MODULES ENDPOINT AK SK
const assert = require("node:assert/strict");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { createHash } = require("node:crypto");
const { Readable } = require("node:stream");
const [modules, endpoint, accessKeyId, secretAccessKey] = process.argv.slice(2);
const load = (name) => require(require.resolve(name, { paths: [path.resolve(modules)] }));
const S3 = load("@aws-sdk/client-s3");
const { Upload } = load("@aws-sdk/lib-storage");
const { getSignedUrl } = load("@aws-sdk/s3-request-presigner");
const { createPresignedPost } = load("@aws-sdk/s3-presigned-post");

const settings = { endpoint, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1 };
const s3 = new S3.S3({ ...settings, region: "us-east-1" });
const MIB = 1024 * 1024;
const Bucket = "features-aws-js";
const wait = { client: s3, maxWaitTime: 10, minDelay: 0.05, maxDelay: 0.2 };
const sha256 = (data) => createHash("sha256").update(data).digest("hex");
const textOf = async (Key, more = {}) => (await s3.getObject({ Bucket, Key, ...more })).Body.transformToString();
const bytesOf = async (Key, more = {}) => Buffer.from(await (await s3.getObject({ Bucket, Key, ...more })).Body.transformToByteArray());
const exists = (Key) =>
  s3.headObject({ Bucket, Key }).then(
    () => true,
    (error) => assert.equal(error.name, "NotFound") ?? false,
  );
const refused = (name, promise, status) =>
  promise.then(
    () => assert.fail(`${name} was not raised`),
    (error) => {
      assert.equal(error.name, name, `${error.name}: ${error.message}`);
      if (status) assert.equal(error.$metadata.httpStatusCode, status);
      return error;
    },
  );

async function buckets() {
  await s3.createBucket({ Bucket });
  await S3.waitUntilBucketExists(wait, { Bucket });
  assert.equal((await s3.headBucket({ Bucket })).$metadata.httpStatusCode, 200);
  // a client of another region: the bucket says where it is
  const west = new S3.S3({ ...settings, region: "us-west-2" });
  const far = `${Bucket}-west`;
  await west.createBucket({ Bucket: far });
  await S3.waitUntilBucketExists({ ...wait, client: west }, { Bucket: far });
  assert.equal((await west.getBucketLocation({ Bucket: far })).LocationConstraint, "us-west-2");
  await west.deleteBucket({ Bucket: far });
  await S3.waitUntilBucketNotExists({ ...wait, client: west }, { Bucket: far });
  await refused("NotFound", west.headBucket({ Bucket: far }), 404);
  const dotted = "features.aws.js";
  await s3.createBucket({ Bucket: dotted });
  assert.ok((await s3.listBuckets({})).Buckets.some(({ Name }) => Name === dotted));
  await s3.deleteBucket({ Bucket: dotted });

  const CORSRules = [
    { AllowedMethods: ["DELETE", "POST", "PUT"], AllowedOrigins: ["http://example.com"], AllowedHeaders: ["*"], ExposeHeaders: ["x-amz-version-id"], MaxAgeSeconds: 5000 },
  ];
  await s3.putBucketCors({ Bucket, CORSConfiguration: { CORSRules } });
  assert.deepEqual((await s3.getBucketCors({ Bucket })).CORSRules, CORSRules);
  await s3.deleteBucketCors({ Bucket });
  await refused("NoSuchCORSConfiguration", s3.getBucketCors({ Bucket }), 404);
  const Rules = [
    { ID: "cold", Filter: { Prefix: "/" }, Status: "Enabled", Transitions: [{ Days: 0, StorageClass: "GLACIER" }] },
    {
      ID: "both",
      Filter: { And: { Prefix: "logs/", Tags: [{ Key: "k", Value: "v" }] } },
      Status: "Disabled",
      Expiration: { Days: 3 },
      NoncurrentVersionExpiration: { NoncurrentDays: 1, NewerNoncurrentVersions: 2 },
    },
    { ID: "parts", Filter: {}, Status: "Enabled", AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } },
  ];
  await s3.putBucketLifecycleConfiguration({ Bucket, LifecycleConfiguration: { Rules } });
  const stored = await s3.getBucketLifecycleConfiguration({ Bucket });
  assert.deepEqual(
    stored.Rules.map((rule) => ({ ...rule, Filter: rule.Filter ?? {} })),
    Rules,
  );
  await s3.deleteBucketLifecycle({ Bucket });
  const TagSet = [{ Key: "team", Value: "a store +é" }];
  await s3.putBucketTagging({ Bucket, Tagging: { TagSet } });
  assert.deepEqual((await s3.getBucketTagging({ Bucket })).TagSet, TagSet);
  await s3.deleteBucketTagging({ Bucket });
}

async function objects() {
  for (const text of ["world", "new world", "", "åß∂ƒ©"]) {
    const put = await s3.putObject({ Bucket, Key: "hello", Body: text });
    assert.equal(put.ETag, `"${createHash("md5").update(text).digest("hex")}"`);
    assert.equal(await textOf("hello"), text);
    assert.equal((await s3.headObject({ Bucket, Key: "hello" })).ContentLength, Buffer.byteLength(text));
  }
  await S3.waitUntilObjectExists(wait, { Bucket, Key: "hello" });
  await s3.copyObject({ Bucket, Key: "copy é", CopySource: `/${Bucket}/hello` });
  await s3.copyObject({ Bucket, Key: "copy", CopySource: `/${Bucket}/${encodeURIComponent("copy é")}` });
  assert.equal(await textOf("copy"), "åß∂ƒ©");
  await s3.deleteObject({ Bucket, Key: "copy" });
  await S3.waitUntilObjectNotExists(wait, { Bucket, Key: "copy" });
  assert.equal(await exists("copy"), false);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "amphora-js-"));
  try {
    for (const size of [0, MIB, 20 * MIB]) {
      const data = Buffer.alloc(size, "a body of the SDK ");
      const file = path.join(folder, String(size));
      fs.writeFileSync(file, data);
      const bodies = {
        buffer: () => data,
        file: () => fs.createReadStream(file),
        stream: () => Readable.from([data.subarray(0, 1000), data.subarray(1000)].filter((part) => part.length > 0)),
      };
      for (const [form, body] of Object.entries(bodies)) {
        const Key = `${form}/${size}`;
        await s3.putObject({ Bucket, Key, Body: body(), ...(form === "stream" ? { ContentLength: size } : {}) });
        const got = await bytesOf(Key);
        assert.equal(got.length, size, Key);
        assert.equal(sha256(got), sha256(data), Key);
      }
    }
    // lib-storage: one put where it is small, parts otherwise, whatever the body
    const large = Buffer.alloc(12 * MIB + 1, "lib-storage ");
    const file = path.join(folder, "large");
    fs.writeFileSync(file, large);
    const web = () => new Blob([large]).stream();
    for (const [name, Body, parts] of [
      ["small", Buffer.from("small"), 0],
      ["text", "text é", 0],
      ["empty", Readable.from([]), 0],
      ["buffer", large, 3],
      ["file", fs.createReadStream(file), 3],
      ["web", web(), 3],
    ]) {
      const seen = [];
      const upload = new Upload({
        client: s3,
        partSize: 5 * MIB,
        queueSize: 2,
        tags: [{ Key: "kind", Value: "upload" }],
        params: { Bucket, Key: `upload/${name}`, Body, Metadata: { kind: name } },
      });
      upload.on("httpUploadProgress", ({ loaded }) => seen.push(loaded));
      const done = await upload.done();
      assert.equal(/-\d+"$/.test(done.ETag) ? Number(done.ETag.slice(0, -1).split("-")[1]) : 0, parts, name);
      assert.ok(done.Location.endsWith(`/${Bucket}/upload/${name}`), done.Location);
      const head = await s3.headObject({ Bucket, Key: `upload/${name}` });
      assert.deepEqual([head.Metadata, head.TagCount ?? 1], [{ kind: name }, 1]);
      assert.deepEqual((await s3.getObjectTagging({ Bucket, Key: `upload/${name}` })).TagSet, [{ Key: "kind", Value: "upload" }]);
      if (parts > 0) {
        assert.equal(sha256(await bytesOf(`upload/${name}`)), sha256(large));
        const second = await s3.getObject({ Bucket, Key: `upload/${name}`, PartNumber: 2 });
        assert.deepEqual([second.PartsCount, second.ContentLength, second.ContentRange], [3, 5 * MIB, `bytes ${5 * MIB}-${10 * MIB - 1}/${large.length}`]);
        await second.Body.transformToByteArray();
      }
    }
    const given = new Upload({ client: s3, partSize: 5 * MIB, params: { Bucket, Key: "given up", Body: large } });
    const ended = assert.rejects(given.done(), { name: "AbortError" });
    await given.abort();
    await ended;
    assert.equal(await exists("given up"), false);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

async function uploads() {
  const Key = "by hand";
  const { UploadId } = await s3.createMultipartUpload({ Bucket, Key });
  const { ETag } = await s3.uploadPart({ Bucket, Key, UploadId, PartNumber: 1, Body: Buffer.alloc(1024) });
  const { Parts } = await s3.listParts({ Bucket, Key, UploadId });
  assert.deepEqual(
    Parts.map((part) => [part.PartNumber, part.ETag, part.Size]),
    [[1, ETag, 1024]],
  );
  await s3.completeMultipartUpload({ Bucket, Key, UploadId, MultipartUpload: { Parts: [{ ETag, PartNumber: 1 }] } });
  assert.equal((await s3.headObject({ Bucket, Key })).ContentLength, 1024);
  const again = await s3.createMultipartUpload({ Bucket, Key });
  assert.equal((await s3.abortMultipartUpload({ Bucket, Key, UploadId: again.UploadId })).$metadata.httpStatusCode, 204);
  assert.ok(!((await s3.listMultipartUploads({ Bucket })).Uploads ?? []).some((upload) => upload.UploadId === again.UploadId));
  // members of an error that no model names come with it
  const unknown = await refused("NoSuchUpload", s3.abortMultipartUpload({ Bucket, Key: "no key", UploadId: "uploadId" }), 404);
  assert.equal(unknown.UploadId, "uploadId");
  const absent = await refused("NoSuchKey", s3.getObject({ Bucket, Key: "no key" }), 404);
  assert.equal(absent.Key, "no key");
  await refused("NoSuchBucket", s3.listObjects({ Bucket: "absent-bucket" }), 404);
}

async function signed() {
  const put = await getSignedUrl(s3, new S3.PutObjectCommand({ Bucket, Key: "signed +é/%", Body: "" }), { expiresIn: 60 });
  assert.equal((await fetch(put, { method: "PUT", body: "a body of a signed URL" })).status, 200);
  const get = await getSignedUrl(
    s3,
    new S3.GetObjectCommand({ Bucket, Key: "signed +é/%", ResponseContentType: "text/x", ResponseContentDisposition: 'attachment; filename="é.txt"' }),
  );
  const got = await fetch(get);
  assert.deepEqual([got.status, got.headers.get("content-type"), await got.text()], [200, "text/x", "a body of a signed URL"]);
  assert.equal((await fetch(get.replace("text%2Fx", "text%2Fy"))).status, 403);
  assert.equal((await fetch(await getSignedUrl(s3, new S3.HeadObjectCommand({ Bucket, Key: "hello" })), { method: "HEAD" })).status, 200);
  // headers that must come with the request, signed beside the URL
  const typed = await getSignedUrl(s3, new S3.PutObjectCommand({ Bucket, Key: "typed", ContentType: "text/x", Metadata: { kind: "url" } }), {
    signableHeaders: new Set(["content-type"]),
  });
  assert.equal((await fetch(typed, { method: "PUT", body: "x", headers: { "content-type": "text/y" } })).status, 403);
  assert.equal((await fetch(typed, { method: "PUT", body: "x", headers: { "content-type": "text/x" } })).status, 200);
  const typedHead = await s3.headObject({ Bucket, Key: "typed" });
  assert.deepEqual([typedHead.ContentType, typedHead.Metadata], ["text/x", { kind: "url" }]);
  const { UploadId } = await s3.createMultipartUpload({ Bucket, Key: "signed parts" });
  const part = await fetch(await getSignedUrl(s3, new S3.UploadPartCommand({ Bucket, Key: "signed parts", UploadId, PartNumber: 1 })), { method: "PUT", body: "a part" });
  await s3.completeMultipartUpload({ Bucket, Key: "signed parts", UploadId, MultipartUpload: { Parts: [{ ETag: part.headers.get("etag"), PartNumber: 1 }] } });
  assert.equal(await textOf("signed parts"), "a part");

  const { url, fields } = await createPresignedPost(s3, {
    Bucket,
    Key: "form/$" + "{filename}",
    Conditions: [["starts-with", "$key", "form/"], ["content-length-range", 1, 100], { "x-amz-meta-kind": "form" }],
    Fields: { "x-amz-meta-kind": "form", success_action_status: "201" },
    Expires: 60,
  });
  const post = (text, changed = {}) => {
    const form = new FormData();
    for (const [name, value] of Object.entries({ ...fields, ...changed })) form.append(name, value);
    form.append("file", new Blob([text], { type: "text/x" }), "a é.txt");
    return fetch(url, { method: "POST", body: form });
  };
  assert.equal((await post("by form")).status, 201);
  assert.equal(await textOf("form/a é.txt"), "by form");
  assert.deepEqual((await s3.headObject({ Bucket, Key: "form/a é.txt" })).Metadata, { kind: "form" });
  assert.equal((await post("x".repeat(101))).status, 400);
  assert.equal((await post("by form", { "x-amz-meta-kind": "other" })).status, 403);
}

async function pages() {
  const keys = [];
  for await (const page of S3.paginateListObjectsV2({ client: s3, pageSize: 5 }, { Bucket })) keys.push(...(page.Contents ?? []).map(({ Key }) => Key));
  assert.ok(keys.length > 20);
  assert.deepEqual(
    keys,
    [...new Set(keys)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
  );
  const { UploadId } = await s3.createMultipartUpload({ Bucket, Key: "pages" });
  for (let PartNumber = 1; PartNumber <= 5; PartNumber++) await s3.uploadPart({ Bucket, Key: "pages", UploadId, PartNumber, Body: "x" });
  const parts = [];
  for await (const page of S3.paginateListParts({ client: s3, pageSize: 2 }, { Bucket, Key: "pages", UploadId }))
    parts.push(...(page.Parts ?? []).map(({ PartNumber }) => PartNumber));
  assert.deepEqual(parts, [1, 2, 3, 4, 5]);
  await s3.abortMultipartUpload({ Bucket, Key: "pages", UploadId });
  for (const name of ["a", "b", "c"]) await s3.createBucket({ Bucket: `${Bucket}-${name}` });
  const names = [];
  for await (const page of S3.paginateListBuckets({ client: s3, pageSize: 2 }, { Prefix: Bucket })) names.push(...page.Buckets.map(({ Name }) => Name));
  assert.deepEqual(names, [Bucket, ...["a", "b", "c"].map((name) => `${Bucket}-${name}`)]);
  for (const name of ["a", "b", "c"]) await s3.deleteBucket({ Bucket: `${Bucket}-${name}` });
  return keys;
}

async function main() {
  await buckets();
  await objects();
  await uploads();
  await signed();
  const keys = await pages();
  await refused("BucketNotEmpty", s3.deleteBucket({ Bucket }), 409);
  const { Deleted, Errors } = await s3.deleteObjects({ Bucket, Delete: { Objects: keys.map((Key) => ({ Key })) } });
  assert.deepEqual([Deleted.length, Errors], [keys.length, undefined]);
  await s3.deleteBucket({ Bucket });
  await S3.waitUntilBucketNotExists(wait, { Bucket });
  console.log("flow complete");
}
main().catch((error) => {
  console.error(error);
  process.exit(1);
});
