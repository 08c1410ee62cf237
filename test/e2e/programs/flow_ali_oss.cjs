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

/** A bucket that still holds something: its code, and the words for what it holds. */
async function deleteRefused(client, name, words) {
  await assert.rejects(client.deleteBucket(name), (error) => {
    assert.deepEqual([error.status, error.code], [409, "BucketNotEmpty"]);
    assert.ok(error.message.startsWith(words), error.message);
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
  // breaks off, and goes on where it was
  let checkpoint;
  const breakOff = (done, point) => {
    checkpoint = point;
    if (done >= 0.5) client.cancel();
  };
  await assert.rejects(client.multipartUpload("resumed", file, { partSize: 8 * MIB, parallel: 1, progress: breakOff }), { name: "cancel" });
  client.resetCancelFlag();
  const [{ uploadId: started }] = (await client.listUploads({})).uploads;
  assert.equal(checkpoint.uploadId, started);
  const { parts } = await client.listParts("resumed", started);
  assert.ok(parts.length > 0 && parts.length < 8, `${parts.length} parts`);
  await client.multipartUpload("resumed", file, { partSize: 8 * MIB, parallel: 1, checkpoint });
  assert.deepEqual((await client.listUploads({})).uploads ?? [], []);
  fs.rmSync(path.dirname(file), { recursive: true });
  bodies.big = big;
  bodies.resumed = big;
  assert.equal(Number((await client.append("log", Buffer.from("one,"))).nextAppendPosition), 4);
  assert.equal(Number((await client.append("log", Buffer.from("two"), { position: "4" })).nextAppendPosition), 7);
  await refused("PositionNotEqualToLength", client.append("log", Buffer.from("x"), { position: "3" }));
  bodies.log = Buffer.from("one,two");
  for (const [key, body] of Object.entries(bodies)) {
    assert.ok((await client.get(key)).content.equals(body), key);
    assert.equal(Number((await client.head(key)).res.headers["content-length"]), body.length);
  }
  assert.equal((await client.head("five/mib")).meta.who, "flow");
  assert.deepEqual((await client.listV2({ "max-keys": 100 })).objects.map((object) => object.name).sort(), Object.keys(bodies).sort());
  assert.deepEqual((await client.list({ delimiter: "/" })).prefixes, ["five/"]);
  await client.copy("copy", "big");
  assert.ok((await client.get("copy")).content.equals(big));
  const signed = version === "v4" ? await client.signatureUrlV4("GET", 60, undefined, "copy") : client.signatureUrl("copy", { expires: 60 });
  assert.ok(Buffer.from(await (await fetch(signed)).arrayBuffer()).equals(big));
  await refused("NoSuchKey", client.get("missing"));
  await refused("NoSuchKey", client.head("missing"));
  await deleteRefused(client, name, "The bucket has objects.");
  await client.deleteMulti([...Object.keys(bodies), "copy"], { quiet: true });
  const { uploadId } = await client.initMultipartUpload("left");
  await deleteRefused(client, name, "The bucket has Multipart Uploads.");
  await client.abortMultipartUpload("left", uploadId);
  await client.putChannel("channel", { Description: "one", Status: "enabled", Target: { Type: "HLS", FragDuration: "5", FragCount: "3", PlaylistName: "playlist.m3u8" } });
  await deleteRefused(client, name, "The bucket has live channels.");
  await client.deleteChannel("channel");
  await client.putBucketVersioning(name, "Enabled");
  const first = (await client.put("v", Buffer.from("one"))).res.headers["x-oss-version-id"];
  await client.put("v", Buffer.from("two"));
  assert.equal((await client.get("v", { versionId: first })).content.toString(), "one");
  await client.delete("v");
  await deleteRefused(client, name, "The bucket has object versions or delete markers.");
  const { objects: versions, deleteMarker: markers } = await client.getBucketVersions({});
  for (const { name: key, versionId } of [...versions, ...markers]) await client.delete(key, { versionId });
  await client.deleteBucket(name);
  await refused("NoSuchBucket", client.deleteBucket(name));
  console.log("flow complete");
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
