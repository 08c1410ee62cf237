/** Callbacks of uploads, against a receiver on this machine that is asked what it saw: what was sent, that the signature holds, and what each failure becomes. */
import assert from "node:assert/strict";
import { createHmac, createVerify, generateKeyPairSync } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { parseCallbackAllow } from "../../../src/config/callbacks.ts";
import { callbackKeyOf } from "../../../src/server/callback-key.ts";
import { callbackLimits, createCallbackSender } from "../../../src/server/callbacks.ts";
import { type Answer, type Ask, main, openWorld, type World } from "./helper.ts";

type Seen = { url: string; headers: IncomingHttpHeaders; body: string };
const seen: Seen[] = [];
const answers: Record<string, RequestListener> = {
  "/ok": (_request, response) => {
    const body = '{"Status":"OK"}';
    response.writeHead(200, { "content-type": "application/json", "content-length": body.length }).end(body);
  },
  "/moved": (_request, response) => void response.writeHead(301, { location: "/ok", "content-length": 0 }).end(),
  "/text": (_request, response) => void response.writeHead(200, { "content-length": 5 }).end("hello"),
  "/chunked": (_request, response) => {
    response.writeHead(200);
    response.write("{");
    response.end("}");
  },
  "/long": (_request, response) => void response.writeHead(200, { "content-length": 2_000 }).end(`"${"x".repeat(1_998)}"`),
  "/never": () => {},
  "/cut": (request) => void request.socket.destroy(),
};

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });
let world: World;
let receiver: Server;
let at: string;
before(async () => {
  receiver = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk));
    request.on("end", () => {
      seen.push({ url: request.url ?? "", headers: request.headers, body });
      answers[decodeURI((request.url ?? "").replace(/\?.*/, ""))]?.(request, response);
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  at = `127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  const limits = { ...callbackLimits, answerMsMax: 500, answerBytesMax: 1_000 };
  world = await openWorld({ callbacks: createCallbackSender({ key: callbackKeyOf(() => privateKey), allowed: parseCallbackAllow(["127.0.0.1/32"]) }, limits) });
  await world.ask({ method: "PUT", path: "/told/" });
});
after(async () => {
  receiver.closeAllConnections();
  receiver.close();
  await world.close();
});

const base64 = (value: unknown): string => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64");
// biome-ignore lint/suspicious/noTemplateCurlyInString: as callbacks write it
const plain = "bucket=${bucket}&object=${object}&etag=${etag}&size=${size}&type=${mimeType}&mine=${x:mine}&none=${imageInfo.width}";
const told = (path: string, more: object = {}) => base64({ callbackUrl: `${at}${path}`, callbackBody: plain, ...more });
const put = (key: string, callback: string | undefined, more: Partial<Ask> = {}) =>
  world.ask({
    method: "PUT",
    path: `/told/${key}`,
    body: "hello",
    headers: { "content-type": "text/plain", ...(callback === undefined ? {} : { "x-oss-callback": callback }) },
    ...more,
  });
const helloEtag = "5D41402ABC4B2A76B9719D911017C592";
const exists = async (key: string): Promise<boolean> => (await world.ask({ method: "HEAD", path: `/told/${key}` })).status === 200;
const last = (): Seen => seen.at(-1) as Seen;

function assertSigned({ url, headers, body }: Seen): void {
  const [path = "", query] = url.split(/\?(.*)/s);
  const text = `${decodeURIComponent(path)}${query === undefined ? "" : `?${query}`}\n${body}`;
  assert.ok(
    createVerify("RSA-MD5")
      .update(text)
      .verify(publicKey, headers.authorization ?? "", "base64"),
    "the callback's signature does not hold",
  );
  assert.equal(Buffer.from(headers["x-oss-pub-key-url"] as string, "base64").toString(), "http://127.0.0.1:9000/-/callback-key.pem");
}

test("PutObject calls back with the variables filled in, signed, and hands the answer to the client", async () => {
  const answer = await put(encodeURI("a b/ü"), told("/ok"), {
    headers: { "content-type": "text/plain", "x-oss-callback": told("/ok"), "x-oss-callback-var": base64({ "x:mine": "a&b=ü" }) },
  });
  assert.deepEqual([answer.status, answer.text, answer.headers.get("etag"), answer.headers.get("content-type")], [200, '{"Status":"OK"}', `"${helloEtag}"`, "application/json"]);
  const request = last();
  assert.equal(request.body, `bucket=told&object=${encodeURIComponent("a b/ü")}&etag=${helloEtag}&size=5&type=text%2Fplain&mine=a%26b%3D%C3%BC&none=`);
  assert.deepEqual([request.headers["content-type"], request.headers.host, request.headers["x-oss-bucket"]], ["application/x-www-form-urlencoded", at, "told"]);
  assertSigned(request);
});

test("as JSON, with another host, headers of its own, and a path and a query that are signed decoded and as they are", async () => {
  const callback = {
    callbackUrl: `http://${at}/%6Fk?a=%20b`,
    callbackHost: "app.example.com",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as callbacks write it
    callbackBody: '{"object":${object},"size":${size},"mine":${x:mine},"crc":${crc64},"md5":${contentMd5},"op":${operation},"ip":${clientIp},"id":${reqId}}',
    callbackBodyType: "application/json",
    additionalHeaders: { "X-Own": "yes" },
  };
  const answer = await world.ask({
    method: "PUT",
    path: '/told/q"q',
    body: "hello",
    headers: { "x-oss-callback": base64(callback), "x-oss-callback-var": base64({ "x:mine": 'a"b' }) },
  });
  assert.equal(answer.text, '{"Status":"OK"}');
  const request = last();
  const id = answer.headers.get("x-oss-request-id");
  assert.deepEqual(JSON.parse(request.body), {
    object: 'q"q',
    size: 5,
    mine: 'a"b',
    crc: answer.headers.get("x-oss-hash-crc64ecma"),
    md5: answer.headers.get("content-md5"),
    op: "PutObject",
    ip: "127.0.0.1",
    id,
  });
  assert.deepEqual([request.headers.host, request.headers["x-own"], request.headers["content-type"]], ["app.example.com", "yes", "application/json"]);
  assertSigned(request);
});

for (const scheme of ["v1", "v4", "v1-url", "v4-url"] as const) {
  test(`${scheme}: the callback as parameters of the URL is under the signature`, async () => {
    const ask: Ask = {
      method: "PUT",
      path: `/told/by-${scheme}`,
      query: { callback: told("/ok"), "callback-var": base64({ "x:mine": scheme }) },
      body: "hello",
      scheme,
      headers: { "content-type": "text/plain" },
    };
    assert.deepEqual([(await world.ask(ask)).text, /mine=([^&]*)/.exec(last().body)?.[1]], ['{"Status":"OK"}', scheme]);
    const changed = await world.ask({
      ...ask,
      path: `/told/not-${scheme}`,
      tamper: (request) => (request.rawQuery = request.rawQuery.replace(/callback-var=[^&]*/, `callback-var=${base64({})}`)),
    });
    assert.deepEqual([changed.status, changed.code, await exists(`not-${scheme}`)], [403, "SignatureDoesNotMatch", false]);
  });
}

test("CompleteMultipartUpload calls back about the whole object", async () => {
  const path = "/told/parts";
  const uploadId = /<UploadId>([^<]*)/.exec((await world.ask({ method: "POST", path, query: { uploads: "" } })).text)?.[1] ?? "";
  const part = await world.ask({ method: "PUT", path, query: { partNumber: "1", uploadId }, body: "hello" });
  const body = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${part.headers.get("etag")}</ETag></Part></CompleteMultipartUpload>`;
  const answer = await world.ask({ method: "POST", path, query: { uploadId }, headers: { "x-oss-callback": told("/ok") }, body });
  assert.deepEqual([answer.status, answer.text], [200, '{"Status":"OK"}']);
  assert.match(last().body, /object=parts&etag=[0-9A-F]{32}-1&size=5&/);
});

test("PostObject calls back; its variables are fields of the form", async () => {
  const policy = base64({ expiration: "2026-11-21T12:10:00.000Z", conditions: [{ bucket: "told" }] });
  const fields = [
    ["key", "posted"],
    ["OSSAccessKeyId", main.id],
    ["policy", policy],
    ["Signature", createHmac("sha1", main.secret).update(policy).digest("base64")],
    ["callback", told("/ok")],
    ["x:mine", "of the form"],
  ];
  const parts = fields.map(([name, value]) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`).join("");
  const body = `${parts}--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nhello\r\n--b--\r\n`;
  const answer = await world.ask({ method: "POST", path: "/told/", as: null, headers: { "content-type": "multipart/form-data; boundary=b" }, body });
  assert.deepEqual([answer.status, answer.text], [200, '{"Status":"OK"}']);
  assert.match(last().body, /object=posted&.*&mine=of%20the%20form&/);
});

const failure = (answer: Answer): unknown[] => [answer.status, answer.code, /<Message>([^<]*)/.exec(answer.text)?.[1], answer.headers.get("x-oss-ec")];
test("what is not answered as it must be is 203 CallbackFailed, and the object stays", async () => {
  const cases: [path: string, message: string, ec: string][] = [
    ["/moved", "Error status : 301.", "0007-00000203"],
    ["/cut", "Error status : -1.OSS can not connect to your callbackUrl, please check it.", "0007-00000203"],
    ["/text", "Response body is not valid json format.", "0007-00000205"],
    ["/chunked", "Error status : 400.User server return too long content-length value.", "0007-00000203"],
    ["/long", "Error status : 400.User server return too long content-length value.", "0007-00000203"],
    ["/never", "Cost too long time.", "0007-00000202"],
  ];
  for (const [path, message, ec] of cases) {
    const key = `failed${path}`;
    const answer = await put(key, told(path));
    assert.deepEqual(failure(answer), [203, "CallbackFailed", message, ec], path);
    assert.deepEqual([answer.headers.get("etag"), await exists(key)], [`"${helloEtag}"`, true], path);
  }
  assert.equal(seen.filter(({ url }) => url === "/moved").length, 1, "a redirect was followed, or a callback repeated");
});

test("of several addresses the first that answers well is the last that is asked", async () => {
  const before = seen.length;
  const callback = base64({ callbackUrl: `${at}/moved;http://127.0.0.1:1/; ${at}/ok;${at}/text`, callbackBody: plain });
  assert.equal((await put("several", callback)).text, '{"Status":"OK"}');
  assert.deepEqual(
    seen.slice(before).map(({ url }) => url),
    ["/moved", "/ok"],
  );
});

test("private addresses are refused as they stand, in every spelling, and as what a name turns out to be", async () => {
  for (const host of [
    "127.0.0.2",
    "10.0.0.1",
    "169.254.169.254",
    "[::1]",
    "[fe80::1]",
    "[::ffff:10.0.0.1]",
    "0x7f.2",
    "2130706434",
    "192.168.1.1",
    "0.0.0.0",
    "[64:ff9b::a00:1]",
  ]) {
    const answer = await put("never", base64({ callbackUrl: `http://${host}/ok`, callbackBody: plain }));
    assert.deepEqual(failure(answer), [400, "InvalidArgument", "Private address is forbidden to callback.", "0007-00000008"], host);
  }
  assert.equal(await exists("never"), false);
  const strict = await openWorld({ callbacks: createCallbackSender({ key: callbackKeyOf(() => privateKey), allowed: [] }) });
  const before = seen.length;
  await strict.ask({ method: "PUT", path: "/told/" });
  const named = base64({ callbackUrl: `http://localhost:${at.split(":")[1]}/ok`, callbackBody: plain });
  const answer = await strict.ask({ method: "PUT", path: "/told/named", headers: { "x-oss-callback": named }, body: "hello" });
  await strict.close();
  assert.deepEqual([answer.status, answer.code, seen.length], [203, "CallbackFailed", before]);
});

test("a callback that is none is refused before anything is stored", async () => {
  const good = { callbackUrl: `${at}/ok`, callbackBody: plain };
  const cases: [callback: string, ec: string | undefined, why?: RegExp][] = [
    ["x123-*&", "0007-00000002"],
    [base64("[1]"), undefined, /not json format/],
    [base64("{"), undefined, /not json format/],
    [base64({ ...good, callbackUrl: "www.callback-example.com:test" }), "0007-00000004"],
    [base64({ ...good, callbackUrl: "ftp://callback-example.com/" }), "0007-00000004"],
    [base64({ ...good, callbackUrl: Array(6).fill(`${at}/ok`).join(";") }), "0007-00000004"],
    [base64({ ...good, callbackHost: [1] }), "0007-00000009"],
    [base64({ ...good, callbackHost: "a\r\nb" }), "0007-00000009"],
    [base64({ callbackUrl: `${at}/ok`, callbackBody: "" }), "0007-00000011"],
    [base64({ callbackUrl: `${at}/ok` }), "0007-00000011"],
    [base64({ ...good, callbackBody: [1, 2] }), undefined],
    [base64({ ...good, callbackBodyType: 123 }), "0007-00000012"],
    [base64({ ...good, callbackBodyType: "image/jpg" }), undefined],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as callbacks write it
    [base64({ ...good, callbackBodyType: "application/json", callbackBody: "{size:${size}}" }), undefined, /not json format/],
    [base64({ ...good, additionalHeaders: { "x-oss-a": "1" } }), "0007-00000026"],
    [base64({ ...good, additionalHeaders: { Host: "h" } }), "0007-00000026"],
    [base64({ ...good, additionalHeaders: { a: "1\r\nb: 2" } }), "0007-00000025"],
  ];
  for (const [callback, ec, why] of cases) {
    const answer = await put("wrong", callback);
    assert.deepEqual([answer.status, answer.code, answer.headers.get("x-oss-ec")], [400, "InvalidArgument", ec], Buffer.from(callback, "base64").toString());
    if (why) assert.match(answer.text, why);
  }
  for (const [variables, ec] of [
    ["x123-*&", "0007-00000102"],
    [base64({ "x:mine": { a: 1 } }), undefined],
  ] as const) {
    const answer = await put("wrong", undefined, { headers: { "x-oss-callback": told("/ok"), "x-oss-callback-var": variables } });
    assert.deepEqual([answer.status, answer.code, answer.headers.get("x-oss-ec")], [400, "InvalidArgument", ec]);
  }
  const variables = base64({ mine: "1", other: { a: 1 } });
  assert.equal((await put("others", undefined, { headers: { "x-oss-callback": told("/ok"), "x-oss-callback-var": variables } })).status, 200, "names without x: stand for nothing");
  const both = await put("wrong", told("/ok"), { query: { callback: told("/ok") } });
  assert.deepEqual([both.code, both.headers.get("x-oss-ec")], ["InvalidArgument", "0007-00000027"]);
  assert.equal(await exists("wrong"), false);
  assert.equal((await put("quiet", base64({ callbackUrl: "", callbackBody: plain }))).text, "", "an empty callbackUrl is no callback");
});

test("operations without callbacks refuse them by name, as a header and as a parameter", async () => {
  await put("source", undefined);
  const copy = { method: "PUT", path: "/told/copied", headers: { "x-oss-copy-source": "/told/source" } };
  assert.equal((await world.ask({ ...copy, headers: { ...copy.headers, "x-oss-callback": told("/ok") } })).code, "NotImplemented");
  assert.equal((await world.ask({ ...copy, query: { callback: told("/ok") } })).code, "NotImplemented");
  assert.equal(
    (await world.ask({ method: "POST", path: "/told/appended", query: { append: "", position: "0" }, headers: { "x-oss-callback": told("/ok") }, body: "x" })).code,
    "NotImplemented",
  );
  assert.equal((await world.ask({ method: "DELETE", path: "/told/source", query: { callback: told("/ok") } })).code, "NotImplemented");
  assert.deepEqual([await exists("copied"), await exists("appended"), await exists("source")], [false, false, true]);
});
