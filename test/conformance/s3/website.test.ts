import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { alt, openWorld, type World } from "../helper.ts";

let world: World;
const ask = (method: string, target: string, body?: string, headers: Record<string, string> = {}, as: typeof alt | null | undefined = undefined) =>
  world.ask({ method, target, headers, ...(body === undefined ? {} : { body }), ...(as === undefined ? {} : { as }) });
/** As a visitor: no signature, the website's host. */
const visit = (target: string, headers: Record<string, string> = {}, method = "GET", host = "site.website.localhost:9000") =>
  world.ask({ method, target, headers, as: null, host, door: "website" });
before(async () => {
  world = await openWorld();
});
after(() => world.close());

const configuration = (inner: string): string => `<WebsiteConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inner}</WebsiteConfiguration>`;
const index = "<IndexDocument><Suffix>index.html</Suffix></IndexDocument>";
const rules = (...each: string[]): string => `<RoutingRules>${each.map((rule) => `<RoutingRule>${rule}</RoutingRule>`).join("")}</RoutingRules>`;
const put = (inner: string, bucket = "site") => ask("PUT", `/${bucket}?website`, configuration(inner));
const page = (key: string, body: string, headers: Record<string, string> = {}) =>
  ask("PUT", `/site/${key}`, body, { "x-amz-acl": "public-read", "content-type": "text/html", ...headers });

describe("Bucket website", () => {
  before(() => ask("PUT", "/conf"));

  it("is absent, put, read back as written, and removed", async () => {
    const absent = await ask("GET", "/conf?website");
    assert.deepEqual([absent.status, absent.code], [404, "NoSuchWebsiteConfiguration"]);
    const document = configuration(`${index}<ErrorDocument><Key>e.html</Key></ErrorDocument>`);
    assert.equal((await ask("PUT", "/conf?website", document)).status, 200);
    const read = await ask("GET", "/conf?website");
    assert.deepEqual([read.status, read.text, read.headers.get("content-type")], [200, document, "application/xml"]);
    for (const method of ["GET", "DELETE"]) assert.equal((await ask(method, "/conf?website", undefined, {}, alt)).code, "AccessDenied");
    assert.equal((await ask("PUT", "/conf?website", document, {}, alt)).code, "AccessDenied");
    assert.equal((await ask("DELETE", "/conf?website")).status, 204);
    assert.equal((await ask("DELETE", "/conf?website")).status, 204);
    assert.equal((await ask("GET", "/conf?website")).code, "NoSuchWebsiteConfiguration");
  });

  it("refuses what no website can be, and keeps what was there", async () => {
    await put(index, "conf");
    const redirect = "<Redirect><HostName>a.test</HostName></Redirect>";
    const cases: [inner: string, code: string, message?: RegExp][] = [
      ["", "InvalidArgument", /Suffix must be provided/],
      ["<IndexDocument/>", "MalformedXML"],
      ["<IndexDocument><Suffix></Suffix></IndexDocument>", "InvalidArgument", /not well formed/],
      ["<IndexDocument><Suffix>a/b</Suffix></IndexDocument>", "InvalidArgument", /not well formed/],
      [`${index}${index}`, "MalformedXML"],
      [`${index}<Other/>`, "MalformedXML"],
      [`${index}<ErrorDocument><Key></Key></ErrorDocument>`, "MalformedXML"],
      [`${index}<RoutingRules/>`, "MalformedXML"],
      [index + rules("<Condition><KeyPrefixEquals>a</KeyPrefixEquals></Condition>"), "MalformedXML"],
      [index + rules("<Redirect/>"), "MalformedXML"],
      [index + rules(`<Condition/>${redirect}`), "InvalidRequest", /Condition cannot be empty/],
      [index + rules("<Redirect><ReplaceKeyWith>a</ReplaceKeyWith><ReplaceKeyPrefixWith>b</ReplaceKeyPrefixWith></Redirect>"), "InvalidRequest", /not both/],
      [index + rules("<Redirect><HttpRedirectCode>300</HttpRedirectCode></Redirect>"), "InvalidRequest", /redirect code \(300\)/],
      [index + rules("<Redirect><HttpRedirectCode>200</HttpRedirectCode></Redirect>"), "InvalidRequest", /redirect code/],
      [index + rules("<Redirect><Protocol>ftp</Protocol></Redirect>"), "InvalidRequest", /Invalid protocol/],
      [index + rules("<Redirect><HostName>a b</HostName></Redirect>"), "InvalidArgument"],
      [index + rules(`<Condition><HttpErrorCodeReturnedEquals>301</HttpErrorCodeReturnedEquals></Condition>${redirect}`), "InvalidRequest", /4XX or 5XX/],
      [index + rules(...Array.from({ length: 51 }, () => redirect)), "InvalidRequest", /50/],
      [`<RedirectAllRequestsTo><HostName>a.test</HostName></RedirectAllRequestsTo>${index}`, "InvalidArgument", /in conjunction/],
      ["<RedirectAllRequestsTo><Protocol>https</Protocol></RedirectAllRequestsTo>", "MalformedXML"],
      ["<RedirectAllRequestsTo><HostName>a.test</HostName><Protocol>gopher</Protocol></RedirectAllRequestsTo>", "InvalidRequest"],
    ];
    for (const [inner, code, message = /./] of cases) {
      const answer = await put(inner, "conf");
      assert.deepEqual([inner, answer.status, answer.code], [inner, 400, code]);
      assert.match(answer.message ?? "", message, inner);
    }
    for (const body of ["", "<Other/>", "no xml", `<!DOCTYPE a><WebsiteConfiguration>${index}</WebsiteConfiguration>`])
      assert.equal((await ask("PUT", "/conf?website", body)).code, "MalformedXML", body);
    assert.equal((await ask("GET", "/conf?website")).text, configuration(index));
    assert.equal((await put(index + rules(...Array.from({ length: 50 }, () => redirect)), "conf")).status, 200);
  });

  it("goes with its bucket", async () => {
    await ask("PUT", "/gone");
    await put(index, "gone");
    await ask("DELETE", "/gone");
    await ask("PUT", "/gone");
    assert.equal((await ask("GET", "/gone?website")).code, "NoSuchWebsiteConfiguration");
  });
});

describe("A website", () => {
  before(async () => {
    await ask("PUT", "/site");
    await page("index.html", "<h1>home</h1>");
    await page("docs/index.html", "docs");
    await page("a%20b/index.html", "blank");
    await page("oops.html", "oops");
    await page("plain.txt", "0123456789", { "content-type": "text/plain", "x-amz-meta-a": "b" });
    await ask("PUT", "/site/secret", "s");
    await put(index);
  });

  it("shows the index of each folder, and objects with their headers", async () => {
    for (const [target, body] of [
      ["/", "<h1>home</h1>"],
      ["/docs/", "docs"],
      ["/a%20b/", "blank"],
      ["/docs/index.html", "docs"],
    ] as const) {
      const shown = await visit(target);
      assert.deepEqual([target, shown.status, shown.text, shown.headers.get("content-type")], [target, 200, body, "text/html"]);
    }
    const plain = await visit("/plain.txt?versionId=7&response-content-type=a%2Fb&acl");
    assert.deepEqual([plain.status, plain.text, plain.headers.get("content-type"), plain.headers.get("x-amz-meta-a")], [200, "0123456789", "text/plain", "b"]);
    const etag = plain.headers.get("etag") ?? "";
    assert.equal((await visit("/plain.txt", { "if-none-match": etag })).status, 304);
    const part = await visit("/plain.txt", { range: "bytes=2-4" });
    assert.deepEqual([part.status, part.text, part.headers.get("content-range")], [206, "234", "bytes 2-4/10"]);
    const head = await visit("/plain.txt", {}, "HEAD");
    assert.deepEqual([head.status, head.text, head.headers.get("content-length")], [200, "", "10"]);
  });

  it("sends who forgot the slash of a folder to it", async () => {
    for (const [target, location] of [
      ["/docs", "/docs/"],
      ["/a%20b", "/a%20b/"],
    ] as const) {
      const sent = await visit(target);
      assert.deepEqual([sent.status, sent.headers.get("location"), sent.headers.get("x-amz-error-code")], [302, location, "Found"]);
    }
    await page("/evil.test/index.html", "x");
    assert.equal((await visit("//evil.test")).headers.get("location"), "/%2Fevil.test/", "never another host");
  });

  it("says in HTML what is wrong: missing, forbidden, no website, no bucket, other methods", async () => {
    await ask("PUT", "/open", undefined, { "x-amz-acl": "public-read" });
    await put(index, "open");
    const missing = await visit("/x%3Cy", {}, "GET", "open.website.localhost");
    assert.equal(missing.status, 404);
    assert.equal(missing.headers.get("content-type"), "text/html; charset=utf-8");
    assert.equal(missing.headers.get("x-amz-error-code"), "NoSuchKey");
    assert.match(missing.text, /^<html>\n<head><title>404 Not Found<\/title><\/head>\n<body>\n<h1>404 Not Found<\/h1>\n<ul>\n<li>Code: NoSuchKey<\/li>/);
    assert.match(missing.text, /<li>Key: x&lt;y<\/li>\n<li>RequestId: [0-9A-F]{16}<\/li>\n<li>HostId: /);
    const head = await visit("/nothing", {}, "HEAD", "open.website.localhost");
    assert.deepEqual([head.status, head.text, head.headers.get("x-amz-error-code")], [404, "", "NoSuchKey"]);
    // Who may not list is not told what is there.
    for (const target of ["/secret", "/nothing"]) {
      const denied = await visit(target);
      assert.deepEqual([denied.status, denied.headers.get("x-amz-error-code")], [403, "AccessDenied"]);
      assert.match(denied.text, /<h1>403 Forbidden<\/h1>/);
    }
    await ask("PUT", "/bare");
    const bare = await visit("/", {}, "GET", "bare.website.localhost");
    assert.deepEqual([bare.status, bare.headers.get("x-amz-error-code")], [404, "NoSuchWebsiteConfiguration"]);
    const none = await visit("/", {}, "GET", "nobody.website.localhost");
    assert.deepEqual([none.status, none.headers.get("x-amz-error-code")], [404, "NoSuchBucket"]);
    for (const method of ["PUT", "POST", "DELETE"]) {
      const other = await visit("/index.html", {}, method);
      assert.deepEqual([other.status, other.headers.get("x-amz-error-code"), other.headers.get("allow")], [405, "MethodNotAllowed", "GET, HEAD, OPTIONS"]);
    }
    assert.equal((await visit("/%ff")).status, 400);
    assert.equal((await visit("/index.html")).text, "<h1>home</h1>", "still there");
  });

  it("shows the error page under the error's own status, or says why it cannot", async () => {
    await put(`${index}<ErrorDocument><Key>oops.html</Key></ErrorDocument>`);
    const shown = await visit("/secret", { range: "bytes=0-0" });
    assert.deepEqual([shown.status, shown.text, shown.headers.get("content-type"), shown.headers.get("x-amz-error-code")], [403, "oops", "text/html", "AccessDenied"]);
    const head = await visit("/secret", {}, "HEAD");
    assert.deepEqual([head.status, head.headers.get("content-length")], [403, "4"]);
    await put(`${index}<ErrorDocument><Key>secret</Key></ErrorDocument>`);
    const hidden = await visit("/nothing");
    assert.equal(hidden.status, 403);
    assert.match(hidden.text, /<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document<\/h3>\n<ul>\n<li>Code: AccessDenied<\/li>/);
  });

  it("sends everything elsewhere where it is told to", async () => {
    await put("<RedirectAllRequestsTo><HostName>other.test</HostName></RedirectAllRequestsTo>");
    const sent = await visit("/a%20b/c");
    assert.deepEqual([sent.status, sent.headers.get("location"), sent.text], [301, "http://other.test/a%20b/c", ""]);
    await put("<RedirectAllRequestsTo><HostName>other.test</HostName><Protocol>https</Protocol></RedirectAllRequestsTo>");
    assert.equal((await visit("/")).headers.get("location"), "https://other.test/");
  });

  it("follows routing rules: by prefix before it reads, by status after", async () => {
    await put(
      index +
        rules(
          "<Condition><KeyPrefixEquals>docs/</KeyPrefixEquals></Condition><Redirect><ReplaceKeyPrefixWith>documents/</ReplaceKeyPrefixWith></Redirect>",
          "<Condition><KeyPrefixEquals>images/</KeyPrefixEquals></Condition><Redirect><HostName>img.test:8080</HostName><Protocol>https</Protocol><HttpRedirectCode>307</HttpRedirectCode><ReplaceKeyWith>all.html?x=1</ReplaceKeyWith></Redirect>",
          "<Condition><KeyPrefixEquals>app/</KeyPrefixEquals><HttpErrorCodeReturnedEquals>403</HttpErrorCodeReturnedEquals></Condition><Redirect><ReplaceKeyPrefixWith>#!/</ReplaceKeyPrefixWith></Redirect>",
          "<Condition><HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals></Condition><Redirect><ReplaceKeyWith>never</ReplaceKeyWith></Redirect>",
        ),
    );
    const to = async (target: string) => {
      const { status, headers } = await visit(target);
      return [status, headers.get("location")];
    };
    assert.deepEqual(await to("/docs/a%20b"), [301, "http://site.website.localhost:9000/documents/a%20b"]);
    assert.deepEqual(await to("/docs/index.html"), [301, "http://site.website.localhost:9000/documents/index.html"], "though it is there");
    assert.deepEqual(await to("/images/x"), [307, "https://img.test:8080/all.html?x=1"]);
    assert.deepEqual(await to("/app/user/1"), [301, "http://site.website.localhost:9000/#!/user/1"]);
    assert.deepEqual(await to("/other"), [403, undefined], "a missing key is a refused one to who may not list");
    await page("app/there", "x");
    assert.deepEqual(await to("/app/there"), [200, undefined]);
  });

  it("is told by its objects where to go, and only there", async () => {
    await put(index);
    for (const [location, code] of [
      ["ftp://x", "InvalidRedirectLocation"],
      ["relative", "InvalidRedirectLocation"],
      [`/${"x".repeat(2048)}`, "InvalidRedirectLocation"],
    ] as const)
      assert.deepEqual([(await page("moved", "x", { "x-amz-website-redirect-location": location })).code, location], [code, location]);
    await page("moved", "x", { "x-amz-website-redirect-location": "/docs/" });
    const sent = await visit("/moved");
    assert.deepEqual([sent.status, sent.headers.get("location"), sent.text], [301, "/docs/", ""]);
    const read = await ask("GET", "/site/moved");
    assert.deepEqual([read.status, read.text, read.headers.get("x-amz-website-redirect-location")], [200, "x", "/docs/"]);
    // A copy does not take it along, and may be given its own.
    await ask("PUT", "/site/copy", undefined, { "x-amz-copy-source": "/site/moved", "x-amz-acl": "public-read" });
    const copied = await ask("HEAD", "/site/copy");
    assert.deepEqual([copied.headers.get("x-amz-website-redirect-location"), copied.headers.get("content-type")], [undefined, "text/html"]);
    assert.equal((await visit("/copy")).text, "x");
    await ask("PUT", "/site/copy", undefined, { "x-amz-copy-source": "/site/copy", "x-amz-acl": "public-read", "x-amz-website-redirect-location": "https://a.test/" });
    assert.equal((await visit("/copy")).headers.get("location"), "https://a.test/");
    const created = await ask("POST", "/site/parts?uploads", undefined, { "x-amz-website-redirect-location": "/docs/", "x-amz-acl": "public-read" });
    const id = /<UploadId>(.*?)</.exec(created.text)?.[1] ?? "";
    const { headers } = await ask("PUT", `/site/parts?partNumber=1&uploadId=${id}`, "p");
    const parts = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${headers.get("etag")}</ETag></Part></CompleteMultipartUpload>`;
    assert.equal((await ask("POST", `/site/parts?uploadId=${id}`, parts)).status, 200);
    assert.equal((await visit("/parts")).headers.get("location"), "/docs/");
  });

  it("tells other origins what the bucket's rules allow", async () => {
    await put(index);
    await ask("PUT", "/site?cors", "<CORSConfiguration><CORSRule><AllowedOrigin>https://a.test</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>");
    const shown = await visit("/", { origin: "https://a.test" });
    assert.equal(shown.headers.get("access-control-allow-origin"), "https://a.test");
    const asked = await visit("/", { origin: "https://a.test", "access-control-request-method": "GET" }, "OPTIONS");
    assert.deepEqual([asked.status, asked.headers.get("access-control-allow-methods")], [200, "GET"]);
    assert.equal((await visit("/", { origin: "https://b.test", "access-control-request-method": "GET" }, "OPTIONS")).status, 403);
  });
});
