import assert from "node:assert/strict";
import { test } from "node:test";
import type { ByteSource, Bytes } from "../core/ports.ts";
import { eventually, rawClient, testListener, text } from "./testing.ts";

/** A source that reuses two buffers, as the volume store does: a chunk is overwritten by the read after the next. */
function pooledSource(pieces: number, pieceBytes: number, options: { failAt?: number } = {}): ByteSource & { reads: number; closed: boolean } {
  const buffers = [new Uint8Array(pieceBytes), new Uint8Array(pieceBytes)];
  const source = {
    reads: 0,
    closed: false,
    async read(): Promise<Bytes | undefined> {
      const index = source.reads++;
      if (index === options.failAt) throw new Error("checksum");
      if (index >= pieces) return undefined;
      return (buffers[index % 2] as Uint8Array).fill(97 + (index % 26));
    },
    close() {
      source.closed = true;
    },
  };
  return source;
}
const bodyOf = (answer: string): string => answer.slice(answer.indexOf("\r\n\r\n") + 4);

test("a stream goes out unharmed although its buffers are used again, to a slow reader too", async (t) => {
  const pieces = 40;
  const pieceBytes = 256 * 1024;
  let source = pooledSource(pieces, pieceBytes);
  const { port, close } = await testListener({
    handle: async () => {
      source = pooledSource(pieces, pieceBytes);
      return { status: 200, headers: [], body: { source, length: pieces * pieceBytes } };
    },
  });
  t.after(close);
  for (const slow of [false, true]) {
    const client = await rawClient(port);
    if (slow) client.socket.pause();
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    if (slow) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      assert.ok(source.reads < pieces, "the source waits for the reader");
      client.socket.resume();
    }
    const body = bodyOf(await client.closed());
    assert.equal(body.length, pieces * pieceBytes);
    for (let index = 0; index < pieces; index++) {
      const piece = body.slice(index * pieceBytes, (index + 1) * pieceBytes);
      assert.equal(piece, String.fromCharCode(97 + (index % 26)).repeat(pieceBytes), `piece ${index}`);
    }
    assert.equal(source.closed, true);
  }
});

test("a stream that fails, ends early or goes on too long is never a clean answer", async (t) => {
  const cases: Record<string, { source: () => ReturnType<typeof pooledSource>; length: number }> = {
    "/fails": { source: () => pooledSource(4, 1000, { failAt: 2 }), length: 4000 },
    "/short": { source: () => pooledSource(3, 1000), length: 4000 },
    "/long": { source: () => pooledSource(5, 1000), length: 4000 },
    "/overhang": { source: () => pooledSource(5, 1000), length: 4500 },
  };
  const sources: ReturnType<typeof pooledSource>[] = [];
  const { port, close, logged } = await testListener({
    handle: async ({ rawPath }) => {
      const { source, length } = cases[rawPath] as (typeof cases)[string];
      const made = source();
      sources.push(made);
      return { status: 200, headers: ["Connection", "keep-alive"], body: { source: made, length } };
    },
  });
  t.after(close);
  for (const path of Object.keys(cases)) {
    const client = await rawClient(port);
    client.send(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    if (path === "/long") {
      // all that was announced came; what is beyond is never sent
      const answer = await client.until(/\r\n\r\n.{4000}/s);
      assert.equal(bodyOf(answer).length, 4000);
      client.socket.destroy();
    } else assert.ok(bodyOf(await client.closed()).length < (cases[path]?.length ?? 0), path);
  }
  await eventually(() => sources.every(({ closed }) => closed), "all sources are closed");
  assert.equal(logged.filter((line) => line.startsWith("reply.broken")).length, 3);
});

test("what cannot be read from its first byte is a 500, not a broken 200", async (t) => {
  const { port, close } = await testListener({ handle: async () => ({ status: 200, headers: [], body: { source: pooledSource(1, 1000, { failAt: 0 }), length: 1000 } }) });
  t.after(close);
  const client = await rawClient(port);
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  assert.match(await client.closed(), /^HTTP\/1\.1 500 /);
});

test("a client that goes away in the middle of an answer frees the source and aborts the request", async (t) => {
  let source = pooledSource(1000, 64 * 1024);
  let signal: { readonly aborted: boolean } | undefined;
  const { port, close, listener } = await testListener({
    handle: async (request) => {
      signal = request.signal;
      source = pooledSource(1000, 64 * 1024);
      return { status: 200, headers: [], body: { source, length: 1000 * 64 * 1024 } };
    },
  });
  t.after(close);
  for (const stage of ["at once", "after the headers", "in the body"]) {
    const client = await rawClient(port);
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    if (stage === "after the headers") await client.until(/\r\n\r\n/);
    if (stage === "in the body") await client.until(/^[^]{200000}/);
    client.socket.resetAndDestroy();
    await eventually(() => listener.figures().inFlight === 0, stage);
    if (stage !== "at once") await eventually(() => source.closed && signal?.aborted === true, stage);
    signal = undefined;
  }
});

test("a client that takes nothing is cut after its time", async (t) => {
  const source = pooledSource(1000, 256 * 1024);
  const { port, close, listener } = await testListener({
    handle: async () => ({ status: 200, headers: [], body: { source, length: 1000 * 256 * 1024 } }),
    limits: { replyStallMs: 200, watchMs: 20 },
  });
  t.after(close);
  const client = await rawClient(port);
  client.socket.pause();
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await eventually(() => source.reads > 0, "it began");
  await eventually(() => source.closed && listener.figures().inFlight === 0, "it is cut");
  client.socket.destroy();
});

test("answers carry the right framing: HEAD, 204, 304, empty, text, bytes", async (t) => {
  const { port, close, accesses } = await testListener({
    handle: async ({ rawPath }) => {
      if (rawPath === "/head") return { status: 200, headers: ["Content-Length", "12345", "ETag", '"x"'] };
      if (rawPath === "/204" || rawPath === "/304") return { status: Number(rawPath.slice(1)), headers: [] };
      if (rawPath === "/bytes") return { status: 200, headers: ["X-Latin", "\u00fc"], body: new TextEncoder().encode("bytes") };
      return rawPath === "/text" ? text(200, "t\u00e9xt") : { status: 200, headers: [] };
    },
  });
  t.after(close);
  const client = await rawClient(port);
  let seen = 0;
  const ask = async (line: string, end: RegExp): Promise<string> => {
    client.send(`${line} HTTP/1.1\r\nHost: a\r\n\r\n`);
    const answer = (await client.until(new RegExp(`^[^]{${seen}}[^]*${end.source}`))).slice(seen);
    seen += answer.length;
    assert.match(answer, /\r\nDate: [A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT\r\n/);
    assert.match(answer, /\r\nConnection: keep-alive\r\n/);
    return answer;
  };
  assert.match(await ask("HEAD /head", /\r\n\r\n/), /\r\nContent-Length: 12345\r\n/);
  assert.doesNotMatch(await ask("DELETE /204", /\r\n\r\n/), /content-length|transfer-encoding/i);
  assert.doesNotMatch(await ask("GET /304", /\r\n\r\n/), /content-length|transfer-encoding/i);
  assert.match(await ask("PUT /empty", /\r\n\r\n/), /\r\nContent-Length: 0\r\n/);
  assert.match(await ask("GET /text", /xt/), /\r\nContent-Length: 5\r\n[^]*t\u00c3\u00a9xt$/);
  assert.match(await ask("GET /bytes", /bytes/), /\r\nX-Latin: \u00fc\r\nContent-Length: 5\r\n/);
  client.socket.destroy();
  await eventually(() => accesses.length === 6, "each is logged");
  assert.deepEqual(
    accesses.map(({ status, bytesOut }) => [status, bytesOut]),
    [
      [200, 0],
      [204, 0],
      [304, 0],
      [200, 0],
      [200, 5],
      [200, 5],
    ],
  );
});

test("a dialect that throws, or a header that cannot be sent, is a 500 and a line in the log", async (t) => {
  const { port, close, logged } = await testListener({
    handle: async ({ rawPath }) => {
      if (rawPath === "/throw") throw new Error("a defect");
      return { status: 200, headers: ["X", "a\r\nSet-Cookie: b"], body: "x" };
    },
  });
  t.after(close);
  for (const path of ["/throw", "/inject"]) {
    const client = await rawClient(port);
    client.send(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    const answer = await client.closed();
    assert.match(answer, /^HTTP\/1\.1 500 /);
    assert.doesNotMatch(answer, /Set-Cookie/);
  }
  assert.deepEqual(
    logged.map((line) => line.split(":")[0]),
    ["dispatch.failed", "reply.unsent"],
  );
});
