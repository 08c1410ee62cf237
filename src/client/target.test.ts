import assert from "node:assert/strict";
import { test } from "node:test";
import { openCloud } from "./cloud.ts";
import { CloudError } from "./errors.ts";
import { placeOf, type Target } from "./target.ts";

const credentials = { accessKeyId: "ak", secretAccessKey: "sk" };
const place = (target: Omit<Target, "credentials">) => {
  const { origin, region, scheme, addressing } = placeOf({ ...target, credentials });
  return `${origin.origin} ${region} ${scheme} ${addressing}`;
};
const refused = (target: Omit<Target, "credentials">, words: RegExp): void =>
  assert.throws(
    () => place(target),
    (error) => error instanceof CloudError && words.test(error.message),
  );

test("what is not said follows from the region, or the endpoint's name", () => {
  assert.equal(place({ service: "oss", region: "cn-hangzhou" }), "https://oss-cn-hangzhou.aliyuncs.com cn-hangzhou ossv4 host");
  assert.equal(place({ service: "oss", endpoint: "oss-cn-beijing-internal.aliyuncs.com" }), "https://oss-cn-beijing-internal.aliyuncs.com cn-beijing ossv4 host");
  assert.equal(place({ service: "oss", endpoint: "https://oss-accelerate.aliyuncs.com" }), "https://oss-accelerate.aliyuncs.com us-east-1 ossv1 host");
  assert.equal(place({ service: "oss", endpoint: "http://127.0.0.1:9000" }), "http://127.0.0.1:9000 us-east-1 ossv1 path");
  assert.equal(place({ service: "s3" }), "https://s3.amazonaws.com us-east-1 s3v4 host");
  assert.equal(place({ service: "s3", region: "eu-west-1" }), "https://s3.eu-west-1.amazonaws.com eu-west-1 s3v4 host");
  assert.equal(place({ service: "s3", region: "cn-north-1" }), "https://s3.cn-north-1.amazonaws.com.cn cn-north-1 s3v4 host");
  assert.equal(place({ service: "s3", endpoint: "https://s3.dualstack.ap-south-1.amazonaws.com" }), "https://s3.dualstack.ap-south-1.amazonaws.com ap-south-1 s3v4 host");
  assert.equal(place({ service: "s3", endpoint: "minio.example.com:9000", scheme: "s3v2" }), "https://minio.example.com:9000 us-east-1 s3v2 path");
  assert.equal(place({ service: "hcp", endpoint: "https://europe.hcp.example.com" }), "https://europe.hcp.example.com us-east-1 s3v4 path");
});

test("what cannot be asked is refused before anything is sent", () => {
  refused({ service: "oss" }, /say the endpoint or the region/);
  refused({ service: "hcp" }, /no public address/);
  refused({ service: "oss", endpoint: "http://h", scheme: "ossv4" }, /needs the region/);
  refused({ service: "s3", scheme: "ossv1" }, /no signature of s3/);
  refused({ service: "s3", endpoint: "http://127.0.0.1:1", addressing: "host" }, /cannot be put before it/);
  for (const endpoint of ["ftp://h", "http://h/path", "http://h?x", "http://user:pass@h", "http://", "a b"]) refused({ service: "s3", endpoint }, /endpoint/);
});

test("a URL that is presigned has the bucket where its name fits a certificate", () => {
  const url = (bucket: string, endpoint?: string): string => {
    const cloud = openCloud({ service: "s3", region: "eu-west-1", credentials, endpoint });
    cloud.close();
    return cloud.presign({ method: "GET", bucket, key: "a b/é" }, 60);
  };
  assert.match(url("photos"), /^https:\/\/photos\.s3\.eu-west-1\.amazonaws\.com\/a%20b\/%C3%A9\?.*X-Amz-Expires=60.*&X-Amz-Signature=[0-9a-f]{64}$/);
  assert.match(url("my.photos"), /^https:\/\/s3\.eu-west-1\.amazonaws\.com\/my\.photos\/a%20b/);
  assert.match(url("photos", "http://localhost:9000"), /^http:\/\/localhost:9000\/photos\/a%20b/);
});
