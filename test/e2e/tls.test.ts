/** HTTPS on the data listener: a real client that believes one authority, a certificate replaced under open connections, what cannot start. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import https from "node:https";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import tls from "node:tls";
import { venv } from "../../tools/clients.ts";
import { type Authority, makeAuthority } from "../support/certificates.ts";
import { signS3 } from "../support/doors.ts";
import { must, run } from "../support/run.ts";
import { main, newDataFolder, type Server, startServer } from "../support/server.ts";

const python = join(venv, "bin/python");
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe("TLS", () => {
  let authority: Authority;
  let server: Server;
  let endpoint: string;
  before(async () => {
    authority = await makeAuthority();
    await authority.issue("first");
    server = await startServer({ args: ["--tls-cert", authority.cert, "--tls-key", authority.key, "--workers", "2", "--drain-seconds", "5"] });
    endpoint = `https://127.0.0.1:${server.port}`;
  });
  after(async () => {
    await server.stop();
    authority.remove();
  });
  const servedName = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = tls.connect({ port: server.port, host: "127.0.0.1", ca: readFileSync(authority.ca) }, () => {
        resolve(String(socket.getPeerCertificate().subject.CN));
        socket.destroy();
      });
      socket.once("error", reject);
    });

  it("serves boto3 that verifies the authority, and none that does not", async () => {
    assert.match(await must(python, [join(import.meta.dirname, "programs/tls_boto3.py"), endpoint, main.accessKeyId, main.secretAccessKey, authority.ca]), /flow complete/);
  });

  it("speaks nothing older than TLS 1.2, and no plain HTTP", async () => {
    await assert.rejects(
      new Promise((resolve, reject) => {
        const socket = tls.connect(
          { port: server.port, host: "127.0.0.1", ca: readFileSync(authority.ca), minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" },
          () => resolve(socket.destroy()),
        );
        socket.once("error", reject);
      }),
    );
    await assert.rejects(fetch(`http://127.0.0.1:${server.port}/-/healthz`));
    assert.equal(await servedName(), "first", "the listener lives on");
  });

  it("tells policies which version a request came by", async () => {
    const host = `127.0.0.1:${server.port}`;
    const ask = ({ method, path, query, body }: { method: string; path: string; query?: string; body?: string }, isSigned: boolean, version?: tls.SecureVersion) =>
      new Promise<number>((resolve, reject) => {
        const [bucket = "", key] = path.split("/");
        const parts = { method, bucket, ...(key === undefined ? {} : { key }), ...(query === undefined ? {} : { query: { [query]: undefined } }) };
        const headers = { ...(isSigned ? signS3({ ...parts, ...(body === undefined ? {} : { body }) }, main, host) : {}), "content-length": String(body?.length ?? 0) };
        const versions = version === undefined ? {} : { minVersion: version, maxVersion: version };
        const target = { host: "127.0.0.1", port: server.port, ca: readFileSync(authority.ca), agent: false, ...versions } as const;
        const request = https.request({ ...target, method, path: `/${path}${query === undefined ? "" : `?${query}=`}`, headers }, (response) => {
          response.resume().on("end", () => resolve(response.statusCode ?? 0));
        });
        request.on("error", reject).end(body);
      });
    assert.equal(await ask({ method: "PUT", path: "versions-of-tls" }, true), 200);
    assert.equal(await ask({ method: "PUT", path: "versions-of-tls/k", body: "1" }, true), 200);
    const Condition = { NumericGreaterThanEquals: { "s3:TlsVersion": 1.3 } };
    const Statement = { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::versions-of-tls/*", Condition };
    assert.equal(await ask({ method: "PUT", path: "versions-of-tls", query: "policy", body: JSON.stringify({ Version: "2012-10-17", Statement }) }, true), 204);
    assert.equal(await ask({ method: "GET", path: "versions-of-tls/k" }, false, "TLSv1.3"), 200);
    assert.equal(await ask({ method: "GET", path: "versions-of-tls/k" }, false, "TLSv1.2"), 403);
  });

  it("the admin command line reaches it once it is told the authority", async () => {
    const args = [join(import.meta.dirname, "../../src/main.ts"), "account", "list", "--data", server.data];
    assert.match(await must(process.execPath, args, { env: { NODE_EXTRA_CA_CERTS: authority.ca } }), /main/);
    const refused = await run(process.execPath, args);
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, /CERT|certificate|VERIFY/i);
  });

  it("takes a replaced certificate on every thread while an open connection goes on", async () => {
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1, ca: readFileSync(authority.ca) });
    const ask = (): Promise<{ status: number; reused: boolean }> =>
      new Promise((resolve, reject) => {
        const request = https.get(`${endpoint}/-/healthz`, { agent }, (response) => {
          response.resume().on("end", () => resolve({ status: response.statusCode ?? 0, reused: request.reusedSocket }));
        });
        request.on("error", reject);
      });
    assert.deepEqual(await ask(), { status: 200, reused: false });
    const good = readFileSync(authority.cert);
    writeFileSync(authority.cert, "-----BEGIN CERTIFICATE-----\nhalf");
    for (let turn = 0; turn < 100 && !server.log().includes("tls.notReloaded"); turn++) await pause(100);
    assert.match(server.log(), /tls\.notReloaded/);
    assert.equal(await servedName(), "first", "a pair that cannot be used changes nothing");
    writeFileSync(authority.cert, good);
    await authority.issue("second");
    const deadline = Date.now() + 15_000;
    for (let inRow = 0; inRow < 12; ) {
      assert.ok(Date.now() < deadline, "the new certificate was not taken within 15 s");
      inRow = (await servedName()) === "second" ? inRow + 1 : 0;
      if (inRow === 0) await pause(100);
    }
    assert.deepEqual(await ask(), { status: 200, reused: true });
    agent.destroy();
  });

  it("drains and exits 0 with an idle connection open", async () => {
    const other = await startServer({ args: ["--tls-cert", authority.cert, "--tls-key", authority.key] });
    const socket = tls.connect({ port: other.port, host: "127.0.0.1", ca: readFileSync(authority.ca) });
    await new Promise((resolve) => socket.once("secureConnect", resolve));
    socket.on("error", () => {});
    assert.equal(await other.stop(), 0);
  });

  it("refuses to start with half a pair, with no pair, and with a key of another certificate", async () => {
    const start = (...args: string[]) => run(process.execPath, [join(import.meta.dirname, "../../src/main.ts"), "serve", "--port", "0", "--data", newDataFolder(), ...args]);
    const half = await start("--tls-cert", authority.cert);
    assert.deepEqual([half.code, /--tls-cert is set without --tls-key/.test(half.stderr)], [1, true], half.stderr);
    const absent = await start("--tls-cert", join(authority.folder, "absent"), "--tls-key", authority.key);
    assert.deepEqual([absent.code, /--tls-cert: ENOENT/.test(absent.stderr)], [1, true], absent.stderr);
    const mismatched = await start("--tls-cert", authority.cert, "--tls-key", join(authority.folder, "ca.key"));
    assert.deepEqual([mismatched.code, /key values mismatch/.test(mismatched.stderr)], [1, true], mismatched.stderr);
  });
});
