import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openWorld, other, type World } from "./helper.ts";

let world: World;
before(async () => {
  world = await openWorld();
  await world.ask({ method: "PUT", path: "/sealed/" });
});
after(() => world.close());

const encryption = (method: string, body?: string) => world.ask({ method, path: "/sealed/", query: { encryption: "" }, ...(body === undefined ? {} : { body }) });
const rule = (content: string): string =>
  `<ServerSideEncryptionRule><ApplyServerSideEncryptionByDefault>${content}</ApplyServerSideEncryptionByDefault></ServerSideEncryptionRule>`;
const info = async (bucket = "sealed"): Promise<string> => {
  const { text } = await world.ask({ method: "GET", path: `/${bucket}/`, query: { bucketInfo: "" } });
  return /<ServerSideEncryptionRule>(.*)<\/ServerSideEncryptionRule>/.exec(text)?.[1] ?? "";
};
const shown = async (path: string): Promise<(string | undefined)[]> => {
  const { headers } = await world.ask({ method: "HEAD", path });
  return [headers.get("x-oss-server-side-encryption"), headers.get("x-oss-server-side-encryption-key-id") === undefined ? undefined : "a key"];
};

test("PutBucketEncryption decides about what is written without a word, is read back, and ends with DeleteBucketEncryption", async () => {
  assert.equal((await encryption("GET")).code, "NoSuchServerSideEncryptionRule");
  assert.equal(await info(), "<SSEAlgorithm>None</SSEAlgorithm>");
  const put = (key: string) => world.ask({ method: "PUT", path: `/sealed/${key}`, body: "1" });
  await put("before");
  const aes = rule("<SSEAlgorithm>AES256</SSEAlgorithm>");
  assert.equal((await encryption("PUT", aes)).status, 200);
  assert.equal((await encryption("GET")).text, aes);
  assert.equal(await info(), "<SSEAlgorithm>AES256</SSEAlgorithm>");
  await put("aes");
  assert.equal((await encryption("PUT", rule("<SSEAlgorithm>KMS</SSEAlgorithm><KMSMasterKeyID></KMSMasterKeyID>"))).status, 200);
  assert.doesNotMatch((await encryption("GET")).text, /KMSMasterKeyID/);
  await put("kms");
  assert.deepEqual(await Promise.all(["before", "aes", "kms"].map((key) => shown(`/sealed/${key}`))), [
    [undefined, undefined],
    ["AES256", undefined],
    ["KMS", "a key"],
  ]);
  assert.equal((await encryption("PUT", rule("<SSEAlgorithm>KMS</SSEAlgorithm><KMSMasterKeyID>nobody-made-it</KMSMasterKeyID>"))).status, 200, "keys are looked for later");
  assert.equal(await info(), "<SSEAlgorithm>KMS</SSEAlgorithm><KMSMasterKeyID>nobody-made-it</KMSMasterKeyID>");
  assert.equal((await encryption("DELETE")).status, 204);
  assert.equal((await encryption("GET")).code, "NoSuchServerSideEncryptionRule");
  await put("after");
  assert.deepEqual(await shown("/sealed/after"), [undefined, undefined]);
});

test("PutBucketEncryption with SM4, of its own or beside KMS", async () => {
  const sm4 = rule("<SSEAlgorithm>KMS</SSEAlgorithm><KMSDataEncryption>SM4</KMSDataEncryption>");
  assert.equal((await encryption("PUT", sm4)).status, 200);
  assert.equal((await encryption("GET")).text, sm4);
  assert.equal(await info(), "<SSEAlgorithm>KMS</SSEAlgorithm><KMSDataEncryption>SM4</KMSDataEncryption>");
  assert.equal((await encryption("PUT", rule("<SSEAlgorithm>SM4</SSEAlgorithm>"))).status, 200);
  assert.equal(await info(), "<SSEAlgorithm>SM4</SSEAlgorithm>");
  await world.ask({ method: "PUT", path: "/sealed/sm4", body: "secret" });
  assert.deepEqual(await shown("/sealed/sm4"), ["SM4", undefined]);
  assert.equal((await world.ask({ method: "GET", path: "/sealed/sm4" })).text, "secret");
  await encryption("DELETE");
});

test("PutBucket sets it by headers", async () => {
  assert.equal((await world.ask({ method: "PUT", path: "/born/", headers: { "x-oss-server-side-encryption": "AES256" } })).status, 200);
  assert.equal(await info("born"), "<SSEAlgorithm>AES256</SSEAlgorithm>");
  const keyed = { "x-oss-server-side-encryption": "KMS", "x-oss-server-side-encryption-key-id": "some-key" };
  assert.equal((await world.ask({ method: "PUT", path: "/keyed/", headers: keyed })).status, 200);
  assert.equal(await info("keyed"), "<SSEAlgorithm>KMS</SSEAlgorithm><KMSMasterKeyID>some-key</KMSMasterKeyID>");
  assert.equal((await world.ask({ method: "PUT", path: "/odd/", headers: { "x-oss-server-side-encryption": "AES128" } })).code, "InvalidEncryptionAlgorithmError");
});

test("PutBucketEncryption refuses what it cannot do, and keeps the rule there is", async () => {
  const kept = rule("<SSEAlgorithm>AES256</SSEAlgorithm>");
  await encryption("PUT", kept);
  for (const [content, status, code] of [
    ["<SSEAlgorithm>random</SSEAlgorithm>", 400, "InvalidEncryptionAlgorithmError"],
    ["<SSEAlgorithm>AES256</SSEAlgorithm><KMSMasterKeyID>test</KMSMasterKeyID>", 400, "InvalidArgument"],
    ["<SSEAlgorithm>KMS</SSEAlgorithm><KMSDataEncryption>DES</KMSDataEncryption>", 400, "InvalidArgument"],
    ["", 400, "MalformedXML"],
  ] as const) {
    const answer = await encryption("PUT", rule(content));
    assert.deepEqual([answer.status, answer.code], [status, code], content);
  }
  assert.equal((await encryption("PUT", "<ServerSideEncryptionRule/>")).code, "MalformedXML");
  assert.equal((await encryption("GET")).text, kept);
  assert.equal((await world.ask({ method: "GET", path: "/sealed/", query: { encryption: "" }, as: other })).code, "AccessDenied");
});
