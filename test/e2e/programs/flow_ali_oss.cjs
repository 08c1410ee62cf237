// A bucket's life through ali-oss: flow_ali_oss.cjs MODULES ENDPOINT AK SK (v1|v4). Exits non-zero on the first surprise.
const assert = require("node:assert/strict");
const path = require("node:path");
const [modules, endpoint, accessKeyId, accessKeySecret, version] = process.argv.slice(2);
const OSS = require(path.join(modules, "node_modules/ali-oss"));
const MIB = 1024 * 1024;
const pattern = (size) => Buffer.alloc(size, `amphora-${size}-`);

async function refused(name, call) {
  await assert.rejects(call, (error) => {
    assert.equal(error.name, `${name}Error`, `${error.name}: ${error.message}`);
    return true;
  });
}

(async () => {
  const port = new URL(endpoint).port;
  const options = {
    region: "oss-cn-hangzhou",
    accessKeyId,
    accessKeySecret,
    endpoint: `http://localhost:${port}`,
    sldEnable: true,
    authorizationV4: version === "v4",
    retryMax: 0,
  };
  const client = new OSS(options);
  const name = `flow-ali-oss-${version}`;
  await client.putBucket(name);
  client.useBucket(name);
  assert.ok((await client.listBuckets({ prefix: name })).buckets.some((bucket) => bucket.name === name));
  const bodies = { empty: Buffer.alloc(0), "five/mib": pattern(5 * MIB), "文件 +&.txt": pattern(1000) };
  for (const [key, body] of Object.entries(bodies)) await client.put(key, body, { meta: { who: "flow" } });
  const big = pattern(64 * MIB);
  const fs = require("node:fs");
  const os = require("node:os");
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "amphora-ali-")), "big");
  fs.writeFileSync(file, big);
  await client.multipartUpload("big", file, { partSize: 8 * MIB, parallel: 2 });
  fs.rmSync(path.dirname(file), { recursive: true });
  bodies.big = big;
  for (const [key, body] of Object.entries(bodies)) {
    assert.ok((await client.get(key)).content.equals(body), key);
    assert.equal(Number((await client.head(key)).res.headers["content-length"]), body.length);
  }
  assert.equal((await client.head("five/mib")).meta.who, "flow");
  assert.deepEqual((await client.listV2({ "max-keys": 100 })).objects.map((object) => object.name).sort(), Object.keys(bodies).sort());
  assert.deepEqual((await client.list({ delimiter: "/" })).prefixes, ["five/"]);
  await client.copy("copy", "big");
  assert.ok((await client.get("copy")).content.equals(big));
  await refused("NoSuchKey", client.get("missing"));
  await refused("NoSuchKey", client.head("missing"));
  await refused("BucketNotEmpty", client.deleteBucket(name));
  await client.deleteMulti([...Object.keys(bodies), "copy"], { quiet: true });
  const { uploadId } = await client.initMultipartUpload("left");
  await refused("BucketNotEmpty", client.deleteBucket(name));
  await client.abortMultipartUpload("left", uploadId);
  await client.deleteBucket(name);
  await refused("NoSuchBucket", client.deleteBucket(name));
  console.log("flow complete");
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
