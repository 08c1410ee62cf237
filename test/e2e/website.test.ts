/** Websites as a browser's network stack meets them: curl, the real server, both ways to reach one. */
import assert from "node:assert/strict";
import net from "node:net";
import { after, before, describe, it } from "node:test";
import { must, run } from "../support/run.ts";
import { main, type Server, startServer } from "../support/server.ts";

/** A port that was free a moment ago. */
const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = net.createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as net.AddressInfo;
      probe.close(() => resolve(port));
    });
  });

describe("website hosting", () => {
  let server: Server;
  let websitePort: number;
  const curl = (...args: string[]): Promise<string> => must("curl", ["-s", "--max-time", "20", ...args]);
  const signed = (...args: string[]): Promise<string> =>
    curl(
      "--fail-with-body",
      "--user",
      `${main.accessKeyId}:${main.secretAccessKey}`,
      "--aws-sigv4",
      "aws:amz:us-east-1:s3",
      "-H",
      "x-amz-content-sha256: UNSIGNED-PAYLOAD",
      ...args,
    );
  const put = (key: string, text: string): Promise<string> =>
    signed("-X", "PUT", "-H", "x-amz-acl: public-read", "-H", "Content-Type: text/html", "--data-binary", text, `${server.endpoint}/site/${key}`);
  const configure = (inner: string): Promise<string> =>
    signed("-X", "PUT", "--data-binary", `<WebsiteConfiguration>${inner}</WebsiteConfiguration>`, `${server.endpoint}/site?website=`);

  before(async () => {
    websitePort = await freePort();
    server = await startServer({ args: ["--website-domain", "pages.example.com", "--website-port", String(websitePort), "--workers", "2"] });
    await signed("-X", "PUT", "-H", "x-amz-acl: public-read", `${server.endpoint}/site`);
    await put("index.html", "home");
    await put("docs/index.html", "docs");
    await put("404.html", "nothing here");
    await configure(
      "<IndexDocument><Suffix>index.html</Suffix></IndexDocument><ErrorDocument><Key>404.html</Key></ErrorDocument><RoutingRules><RoutingRule><Condition><KeyPrefixEquals>old/</KeyPrefixEquals></Condition><Redirect><ReplaceKeyPrefixWith>docs/</ReplaceKeyPrefixWith></Redirect></RoutingRule></RoutingRules>",
    );
  });
  after(() => server.stop());

  const hosts = (): [what: string, host: string, port: number][] => [
    ["the host under localhost", "site.website.localhost", server.port],
    ["the host under --domain", "site.s3-website.s3.localhost", server.port],
    ["the host under --website-domain", "site.pages.example.com", server.port],
    ["the port of its own, the bucket's name as host", "site", websitePort],
    ["the port of its own, a website host", "site.pages.example.com", websitePort],
  ];
  it("shows pages, folders, error pages and redirects under every name", async () => {
    for (const [what, host, port] of hosts()) {
      const to = ["--resolve", `${host}:${port}:127.0.0.1`];
      const at = `http://${host}:${port}`;
      const told = "%{http_code} %{redirect_url}";
      assert.equal(await curl(...to, `${at}/`), "home", what);
      assert.equal(await curl(...to, "-w", " %{http_code} %{content_type}", `${at}/docs/`), "docs 200 text/html", what);
      assert.equal(await curl(...to, "-o", "/dev/null", "-w", told, `${at}/docs`), `302 ${at}/docs/`, what);
      assert.equal(await curl(...to, "-L", "-w", " %{num_redirects}", `${at}/old/`), "docs 1", what);
      assert.equal(await curl(...to, "-w", " %{http_code}", `${at}/nowhere`), "nothing here 404", what);
      assert.match(await curl(...to, "-I", `${at}/nowhere`), /^HTTP\/1\.1 404 [\s\S]*x-amz-error-code: NoSuchKey/i, what);
      assert.match(await curl(...to, "-X", "DELETE", `${at}/index.html`), /^<html>[\s\S]*Code: MethodNotAllowed/, what);
    }
    assert.equal(await curl(`${server.endpoint}/site/index.html`), "home", "and still through the API");
  });

  it("serves no API on the port of its own", async () => {
    const signedThere = await run("curl", [
      "-s",
      "--user",
      `${main.accessKeyId}:${main.secretAccessKey}`,
      "--aws-sigv4",
      "aws:amz:us-east-1:s3",
      `http://127.0.0.1:${websitePort}/site`,
    ]);
    assert.match(signedThere.stdout, /<li>Code: NoSuchBucket<\/li>/);
    assert.match(await curl(`http://127.0.0.1:${websitePort}/-/healthz`), /NoSuchBucket/);
  });
});
