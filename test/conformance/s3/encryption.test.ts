import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { xmlChild, xmlChildText } from "../../../src/lib/xml-reader.ts";
import { type Answer, openWorld, type World } from "../helper.ts";

let world: World;
before(async () => {
  world = await openWorld("s3");
  for (const bucket of ["enc", "plain", "byStore", "copies"].map((name) => name.toLowerCase())) await ask("PUT", `/${bucket}`);
});
after(() => world.close());

const ask = (method: string, target: string, headers: Record<string, string> = {}, body?: string | Uint8Array): Promise<Answer> =>
  world.ask({ method, target, headers, ...(body === undefined ? {} : { body }) });
const customer = (prefix = "x-amz-"): Record<string, string> => {
  const key = randomBytes(32);
  const start = `${prefix}server-side-encryption-customer-`;
  return { [`${start}algorithm`]: "AES256", [`${start}key`]: key.toString("base64"), [`${start}key-md5`]: createHash("md5").update(key).digest("base64") };
};
const asSource = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.replace("x-amz-", "x-amz-copy-source-"), value]));
const sse = "x-amz-server-side-encryption";
const code = (answer: Answer) => [answer.status, answer.code];
const configuration = (algorithm: string, key = "") =>
  `<ServerSideEncryptionConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>${algorithm}</SSEAlgorithm>${key}</ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>`;
const blocking = (...types: string[]) =>
  `<ServerSideEncryptionConfiguration><Rule><BlockedEncryptionTypes>${types.map((type) => `<EncryptionType>${type}</EncryptionType>`).join("")}</BlockedEncryptionTypes></Rule></ServerSideEncryptionConfiguration>`;

describe("SSE-S3", () => {
  it("is told by every answer about the object, whose ETag is its MD5", async () => {
    const put = await ask("PUT", "/enc/s3", { [sse]: "AES256" }, "secret text");
    assert.equal(put.headers.get(sse), "AES256");
    assert.equal(put.headers.get("etag"), `"${createHash("md5").update("secret text").digest("hex")}"`);
    const got = await ask("GET", "/enc/s3", { range: "bytes=7-" });
    assert.deepEqual([got.status, got.text, got.headers.get(sse), got.headers.get("content-length")], [206, "text", "AES256", "4"]);
    const head = await ask("HEAD", "/enc/s3");
    assert.deepEqual([head.headers.get(sse), head.headers.get("content-length")], ["AES256", "11"]);
    assert.equal((await ask("GET", "/enc/s3", { "if-none-match": put.headers.get("etag") ?? "" })).status, 304);
  });

  it("PutBucketEncryption makes it the default, gives its text back, and DeleteBucketEncryption ends it", async () => {
    assert.deepEqual(code(await ask("GET", "/bystore?encryption")), [404, "ServerSideEncryptionConfigurationNotFoundError"]);
    const text = configuration("AES256");
    assert.equal((await ask("PUT", "/bystore?encryption", {}, text)).status, 200);
    assert.equal((await ask("GET", "/bystore?encryption")).text, text);
    assert.equal((await ask("PUT", "/bystore/k", {}, "1")).headers.get(sse), "AES256");
    assert.equal((await ask("GET", "/bystore/k")).headers.get(sse), "AES256");
    assert.equal((await ask("DELETE", "/bystore?encryption")).status, 204);
    assert.equal((await ask("GET", "/bystore?encryption")).status, 404);
    assert.equal((await ask("PUT", "/bystore/k2", {}, "1")).headers.get(sse), undefined);
    assert.equal((await ask("GET", "/bystore/k")).text, "1");
  });

  it("is the default of new buckets where the server is set up so, which deleting the configuration brings back", async () => {
    const other = await openWorld("s3", { defaultEncryption: "aes256" });
    const at = (method: string, target: string, body?: string) => other.ask({ method, target, ...(body === undefined ? {} : { body }) });
    await at("PUT", "/fresh");
    const shown = await at("GET", "/fresh?encryption");
    const rule = xmlChild(shown.xml(), "Rule");
    const applied = rule && xmlChild(rule, "ApplyServerSideEncryptionByDefault");
    assert.equal(applied && xmlChildText(applied, "SSEAlgorithm"), "AES256");
    assert.equal(rule && xmlChildText(rule, "BucketKeyEnabled"), "false");
    assert.equal((await at("PUT", "/fresh/k", "1")).headers.get(sse), "AES256");
    assert.equal((await at("PUT", "/fresh?encryption", configuration("aws:kms"))).status, 200);
    assert.equal((await at("PUT", "/fresh/k", "1")).headers.get(sse), "aws:kms");
    assert.equal((await at("DELETE", "/fresh?encryption")).status, 204);
    assert.equal((await at("PUT", "/fresh/k", "1")).headers.get(sse), "AES256");
    await other.close();
  });

  it("PutBucketEncryption refuses what no configuration is, and changes nothing", async () => {
    for (const [text, expected] of [
      ["<ServerSideEncryptionConfiguration/>", "MalformedXML"],
      ["<Other/>", "MalformedXML"],
      [configuration("ROT13"), "InvalidRequest"],
      [configuration("AES256", "<KMSMasterKeyID>k</KMSMasterKeyID>"), "InvalidArgument"],
      [blocking("SSE-D"), "MalformedXML"],
      [blocking("NONE", "SSE-C"), "MalformedXML"],
      [blocking(), "MalformedXML"],
      ["no xml", "MalformedXML"],
    ] as const)
      assert.equal((await ask("PUT", "/enc?encryption", {}, text)).code, expected, text);
    assert.equal((await ask("GET", "/enc?encryption")).status, 404);
    assert.equal((await ask("PUT", "/missing?encryption", {}, configuration("AES256"))).code, "NoSuchBucket");
  });
});

describe("SSE-C", () => {
  it("wants the key for every read, tells its MD5 and never the key", async () => {
    const key = customer();
    const put = await ask("PUT", "/enc/c", key, "secret text");
    assert.equal(put.status, 200);
    assert.equal(put.headers.get(`${sse}-customer-algorithm`), "AES256");
    assert.equal(put.headers.get(`${sse}-customer-key-md5`), key[`${sse}-customer-key-md5`]);
    assert.equal(put.headers.get(sse), undefined);
    assert.notEqual(put.headers.get("etag"), `"${createHash("md5").update("secret text").digest("hex")}"`);
    assert.equal([...put.headers.values()].includes(key[`${sse}-customer-key`] ?? ""), false);
    const got = await ask("GET", "/enc/c", key);
    assert.deepEqual([got.status, got.text, got.headers.get("etag")], [200, "secret text", put.headers.get("etag")]);
    assert.deepEqual(code(await ask("GET", "/enc/c")), [400, "InvalidRequest"]);
    assert.equal((await ask("HEAD", "/enc/c")).status, 400);
    assert.equal((await ask("HEAD", "/enc/c", key)).status, 200);
    assert.deepEqual(code(await ask("GET", "/enc/c", customer())), [400, "InvalidRequest"]);
    assert.deepEqual(code(await ask("GET", "/enc/c?attributes", { "x-amz-object-attributes": "ObjectSize" })), [400, "InvalidRequest"]);
    assert.equal((await ask("GET", "/enc/c?attributes", { "x-amz-object-attributes": "ObjectSize", ...key })).status, 200);
    await ask("PUT", "/enc/open", {}, "1");
    assert.deepEqual(code(await ask("GET", "/enc/open", key)), [400, "InvalidRequest"]);
  });

  it("refuses half of it, another algorithm, a key that is none and an MD5 that is another's, and stores nothing", async () => {
    const key = customer();
    const without = (name: string) => Object.fromEntries(Object.entries(key).filter(([header]) => !header.endsWith(name)));
    for (const [headers, expected] of [
      [without("-algorithm"), "InvalidArgument"],
      [without("-key"), "InvalidArgument"],
      [without("-md5"), "InvalidArgument"],
      [{ ...key, [`${sse}-customer-algorithm`]: "AES128" }, "InvalidEncryptionAlgorithmError"],
      [{ ...key, [`${sse}-customer-key`]: "c2hvcnQ=" }, "InvalidArgument"],
      [{ ...key, [`${sse}-customer-key-md5`]: customer()[`${sse}-customer-key-md5`] ?? "" }, "InvalidArgument"],
      [{ ...key, [sse]: "AES256" }, "InvalidArgument"],
      [{ ...key, [sse]: "aws:kms" }, "InvalidArgument"],
      [{ [sse]: "AES128" }, "InvalidArgument"],
      [{ [sse]: "AES256", [`${sse}-aws-kms-key-id`]: "k" }, "InvalidArgument"],
      [{ [`${sse}-aws-kms-key-id`]: "k" }, "InvalidArgument"],
    ] as [Record<string, string>, string][])
      assert.deepEqual(code(await ask("PUT", "/enc/refused", headers, "x")), [400, expected], JSON.stringify(Object.keys(headers)));
    assert.equal((await ask("HEAD", "/enc/refused")).status, 404);
    assert.deepEqual(code(await ask("GET", "/enc/open", { [sse]: "AES256" })), [400, "InvalidArgument"]);
    assert.deepEqual(code(await ask("DELETE", "/enc/open", { [sse]: "AES256" })), [501, "NotImplemented"]);
  });

  it("of an upload is needed with each part; copies give the source's key apart from their own", async () => {
    const [key, other] = [customer(), customer()];
    await ask("PUT", "/enc/source", other, "from the source");
    const begun = await ask("POST", "/enc/parts?uploads", key);
    assert.equal(begun.headers.get(`${sse}-customer-algorithm`), "AES256");
    const part = (number: number) => `/enc/parts?partNumber=${number}&uploadId=${xmlChildText(begun.xml(), "UploadId")}`;
    assert.deepEqual(code(await ask("PUT", part(1), {}, "x")), [400, "InvalidRequest"]);
    assert.deepEqual(code(await ask("PUT", part(1), other, "x")), [400, "InvalidRequest"]);
    const from = { "x-amz-copy-source": "/enc/source" };
    assert.deepEqual(code(await ask("PUT", part(1), { ...from, ...key })), [400, "InvalidRequest"]);
    const copied = await ask("PUT", part(1), { ...from, ...key, ...asSource(other) });
    assert.equal(copied.status, 200, copied.text);
    assert.equal(copied.headers.get(`${sse}-customer-key-md5`), key[`${sse}-customer-key-md5`]);
    const complete = (headers: Record<string, string>) => {
      const document = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${xmlChildText(copied.xml(), "ETag")}</ETag></Part></CompleteMultipartUpload>`;
      return ask("POST", `/enc/parts?uploadId=${xmlChildText(begun.xml(), "UploadId")}`, headers, document);
    };
    // Old clients show no key when they complete; those that send checksums of their own must, as for a checksum the upload was begun with.
    assert.equal((await ask("PUT", part(2), { ...key, "x-amz-checksum-crc32": "jNxmpQ==" }, "x")).code, "BadDigest");
    assert.equal((await ask("PUT", part(2), { ...key, "x-amz-checksum-crc32": "jNwWgw==" }, "x")).status, 200);
    assert.deepEqual(code(await complete({})), [400, "InvalidRequest"]);
    assert.deepEqual(code(await complete(other)), [400, "InvalidRequest"]);
    assert.equal((await ask("PUT", part(2), key, "x")).status, 200);
    const done = await complete({});
    assert.equal(done.status, 200, done.text);
    assert.equal((await ask("GET", "/enc/parts?partNumber=1", key)).text, "from the source");
    const copy = await ask("PUT", "/copies/opened", { "x-amz-copy-source": "/enc/parts", ...asSource(key) });
    assert.equal(copy.status, 200, copy.text);
    assert.equal((await ask("GET", "/copies/opened")).text, "from the source");
    assert.deepEqual(code(await ask("PUT", "/copies/none", { "x-amz-copy-source": "/enc/parts" })), [400, "InvalidRequest"]);
    const sealed = await ask("PUT", "/copies/sealed", { "x-amz-copy-source": "/copies/opened", ...other });
    assert.equal(sealed.headers.get(`${sse}-customer-key-md5`), other[`${sse}-customer-key-md5`]);
    assert.equal((await ask("GET", "/copies/sealed", other)).text, "from the source");
    // Changing the encryption is a reason to copy an object onto itself.
    assert.equal((await ask("PUT", "/copies/opened", { "x-amz-copy-source": "/copies/opened" })).code, "InvalidRequest");
    assert.equal((await ask("PUT", "/copies/opened", { "x-amz-copy-source": "/copies/opened", [sse]: "AES256" })).headers.get(sse), "AES256");
    assert.equal((await ask("GET", "/copies/opened")).text, "from the source");
  });
});

describe("SSE-KMS", () => {
  it("takes keys by id, alias and ARN, tells the ARN, the bucket key and the context, and refuses who is unknown or disabled", async () => {
    const root = { ...(await rootContext()) };
    const { id } = await world.core.encryption.createKey(root, { alias: "reports" });
    const arn = `arn:aws:kms:us-east-1:000000000000:key/${id}`;
    for (const name of [id, "alias/reports", arn, "arn:aws:kms:eu-west-1:000000000001:alias/reports"]) {
      const put = await ask(
        "PUT",
        "/enc/kms",
        { [sse]: "aws:kms", [`${sse}-aws-kms-key-id`]: name, [`${sse}-bucket-key-enabled`]: "true", [`${sse}-context`]: "eyJhIjoiYiJ9" },
        "text",
      );
      assert.deepEqual([put.headers.get(sse), put.headers.get(`${sse}-aws-kms-key-id`)], ["aws:kms", arn], name);
      assert.deepEqual([put.headers.get(`${sse}-bucket-key-enabled`), put.headers.get(`${sse}-context`)], ["true", "eyJhIjoiYiJ9"]);
      assert.notEqual(put.headers.get("etag"), `"${createHash("md5").update("text").digest("hex")}"`);
    }
    const got = await ask("GET", "/enc/kms");
    assert.deepEqual([got.text, got.headers.get(`${sse}-aws-kms-key-id`), got.headers.get(`${sse}-context`)], ["text", arn, undefined]);
    assert.deepEqual(code(await ask("PUT", "/enc/kms2", { [sse]: "aws:kms", [`${sse}-aws-kms-key-id`]: "unknown" }, "x")), [400, "KMS.NotFoundException"]);
    assert.deepEqual(code(await ask("PUT", "/enc/kms2", { [sse]: "aws:kms", [`${sse}-context`]: "bm8=" }, "x")), [400, "InvalidArgument"]);
    assert.equal((await ask("HEAD", "/enc/kms2")).status, 404);
    await world.core.encryption.setKeyStatus(root, { id, status: "disabled" });
    assert.deepEqual(code(await ask("GET", "/enc/kms")), [400, "KMS.DisabledException"]);
    await world.core.encryption.setKeyStatus(root, { id, status: "enabled" });
    const byDefault = await ask("PUT", "/enc/kms3", { [sse]: "aws:kms" }, "x");
    assert.match(byDefault.headers.get(`${sse}-aws-kms-key-id`) ?? "", /^arn:aws:kms:us-east-1:000000000000:key\/[0-9a-f-]{36}$/);
    assert.equal((await ask("PUT", "/plain?encryption", {}, configuration("aws:kms", "<KMSMasterKeyID>alias/reports</KMSMasterKeyID>"))).status, 200);
    const put = await ask("PUT", "/plain/k", {}, "x");
    assert.deepEqual([put.headers.get(sse), put.headers.get(`${sse}-aws-kms-key-id`)], ["aws:kms", arn]);
  });
});

describe("DSSE-KMS", () => {
  it("is told by every answer, by the bucket's default too, and has no bucket key", async () => {
    const dsse = { [sse]: "aws:kms:dsse" };
    const put = await ask("PUT", "/enc/twice", { ...dsse, [`${sse}-bucket-key-enabled`]: "true", [`${sse}-context`]: "eyJhIjoiYiJ9" }, "in two layers");
    assert.deepEqual(
      [put.status, put.headers.get(sse), put.headers.get(`${sse}-bucket-key-enabled`), put.headers.get(`${sse}-context`)],
      [200, "aws:kms:dsse", undefined, "eyJhIjoiYiJ9"],
    );
    assert.match(put.headers.get(`${sse}-aws-kms-key-id`) ?? "", /^arn:aws:kms:/);
    const got = await ask("GET", "/enc/twice", { range: "bytes=3-5" });
    assert.deepEqual([got.status, got.text, got.headers.get(sse)], [206, "two", "aws:kms:dsse"]);
    await ask("PUT", "/twice");
    assert.equal((await ask("PUT", "/twice?encryption", {}, configuration("aws:kms:dsse"))).status, 200);
    assert.equal((await ask("GET", "/twice?encryption")).text, configuration("aws:kms:dsse"));
    const begun = await ask("POST", "/twice/parts?uploads");
    assert.equal(begun.headers.get(sse), "aws:kms:dsse");
    const at = `uploadId=${xmlChildText(begun.xml(), "UploadId")}`;
    const part = await ask("PUT", `/twice/parts?partNumber=1&${at}`, {}, "a part");
    assert.equal(part.headers.get(sse), "aws:kms:dsse");
    const list = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${part.headers.get("etag")}</ETag></Part></CompleteMultipartUpload>`;
    assert.equal((await ask("POST", `/twice/parts?${at}`, {}, list)).headers.get(sse), "aws:kms:dsse");
    assert.equal((await ask("GET", "/twice/parts")).text, "a part");
    const once = await ask("PUT", "/enc/once", { "x-amz-copy-source": "/enc/twice", [sse]: "aws:kms" });
    assert.equal(once.headers.get(sse), "aws:kms");
    assert.equal((await ask("GET", "/enc/once")).text, "in two layers");
  });
});

describe("Bucket keys and blocked types", () => {
  it("a bucket key that nobody speaks of is the bucket's, and a header changes the default alone", async () => {
    const name = `${sse}-bucket-key-enabled`;
    const kms = configuration("aws:kms").replace("</ApplyServerSideEncryptionByDefault>", "</ApplyServerSideEncryptionByDefault><BucketKeyEnabled>true</BucketKeyEnabled>");
    await ask("PUT", "/keyed");
    assert.equal((await ask("PUT", "/keyed?encryption", {}, kms)).status, 200);
    const told = async (headers: Record<string, string>) => (await ask("PUT", "/keyed/k", headers, "x")).headers.get(name);
    assert.deepEqual(
      [await told({}), await told({ [name]: "false" }), await told({ [sse]: "aws:kms" }), await told({ [sse]: "aws:kms", [name]: "false" }), await told({ [sse]: "AES256" })],
      ["true", undefined, "true", undefined, undefined],
    );
    assert.deepEqual(code(await ask("PUT", "/keyed/k", { [name]: "maybe" }, "x")), [400, "InvalidArgument"]);
  });

  it("a bucket that blocks SSE-C takes nothing new under such a key, by no way, and gives what it has", async () => {
    const key = customer();
    await ask("PUT", "/blocked");
    await ask("PUT", "/blocked/before", key, "x");
    assert.equal((await ask("PUT", "/blocked?encryption", {}, blocking("SSE-C"))).status, 200);
    assert.equal((await ask("GET", "/blocked?encryption")).text, blocking("SSE-C"));
    for (const answer of [
      await ask("PUT", "/blocked/k", key, "x"),
      await ask("POST", "/blocked/k?uploads", key),
      await ask("PUT", "/blocked/k", { "x-amz-copy-source": "/blocked/before", ...asSource(key), ...key }),
    ])
      assert.deepEqual(code(answer), [403, "AccessDenied"]);
    assert.equal((await ask("GET", "/blocked/before", key)).text, "x");
    assert.equal((await ask("PUT", "/blocked/k", {}, "x")).headers.get(sse), "AES256", "S3's own default");
    assert.equal((await ask("PUT", "/blocked?encryption", {}, blocking("NONE"))).status, 200);
    assert.equal((await ask("PUT", "/blocked/k", key, "x")).status, 200);
  });
});

describe("UpdateObjectEncryption", () => {
  const wanted = (key: string, more = "") =>
    `<ObjectEncryption xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><SSE-KMS><KMSKeyArn>${key}</KMSKeyArn>${more}</SSE-KMS></ObjectEncryption>`;
  const arnOf = (id: string) => `arn:aws:kms:us-east-1:000000000000:key/${id}`;

  it("gives an object, or one of its versions, another key in place", async () => {
    const { id } = await world.core.encryption.createKey(await rootContext(), {});
    await ask("PUT", "/updated");
    await ask("PUT", "/updated?versioning", {}, "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
    const first = await ask("PUT", "/updated/k", { [sse]: "AES256", "x-amz-meta-a": "b" }, "first");
    await ask("PUT", "/updated/k", { [sse]: "aws:kms" }, "second");
    const version = `/updated/k?versionId=${first.headers.get("x-amz-version-id")}`;
    const before = await ask("HEAD", version);
    const answer = await ask("PUT", version.replace("?", "?encryption&"), {}, wanted(arnOf(id), "<BucketKeyEnabled>true</BucketKeyEnabled>"));
    assert.deepEqual([answer.status, answer.text], [200, ""]);
    const after = await ask("HEAD", version);
    assert.deepEqual([after.headers.get(sse), after.headers.get(`${sse}-aws-kms-key-id`), after.headers.get(`${sse}-bucket-key-enabled`)], ["aws:kms", arnOf(id), "true"]);
    for (const name of ["etag", "last-modified", "x-amz-meta-a", "content-length", "x-amz-version-id"]) assert.equal(after.headers.get(name), before.headers.get(name), name);
    assert.equal((await ask("GET", version)).text, "first");
    assert.notEqual((await ask("HEAD", "/updated/k")).headers.get(`${sse}-aws-kms-key-id`), arnOf(id), "the other version is as it was");
    assert.equal((await ask("PUT", "/updated/k?encryption", {}, wanted(arnOf(id)))).status, 200);
    assert.equal((await ask("HEAD", "/updated/k")).headers.get(`${sse}-aws-kms-key-id`), arnOf(id));
  });

  it("refuses what is not kept so, what is locked, what is no key, and an older signature", async () => {
    const { id } = await world.core.encryption.createKey(await rootContext(), {});
    const key = customer();
    await ask("PUT", "/enc/u-plain", {}, "x");
    await ask("PUT", "/enc/u-customer", key, "x");
    await ask("PUT", "/enc/u-twice", { [sse]: "aws:kms:dsse" }, "x");
    await ask("PUT", "/enc/u", { [sse]: "AES256" }, "x");
    for (const name of ["u-plain", "u-customer", "u-twice"])
      assert.deepEqual(code(await ask("PUT", `/enc/${name}?encryption`, {}, wanted(arnOf(id)))), [400, "InvalidRequest"], name);
    for (const [body, expected] of [
      [wanted(id), "InvalidRequest"],
      [wanted("arn:aws:kms:us-east-1:000000000000:alias/reports"), "InvalidRequest"],
      [wanted(""), "InvalidRequest"],
      [wanted(arnOf(id), "<BucketKeyEnabled>maybe</BucketKeyEnabled>"), "InvalidRequest"],
      [wanted(arnOf("unknown")), "KMS.NotFoundException"],
      ["<ObjectEncryption><SSE-S3/></ObjectEncryption>", "InvalidRequest"],
      ["<ObjectEncryption/>", "InvalidRequest"],
      ["<Other/>", "MalformedXML"],
    ] as const)
      assert.deepEqual(code(await ask("PUT", "/enc/u?encryption", {}, body)), [400, expected], body);
    assert.deepEqual(code(await world.ask({ method: "PUT", target: "/enc/u?encryption", body: wanted(arnOf(id)), scheme: "v2" })), [400, "InvalidRequest"]);
    assert.deepEqual(code(await ask("PUT", "/enc/none?encryption", {}, wanted(arnOf(id)))), [404, "NoSuchKey"]);
    await world.ask({ method: "PUT", target: "/locked", headers: { "x-amz-bucket-object-lock-enabled": "true" } });
    await ask("PUT", "/locked/k", { [sse]: "AES256", "x-amz-object-lock-legal-hold": "ON" }, "x");
    assert.deepEqual(code(await ask("PUT", "/locked/k?encryption", {}, wanted(arnOf(id)))), [403, "AccessDenied"]);
    await ask("PUT", "/locked/k?legal-hold", {}, "<LegalHold><Status>OFF</Status></LegalHold>");
    assert.equal((await ask("PUT", "/locked/k?encryption", {}, wanted(arnOf(id)))).status, 200);
    assert.equal((await ask("HEAD", "/enc/u")).headers.get(sse), "AES256");
  });
});

async function rootContext() {
  const account = { id: "root", root: true } as never;
  return {
    caller: { kind: "account" as const, account, accessKeyId: "k" },
    capability: "admin" as const,
    action: "test",
    signal: new AbortController().signal,
    deadlineMs: performance.now() + 10_000,
  };
}
