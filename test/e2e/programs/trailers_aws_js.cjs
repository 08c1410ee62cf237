// The AWS SDK for JavaScript: checksums of every kind it makes, in headers and as trailers behind a stream; composite and whole-object checksums of
// uploads. trailers_aws_js.cjs MODULES ENDPOINT AK SK
const assert = require("node:assert/strict");
const path = require("node:path");
const { Readable } = require("node:stream");
const [modules, endpoint, accessKeyId, secretAccessKey] = process.argv.slice(2);
const load = (name) => require(require.resolve(name, { paths: [path.resolve(modules)] }));
const S3 = load("@aws-sdk/client-s3");
const { Upload } = load("@aws-sdk/lib-storage");

const client = new S3.S3Client({ endpoint, region: "us-east-1", forcePathStyle: true, credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1 });
const sent = [];
client.middlewareStack.add(
  (next) => async (args) => {
    sent.push({ method: args.request.method, headers: { ...args.request.headers } });
    return next(args);
  },
  { step: "finalizeRequest", priority: "low", name: "seen" },
);
const Bucket = "aws-js";
const pattern = (size) => Buffer.from(Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8)) & 255));
/** In pieces of odd sizes, so that the SDK's chunks fall anywhere. */
const streamOf = (data) =>
  Readable.from(
    (function* () {
      for (let at = 0, step = 1; at < data.length; at += step, step = (step * 7 + 3) % 9001) yield data.subarray(at, at + step);
    })(),
  );
const algorithms = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"];

async function main() {
  await client.send(new S3.CreateBucketCommand({ Bucket }));
  for (const ChecksumAlgorithm of algorithms) {
    for (const [form, size] of [
      ["buffer", 10],
      ["buffer", 200_000],
      ["stream", 0],
      ["stream", 10],
      ["stream", 300_001],
    ]) {
      const data = pattern(size);
      const Key = `${ChecksumAlgorithm}/${form}/${size}`;
      sent.length = 0;
      const put = await client.send(new S3.PutObjectCommand({ Bucket, Key, Body: form === "buffer" ? data : streamOf(data), ContentLength: size, ChecksumAlgorithm }));
      const headers = sent[0].headers;
      const member = `Checksum${ChecksumAlgorithm}`;
      if (form === "stream") {
        assert.equal(headers["x-amz-trailer"], `x-amz-checksum-${ChecksumAlgorithm.toLowerCase()}`, JSON.stringify(headers));
        assert.match(headers["x-amz-content-sha256"], /^STREAMING-/);
      } else assert.ok(headers[`x-amz-checksum-${ChecksumAlgorithm.toLowerCase()}`], JSON.stringify(headers));
      assert.ok(put[member], `${Key}: ${JSON.stringify(put)}`);
      const got = await client.send(new S3.GetObjectCommand({ Bucket, Key, ChecksumMode: "ENABLED" }));
      assert.equal(got[member], put[member]);
      // the SDK itself compares what it read with the checksum of the answer
      assert.ok(Buffer.from(await got.Body.transformToByteArray()).equals(data), Key);
    }
    // a checksum that is not the body's is refused and stores nothing
    const wrong = { CRC32: "AAAAAA==", CRC32C: "AAAAAA==", CRC64NVME: "AAAAAAAAAAA=", SHA1: Buffer.alloc(20).toString("base64"), SHA256: Buffer.alloc(32).toString("base64") }[
      ChecksumAlgorithm
    ];
    await assert.rejects(
      client.send(new S3.PutObjectCommand({ Bucket, Key: "wrong", Body: "abc", [`Checksum${ChecksumAlgorithm}`]: wrong })),
      (error) => error.name === "BadDigest",
    );
    await assert.rejects(client.send(new S3.HeadObjectCommand({ Bucket, Key: "wrong" })), (error) => error.name === "NotFound");
  }
  // uploads: composite where the algorithm cannot do otherwise, whole-object for CRC64NVME
  const partSize = 5 * 1024 * 1024;
  const data = pattern(partSize + 1000);
  for (const ChecksumAlgorithm of algorithms) {
    const Key = `upload/${ChecksumAlgorithm}`;
    const upload = new Upload({ client, partSize, queueSize: 2, params: { Bucket, Key, Body: streamOf(data), ChecksumAlgorithm } });
    const done = await upload.done();
    const attributes = await client.send(new S3.GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: ["Checksum", "ObjectParts", "ObjectSize"] }));
    const type = attributes.Checksum.ChecksumType;
    assert.equal(attributes.ObjectSize, data.length);
    assert.equal(attributes.ObjectParts.TotalPartsCount ?? attributes.ObjectParts.PartsCount, 2, JSON.stringify(attributes));
    const whole = `Checksum${ChecksumAlgorithm}`;
    assert.ok(attributes.Checksum[whole], `${Key}: ${JSON.stringify(attributes)}`);
    assert.equal(type, ChecksumAlgorithm === "CRC64NVME" ? "FULL_OBJECT" : "COMPOSITE", Key);
    assert.equal(/-2$/.test(done[whole]), type === "COMPOSITE", `${Key}: ${done[whole]}`);
    const got = await client.send(new S3.GetObjectCommand({ Bucket, Key, ChecksumMode: "ENABLED" }));
    assert.ok(Buffer.from(await got.Body.transformToByteArray()).equals(data), Key);
  }
  // whole-object CRC32 and CRC32C: the server combines what it has of the parts
  for (const ChecksumAlgorithm of ["CRC32", "CRC32C", "CRC64NVME"]) {
    const Key = `full/${ChecksumAlgorithm}`;
    const { UploadId } = await client.send(new S3.CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm, ChecksumType: "FULL_OBJECT" }));
    const Parts = [];
    for (const [index, body] of [data.subarray(0, partSize), data.subarray(partSize)].entries()) {
      const part = await client.send(new S3.UploadPartCommand({ Bucket, Key, UploadId, PartNumber: index + 1, Body: body, ChecksumAlgorithm }));
      Parts.push({ PartNumber: index + 1, ETag: part.ETag });
    }
    const done = await client.send(new S3.CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts }, ChecksumType: "FULL_OBJECT" }));
    const single = await client.send(new S3.PutObjectCommand({ Bucket, Key: `${Key}.single`, Body: data, ChecksumAlgorithm }));
    assert.equal(done[`Checksum${ChecksumAlgorithm}`], single[`Checksum${ChecksumAlgorithm}`], Key);
    assert.equal(done.ChecksumType, "FULL_OBJECT");
  }
  console.log("flow complete");
}
main().catch((error) => {
  console.error(error);
  if (error.$response) console.error(error.$response.statusCode, error.$metadata);
  process.exit(1);
});
