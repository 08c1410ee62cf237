/** Error documents to the byte, their headers, and every refusal of a signature. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Ask, main, openWorld, type World } from "./helper.ts";

let world: World;
before(async () => {
  world = await openWorld();
  await world.ask({ method: "PUT", path: "/bucket/" });
  await world.ask({ method: "PUT", path: "/bucket/key", body: "hello" });
});
after(() => world.close());

test("an error document, to the byte", async () => {
  const answer = await world.ask({ method: "GET", path: "/bucket/no%26where" });
  const id = answer.headers.get("x-oss-request-id") as string;
  assert.match(id, /^[0-9A-F]{24}$/);
  assert.equal(
    answer.text,
    `<?xml version="1.0" encoding="UTF-8"?>
<Error>
  <Code>NoSuchKey</Code>
  <Message>The specified key does not exist.</Message>
  <RequestId>${id}</RequestId>
  <HostId>127.0.0.1:9000</HostId>
  <Key>no&amp;where</Key>
  <EC>0026-00000001</EC>
  <RecommendDoc>https://api.alibabacloud.com/troubleshoot?q=0026-00000001</RecommendDoc>
</Error>
`,
  );
  assert.equal(answer.status, 404);
  assert.equal(answer.headers.get("content-type"), "application/xml");
  assert.equal(answer.headers.get("x-oss-ec"), "0026-00000001");
  assert.equal(answer.headers.get("server"), "AliyunOSS");
  assert.match(answer.headers.get("x-oss-server-time") as string, /^\d+$/);
});

test("HEAD has no body: the document is in x-oss-err", async () => {
  const missing = await world.ask({ method: "HEAD", path: "/bucket/nowhere" });
  assert.equal(missing.status, 404);
  assert.equal(missing.body.length, 0);
  assert.equal(missing.code, "NoSuchKey");
  assert.equal(missing.headers.get("x-oss-ec"), "0026-00000001");
  assert.equal((await world.ask({ method: "HEAD", path: "/nowhere/key", query: { objectMeta: "" } })).code, "NoSuchBucket");
});

const skewed = (ms: number): string => `${new Date(world.clock.now + ms).toISOString().slice(0, 19).replace(/[-:]/g, "")}Z`;
const minute = 60_000;

const refusals: { name: string; ask: () => Ask; status: number; code: string; ec?: string; has?: RegExp[] }[] = [
  { name: "an unknown key", ask: () => ({ method: "GET", path: "/bucket/key", as: { id: "nobody", secret: "x" } }), status: 403, code: "InvalidAccessKeyId", ec: "0002-00000902" },
  {
    name: "a wrong secret, V4",
    ask: () => ({ method: "GET", path: "/bucket/key", as: { ...main, secret: "wrong" } }),
    status: 403,
    code: "SignatureDoesNotMatch",
    ec: "0002-00000040",
    has: [
      /<OSSAccessKeyId>main-key</,
      /<SignatureProvided>[0-9a-f]{64}</,
      /<StringToSign>OSS4-HMAC-SHA256\n/,
      /<StringToSignBytes>4f 53 53 34 /i,
      /<CanonicalRequest>GET\n\/bucket\/key\n/,
    ],
  },
  {
    name: "a wrong secret, V1",
    ask: () => ({ method: "GET", path: "/bucket/key", scheme: "v1", as: { ...main, secret: "wrong" } }),
    status: 403,
    code: "SignatureDoesNotMatch",
    ec: "0002-00000040",
    has: [/<StringToSign>GET\n\n\n[A-Z][a-z]{2}, .* GMT\n\/bucket\/key</, /<StringToSignBytes>47 45 54 0a /i],
  },
  {
    name: "a changed path",
    ask: () => ({
      method: "GET",
      path: "/bucket/key",
      tamper: (r) => {
        r.rawPath = "/bucket/kez";
      },
    }),
    status: 403,
    code: "SignatureDoesNotMatch",
  },
  {
    name: "an unsigned x-oss header",
    ask: () => ({
      method: "PUT",
      path: "/bucket/key2",
      body: "x",
      tamper: (r) => {
        r.headers["x-oss-object-acl"] = "public-read";
      },
    }),
    status: 403,
    code: "SignatureDoesNotMatch",
  },
  {
    name: "a header of the other dialect",
    ask: () => ({ method: "PUT", path: "/bucket/key2", body: "x", headers: { "x-amz-acl": "public-read" } }),
    status: 400,
    code: "InvalidArgument",
    has: [/x-amz-acl/],
  },
  {
    name: "a clock that is off",
    ask: () => ({ method: "GET", path: "/bucket/key", headers: { "x-oss-date": skewed(-16 * minute) } }),
    status: 403,
    code: "RequestTimeTooSkewed",
    ec: "0002-00000504",
    has: [
      /<Message>The difference between the request time and the current time is too large\.</,
      /<MaxAllowedSkewMilliseconds>900000</,
      /<RequestTime>2026-11-21T11:44:00\.000Z</,
      /<ServerTime>2026-11-21T12:00:00\.000Z</,
    ],
  },
  {
    name: "another region",
    ask: () => ({
      method: "GET",
      path: "/bucket/key",
      tamper: (r) => {
        r.headers.authorization = (r.headers.authorization as string).replace("/cn-hangzhou/", "/cn-hangzhou-test-1/");
      },
    }),
    status: 400,
    code: "InvalidArgument",
    ec: "0002-00000226",
    has: [/<Message>Invalid signing region in Authorization header\.</],
  },
  {
    name: "another product",
    ask: () => ({
      method: "GET",
      path: "/bucket/key",
      tamper: (r) => {
        r.headers.authorization = (r.headers.authorization as string).replace("/oss/", "/ocs/");
      },
    }),
    status: 400,
    code: "InvalidArgument",
    ec: "0002-00000227",
  },
  {
    name: "two mechanisms",
    ask: () => ({ method: "GET", path: "/bucket/key", query: { OSSAccessKeyId: "x", Expires: "1", Signature: "y" } }),
    status: 400,
    code: "InvalidArgument",
  },
  {
    name: "a URL that is past its time",
    ask: () => ({
      method: "GET",
      path: "/bucket/key",
      scheme: "v1-url",
      tamper: (r) => {
        r.rawQuery = r.rawQuery.replace(/Expires=\d+/, "Expires=1000000000");
      },
    }),
    status: 403,
    code: "AccessDenied",
    has: [/<Message>Request has expired\.</],
  },
];
for (const { name, ask, status, code, ec, has = [] } of refusals) {
  test(`refused: ${name}`, async () => {
    const answer = await world.ask(ask());
    assert.equal(answer.code, code, answer.text);
    assert.equal(answer.status, status);
    if (ec !== undefined) assert.equal(answer.headers.get("x-oss-ec"), ec);
    for (const pattern of has) assert.match(answer.text, pattern);
    assert.equal((await world.ask({ method: "GET", path: "/bucket/key2" })).status, 404, "nothing was stored");
  });
}

test("all four ways to sign are understood", async () => {
  for (const scheme of ["v1", "v4", "v1-url", "v4-url"] as const) {
    const put = await world.ask({ method: "PUT", path: "/bucket/a%20b/%E4%B8%AD%2B%3F", scheme, body: scheme, headers: { "content-type": "text/plain", "x-oss-meta-by": scheme } });
    assert.equal(put.status, 200, put.text);
    const got = await world.ask({ method: "GET", path: "/bucket/a%20b/%E4%B8%AD%2B%3F", scheme, query: { "response-content-type": "image/jpeg" } });
    assert.equal(got.text, scheme);
    assert.equal(got.headers.get("content-type"), "image/jpeg");
    assert.equal(got.headers.get("x-oss-meta-by"), scheme);
  }
});

test("the server's own refusals are this vendor's", async () => {
  const request = { method: "GET", headers: {}, query: [], rawPath: "/", hostHeader: "h", receivedMs: world.clock.now } as unknown as Parameters<World["oss"]["refuse"]>[0];
  const busy = world.oss.refuse(request, "overloaded", { retryAfterS: 3, message: "" });
  assert.equal(busy.status, 503);
  assert.match(busy.body as string, /<Code>ServiceUnavailable</);
  assert.equal(busy.headers[busy.headers.indexOf("Retry-After") + 1], "3");
  assert.equal(busy.close, true);
  assert.equal(world.oss.refuse(request, "badRequest", { retryAfterS: 0, message: "two Hosts" }).status, 400);
});
