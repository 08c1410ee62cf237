import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { alt, openWorld, type World } from "../helper.ts";

let world: World;
const ask = (method: string, target: string, body?: string, headers: Record<string, string> = {}, as: typeof alt | null | undefined = undefined) =>
  world.ask({ method, target, headers, ...(body === undefined ? {} : { body }), ...(as === undefined ? {} : { as }) });
before(async () => {
  world = await openWorld();
  await ask("PUT", "/shared");
  await ask("PUT", "/shared/a", "1", { "x-amz-acl": "public-read" });
});
after(() => world.close());

const configuration = (...rules: string[]): string => `<CORSConfiguration>${rules.map((rule) => `<CORSRule>${rule}</CORSRule>`).join("")}</CORSConfiguration>`;
const one = configuration(
  "<ID>one</ID><AllowedOrigin>https://*.test</AllowedOrigin><AllowedMethod>GET</AllowedMethod><AllowedMethod>PUT</AllowedMethod><AllowedHeader>x-amz-*</AllowedHeader><ExposeHeader>ETag</ExposeHeader><ExposeHeader>x-amz-meta-a</ExposeHeader><MaxAgeSeconds>60</MaxAgeSeconds>",
  "<AllowedOrigin>*</AllowedOrigin><AllowedMethod>HEAD</AllowedMethod>",
);
const preflight = (headers: Record<string, string>, target = "/shared/a") => ask("OPTIONS", target, undefined, headers, null);
const varying = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method";

describe("Bucket CORS", () => {
  it("is absent, put, read back as written, and removed", async () => {
    assert.deepEqual([(await ask("GET", "/shared?cors")).status, (await ask("GET", "/shared?cors")).code], [404, "NoSuchCORSConfiguration"]);
    assert.equal((await preflight({ origin: "https://a.test", "access-control-request-method": "GET" })).code, "AccessForbidden");
    assert.equal((await ask("PUT", "/shared?cors", one)).status, 200);
    assert.equal((await ask("GET", "/shared?cors")).text, one);
    assert.equal((await ask("GET", "/shared?cors", undefined, {}, alt)).code, "AccessDenied");
    assert.equal((await ask("DELETE", "/shared?cors")).status, 204);
    assert.equal((await ask("GET", "/shared?cors")).code, "NoSuchCORSConfiguration");
    assert.equal((await ask("GET", "/shared/a", undefined, { origin: "https://a.test" })).headers.get("access-control-allow-origin"), undefined);
  });

  it("refuses rules that no browser could be answered by", async () => {
    const origin = "<AllowedOrigin>*</AllowedOrigin>";
    const code = async (...rules: string[]) => (await ask("PUT", "/shared?cors", configuration(...rules))).code;
    assert.equal(await code(), "MalformedXML");
    assert.equal(await code(origin), "MalformedXML");
    assert.equal(await code(`${origin}<AllowedMethod>PATCH</AllowedMethod>`), "InvalidRequest");
    assert.equal(await code("<AllowedOrigin>*.*</AllowedOrigin><AllowedMethod>GET</AllowedMethod>"), "InvalidRequest");
    assert.equal(await code(`${origin}<AllowedMethod>GET</AllowedMethod><MaxAgeSeconds>soon</MaxAgeSeconds>`), "MalformedXML");
    assert.equal(await code(...Array.from({ length: 101 }, () => `${origin}<AllowedMethod>GET</AllowedMethod>`)), "InvalidRequest");
    assert.equal((await ask("PUT", "/shared?cors", "<Other/>")).code, "MalformedXML");
  });

  it("answers preflights by the first rule that fits", async () => {
    await ask("PUT", "/shared?cors", one);
    const allowed = await preflight({ origin: "https://a.test", "access-control-request-method": "PUT", "access-control-request-headers": "X-Amz-Date, x-amz-meta-b" });
    assert.equal(allowed.status, 200);
    assert.deepEqual(
      ["allow-origin", "allow-methods", "allow-headers", "expose-headers", "max-age", "allow-credentials"].map((name) => allowed.headers.get(`access-control-${name}`)),
      ["https://a.test", "GET, PUT", "x-amz-date, x-amz-meta-b", "ETag, x-amz-meta-a", "60", "true"],
    );
    assert.equal(allowed.headers.get("vary"), varying);
    const anyone = await preflight({ origin: "https://other", "access-control-request-method": "HEAD" }, "/shared");
    assert.deepEqual([anyone.status, anyone.headers.get("access-control-allow-origin"), anyone.headers.get("access-control-allow-credentials")], [200, "*", undefined]);
    const refusals: Record<string, string>[] = [
      { origin: "https://other", "access-control-request-method": "GET" },
      { origin: "https://a.test", "access-control-request-method": "DELETE" },
      { origin: "https://a.test", "access-control-request-method": "GET", "access-control-request-headers": "content-type" },
      { origin: "https://a.test", "access-control-request-method": "GET", "access-control-request-headers": "x-amz-a,".repeat(5000) },
    ];
    for (const headers of refusals) {
      const refused = await preflight(headers);
      assert.deepEqual([refused.status, refused.code, refused.headers.get("access-control-allow-origin")], [403, "AccessForbidden", undefined]);
    }
    const incomplete: Record<string, string>[] = [{ origin: "https://a.test" }, { "access-control-request-method": "GET" }];
    for (const headers of incomplete) assert.equal((await preflight(headers)).status, 400);
    assert.equal((await preflight({ origin: "https://a.test", "access-control-request-method": "GET" }, "/nowhere/a")).code, "NoSuchBucket");
  });

  it("answers them whatever the request to come asks for", async () => {
    await ask("PUT", "/shared?cors", one);
    const headers = { origin: "https://a.test", "access-control-request-method": "GET", "access-control-request-headers": "x-amz-date" };
    for (const target of ["/shared?list-type=2&prefix=a%2F", "/shared?acl", "/shared?versions&delete", "/shared/a?uploads", "/shared/a?partNumber=1&uploadId=x"])
      assert.deepEqual([(await preflight(headers, target)).status, (await preflight({ ...headers, origin: "https://other" }, target)).code], [200, "AccessForbidden"], target);
  });

  it("marks actual answers, refusals too, and no others", async () => {
    await ask("PUT", "/shared?cors", one);
    const origin = "https://a.test";
    for (const [answer, status] of [
      [await ask("GET", "/shared/a", undefined, { origin }, null), 200],
      [await ask("PUT", "/shared/b", "1", { origin }), 200],
      [await ask("PUT", "/shared/b", "1", { origin }, alt), 403],
      [await ask("GET", "/shared/none", undefined, { origin }), 404],
      [await ask("GET", "/shared/a?unheard", undefined, { origin }), 200],
    ] as const) {
      assert.deepEqual(
        [answer.status, answer.headers.get("access-control-allow-origin"), answer.headers.get("access-control-expose-headers"), answer.headers.get("vary")],
        [status, origin, "ETag, x-amz-meta-a", varying],
      );
    }
    const others: Record<string, string>[] = [{}, { origin: "https://other" }];
    for (const headers of others) assert.equal((await ask("GET", "/shared/a", undefined, headers)).headers.get("access-control-allow-origin"), undefined);
    assert.equal((await ask("DELETE", "/shared/b", undefined, { origin })).headers.get("access-control-allow-origin"), undefined);
  });
});
