import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { xmlChild, xmlChildren, xmlChildText } from "../../../src/lib/xml-reader.ts";
import { type Answer, alt, type Keys, openWorld, ram, type World } from "../helper.ts";

let world: World;
const ask = (method: string, target: string, body?: string | Uint8Array, headers: Record<string, string> = {}, as?: Keys | null) =>
  world.ask({ method, target, headers, ...(body === undefined ? {} : { body }), ...(as === undefined ? {} : { as }) });
const note = (target: string, name: string, text: string, headers: Record<string, string> = {}) => ask("PUT", `${target}?annotation&annotationName=${name}`, text, headers);
const read = (target: string, name: string, headers: Record<string, string> = {}) => ask("GET", `${target}?annotation&annotationName=${name}`, undefined, headers);
const remove = (target: string, name: string, headers: Record<string, string> = {}) => ask("DELETE", `${target}?annotation&annotationName=${name}`, undefined, headers);
const list = async (target: string, query = "") => ask("GET", `${target}?annotation${query}`);
function names(answer: Answer): (string | undefined)[] {
  assert.equal(answer.status, 200, answer.text);
  const entries = xmlChild(answer.xml(), "Annotations");
  return entries ? xmlChildren(entries, "AnnotationEntry").map((entry) => xmlChildText(entry, "AnnotationName")) : [];
}
before(async () => {
  world = await openWorld();
  await ask("PUT", "/noted");
  await ask("PUT", "/noted/k", "object");
});
after(() => world.close());

describe("Object annotations", () => {
  it("are put, read, listed and deleted, and leave the object as it was", async () => {
    const headOf = async () => [...(await ask("HEAD", "/noted/k")).headers].filter(([name]) => !/^x-amz-(?:request-id|id-2)$/.test(name));
    const before = await headOf();
    world.clock.now += 60_000;
    const text = '{"label": "cät"}';
    const made = await note("/noted/k", "labels.v1", text);
    const etag = `"${createHash("md5").update(text).digest("hex")}"`;
    assert.deepEqual([made.status, made.headers.get("etag"), made.headers.get("x-amz-object-version-id")], [200, etag, undefined], made.text);
    assert.equal(
      made.text,
      '<?xml version="1.0" encoding="UTF-8"?>\n<PutObjectAnnotationOutput xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Key>k</Key><AnnotationName>labels.v1</AnnotationName></PutObjectAnnotationOutput>',
    );
    assert.match(made.headers.get("x-amz-checksum-crc64nvme") ?? "", /^[A-Za-z0-9+/]{11}=$/);
    assert.deepEqual([made.headers.get("x-amz-checksum-type"), made.headers.get("x-amz-server-side-encryption")], ["FULL_OBJECT", "AES256"]);
    const got = await read("/noted/k", "labels.v1", { "x-amz-checksum-mode": "ENABLED" });
    assert.deepEqual([got.status, got.text, got.headers.get("etag"), got.headers.get("content-length")], [200, text, etag, String(Buffer.byteLength(text))]);
    assert.equal(got.headers.get("last-modified"), new Date(world.clock.now).toUTCString());
    assert.equal(got.headers.get("x-amz-checksum-crc64nvme"), made.headers.get("x-amz-checksum-crc64nvme"));
    assert.equal((await read("/noted/k", "labels.v1")).headers.get("x-amz-checksum-crc64nvme"), undefined);
    assert.deepEqual(await headOf(), before);
    const listed = (await list("/noted/k")).text;
    assert.match(
      listed,
      /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<ListObjectAnnotationsOutput xmlns="[^"]+"><Annotations><AnnotationEntry><AnnotationName>labels\.v1<\/AnnotationName><LastModified>2026-11-21T12:01:00\.000Z<\/LastModified><ETag>&quot;[0-9a-f]{32}&quot;<\/ETag><ChecksumAlgorithm>CRC64NVME<\/ChecksumAlgorithm><Size>17<\/Size><\/AnnotationEntry><\/Annotations><Bucket>noted<\/Bucket><Key>k<\/Key><MaxAnnotationResults>1000<\/MaxAnnotationResults><AnnotationCount>1<\/AnnotationCount><\/ListObjectAnnotationsOutput>$/,
    );
    assert.equal((await remove("/noted/k", "labels.v1")).status, 204);
    assert.equal((await remove("/noted/k", "labels.v1")).status, 204, "what is not there is no error");
    assert.deepEqual([(await read("/noted/k", "labels.v1")).status, (await read("/noted/k", "labels.v1")).code], [404, "NoSuchAnnotation"]);
  });

  it("are listed in pages, by prefix", async () => {
    for (const name of ["b1", "b2", "b3", "a", "c"]) await note("/noted/k", name, name);
    assert.deepEqual(names(await list("/noted/k")), ["a", "b1", "b2", "b3", "c"]);
    assert.deepEqual(names(await list("/noted/k", "&annotation-prefix=b")), ["b1", "b2", "b3"]);
    const first = await list("/noted/k", "&annotation-prefix=b&max-annotation-results=2");
    const token = xmlChildText(first.xml(), "NextContinuationToken") ?? "";
    assert.deepEqual([names(first), xmlChildText(first.xml(), "AnnotationPrefix"), xmlChildText(first.xml(), "AnnotationCount")], [["b1", "b2"], "b", "2"]);
    const second = await list("/noted/k", `&annotation-prefix=b&max-annotation-results=2&continuation-token=${token}`);
    assert.deepEqual([names(second), xmlChildText(second.xml(), "NextContinuationToken"), xmlChildText(second.xml(), "ContinuationToken")], [["b3"], undefined, token]);
    for (const query of ["&max-annotation-results=0", "&max-annotation-results=1001", "&max-annotation-results=x", "&continuation-token=***"])
      assert.equal((await list("/noted/k", query)).code, "InvalidArgument", query);
    assert.equal((await list("/noted/k", `&annotation-prefix=${"p".repeat(513)}`)).code, "InvalidPrefix");
  });

  it("are refused in S3's words, and then nothing is kept", async () => {
    const said = async (answer: Promise<Answer>) => [(await answer).status, (await answer).code];
    const before = names(await list("/noted/k"));
    assert.deepEqual(await said(note("/noted/k", "n".repeat(513), "x")), [400, "AnnotationNameTooLong"]);
    for (const name of ["aws-x", "S3x", "a%20b", "a%2Fb", ""]) assert.deepEqual(await said(note("/noted/k", name, "x")), [400, "InvalidAnnotationName"], name);
    assert.deepEqual(await said(ask("PUT", "/noted/k?annotation&annotationName=x", Buffer.from([0xff, 0xfe]))), [415, "UnsupportedMediaType"]);
    assert.deepEqual(await said(note("/noted/k", "x", "")), [400, "InvalidRequest"]);
    assert.deepEqual(await said(note("/noted/k", "x", "x".repeat(1024 * 1024 + 1))), [400, "EntityTooLarge"]);
    assert.deepEqual(await said(ask("PUT", "/noted/k?annotation", "x")), [400, "InvalidArgument"]);
    assert.deepEqual(await said(ask("DELETE", "/noted/k?annotation")), [400, "InvalidArgument"]);
    assert.deepEqual(await said(note("/noted/none", "x", "x")), [404, "NoSuchKey"]);
    assert.deepEqual(await said(note("/nowhere/k", "x", "x")), [404, "NoSuchBucket"]);
    assert.deepEqual(await said(list("/noted/none")), [404, "NoSuchKey"]);
    assert.deepEqual(await said(note("/noted/k", "x", "x", { "x-amz-checksum-crc32": "AAAAAA==" })), [400, "BadDigest"]);
    const failed = await note("/noted/k", "x", "x", { "x-amz-object-if-match": '"00"' });
    assert.deepEqual([failed.status, failed.code, xmlChildText(failed.xml(), "Condition")], [412, "PreconditionFailed", "x-amz-object-If-Match"]);
    assert.deepEqual(await said(remove("/noted/k", "a", { "x-amz-object-if-match": '"00"' })), [412, "PreconditionFailed"]);
    assert.deepEqual(await said(ask("PUT", "/noted/k", "object", { "x-amz-object-if-match": "*" })), [501, "NotImplemented"]);
    const key = Buffer.alloc(32, 1);
    const sse = {
      "x-amz-server-side-encryption-customer-algorithm": "AES256",
      "x-amz-server-side-encryption-customer-key": key.toString("base64"),
      "x-amz-server-side-encryption-customer-key-md5": createHash("md5").update(key).digest("base64"),
    };
    assert.equal((await ask("PUT", "/noted/sealed", "x", sse)).status, 200);
    assert.deepEqual(await said(note("/noted/sealed", "x", "x")), [400, "InvalidRequest"]);
    assert.deepEqual(names(await list("/noted/k")), before);
    const own = (await ask("HEAD", "/noted/k")).headers.get("etag") ?? "";
    assert.equal((await note("/noted/k", "x", "x", { "x-amz-object-if-match": own })).status, 200);
  });

  it("are the owner's, a policy's, and nobody else's", async () => {
    await ask("PUT", "/noted/public", "1", { "x-amz-acl": "public-read-write" });
    await note("/noted/public", "a", "1");
    const requests: [string, string, string?][] = [
      ["GET", "/noted/public?annotation"],
      ["GET", "/noted/public?annotation&annotationName=a"],
      ["PUT", "/noted/public?annotation&annotationName=a", "2"],
      ["DELETE", "/noted/public?annotation&annotationName=a"],
    ];
    for (const as of [alt, ram, null])
      for (const [method, target, body] of requests) assert.equal((await ask(method, target, body, {}, as)).code, "AccessDenied", `${method} ${target}`);
    const allow = (actions: string[]) =>
      ask(
        "PUT",
        "/noted?policy",
        JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: { AWS: "000000000002" }, Action: actions, Resource: "arn:aws:s3:::noted/*" }] }),
      );
    assert.equal((await allow(["s3:GetObjectAnnotation"])).status, 204);
    assert.equal((await ask("GET", "/noted/public?annotation&annotationName=a", undefined, {}, alt)).text, "1");
    assert.equal((await ask("GET", "/noted/public?annotation", undefined, {}, alt)).code, "AccessDenied");
    assert.equal((await allow(["s3:*ObjectAnnotation*"])).status, 204);
    for (const [method, target, body] of requests) assert.ok((await ask(method, target, body, {}, alt)).status < 300, `${method} ${target}`);
    await ask("DELETE", "/noted?policy");
  });

  it("are copied by whoever may read and write them, and left behind on request", async () => {
    await ask("PUT", "/noted/from", "1", { "x-amz-acl": "public-read" });
    await note("/noted/from", "a", "1");
    const copy = (headers: Record<string, string>, as?: Keys) =>
      ask("PUT", `${as === alt ? "/alts" : "/noted"}/to`, undefined, { "x-amz-copy-source": "/noted/from", ...headers }, as);
    assert.equal((await copy({})).status, 200);
    assert.deepEqual(names(await list("/noted/to")), ["a"]);
    assert.equal((await copy({ "x-amz-object-annotation-directive": "EXCLUDE" })).status, 200);
    assert.deepEqual(names(await list("/noted/to")), []);
    assert.equal((await copy({ "x-amz-object-annotation-directive": "MERGE" })).code, "InvalidArgument");
    await ask("PUT", "/alts", undefined, {}, alt);
    assert.equal((await copy({}, alt)).code, "AccessDenied", "who may read the object may not therefore read what stands beside it");
    assert.equal((await copy({ "x-amz-object-annotation-directive": "EXCLUDE" }, alt)).status, 200);
  });

  it("belong to a version, whose id is told, and are held with it", async () => {
    await ask("PUT", "/locked", undefined, { "x-amz-bucket-object-lock-enabled": "true" });
    const first = (await ask("PUT", "/locked/k", "1")).headers.get("x-amz-version-id") ?? "";
    const made = await note("/locked/k", "a", "1");
    assert.equal(made.headers.get("x-amz-object-version-id"), first);
    const second = (await ask("PUT", "/locked/k", "2")).headers.get("x-amz-version-id") ?? "";
    assert.deepEqual(names(await list("/locked/k")), []);
    assert.deepEqual(names(await list("/locked/k", `&versionId=${first}`)), ["a"]);
    assert.equal((await read(`/locked/k`, `a&versionId=${first}`)).headers.get("x-amz-object-version-id"), first);
    assert.equal((await read(`/locked/k`, `a&versionId=${second}`)).code, "NoSuchAnnotation");
    await ask("PUT", `/locked/k?retention&versionId=${first}`, "<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>2030-01-01T00:00:00Z</RetainUntilDate></Retention>");
    assert.equal((await remove("/locked/k", `a&versionId=${first}`)).code, "AccessDenied");
    assert.equal((await note("/locked/k", `a&versionId=${first}`, "other")).code, "AccessDenied");
    assert.equal((await remove("/locked/k", `a&versionId=${first}`, { "x-amz-bypass-governance-retention": "true" })).status, 204);
    const marker = (await ask("DELETE", "/locked/k")).headers.get("x-amz-version-id");
    assert.deepEqual([(await list("/locked/k", `&versionId=${marker}`)).code, (await list("/locked/k")).code], ["MethodNotAllowed", "NoSuchKey"]);
  });
});
