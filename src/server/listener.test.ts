import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually, rawClient, readAll, testListener, text } from "./testing.ts";

const refused: [name: string, request: string, status: number][] = [
  ["two Host headers", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400],
  ["no Host header", "GET / HTTP/1.1\r\nX: y\r\n\r\n", 400],
  ["an empty Host header", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400],
  ["a Host header that is no host", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400],
  ["two Host headers on HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400],
  ["two Content-Length headers", "PUT /b/k HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", 400],
  ["a list as Content-Length", "PUT /b/k HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\nx", 400],
  ["a signed Content-Length", "PUT /b/k HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\nx", 400],
  ["two Authorization headers", "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: x\r\nAuthorization: y\r\n\r\n", 400],
  ["two Date headers", "GET / HTTP/1.1\r\nHost: a\r\nDate: x\r\nDate: y\r\n\r\n", 400],
  ["two Content-MD5 headers", "PUT /b/k HTTP/1.1\r\nHost: a\r\nContent-MD5: x\r\ncontent-md5: y\r\nContent-Length: 1\r\n\r\nx", 400],
  ["two x-amz-date headers", "GET / HTTP/1.1\r\nHost: a\r\nx-amz-date: x\r\nX-Amz-Date: y\r\n\r\n", 400],
  ["Content-Length with Transfer-Encoding", "PUT /b/k HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400],
  ["Transfer-Encoding with Content-Length", "PUT /b/k HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400],
  ["a Transfer-Encoding besides chunked", "PUT /b/k HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400],
  ["an unknown Transfer-Encoding", "PUT /b/k HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400],
  ["a folded header", "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n", 400],
  ["a blank before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400],
  ["bare line feeds", "GET / HTTP/1.1\nHost: a\n\n", 400],
  ["an absolute target with another host", "GET http://b/x HTTP/1.1\r\nHost: a\r\n\r\n", 400],
  ["a target with user information", "GET http://a@b/x HTTP/1.1\r\nHost: b\r\n\r\n", 400],
  ["a target without a slash", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 400],
  ["a fragment in the target", "GET /#x HTTP/1.1\r\nHost: a\r\n\r\n", 400],
  ["a query that is not UTF-8", "GET /?%ff HTTP/1.1\r\nHost: a\r\n\r\n", 400],
  ["an unknown method", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 400],
  ["another protocol", "\x16\x03\x01\x02\x00\x01\x00", 400],
  ["a target over its limit", `GET /${"a".repeat(16 * 1024)} HTTP/1.1\r\nHost: a\r\n\r\n`, 414],
  ["headers over their limit", `GET / HTTP/1.1\r\nHost: a\r\nX: ${"a".repeat(33 * 1024)}\r\n\r\n`, 431],
];

test("the listener refuses what can be read two ways, closes, and no dialect sees it", async (t) => {
  let handled = 0;
  const { port, close } = await testListener({ handle: async () => (handled++, text(200, "ok")) });
  t.after(close);
  for (const [name, request, status] of refused) {
    await t.test(name, async () => {
      const client = await rawClient(port);
      client.send(request);
      const answer = await client.closed();
      assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `));
      assert.equal(answer.split("HTTP/1.1 ").length, 2, "one answer");
      assert.match(answer, /\r\nConnection: close\r\n/i);
      assert.equal(handled, 0);
    });
  }
});

test("the listener takes what is merely unusual", async (t) => {
  const seen: { path: string; host: string; header: string | undefined }[] = [];
  const { port, close } = await testListener({
    handle: async (request) => {
      seen.push({ path: `${request.rawPath}?${request.rawQuery}`, host: request.host, header: request.headers["x-a"] });
      assert.equal(Object.getPrototypeOf(request.headers), null);
      return text(200, "ok");
    },
  });
  t.after(close);
  const requests: [string, (typeof seen)[number]][] = [
    ["GET http://A:80/x/../%2e?b=1&c HTTP/1.1\r\nHost: a:80\r\n\r\n", { path: "/x/../%2e?b=1&c", host: "a", header: undefined }],
    ["GET http://a?b HTTP/1.1\r\nHost: a\r\n\r\n", { path: "/?b", host: "a", header: undefined }],
    ["GET //a//b HTTP/1.1\r\nHost: [::1]:9000\r\nX-A: 1\r\nx-a: 2\r\n\r\n", { path: "//a//b?", host: "[::1]", header: "1, 2" }],
    ["GET / HTTP/1.1\r\nHost: my_bucket.a\r\n__proto__: x\r\nconstructor: y\r\n\r\n", { path: "/?", host: "my_bucket.a", header: undefined }],
  ];
  for (const [request, expected] of requests) {
    const client = await rawClient(port);
    client.send(request);
    await client.until(/ok\n?$/);
    assert.deepEqual(seen.pop(), expected);
    client.socket.destroy();
  }
});

test("100 Continue goes out when the body is first read, not before", async (t) => {
  const order: string[] = [];
  let readNow = (): void => {};
  const { port, close } = await testListener({
    handle: async (request) => {
      assert.equal(request.expectsContinue, true);
      await new Promise<void>((resolve) => (readNow = resolve));
      order.push("verified");
      const body = await readAll(request);
      return text(200, `got ${body.length}`);
    },
  });
  t.after(close);
  const client = await rawClient(port);
  client.send("PUT /b/k HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(client.received(), "");
  readNow();
  await client.until(/100 Continue\r\n\r\n/);
  order.push("continued");
  client.send("hello");
  assert.match(await client.until(/got 5/), /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
  assert.deepEqual(order, ["verified", "continued"]);
});

test("a refused request that waits for 100 Continue never gets it, and the connection closes", async (t) => {
  const { port, close } = await testListener({ handle: async () => text(403, "no") });
  t.after(close);
  const client = await rawClient(port);
  client.send("PUT /b/k HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  const answer = await client.closed();
  assert.match(answer, /^HTTP\/1\.1 403 /);
  assert.match(answer, /\r\nConnection: close\r\n/);
});

test("a small unread body is read away and the connection goes on; a large one closes it after the answer", async (t) => {
  const { port, close } = await testListener({ handle: async (request) => text(403, `no ${request.rawPath}`), limits: { lingerIdleMs: 100 } });
  t.after(close);
  const small = await rawClient(port);
  small.send(`PUT /one HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n${"x".repeat(50_000)}`);
  await small.until(/no \/one/);
  small.send(`${"x".repeat(50_000)}GET /two HTTP/1.1\r\nHost: a\r\n\r\n`);
  assert.match(await small.until(/no \/two/), /no \/two/);
  small.socket.destroy();
  const large = await rawClient(port);
  large.send(`PUT /big HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n${"x".repeat(2_000_000)}`);
  const answer = await large.closed();
  assert.match(answer, /^HTTP\/1\.1 403 /);
  assert.match(answer, /\r\nConnection: close\r\n/);
  assert.match(answer, /no \/big$/);
});

test("a small unread body that never comes does not hold the connection", async (t) => {
  const { port, close } = await testListener({ handle: async () => text(403, "no"), limits: { lingerIdleMs: 50 } });
  t.after(close);
  const client = await rawClient(port);
  client.send("PUT /one HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
  assert.match(await client.closed(), /^HTTP\/1\.1 403 /);
});

test("a body arrives whole, in order, through back-pressure, chunked or with a length", async (t) => {
  const { port, close } = await testListener({
    handle: async (request) => {
      const body = await readAll(request);
      const intact = body.every((byte, index) => byte === (index * 31) % 251);
      return text(200, `${body.length} ${intact} ${request.contentLength}`);
    },
    limits: { bodyQueueBytes: 1_024 },
  });
  t.after(close);
  const bytes = Uint8Array.from({ length: 3_000_000 }, (_, index) => (index * 31) % 251);
  const sized = await rawClient(port);
  sized.send(`PUT /k HTTP/1.1\r\nHost: a\r\nContent-Length: ${bytes.length}\r\n\r\n`);
  sized.send(bytes);
  await sized.until(/3000000 true 3000000/);
  const chunked = await rawClient(port);
  chunked.send("PUT /k HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (let at = 0; at < bytes.length; at += 70_001) {
    const piece = bytes.subarray(at, at + 70_001);
    chunked.send(`${piece.length.toString(16)}\r\n`);
    chunked.send(piece);
    chunked.send("\r\n");
  }
  chunked.send("0\r\n\r\n");
  await chunked.until(/3000000 true undefined/);
  for (const client of [sized, chunked]) {
    assert.match(client.received(), /3000000 true/);
    client.socket.destroy();
  }
});

test("a body that ends early throws to its reader at every stage and leaves nothing running", async (t) => {
  const outcomes: string[] = [];
  const { port, close, listener } = await testListener({
    handle: async (request) => {
      try {
        outcomes.push(`whole ${(await readAll(request)).length}`);
      } catch (error) {
        outcomes.push((error as Error).name);
        assert.equal(request.signal.aborted, true);
      }
      return text(200, "ok");
    },
  });
  t.after(close);
  for (const sent of [0, 1, 9_999, 100_000]) {
    const client = await rawClient(port);
    client.send(`PUT /k HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n${"x".repeat(sent)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
    client.socket.destroy();
    await eventually(() => outcomes.length > 0, "the reader hears of it");
    assert.deepEqual(outcomes.splice(0), ["BodyBroken"], `after ${sent} bytes`);
  }
  const chunked = await rawClient(port);
  chunked.send("PUT /k HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n");
  await chunked.closed();
  await eventually(() => outcomes.length > 0, "the reader hears of a broken chunk");
  assert.deepEqual(outcomes.splice(0), ["BodyBroken"]);
  await eventually(() => listener.figures().inFlight === 0, "nothing runs");
});

test("a client that stalls in its body is cut, one that goes on slowly is not", async (t) => {
  const outcomes: string[] = [];
  const { port, close } = await testListener({
    handle: async (request) => {
      try {
        outcomes.push(`whole ${(await readAll(request)).length}`);
      } catch (error) {
        outcomes.push((error as Error).message);
      }
      return text(200, "ok");
    },
    limits: { bodyStallMs: 150, bodyProgressBytes: 2, watchMs: 20 },
  });
  t.after(close);
  const stalled = await rawClient(port);
  stalled.send("PUT /k HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
  await stalled.closed();
  assert.deepEqual(outcomes.splice(0), ["the body stalled"]);
  const slow = await rawClient(port);
  slow.send("PUT /k HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\n");
  for (let sent = 0; sent < 12; sent += 2) {
    slow.send("ab");
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
  await slow.until(/ok/);
  assert.deepEqual(outcomes, ["whole 12"]);
  slow.socket.destroy();
});

test("over the budget of requests or bytes: 503 with Retry-After before the body is read, and room again afterwards", async (t) => {
  const waiting: (() => void)[] = [];
  const { port, close, listener } = await testListener({
    handle: async (request) => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return text(200, `done ${(await readAll(request)).length}`);
    },
    inFlightRequestsMax: 2,
    inFlightBytesMax: 1_500,
    limits: { lingerIdleMs: 50 },
  });
  t.after(close);
  const put = async (bytes: number) => {
    const client = await rawClient(port);
    client.send(`PUT /k HTTP/1.1\r\nHost: a\r\nContent-Length: ${bytes}\r\n\r\n`);
    return client;
  };
  const first = await put(1_000);
  await eventually(() => waiting.length === 1, "the first is at work");
  const tooMuch = await put(1_000);
  const answer = await tooMuch.until(/overloaded/);
  assert.match(answer, /^HTTP\/1\.1 503 [^]*\r\nRetry-After: 1\r\n/);
  const second = await put(0);
  await eventually(() => waiting.length === 2, "the second is at work");
  const third = await put(0);
  await third.until(/overloaded/);
  assert.equal(listener.figures().refused.overloaded, 2);
  for (const go of waiting.splice(0)) go();
  first.send("x".repeat(1_000));
  await first.until(/done 1000/);
  await second.until(/done 0/);
  await eventually(() => listener.figures().inFlightBytes === 0, "the bytes are given back");
  const fourth = await put(0);
  await eventually(() => waiting.length === 1, "there is room again");
  waiting[0]?.();
  await fourth.until(/done 0/);
});

test("below the disk reserve, PUT is refused before its body and DELETE, GET and POST ?delete go on", async (t) => {
  const { port, close, state } = await testListener({ limits: { lingerIdleMs: 50 } });
  t.after(close);
  state.freeBytes = 0;
  const ask = async (line: string): Promise<string> => {
    const client = await rawClient(port);
    client.send(`${line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    return client.closed();
  };
  for (const line of ["PUT /b/k", "POST /b/k?uploads"]) assert.match(await ask(line), /^HTTP\/1\.1 503 [^]*diskFull$/, line);
  for (const line of ["DELETE /b/k", "GET /b/k", "POST /b?delete"]) assert.match(await ask(line), /^HTTP\/1\.1 200 /, line);
});

test("drain: in flight is finished, a request on an open connection gets 503 and close, new connections are refused", async (t) => {
  let finish = (): void => {};
  const { port, close, listener, state } = await testListener({
    handle: async () => {
      await new Promise<void>((resolve) => (finish = resolve));
      return text(200, "finished");
    },
  });
  t.after(close);
  const busy = await rawClient(port);
  const idle = await rawClient(port);
  busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
  await eventually(() => listener.figures().inFlight === 1, "one is at work");
  state.draining = true;
  const drained = listener.drain(2_000);
  idle.send("GET /new HTTP/1.1\r\nHost: a\r\n\r\n");
  assert.match(await idle.closed(), /^HTTP\/1\.1 503 [^]*\r\nConnection: close\r\n[^]*draining$/);
  await assert.rejects(fetch(`http://127.0.0.1:${port}/`));
  finish();
  assert.match(await busy.closed(), /^HTTP\/1\.1 200 [^]*\r\nConnection: close\r\n[^]*finished$/);
  assert.equal(await drained, true);
});

test("drain: what does not finish in its time is cut", async (t) => {
  const { port, close, listener } = await testListener({ handle: () => new Promise(() => {}) });
  t.after(close);
  const stuck = await rawClient(port);
  stuck.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await eventually(() => listener.figures().inFlight === 1, "one is at work");
  assert.equal(await listener.drain(50), false);
  assert.equal(await stuck.closed(), "");
});

test("a trusted proxy's word about the client is taken, nobody else's", async (t) => {
  const trusting = await testListener({ handle: async (request) => text(200, `${request.remoteAddress} ${request.secure}.`), trustedProxies: ["127.0.0.0/8", "10.0.0.0/8"] });
  const wary = await testListener({ handle: async (request) => text(200, `${request.remoteAddress} ${request.secure}.`) });
  t.after(() => Promise.all([trusting.close(), wary.close()]));
  const ask = async (port: number): Promise<string> => {
    const client = await rawClient(port);
    client.send("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 6.6.6.6, 203.0.113.7, 10.1.2.3\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n");
    return client.closed();
  };
  assert.match(await ask(trusting.port), /203\.0\.113\.7 true\.$/);
  assert.match(await ask(wary.port), /127\.0\.0\.1 false\.$/);
});
