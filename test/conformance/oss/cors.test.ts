import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openWorld, type World } from "./helper.ts";

let world: World;
before(async () => {
  world = await openWorld();
  await world.ask({ method: "PUT", path: "/shared/" });
  await world.ask({ method: "PUT", path: "/shared/a", body: "1", headers: { "x-oss-object-acl": "public-read" } });
});
after(() => world.close());

const cors = (method: string, body?: string) => world.ask({ method, path: "/shared/", query: { cors: "" }, ...(body === undefined ? {} : { body }) });
const rule = (more = ""): string =>
  `<CORSRule><AllowedOrigin>https://*.test</AllowedOrigin><AllowedMethod>GET</AllowedMethod><AllowedHeader>*</AllowedHeader><ExposeHeader>x-oss-test</ExposeHeader><MaxAgeSeconds>100</MaxAgeSeconds>${more}</CORSRule>`;
const configuration = (content: string): string => `<CORSConfiguration>${content}</CORSConfiguration>`;
const origin = "https://a.test";

test("CORS rules are absent, put, read back as written, and removed", async () => {
  assert.equal((await cors("GET")).code, "NoSuchCORSConfiguration");
  const text = configuration(`${rule()}<ResponseVary>true</ResponseVary>`);
  assert.equal((await cors("PUT", text)).status, 200);
  assert.equal((await cors("GET")).text, text);
  assert.equal((await cors("DELETE")).status, 204);
  assert.equal((await cors("GET")).code, "NoSuchCORSConfiguration");
});

test("CORS rules that cannot be meant are refused", async () => {
  assert.equal((await cors("PUT", configuration(""))).code, "InvalidArgument");
  assert.equal((await cors("PUT", configuration(rule("<AllowedOrigin>*.*</AllowedOrigin>")))).code, "InvalidArgument");
  assert.equal((await cors("PUT", configuration(rule("<AllowedMethod>PATCH</AllowedMethod>")))).code, "InvalidArgument");
  assert.equal((await cors("PUT", configuration(rule().repeat(21)))).code, "CORSRuleBeyondLimit");
  assert.equal((await cors("PUT", configuration(`${rule()}<ResponseVary>perhaps</ResponseVary>`))).code, "MalformedXML");
  assert.equal((await cors("GET")).code, "NoSuchCORSConfiguration");
});

test("preflights are answered by the rules, whatever signature their URL carries", async () => {
  await cors("PUT", configuration(rule()));
  const ask = (headers: Record<string, string>, path = "/shared/a") =>
    world.ask({ method: "OPTIONS", path, headers, as: null, tamper: (sent) => void Object.assign(sent, { rawQuery: "OSSAccessKeyId=x&Expires=1&Signature=x" }) });
  const allowed = await ask({ origin, "access-control-request-method": "GET", "access-control-request-headers": "X-OSS-Date,Range" });
  assert.equal(allowed.status, 200);
  assert.deepEqual(
    ["allow-origin", "allow-methods", "allow-headers", "expose-headers", "max-age"].map((name) => allowed.headers.get(`access-control-${name}`)),
    [origin, "GET", "x-oss-date, range", "x-oss-test", "100"],
  );
  for (const headers of [
    { origin, "access-control-request-method": "PUT" },
    { origin: "https://other", "access-control-request-method": "GET" },
  ]) {
    const refused = await ask(headers);
    assert.deepEqual([refused.status, refused.code, refused.headers.get("access-control-allow-origin")], [403, "AccessForbidden", undefined]);
  }
  assert.equal((await ask({})).code, "AccessForbidden");
  assert.equal((await ask({ origin, "access-control-request-method": "GET" }, "/nowhere/a")).code, "NoSuchBucket");
});

test("preflights of lists, uploads in parts and configurations are asked of the bucket's rules too", async () => {
  await cors("PUT", configuration(rule()));
  const headers = { origin, "access-control-request-method": "GET", "access-control-request-headers": "authorization,x-oss-date" };
  for (const [path, rawQuery] of [
    ["/shared/", "list-type=2&prefix=a%2F"],
    ["/shared/", "acl"],
    ["/shared/", "delete="],
    ["/shared/a", "uploads="],
    ["/shared/a", "partNumber=1&uploadId=0004B9894A22E5B1888A1E29F823"],
  ] as const) {
    const answer = await world.ask({ method: "OPTIONS", path, headers, as: null, tamper: (sent) => void Object.assign(sent, { rawQuery }) });
    assert.deepEqual([answer.status, answer.headers.get("access-control-allow-origin")], [200, origin], rawQuery);
  }
});

test("answers to another origin carry what its page needs; ResponseVary marks those to nobody's too", async () => {
  const get = (headers: Record<string, string>) => world.ask({ method: "GET", path: "/shared/a", headers, as: null });
  for (const vary of [false, true]) {
    await cors("PUT", configuration(`${rule()}<ResponseVary>${vary}</ResponseVary>`));
    const answer = await get({ origin });
    assert.deepEqual([answer.headers.get("access-control-allow-origin"), answer.headers.get("access-control-expose-headers")], [origin, "x-oss-test"]);
    assert.match(answer.headers.get("vary") ?? "", /^Origin/);
    for (const headers of [{}, { origin: "https://other" }] as Record<string, string>[]) {
      const plain = await get(headers);
      assert.deepEqual([plain.headers.get("access-control-allow-origin"), plain.headers.get("vary")], [undefined, vary ? "Origin" : undefined]);
    }
  }
  await cors("DELETE");
  assert.equal((await get({})).headers.get("vary"), undefined);
});
