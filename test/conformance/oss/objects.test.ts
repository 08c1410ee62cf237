/** Objects: put, get, head, ranges, conditions, copy, delete, ACL. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { xmlChildren, xmlChildText } from "../../../src/lib/xml-reader.ts";
import { openWorld, other, type World } from "./helper.ts";

let world: World;
before(async () => {
  world = await openWorld();
  await world.ask({ method: "PUT", path: "/data/" });
});
after(() => world.close());

const put = (key: string, body: string | Uint8Array, headers: Record<string, string> = {}) => world.ask({ method: "PUT", path: `/data/${key}`, body, headers });
const get = (key: string, headers: Record<string, string> = {}, query: Record<string, string> = {}) => world.ask({ method: "GET", path: `/data/${key}`, headers, query });

test("PutObject answers ETag, Content-MD5 and CRC-64; GetObject and HeadObject repeat them with everything that was put", async () => {
  const headers = {
    "content-type": "text/x-test",
    "cache-control": "no-cache",
    "content-disposition": "inline",
    expires: "tomorrow",
    "x-oss-meta-Color": "blue",
    "x-oss-storage-class": "IA",
  };
  const made = await put("hello", "hello", headers);
  assert.equal(made.status, 200);
  assert.equal(made.headers.get("etag"), '"5D41402ABC4B2A76B9719D911017C592"');
  assert.equal(made.headers.get("content-md5"), "XUFAKrxLKna5cZ2REBfFkg==");
  assert.equal(made.headers.get("x-oss-hash-crc64ecma"), "11177612005948864433");
  assert.equal(made.headers.get("x-oss-version-id"), undefined);
  const got = await get("hello");
  assert.equal(got.text, "hello");
  const head = await world.ask({ method: "HEAD", path: "/data/hello" });
  assert.equal(head.headers.get("content-length"), "5");
  for (const [name, value] of [
    ["content-type", "text/x-test"],
    ["cache-control", "no-cache"],
    ["content-disposition", "inline"],
    ["expires", "tomorrow"],
    ["x-oss-meta-color", "blue"],
    ["x-oss-storage-class", "IA"],
    ["x-oss-object-type", "Normal"],
    ["etag", '"5D41402ABC4B2A76B9719D911017C592"'],
    ["content-md5", "XUFAKrxLKna5cZ2REBfFkg=="],
    ["x-oss-hash-crc64ecma", "11177612005948864433"],
    ["last-modified", "Sat, 21 Nov 2026 12:00:00 GMT"],
    ["accept-ranges", "bytes"],
  ] as const) {
    assert.equal(got.headers.get(name), value, `GET ${name}`);
    assert.equal(head.headers.get(name), value, `HEAD ${name}`);
  }
  const meta = await world.ask({ method: "HEAD", path: "/data/hello", query: { objectMeta: "" } });
  assert.deepEqual([meta.headers.get("content-length"), meta.headers.get("etag"), meta.headers.has("content-type")], ["5", '"5D41402ABC4B2A76B9719D911017C592"', false]);
  const empty = await put("empty", "");
  assert.equal(empty.headers.get("x-oss-hash-crc64ecma"), "0");
  assert.equal((await get("empty")).headers.get("content-type"), "application/octet-stream");
});

test("digests that do not match store nothing", async () => {
  const wrong = createHash("md5").update("other").digest("base64");
  for (const [headers, code] of [
    [{ "content-md5": wrong }, "InvalidDigest"],
    [{ "content-md5": "nonsense" }, "InvalidDigest"],
    [{ "x-oss-hash-crc64ecma": "1" }, "InvalidCRC64"],
  ] as const) {
    const answer = await put("digest", "body", headers);
    assert.deepEqual([answer.status, answer.code], [400, code]);
  }
  assert.equal((await get("digest")).code, "NoSuchKey");
  assert.equal((await put("digest", "body", { "content-md5": createHash("md5").update("body").digest("base64") })).status, 200);
});

test("a body needs a length, or comes chunked", async () => {
  assert.deepEqual([(await world.ask({ method: "PUT", path: "/data/no-length" })).status], [411]);
  const chunked = await put("chunked", "pieces", { "transfer-encoding": "chunked" });
  assert.equal(chunked.status, 200, chunked.text);
  assert.equal((await get("chunked")).text, "pieces");
});

test("object names: no slash or backslash first, 1023 bytes at most, only where one is made", async () => {
  for (const key of ["/first", "%5Cfirst", "k".repeat(1024), "%E4%B8%AD".repeat(342)]) {
    assert.equal((await put(key, "x")).code, "InvalidObjectName", key.slice(0, 20));
    assert.equal((await world.ask({ method: "PUT", path: `/data/${key}`, headers: { "x-oss-copy-source": "/data/hello" } })).code, "InvalidObjectName");
    assert.equal((await world.ask({ method: "POST", path: `/data/${key}`, query: { uploads: "" } })).code, "InvalidObjectName");
    assert.equal((await get(key)).code, "NoSuchKey", "reading asks for any name");
    assert.equal((await world.ask({ method: "DELETE", path: `/data/${key}` })).status, 204, "so does deleting");
  }
  assert.equal((await put("k".repeat(1023), "x")).status, 200);
});

test("what is not acted upon is refused, never ignored", async () => {
  for (const name of ["x-oss-callback", "x-oss-persistent-headers", "x-oss-symlink-target"]) {
    const answer = await put("unserved", "x", { [name]: "a" });
    assert.equal(answer.status, 501, name);
    assert.match(answer.text, new RegExp(`<Header>${name}<`));
  }
  for (const name of ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since"]) {
    const answer = await put("unserved", "x", { [name]: "*" });
    assert.deepEqual([answer.status, answer.code], [400, "NotImplemented"], name);
  }
  assert.equal((await put("unserved", "x", { "x-oss-storage-class": "Gold" })).code, "InvalidArgument");
  assert.equal((await put("unserved", "x", { "x-oss-meta-big": "m".repeat(8 * 1024) })).code, "InvalidArgument");
  assert.equal((await get("unserved")).code, "NoSuchKey");
});

test("x-oss-forbid-overwrite: FileAlreadyExists, and the object stays", async () => {
  assert.equal((await put("once", "first", { "x-oss-forbid-overwrite": "true" })).status, 200);
  const again = await put("once", "second", { "x-oss-forbid-overwrite": "true" });
  assert.deepEqual([again.status, again.code], [409, "FileAlreadyExists"]);
  assert.equal((await get("once")).text, "first");
  assert.equal((await put("once", "third", { "x-oss-forbid-overwrite": "false" })).status, 200);
  assert.equal((await get("once")).text, "third");
});

test("ranges: lenient by default, standard when asked", async () => {
  await put("range", "0123456789");
  const cases: [range: string, standard: boolean, status: number, body: string, contentRange?: string][] = [
    ["bytes=2-4", false, 206, "234", "bytes 2-4/10"],
    ["bytes=7-", false, 206, "789", "bytes 7-9/10"],
    ["bytes=-3", false, 206, "789", "bytes 7-9/10"],
    ["bytes=5-20", false, 200, "0123456789"],
    ["bytes=10-", false, 200, "0123456789"],
    ["bytes=4-2", false, 200, "0123456789"],
    ["bytes=0-1,4-5", false, 200, "0123456789"],
    ["lines=1-2", false, 200, "0123456789"],
    ["bytes=5-20", true, 206, "56789", "bytes 5-9/10"],
    ["bytes=-20", true, 206, "0123456789", "bytes 0-9/10"],
  ];
  for (const [range, standard, status, body, contentRange] of cases) {
    const answer = await get("range", { range, ...(standard ? { "x-oss-range-behavior": "standard" } : {}) });
    assert.deepEqual([answer.status, answer.text, answer.headers.get("content-range")], [status, body, contentRange], `${range} ${standard}`);
    assert.equal(answer.headers.get("x-oss-hash-crc64ecma"), (await get("range")).headers.get("x-oss-hash-crc64ecma"), "always that of the whole");
  }
  const refused = await get("range", { range: "bytes=10-", "x-oss-range-behavior": "standard" });
  assert.deepEqual([refused.status, refused.code, refused.headers.get("content-range")], [416, "InvalidRange", "bytes */10"]);
});

test("conditions of a read", async () => {
  const etag = (await put("conditions", "x")).headers.get("etag") as string;
  const later = new Date(world.clock.now + 60_000).toUTCString();
  const earlier = new Date(world.clock.now - 60_000).toUTCString();
  for (const [headers, status] of [
    [{ "if-match": etag }, 200],
    [{ "if-match": '"00000000000000000000000000000000"' }, 412],
    [{ "if-none-match": etag }, 304],
    [{ "if-none-match": "*" }, 304],
    [{ "if-modified-since": later }, 304],
    [{ "if-modified-since": earlier }, 200],
    [{ "if-unmodified-since": earlier }, 412],
    [{ "if-unmodified-since": later }, 200],
  ] as const) {
    const answer = await get("conditions", headers);
    assert.equal(answer.status, status, JSON.stringify(headers));
    if (status === 304) {
      assert.equal(answer.body.length, 0);
      assert.equal(answer.headers.get("etag"), etag);
    }
    if (status === 412) assert.equal(answer.code, "PreconditionFailed");
  }
});

test("response-* overrides are for signed requests and hold no control characters", async () => {
  await put("override", "x");
  const answer = await get("override", {}, { "response-content-disposition": "attachment; filename=中.txt", "response-cache-control": "max-age=1" });
  assert.equal(Buffer.from(answer.headers.get("content-disposition") as string, "latin1").toString("utf8"), "attachment; filename=中.txt");
  assert.equal(answer.headers.get("cache-control"), "max-age=1");
  assert.equal((await get("override", {}, { "response-content-type": "a\r\nSet-Cookie: b" })).code, "InvalidArgument");
  await world.ask({ method: "PUT", path: "/data/override", query: { acl: "" }, headers: { "x-oss-object-acl": "public-read" } });
  assert.equal((await world.ask({ method: "GET", path: "/data/override", as: null })).text, "x");
  assert.equal((await world.ask({ method: "GET", path: "/data/override", as: null, query: { "response-content-type": "text/html" } })).code, "InvalidRequest");
});

test("CopyObject keeps what the source has, or replaces it; onto itself it edits", async () => {
  await put("source/%E4%B8%AD%3F", "copied", { "content-type": "text/a", "x-oss-meta-a": "1" });
  const copy = (key: string, headers: Record<string, string> = {}) =>
    world.ask({ method: "PUT", path: `/data/${key}`, headers: { "x-oss-copy-source": "/data/source%2F%E4%B8%AD%3F", ...headers } });
  const made = await copy("copy");
  assert.equal(made.status, 200, made.text);
  assert.match(made.text, /<CopyObjectResult><ETag>&quot;[0-9A-F]{32}&quot;<\/ETag><LastModified>2026-11-21T12:00:00.000Z</);
  const kept = await get("copy");
  assert.deepEqual([kept.text, kept.headers.get("content-type"), kept.headers.get("x-oss-meta-a")], ["copied", "text/a", "1"]);
  await copy("copy", { "x-oss-metadata-directive": "REPLACE", "content-type": "text/b", "x-oss-meta-b": "2" });
  const replaced = await get("copy");
  assert.deepEqual([replaced.headers.get("content-type"), replaced.headers.get("x-oss-meta-a"), replaced.headers.get("x-oss-meta-b")], ["text/b", undefined, "2"]);
  const itself = await copy("source/%E4%B8%AD%3F", { "x-oss-metadata-directive": "REPLACE", "content-type": "text/c" });
  assert.equal(itself.status, 200, itself.text);
  const edited = await get("source/%E4%B8%AD%3F");
  assert.deepEqual([edited.text, edited.headers.get("content-type")], ["copied", "text/c"]);
  assert.equal((await copy("copy", { "x-oss-copy-source": "/data/nowhere" })).code, "NoSuchKey");
  assert.equal((await copy("copy", { "x-oss-copy-source": "nothing" })).code, "InvalidArgument");
  assert.equal((await copy("copy", { "x-oss-copy-source-if-match": '"0"' })).code, "PreconditionFailed");
  const etag = edited.headers.get("etag") as string;
  const [earlier, later] = [-60_000, 60_000].map((ms) => new Date(world.clock.now + ms).toUTCString()) as [string, string];
  for (const [headers, status] of [
    [{ "if-match": etag }, 200],
    [{ "if-match": "foo" }, 412],
    [{ "if-none-match": etag }, 304],
    [{ "if-none-match": "foo" }, 200],
    [{ "if-modified-since": later }, 304],
    [{ "if-modified-since": earlier }, 200],
    [{ "if-unmodified-since": earlier }, 412],
    [{ "if-unmodified-since": later }, 200],
    [{ "if-match": "foo", "x-oss-copy-source-if-match": etag }, 200],
    [{ "x-oss-copy-source-if-none-match": etag }, 304],
  ] as const)
    assert.equal((await copy("copy", headers)).status, status, `the source's: ${JSON.stringify(headers)}`);
  assert.equal((await copy("copy", { "x-oss-metadata-directive": "MERGE" })).code, "InvalidArgument");
  assert.equal((await copy("copy", { "x-oss-forbid-overwrite": "true" })).code, "FileAlreadyExists");
});

test("object ACLs: default is the bucket's", async () => {
  await put("acl", "x");
  const acl = async () => /<Grant>(.*)<\/Grant>/.exec((await get("acl", {}, { acl: "" })).text)?.[1];
  assert.equal(await acl(), "default");
  for (const grant of ["public-read", "public-read-write", "private", "default"]) {
    assert.equal((await world.ask({ method: "PUT", path: "/data/acl", query: { acl: "" }, headers: { "x-oss-object-acl": grant } })).status, 200);
    assert.equal(await acl(), grant);
    const anonymous = await world.ask({ method: "GET", path: "/data/acl", as: null });
    assert.equal(anonymous.status, grant.startsWith("public") ? 200 : 403, grant);
    assert.equal((await world.ask({ method: "DELETE", path: "/data/acl", as: null })).status, 403);
  }
  assert.equal((await world.ask({ method: "PUT", path: "/data/acl", query: { acl: "" } })).code, "MissingArgument");
  assert.equal((await world.ask({ method: "PUT", path: "/data/acl", query: { acl: "" }, headers: { "x-oss-object-acl": "mine" } })).code, "InvalidArgument");
  assert.equal((await world.ask({ method: "PUT", path: "/data/acl", query: { acl: "" }, headers: { "x-oss-object-acl": "public-read" }, as: other })).code, "AccessDenied");
});

test("DeleteMultipleObjects: missing keys count as deleted, control characters survive both ways", async () => {
  const odd = "odd\u0001\u0007<&>";
  assert.equal((await put(encodeURIComponent(odd), "x")).status, 200);
  await put("plain", "x");
  const remove = (keys: string, query: Record<string, string> = {}, headers: Record<string, string> = {}) =>
    world.ask({ method: "POST", path: "/data/", query: { delete: "", ...query }, body: `<Delete>${keys}</Delete>`, headers });
  const plain = await remove("<Quiet>false</Quiet><Object><Key>odd&#x1;&#x7;&lt;&amp;&gt;</Key></Object><Object><Key>plain</Key></Object><Object><Key>never was</Key></Object>");
  assert.equal(plain.status, 200, plain.text);
  assert.deepEqual(
    xmlChildren(plain.xml(), "Deleted").map((node) => xmlChildText(node, "Key")),
    [odd, "plain", "never was"],
  );
  assert.equal((await get(encodeURIComponent(odd))).code, "NoSuchKey");
  const encoded = await remove("<Object><Key>a/b+c d</Key></Object>", { "encoding-type": "url" });
  assert.match(encoded.text, /<EncodingType>url<\/EncodingType><Deleted><Key>a%2Fb%2Bc%20d<\/Key>/);
  const quiet = await remove("<Quiet>true</Quiet><Object><Key>x</Key></Object>");
  assert.deepEqual([quiet.status, quiet.text], [200, ""]);
  assert.equal((await remove("")).code, "MalformedXML");
  assert.equal((await remove("<Object><Key>k</Key></Object>".repeat(1001))).code, "MalformedXML");
  assert.equal((await remove("<Object><Key>k</Key></Object>", {}, { "content-md5": "AAAAAAAAAAAAAAAAAAAAAA==" })).code, "InvalidDigest");
});

test("versions: ids on every answer, markers, and the current version comes back", async () => {
  await world.ask({ method: "PUT", path: "/versioned/" });
  const ask = (method: string, query: Record<string, string> = {}, body?: string) => world.ask({ method, path: "/versioned/k", query, ...(body === undefined ? {} : { body }) });
  const zero = await ask("PUT", {}, "zero");
  assert.ok(!zero.headers.has("x-oss-version-id"));
  await world.ask({ method: "PUT", path: "/versioned/", query: { versioning: "" }, body: "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>" });
  const one = (await ask("PUT", {}, "one")).headers.get("x-oss-version-id") as string;
  const two = (await ask("PUT", {}, "two")).headers.get("x-oss-version-id") as string;
  assert.match(one, /^\d+$/);
  assert.deepEqual([(await ask("GET")).text, (await ask("GET", { versionId: one })).text, (await ask("GET", { versionId: "null" })).text], ["two", "one", "zero"]);
  const deleted = await ask("DELETE");
  const marker = deleted.headers.get("x-oss-version-id") as string;
  assert.deepEqual([deleted.status, deleted.headers.get("x-oss-delete-marker")], [204, "true"]);
  const hidden = await ask("GET");
  assert.deepEqual([hidden.code, hidden.headers.get("x-oss-delete-marker"), hidden.headers.get("x-oss-version-id")], ["NoSuchKey", "true", marker]);
  assert.deepEqual([(await ask("GET", { versionId: marker })).status, (await ask("GET", { versionId: marker })).code], [405, "MethodNotAllowed"]);
  assert.equal((await ask("GET", { versionId: "1999999999999999" })).code, "NoSuchVersion");
  for (const none of ["no-id", "234", "9999999999999999", ""]) assert.equal((await ask("GET", { versionId: none })).code, "InvalidArgument", none);
  const back = await ask("DELETE", { versionId: marker });
  assert.deepEqual([back.headers.get("x-oss-delete-marker"), back.headers.get("x-oss-version-id")], ["true", marker]);
  assert.equal((await ask("GET")).text, "two");
  const gone = await ask("DELETE", { versionId: two });
  assert.deepEqual([gone.headers.has("x-oss-delete-marker"), gone.headers.get("x-oss-version-id")], [false, two]);
  assert.equal((await ask("GET")).text, "one");
  const many = await world.ask({
    method: "POST",
    path: "/versioned/",
    query: { delete: "" },
    body: `<Delete><Object><Key>k</Key><VersionId>${one}</VersionId></Object><Object><Key>k</Key><VersionId>null</VersionId></Object></Delete>`,
  });
  assert.deepEqual(
    xmlChildren(many.xml(), "Deleted").map((node) => xmlChildText(node, "VersionId")),
    [one, "null"],
  );
  assert.equal((await world.ask({ method: "DELETE", path: "/versioned/" })).status, 204);
});

test("x-oss-traffic-limit slows the body down, both ways, and is refused where no body flows", async () => {
  const body = Buffer.alloc(50_000, 7);
  const timed = async (ask: Promise<{ status: number; body: Buffer }>) => {
    const began = performance.now();
    const { status, body: got } = await ask;
    return { status, got, tookMs: performance.now() - began };
  };
  const limit = { "x-oss-traffic-limit": "819200" };
  const sent = await timed(put("slow", body, limit));
  assert.equal(sent.status, 200);
  assert.ok(sent.tookMs >= 480, `${sent.tookMs}`);
  const received = await timed(get("slow", {}, limit));
  assert.ok(received.got.equals(body));
  assert.ok(received.tookMs >= 480, `${received.tookMs}`);
  for (const wrong of ["245759", "838860801", "fast"]) assert.equal((await get("slow", { "x-oss-traffic-limit": wrong })).code, "InvalidArgument", wrong);
  assert.equal((await world.ask({ method: "PUT", path: "/data/copied", headers: { ...limit, "x-oss-copy-source": "/data/slow" } })).status, 501);
});

test("encryption by the store's key and by named keys, told by every answer; what is none is refused", async () => {
  const header = "x-oss-server-side-encryption";
  const sealed = await put("sealed", "text", { [header]: "AES256" });
  assert.deepEqual([sealed.status, sealed.headers.get(header)], [200, "AES256"]);
  assert.equal((await get("sealed")).text, "text");
  assert.equal((await get("sealed")).headers.get(header), "AES256");
  const keyed = await put("keyed", "text", { [header]: "KMS" });
  assert.equal(keyed.headers.get(header), "KMS");
  assert.match(keyed.headers.get(`${header}-key-id`) ?? "", /^[0-9a-f-]{36}$/);
  assert.equal(keyed.headers.get("content-md5"), undefined);
  assert.equal((await get("keyed")).text, "text");
  assert.equal((await put("none", "x", { [header]: "KMS", [`${header}-key-id`]: "unknown" })).code, "KmsKeyNotExist");
  assert.equal((await put("none", "x", { [header]: "AES256", [`${header}-key-id`]: "k" })).code, "InvalidArgument");
  assert.equal((await put("none", "x", { [header]: "ROT13" })).code, "InvalidEncryptionAlgorithmError");
  assert.equal((await get("none")).code, "NoSuchKey");
});

test("SM4, by the store's key or by a named one, whole and by range, in objects and copies of any size", async () => {
  const header = "x-oss-server-side-encryption";
  const dataHeader = "x-oss-server-side-data-encryption";
  const body = Buffer.alloc(200_000, "national");
  for (const [name, headers] of [
    ["sm4", { [header]: "SM4" }],
    ["kms-sm4", { [header]: "KMS", [dataHeader]: "SM4" }],
  ] as [string, Record<string, string>][]) {
    const told = (answer: { headers: Map<string, string> }) => Object.keys(headers).map((each) => answer.headers.get(each));
    for (const [key, bytes] of [
      [`${name}-small`, Buffer.from("small")],
      [`${name}-large`, body],
    ] as const) {
      const stored = await put(key, bytes, headers);
      assert.deepEqual([stored.status, told(stored)], [200, Object.values(headers)], stored.text);
      const read = await get(key);
      assert.deepEqual(told(read), Object.values(headers));
      assert.ok(read.body.equals(bytes));
    }
    const part = await get(`${name}-large`, { range: "bytes=65530-131080" });
    assert.ok(part.body.equals(body.subarray(65_530, 131_081)));
    const copied = await world.ask({ method: "PUT", path: `/data/${name}-copy`, headers: { "x-oss-copy-source": `/data/${name}-large`, ...headers } });
    assert.deepEqual(told(copied), Object.values(headers));
    const plain = await world.ask({ method: "PUT", path: `/data/${name}-plain`, headers: { "x-oss-copy-source": `/data/${name}-large` } });
    assert.equal(plain.headers.get(header), undefined, "as the bucket has it");
    for (const copy of [`${name}-copy`, `${name}-plain`]) assert.ok((await get(copy)).body.equals(body), copy);
  }
  const beside = await put("beside", "x", { [header]: "AES256", [dataHeader]: "SM4" });
  assert.deepEqual([beside.headers.get(header), beside.headers.get(dataHeader)], ["AES256", undefined], "beside another method it says nothing");
  assert.equal((await put("none", "x", { [header]: "KMS", [dataHeader]: "DES" })).code, "InvalidArgument");
  assert.equal((await put("alone", "x", { [dataHeader]: "SM4" })).headers.get(header), undefined);
  assert.equal((await get("none")).code, "NoSuchKey");
});

test("AsyncProcessObject answers as for a bucket that is bound to no media management", async () => {
  await world.ask({ method: "PUT", path: "/async-process/" });
  await world.ask({ method: "PUT", path: "/async-process/a.jpg", body: "jpg" });
  const ask = (key: string) => world.ask({ method: "POST", path: `/async-process/${key}`, query: { "x-oss-async-process": "" }, body: "x-oss-async-process=video/convert" });
  const answer = await ask("a.jpg");
  assert.deepEqual([answer.status, answer.code], [404, "Imm Client"]);
  assert.equal((await ask("b.jpg")).code, "NoSuchKey");
});
