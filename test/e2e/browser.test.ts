/** A page in a real browser: ali-oss's browser build, plain fetch and forms against the server, from another origin than the page's. */
import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type Server as HttpServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { nodeClients } from "../../tools/clients.ts";
import { browse, needsBrowser } from "../support/browser.ts";
import { type Door, openDoor } from "../support/doors.ts";
import { main, type Server, startServer } from "../support/server.ts";

const bucket = "from-a-browser";
const pageMsMax = 60_000;
const pattern = (size: number): Buffer => Buffer.from(Uint8Array.from({ length: size }, (_, at) => (at * 31 + (at >> 8)) & 255));
type Report = { step: string; failed?: string; [name: string]: unknown };

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}

describe("a page in a browser", needsBrowser(), () => {
  let server: Server;
  let door: Door;
  let pages: HttpServer;
  let origin: string;
  let steps: string[] = [];
  let reported: (report: Report) => void = () => undefined;
  const store = (): string => `http://127.0.0.1:${server.port}`;

  /** A form's fields, signed with V1. */
  function form(): { action: string; fields: Record<string, string> } {
    const conditions = [{ bucket }, ["starts-with", "$key", "forms/"], ["content-length-range", 1, 1_000_000]];
    const policy = Buffer.from(JSON.stringify({ expiration: new Date(Date.now() + 600_000).toISOString(), conditions })).toString("base64");
    const signature = createHmac("sha1", main.secretAccessKey).update(policy).digest("base64");
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as it stands in forms
    const fields = { key: "forms/${filename}", OSSAccessKeyId: main.accessKeyId, policy, signature, success_action_redirect: `${origin}/posted` };
    return { action: `${store()}/${bucket}/`, fields };
  }
  /** Signed with V1: a GET that needs no preflight. */
  function signed(key: string): string {
    const expires = Math.floor(Date.now() / 1000) + 600;
    const signature = createHmac("sha1", main.secretAccessKey).update(`GET\n\n\n${expires}\n/${bucket}/${key}`).digest("base64");
    return `${store()}/${bucket}/${key}?OSSAccessKeyId=${main.accessKeyId}&Expires=${expires}&Signature=${encodeURIComponent(signature)}`;
  }
  const settings = (): object => ({
    steps,
    signed: signed("seen"),
    form: form(),
    client: {
      region: "oss-cn-hangzhou",
      accessKeyId: main.accessKeyId,
      accessKeySecret: main.secretAccessKey,
      bucket,
      // ali-oss writes no bucket into the path of an address that is an IP's
      endpoint: `http://localhost:${server.port}`,
      sldEnable: true,
      authorizationV4: true,
      retryMax: 0,
    },
  });
  async function run(...wanted: string[]): Promise<Report> {
    steps = wanted;
    const report = await browse(`${origin}/`, new Promise<Report>((resolve) => (reported = resolve)), pageMsMax);
    assert.equal(report.failed, undefined, String(report.failed));
    assert.equal(report.step, "done");
    return report;
  }
  const stored = async (key: string): Promise<Buffer> => {
    const answer = await door.send({ method: "GET", bucket, key });
    assert.equal(answer.status, 200, key);
    return answer.body;
  };
  const sameBytes = (got: Buffer, wanted: Buffer): void => assert.equal(createHash("sha256").update(got).digest("hex"), createHash("sha256").update(wanted).digest("hex"));

  before(async () => {
    server = await startServer();
    door = openDoor("oss", server.port, main);
    assert.equal((await door.send({ method: "PUT", bucket })).status, 200);
    assert.equal((await door.send({ method: "PUT", bucket, key: "seen", body: "seen" })).status, 200);
    const served: Record<string, [type: string, body: () => string | Buffer]> = {
      "/": ["text/html", () => readFileSync(join(import.meta.dirname, "programs/browser_page.html"))],
      "/aliyun-oss-sdk.js": ["text/javascript", () => readFileSync(join(nodeClients, "node_modules/ali-oss/dist/aliyun-oss-sdk.js"))],
      "/settings": ["application/json", () => JSON.stringify(settings())],
      "/posted": ["text/html", () => "<!doctype html>"],
    };
    pages = createServer(async (request, response) => {
      if (request.method === "POST") reported(JSON.parse(await textOf(request)) as Report);
      const [type, body] = served[new URL(request.url ?? "/", origin).pathname] ?? ["text/plain", () => ""];
      response.writeHead(200, { "Content-Type": type }).end(body());
    });
    await new Promise<void>((resolve) => pages.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
  });
  after(async () => {
    pages?.closeAllConnections();
    pages?.close();
    door?.close();
    await server?.stop();
  });

  it("is refused everything by its browser while the bucket has no CORS rule for it", async () => {
    const report = await run("closed");
    assert.equal((report.read as { name: string }).name, "TypeError");
    assert.match((report.put as { name: string }).name, /RequestError|ConnectionTimeoutError|TypeError/);
    assert.equal((await door.send({ method: "GET", bucket, key: "closed" })).status, 404, "the preflight was refused, so nothing was sent");
  });

  it("puts, reads, lists, uploads in parts with a break between, and sees the headers that the rule exposes", async () => {
    const rule = ["<AllowedOrigin>", origin, "</AllowedOrigin>", ...["GET", "PUT", "POST", "HEAD", "DELETE"].map((method) => `<AllowedMethod>${method}</AllowedMethod>`)].join("");
    const shown = ["ETag", "x-oss-request-id"].map((name) => `<ExposeHeader>${name}</ExposeHeader>`).join("");
    const body = `<CORSConfiguration><CORSRule>${rule}<AllowedHeader>*</AllowedHeader>${shown}</CORSRule></CORSConfiguration>`;
    assert.equal((await door.send({ method: "PUT", bucket, query: { cors: undefined }, body })).status, 200);
    const report = await run("put", "multipart", "headers");
    assert.deepEqual([report.putStatus, report.sameBytes, report.multipartStatus], [200, true, 200]);
    assert.match(report.requestId as string, /^[0-9A-F]{24}$/);
    assert.deepEqual(report.listed, [["folder/文件 +&.bin", 1000]]);
    sameBytes(await stored("folder/文件 +&.bin"), pattern(1000));
    const [name, partsDone] = report.brokenOff as [string, number];
    assert.equal(name, "cancel");
    assert.ok(partsDone >= 2 && partsDone < 5, `${partsDone} parts were there when it went on`);
    sameBytes(await stored("large.bin"), pattern(5 * 1024 * 1024));
    assert.equal((await door.send({ method: "HEAD", bucket, key: "folder/文件 +&.bin" })).headers["x-oss-meta-who"], "browser");
    const { etag, "x-oss-request-id": requestId, "x-oss-hash-crc64ecma": crc } = report.shown as Record<string, string | null>;
    assert.match(etag ?? "", /^"[0-9A-F]{32}"$/);
    assert.match(requestId ?? "", /^[0-9A-F]{24}$/);
    assert.equal(crc, null, "not exposed by the rule");
    assert.equal(report.text, "seen");
    assert.match(server.log(), /"method":"OPTIONS"[^\n]*"status":200/, "preflights were asked and answered");
  });

  it("posts a form that leads back to the page, one by script, and a forged one in vain", async () => {
    const report = await run("form", "formByScript");
    const back = new URL(report.redirected as string);
    assert.deepEqual([back.origin, back.pathname, back.searchParams.get("key"), back.searchParams.get("bucket")], [origin, "/posted", "forms/form.bin", bucket]);
    sameBytes(await stored("forms/form.bin"), pattern(300_000));
    assert.deepEqual(report.formByScript, [204, true]);
    assert.equal((await stored("forms/script.bin")).toString(), "by script");
    assert.equal(report.formForged, 403);
  });
});
