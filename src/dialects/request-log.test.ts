import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogDelivery, LogPlan } from "../core/logging/api.ts";
import { gatherLimits } from "../core/logging/gather.ts";
import type { Logging } from "../core/logging/model.ts";
import type { Account, BucketName, Caller, Generation, ObjectKey } from "../core/model.ts";
import { testAccount, testTenant } from "../core/testing.ts";
import { parseQuery } from "../lib/uri.ts";
import type { Answered } from "./answered.ts";
import { createRequestLog } from "./request-log.ts";
import type { Reply, WireRequest } from "./wire.ts";

const owner: Account = testAccount("owner", { canonicalId: "c".repeat(64), accountId: "123456789012", uid: "1657136103983691" });
const guest: Account = testAccount("guest", { canonicalId: "d".repeat(64), accountId: "210987654321", uid: "2657136103983692" });
const as = (account: Account): Caller => ({ kind: "account", account, accessKeyId: "K" });
const receivedMs = Date.UTC(2026, 10, 28, 23, 5, 4, 999);

const planned = (dialect: string, logging: Partial<Logging> = {}): LogPlan => ({
  tenant: testTenant,
  bucket: "source" as BucketName,
  generation: "0".repeat(24) as Generation,
  region: "",
  owner,
  hasPolicy: false,
  dialect,
  logging: { target: "logs" as BucketName, prefix: "p/", by: "owner", names: "plain", grants: [], ...logging },
});

type Asked = { method?: string; path?: string; query?: string; headers?: Record<string, string>; key?: string; caller?: Caller; length?: number; receivedMs?: number };
function answered(
  { method = "GET", path = "/source/a%20b", query = "", headers = {}, key = "a b", caller, length = 0, ...more }: Asked,
  reply: Partial<Reply>,
  bytesOut = 0,
): Answered {
  const request = {
    method,
    rawPath: path,
    rawQuery: query,
    query: parseQuery(query) ?? [],
    headers: { host: "h:9000", ...headers },
    rawHeaders: ["Host", "h:9000"],
    hostHeader: "h:9000",
    remoteAddress: "192.0.2.3",
    contentLength: length,
    receivedMs: more.receivedMs ?? receivedMs,
  } as unknown as WireRequest;
  const address = {
    tenant: testTenant,
    target: key === "" ? "bucket" : "object",
    bucket: "source",
    ...(key === "" ? {} : { key: key as ObjectKey }),
    rawBucket: "source",
    rawKey: "",
  };
  const trace = { address, requestId: "RID", ...(caller === undefined ? {} : { caller }) } as NonNullable<Reply["trace"]>;
  return {
    request,
    reply: { status: 200, headers: [], operation: "GetObject", dialect: "s3", trace, ...reply },
    bytesOut,
    milliseconds: 12.4,
    turnaroundMs: 7.2,
    protocol: undefined,
    cipher: undefined,
  };
}

/** Notes the requests and gives what was delivered. */
async function logged(plan: LogPlan, all: Answered[]): Promise<{ key: string; text: string }[]> {
  const delivered: { key: string; text: string }[] = [];
  let unique = 0;
  const log = createRequestLog({
    core: { logging: { plan: () => plan, deliver: async ({ key, lines }: LogDelivery) => void delivered.push({ key, text: Buffer.from(lines).toString("latin1") }) } },
    clock: { wallMs: () => Date.UTC(2026, 10, 29, 1, 2, 3), sequenceMs: () => 0, monotonicMs: () => 0 },
    random: { bytes: (count) => new Uint8Array(count).fill(++unique) },
    log: { info() {}, warn() {}, error() {} },
    region: "eu-1",
    flushMs: 60_000,
  });
  for (const each of all) log.note(each);
  await log.flush();
  return delivered;
}

test("S3's line, field by field", async () => {
  const reply = { headers: ["x-amz-version-id", "77", "x-amz-id-2", "HOSTID"], body: { source: { read: async () => undefined, close() {} }, length: 11 } };
  const headers = { authorization: "AWS4-HMAC-SHA256 Credential=K/x, Signature=S", "user-agent": 'say "hi"/1', referer: "http://r/?Signature=CANARY&a=b" };
  const read = answered({ headers, caller: as(owner) }, reply, 11);
  const [{ key, text } = { key: "", text: "" }] = await logged(planned("s3"), [{ ...read, protocol: "TLSv1.3", cipher: "TLS_AES_128_GCM_SHA256" }]);
  assert.equal(key, "p/2026-11-29-01-02-03-0101010101010101");
  assert.equal(
    text,
    `${"c".repeat(64)} source [28/Nov/2026:23:05:04 +0000] 192.0.2.3 ${"c".repeat(64)} RID REST.GET.OBJECT a%20b "GET /source/a%20b HTTP/1.1" 200 - 11 11 12 7 ` +
      '"http://r/?Signature=REDACTED&a=b" "say %22hi%22/1" 77 HOSTID SigV4 TLS_AES_128_GCM_SHA256 AuthHeader h:9000 TLSv1.3 - - eu-1\n',
  );
});

test("what is unknown is a dash, signatures of URLs are left out, and strangers who were let in needed an ACL", async () => {
  const query = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=CANARY&X-Amz-Signature=CANARY&versionId=3";
  const stranger = answered({ query, caller: as(guest) }, {}, 0);
  const refused = answered({ key: "", query: "acl", method: "PUT", path: "/source" }, { status: 403, errorCode: "AccessDenied" }, 200);
  const [{ text } = { text: "" }] = await logged(planned("s3"), [stranger, refused]);
  const [first = "", second = "", end] = text.split("\n");
  assert.equal(end, "");
  assert.ok(!text.includes("CANARY"));
  assert.match(
    first,
    / "GET \/source\/a%20b\?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=REDACTED&X-Amz-Signature=REDACTED&versionId=3 HTTP\/1\.1" 200 - - - 12 7 "-" "-" - - SigV4 - QueryString h:9000 - - Yes eu-1$/,
  );
  assert.match(
    second,
    /^c{64} source \[[^\]]+\] 192\.0\.2\.3 - RID REST\.PUT\.ACL - "PUT \/source\?acl HTTP\/1\.1" 403 AccessDenied 200 - 12 7 "-" "-" - - - - - h:9000 - - - eu-1$/,
  );
});

test("operations have S3's names, whichever dialect they came through", async () => {
  const of = async (asked: Asked, reply: Partial<Reply> = {}): Promise<string> => (await logged(planned("s3"), [answered(asked, reply)]))[0]?.text.split(" ")[7] ?? "";
  const bucket = { key: "" };
  assert.deepEqual(
    [
      await of({ ...bucket, query: "list-type=2&prefix=tagging" }),
      await of({ ...bucket, query: "policy", method: "DELETE" }),
      await of({ ...bucket, query: "delete", method: "POST" }),
      await of({ ...bucket, query: "logging" }),
      await of({ ...bucket, query: "versions" }),
      await of({ ...bucket, query: "uploads" }),
      await of({ query: "uploads", method: "POST" }),
      await of({ query: "partNumber=1&uploadId=U", method: "PUT" }),
      await of({ query: "uploadId=U", method: "POST" }),
      await of({ query: "tagging" }),
      await of({ method: "PUT", headers: { "x-oss-copy-source": "/a/b" } }),
      await of({ method: "OPTIONS" }),
      await of({}, { dialect: "website" }),
    ],
    [
      "REST.GET.BUCKET",
      "REST.DELETE.BUCKETPOLICY",
      "REST.POST.MULTI_OBJECT_DELETE",
      "REST.GET.LOGGING_STATUS",
      "REST.GET.BUCKETVERSIONS",
      "REST.GET.UPLOADS",
      "REST.POST.UPLOADS",
      "REST.PUT.PART",
      "REST.POST.UPLOAD",
      "REST.GET.OBJECT_TAGGING",
      "REST.COPY.OBJECT",
      "REST.OPTIONS.PREFLIGHT",
      "WEBSITE.GET.OBJECT",
    ],
  );
});

test("OSS's line and name, in Beijing's time", async () => {
  const put = answered({ method: "PUT", length: 5, caller: as(guest), headers: { "user-agent": "u/1", authorization: "OSS K:S" } }, { operation: "PutObject", dialect: "oss" });
  const [{ key, text } = { key: "", text: "" }] = await logged(planned("oss"), [put]);
  assert.equal(key, "p/source2026-11-29-09-02-03-0101010101010101");
  assert.equal(
    text,
    '192.0.2.3 - - [29/Nov/2026:07:05:04 +0800] "PUT /source/a%20b HTTP/1.1" 200 0 12 "-" "u/1" "h:9000" "RID" "true" "2657136103983692" "PutObject" "source" "a%20b" ' +
      '5 7 "-" 49 "1657136103983691" 5 "-" "-"\n',
  );
});

test("partitioned names: of the delivery, or a log for each day of the requests", async () => {
  const next = answered({ receivedMs: receivedMs + 3_600_000 }, {});
  const delivery = await logged(planned("s3", { names: "deliveryDay" }), [answered({}, {}), next]);
  assert.deepEqual(
    delivery.map(({ key }) => key),
    ["p/123456789012/eu-1/source/2026/11/29/2026-11-29-01-02-03-0101010101010101"],
  );
  const event = await logged(planned("s3", { names: "eventDay" }), [answered({}, {}), next]);
  assert.deepEqual(
    event.map(({ key }) => key),
    ["p/123456789012/eu-1/source/2026/11/28/2026-11-28-00-00-00-0101010101010101", "p/123456789012/eu-1/source/2026/11/29/2026-11-29-00-00-00-0202020202020202"],
  );
});

test("what is held has a bound: lines beyond it are counted, not kept, and a large log goes at once", async () => {
  const sizes: number[] = [];
  let release = (): void => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const deliver = async ({ lines }: LogDelivery): Promise<void> => {
    sizes.push(lines.length);
    await held;
  };
  const plan = planned("s3");
  const log = createRequestLog({
    core: { logging: { plan: () => plan, deliver } },
    clock: { wallMs: () => 0, sequenceMs: () => 0, monotonicMs: () => 0 },
    random: { bytes: (count) => new Uint8Array(count) },
    log: { info() {}, warn() {}, error() {} },
    region: "eu-1",
    flushMs: 60_000,
  });
  const long = answered({ headers: { "user-agent": "u".repeat(16_000) } }, {});
  const each = 16_500;
  for (let noted = 0; noted < (2 * gatherLimits.heldBytesMax) / each; noted++) log.note(long);
  const { lines, droppedLines } = log.figures();
  assert.ok(droppedLines > 0 && lines * 16_000 <= gatherLimits.heldBytesMax, `${lines} ${droppedLines}`);
  assert.ok(sizes.length >= 7 && sizes.every((size) => size >= gatherLimits.logBytes), String(sizes));
  release();
  await log.flush();
  const before = log.figures().droppedLines;
  log.note(long);
  assert.equal(log.figures().droppedLines, before, "there is room again");
});

test("a request outside every bucket, or to one that logs nothing, writes nothing", async () => {
  const log = createRequestLog({
    core: { logging: { plan: () => undefined, deliver: async () => assert.fail("nothing to deliver") } },
    clock: { wallMs: () => 0, sequenceMs: () => 0, monotonicMs: () => 0 },
    random: { bytes: (count) => new Uint8Array(count) },
    log: { info() {}, warn() {}, error() {} },
    region: "eu-1",
    flushMs: 1,
  });
  log.note(answered({}, {}));
  const { trace: _trace, ...untraced } = answered({}, {}).reply;
  log.note({ ...answered({}, {}), reply: untraced });
  await log.flush();
  assert.deepEqual(log.figures(), { lines: 0, droppedLines: 0, logs: 0, failedLogs: 0 });
});
