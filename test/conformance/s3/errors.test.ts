/** Whole error documents, element by element, for every code that a request can provoke: AWS's elements stand between Message and RequestId. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Answer, type Ask, alt, openWorld, ram, type World } from "../helper.ts";
import { get, judge, nameOf, put, type Row } from "./error-documents.ts";

let world: World;
let uploadId = "";
let marker = "";
before(async () => {
  world = await openWorld();
  const put = async (target: string, body?: string, headers: Record<string, string> = {}): Promise<Answer> => {
    const answer = await world.ask({ method: "PUT", target, headers, ...(body === undefined ? {} : { body }) });
    assert.equal(answer.status, 200, `${target} ${answer.text}`);
    return answer;
  };
  await put("/bucket");
  await put("/bucket/key", "0123456789");
  await put("/enforced", undefined, { "x-amz-object-ownership": "BucketOwnerEnforced" });
  await put("/versions");
  await put("/versions?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
  await put("/versions/key", "x");
  marker = (await world.ask({ method: "DELETE", target: "/versions/key" })).headers.get("x-amz-version-id") ?? "";
  await put("/locked", undefined, { "x-amz-bucket-object-lock-enabled": "true" });
  await put("/locked/held", "x", { "x-amz-object-lock-legal-hold": "ON" });
  await put("/locked/free", "x");
  uploadId = /<UploadId>(\w+)</.exec((await world.ask({ method: "POST", target: "/bucket/upload?uploads" })).text)?.[1] ?? "";
  for (const partNumber of [1, 2]) await put(`/bucket/upload?partNumber=${partNumber}&uploadId=${uploadId}`, "small");
  await world.ask({ method: "PUT", target: "/alts", as: alt });
});
after(() => world.close());

const remove = (target: string): Ask => ({ method: "DELETE", target });
const copy = (headers: Record<string, string>, source = "/bucket/key"): Ask => ({ method: "PUT", target: "/bucket/copy", headers: { "x-amz-copy-source": source, ...headers } });
const completion = (parts: [number, string][]): string =>
  `<CompleteMultipartUpload>${parts.map(([number, etag]) => `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag></Part>`).join("")}</CompleteMultipartUpload>`;
const complete = (parts: [number, string][]) => ({ method: "POST", target: () => `/bucket/upload?uploadId=${uploadId}`, body: completion(parts) });
const smallEtag = "eb5c1399a871211c7e7ed732d15e3a8b";
const notOne = "At least one of the pre-conditions you specified did not hold";
const noMethod = "The specified method is not allowed against this resource.";
const malformed = "The XML you provided was not well-formed or did not validate against our published schema";
const absent = (what: string, code: string, message: string): Row => ({
  ask: get(`/bucket?${what}`),
  status: 404,
  code,
  message,
  elements: { BucketName: "bucket" },
});
const rows: readonly Row[] = [
  { ask: get("/nowhere"), status: 404, code: "NoSuchBucket", message: "The specified bucket does not exist", elements: { BucketName: "nowhere" } },
  { ask: get("/bucket/none"), status: 404, code: "NoSuchKey", message: "The specified key does not exist.", elements: { Key: "none" } },
  {
    ask: get("/bucket/a%20%3Cb%3E%26%01"),
    status: 404,
    code: "NoSuchKey",
    message: "The specified key does not exist.",
    elements: { Key: "a <b>&\u0001" },
  },
  {
    ask: get("/versions/key?versionId=123"),
    status: 404,
    code: "NoSuchVersion",
    message: "The specified version does not exist.",
    elements: { Key: "key", VersionId: "123" },
  },
  {
    ask: { method: "GET", target: () => `/versions/key?versionId=${marker}` },
    status: 405,
    code: "MethodNotAllowed",
    message: noMethod,
    elements: { Method: "GET", ResourceType: "DeleteMarker" },
    headers: { allow: "DELETE", "x-amz-delete-marker": "true" },
  },
  {
    ask: { method: "POST", target: "/" },
    status: 405,
    code: "MethodNotAllowed",
    message: noMethod,
    elements: { Method: "POST", ResourceType: "SERVICE" },
    headers: { allow: "GET" },
  },
  {
    ask: { method: "POST", target: "/bucket/key" },
    status: 405,
    code: "MethodNotAllowed",
    message: noMethod,
    elements: { Method: "POST", ResourceType: "OBJECT" },
    headers: { allow: "GET, HEAD, PUT, DELETE, OPTIONS" },
  },
  { ask: { method: "PUT", target: "/alts" }, status: 409, code: "BucketAlreadyExists", message: /^The requested bucket name is not available\./, elements: { BucketName: "alts" } },
  {
    ask: { method: "PUT", target: "/bucket", headers: { "x-amz-acl": "public-read" } },
    status: 409,
    code: "BucketAlreadyExists",
    message: /^The requested bucket name is not available\./,
    elements: { BucketName: "bucket" },
  },
  { ask: { method: "PUT", target: "/Bad_Name" }, status: 400, code: "InvalidBucketName", message: "The specified bucket is not valid.", elements: { BucketName: "Bad_Name" } },
  { ask: remove("/bucket"), status: 409, code: "BucketNotEmpty", message: /^The bucket you tried to delete is not empty \(/, elements: { BucketName: "bucket" } },
  {
    ask: remove("/versions"),
    status: 409,
    code: "BucketNotEmpty",
    message: /^The bucket you tried to delete is not empty\. You must delete all versions in the bucket\./,
    elements: { BucketName: "versions" },
  },
  { ask: { ...get("/bucket/key"), as: alt }, status: 403, code: "AccessDenied", message: "Access Denied" },
  { ask: { ...put("/bucket/new"), as: ram }, status: 403, code: "AccessDenied", message: "Access Denied" },
  { ask: get("/bucket/key", { "x-amz-expected-bucket-owner": "999999999999" }), status: 403, code: "AccessDenied", message: "Access Denied" },
  {
    ask: get("/bucket/key", { "x-amz-expected-bucket-owner": "short" }),
    status: 400,
    code: "InvalidArgument",
    message: "The value of the expected bucket owner parameter must be an AWS account ID",
    elements: { ArgumentName: "x-amz-expected-bucket-owner", ArgumentValue: "short" },
  },
  { ask: get("/bucket/key", { "if-match": '"00"' }), status: 412, code: "PreconditionFailed", message: notOne, elements: { Condition: "If-Match" } },
  {
    ask: get("/bucket/key", { "if-unmodified-since": "Sat, 01 Jan 2000 00:00:00 GMT" }),
    status: 412,
    code: "PreconditionFailed",
    message: notOne,
    elements: { Condition: "If-Unmodified-Since" },
  },
  { ask: put("/bucket/key", { "if-none-match": "*" }), status: 412, code: "PreconditionFailed", message: notOne, elements: { Condition: "If-None-Match" } },
  ...["Match", "None-Match"].map((name): Row => {
    const value = name === "Match" ? '"00"' : "*";
    return {
      ask: copy({ [`x-amz-copy-source-if-${name.toLowerCase()}`]: value }),
      status: 412,
      code: "PreconditionFailed",
      message: notOne,
      elements: { Condition: `x-amz-copy-source-If-${name}` },
    };
  }),
  { ask: put("/bucket/none", { "if-match": '"00"' }), status: 404, code: "NoSuchKey", message: "The specified key does not exist.", elements: { Key: "none" } },
  {
    ask: get("/bucket/key", { range: "bytes=10-20" }),
    status: 416,
    code: "InvalidRange",
    message: "The requested range is not satisfiable",
    elements: { RangeRequested: "bytes=10-20", ActualObjectSize: "10" },
    headers: { "content-range": "bytes */10" },
  },
  {
    ask: { method: "GET", target: `/bucket/upload?uploadId=${"0".repeat(32)}` },
    status: 404,
    code: "NoSuchUpload",
    message: "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
    elements: { UploadId: "0".repeat(32) },
  },
  {
    ask: complete([[3, smallEtag]]),
    status: 400,
    code: "InvalidPart",
    message: "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
    elements: () => ({ UploadId: uploadId, PartNumber: "3", ETag: smallEtag }),
  },
  {
    ask: complete([
      [2, smallEtag],
      [1, smallEtag],
    ]),
    status: 400,
    code: "InvalidPartOrder",
    message: "The list of parts was not in ascending order. Parts must be ordered by part number.",
    elements: () => ({ UploadId: uploadId }),
  },
  {
    ask: complete([
      [1, smallEtag],
      [2, smallEtag],
    ]),
    status: 400,
    code: "EntityTooSmall",
    message: "Your proposed upload is smaller than the minimum allowed size",
    elements: { ProposedSize: "5", MinSizeAllowed: "5242880", PartNumber: "1", ETag: smallEtag },
  },
  {
    ask: { ...put("/bucket/big"), headers: { "content-length": String(5 * 1024 ** 3 + 1), "x-amz-content-sha256": "UNSIGNED-PAYLOAD" } },
    status: 400,
    code: "EntityTooLarge",
    message: "Your proposed upload exceeds the maximum allowed size",
    elements: { ProposedSize: String(5 * 1024 ** 3 + 1), MaxSizeAllowed: String(5 * 1024 ** 3) },
  },
  {
    ask: { method: "PUT", target: () => `/bucket/upload?partNumber=10001&uploadId=${uploadId}`, body: "x" },
    status: 400,
    code: "InvalidArgument",
    message: "Part number must be an integer between 1 and 10000, inclusive",
    elements: { ArgumentName: "partNumber", ArgumentValue: "10001" },
  },
  {
    ask: put("/bucket/key", { "content-md5": "1B2M2Y8AsgTpgAmY7PhCfg==" }),
    status: 400,
    code: "BadDigest",
    message: "The Content-MD5 you specified did not match what we received.",
    elements: { ExpectedDigest: "1B2M2Y8AsgTpgAmY7PhCfg==", CalculatedDigest: "ndTkYSaMgDT1yFZOFVxnpg==" },
  },
  {
    ask: put("/bucket/key", { "content-md5": "short" }),
    status: 400,
    code: "InvalidDigest",
    message: "The Content-MD5 you specified was invalid.",
    elements: { "Content-MD5": "short" },
  },
  { ask: put("/bucket/key", { "x-amz-checksum-crc32": "AAAAAA==" }), status: 400, code: "BadDigest", message: "The CRC32 you specified did not match the calculated checksum." },
  { ask: put("/bucket/key", { "x-amz-checksum-crc32": "AAAA" }), status: 400, code: "InvalidRequest", message: "Value for x-amz-checksum-crc32 header is invalid." },
  {
    ask: put("/bucket/key", { "x-amz-content-sha256": "0".repeat(64) }),
    status: 400,
    code: "XAmzContentSHA256Mismatch",
    message: "The provided 'x-amz-content-sha256' header does not match what was computed.",
    elements: { ClientComputedContentSHA256: "0".repeat(64), S3ComputedContentSHA256: "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881" },
  },
  {
    ask: put("/bucket/key", { "content-length": "3", "x-amz-content-sha256": "UNSIGNED-PAYLOAD" }),
    status: 400,
    code: "IncompleteBody",
    message: "You did not provide the number of bytes specified by the Content-Length HTTP header",
    elements: { NumberBytesExpected: "3", NumberBytesProvided: "1" },
  },
  {
    ask: {
      method: "PUT",
      target: "/bucket/key",
      headers: { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" },
      tamper: ({ headers }) => void delete headers["content-length"],
    },
    status: 411,
    code: "MissingContentLength",
    message: "You must provide the Content-Length HTTP header.",
  },
  {
    ask: put(`/bucket/${"k".repeat(1025)}`),
    status: 400,
    code: "KeyTooLongError",
    message: "Your key is too long",
    elements: { Size: "1025", MaxSizeAllowed: "1024" },
  },
  {
    ask: put("/bucket/key", { "x-amz-meta-long": "m".repeat(2045) }),
    status: 400,
    code: "MetadataTooLarge",
    message: "Your metadata headers exceed the maximum allowed metadata size",
    elements: { Size: "2049", MaxSizeAllowed: "2048" },
  },
  {
    ask: put("/bucket/key", { "x-amz-storage-class": "COLDEST" }),
    status: 400,
    code: "InvalidStorageClass",
    message: "The storage class you specified is not valid",
    elements: { StorageClassRequested: "COLDEST" },
  },
  {
    ask: put("/bucket/key", { "x-amz-server-side-encryption": "ROT13" }),
    status: 400,
    code: "InvalidArgument",
    message: "The encryption method specified is not supported",
    elements: { ArgumentName: "x-amz-server-side-encryption", ArgumentValue: "ROT13" },
  },
  { ask: put("/bucket/key", { "x-amz-tagging": "aws:a=b" }), status: 400, code: "InvalidTag", message: /./, elements: { TagKey: "aws:a" } },
  {
    ask: put("/bucket/key", { "x-amz-mfa": "1 2" }),
    status: 501,
    code: "NotImplemented",
    message: "A header you provided implies functionality that is not implemented",
    elements: { Header: "x-amz-mfa" },
  },
  { ask: get("/bucket/key?torrent"), status: 501, code: "NotImplemented", message: "torrent is not implemented", elements: { Resource: "torrent" } },
  {
    ask: put("/bucket/key?nonsense"),
    status: 400,
    code: "InvalidArgument",
    message: /unknown/,
    elements: { ArgumentName: "nonsense", ArgumentValue: "" },
  },
  { ask: get("/bucket/%zz"), status: 400, code: "InvalidURI", message: "Couldn't parse the specified URI.", elements: { URI: "/bucket/%zz" } },
  { ask: put("/bucket?versioning", {}, "<Versioning"), status: 400, code: "MalformedXML", message: malformed },
  { ask: put("/bucket?acl", {}, "<Acl/>"), status: 400, code: "MalformedACLError", message: malformed },
  {
    ask: put("/bucket?tagging", {}, `<Tagging>${" ".repeat(1024 * 1024)}</Tagging>`),
    status: 400,
    code: "MaxMessageLengthExceeded",
    message: "Your request was too big.",
    elements: { MaxMessageLengthBytes: String(128 * 1024) },
  },
  {
    ask: { method: "PUT", target: "/bucket?acl" },
    status: 400,
    code: "MissingSecurityHeader",
    message: "Your request was missing a required header",
    elements: { MissingHeaderName: "x-amz-acl" },
  },
  {
    ask: { method: "PUT", target: "/enforced/key", headers: { "x-amz-acl": "public-read" } },
    status: 400,
    code: "AccessControlListNotSupported",
    message: "The bucket does not allow ACLs",
  },
  {
    ask: copy({}, "nothing"),
    status: 400,
    code: "InvalidArgument",
    message: "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
    elements: { ArgumentName: "x-amz-copy-source", ArgumentValue: "nothing" },
  },
  { ask: copy({}, "/bucket/copy"), status: 404, code: "NoSuchKey", message: "The specified key does not exist.", elements: { Key: "copy" } },
  { ask: { ...copy({}), target: "/bucket/key" }, status: 400, code: "InvalidRequest", message: /^This copy request is illegal because it is trying to copy an object to itself/ },
  {
    ask: { method: "GET", target: "/locked/free?retention" },
    status: 404,
    code: "NoSuchObjectLockConfiguration",
    message: "The specified object does not have a ObjectLock configuration",
  },
  { ask: get("/bucket/key?legal-hold"), status: 400, code: "InvalidRequest", message: "Bucket is missing Object Lock Configuration" },
  {
    ask: put("/locked?versioning", {}, "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>"),
    status: 409,
    code: "InvalidBucketState",
    message: "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.",
  },
  absent("policy", "NoSuchBucketPolicy", "The bucket policy does not exist"),
  absent("cors", "NoSuchCORSConfiguration", "The CORS configuration does not exist"),
  absent("lifecycle", "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"),
  absent("website", "NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration"),
  absent("tagging", "NoSuchTagSet", "The TagSet does not exist"),
  absent("encryption", "ServerSideEncryptionConfigurationNotFoundError", "The server side encryption configuration was not found"),
  absent("ownershipControls", "OwnershipControlsNotFoundError", "The bucket ownership controls were not found"),
  absent("publicAccessBlock", "NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found"),
  absent("object-lock", "ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket"),
  absent("replication", "ReplicationConfigurationNotFoundError", "The replication configuration was not found"),
];

describe("Error documents", () => {
  for (const row of rows) it(nameOf(row), () => judge(world, row));

  it("HEAD says it all in the status and the headers", async () => {
    for (const [target, status] of [
      ["/nowhere", 404],
      ["/bucket/none", 404],
      [`/versions/key?versionId=${marker}`, 405],
    ] as const) {
      const answer = await world.ask({ method: "HEAD", target });
      assert.deepEqual([answer.status, answer.body.length, answer.headers.get("content-type")], [status, 0, undefined], target);
      assert.match(answer.headers.get("x-amz-request-id") ?? "", /^[0-9A-Z]{16}$/);
    }
  });

  it("dates are whole seconds with a fraction in lists, and HTTP dates in headers, to the byte", async () => {
    const listed = await world.ask(get("/bucket?list-type=2"));
    assert.match(listed.text, /<LastModified>2026-11-21T12:00:00\.000Z<\/LastModified>/);
    assert.ok(listed.text.startsWith('<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'));
    assert.equal((await world.ask(get("/bucket/key"))).headers.get("last-modified"), "Sat, 21 Nov 2026 12:00:00 GMT");
    assert.match((await world.ask(get("/"))).text, /<CreationDate>2026-11-21T12:00:00\.000Z<\/CreationDate>/);
  });
});
