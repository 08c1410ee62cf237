/** How the server stands in its surroundings: behind a proxy, under a public address, as npm's child. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import http from "node:http";
import { join } from "node:path";
import { describe, it } from "node:test";
import { element, openDoor, signS3 } from "../support/doors.ts";
import { main, newDataFolder, startServer } from "../support/server.ts";

const top = join(import.meta.dirname, "../..");

type Got = { status: number; headers: http.IncomingHttpHeaders; body: string };
const get = (port: number, path: string, headers: Record<string, string> = {}): Promise<Got> =>
  new Promise((resolve, reject) => {
    const request = http.get({ host: "127.0.0.1", port, path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString() }));
    });
    request.on("error", reject);
  });

type Access = { event: string; remote: string; path: string };
const remotesOf = (log: string, path: string): string[] =>
  log
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Access)
    .filter((line) => line.event === "access" && line.path === path)
    .map((line) => line.remote);

/** The Location of a small multipart upload completed through that door, with further headers on the last request. */
async function locationThrough(name: "s3" | "oss", port: number, headers: Record<string, string>): Promise<string | undefined> {
  const door = openDoor(name, port, main);
  const bucket = `located-${name}`;
  try {
    await door.send({ method: "PUT", bucket });
    const target = { bucket, key: "a b/c" };
    const begun = await door.send({ method: "POST", ...target, query: { uploads: undefined } });
    const uploadId = element(begun.body, "UploadId") ?? "";
    const part = await door.send({ method: "PUT", ...target, query: { partNumber: "1", uploadId }, body: "part" });
    const etag = String(part.headers.etag);
    const completed = await door.send({
      method: "POST",
      ...target,
      query: { uploadId },
      headers,
      body: `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${etag}</ETag></Part></CompleteMultipartUpload>`,
    });
    assert.equal(completed.status, 200, completed.body.toString());
    return element(completed.body, "Location");
  } finally {
    door.close();
  }
}

describe("--trusted-proxy", () => {
  it("believes X-Forwarded-For and -Proto of a trusted proxy, to the last address that is none", async () => {
    const server = await startServer({ args: ["--trusted-proxy", "127.0.0.0/8", "--trusted-proxy", "10.0.0.0/8", "--access-log", "json"] });
    try {
      await get(server.port, "/one", { "x-forwarded-for": "203.0.113.9, 198.51.100.7, 10.1.2.3" });
      await get(server.port, "/two", { "x-forwarded-for": "unknown, 10.1.2.3" });
      await get(server.port, "/three");
      assert.match((await locationThrough("s3", server.port, { "x-forwarded-proto": "https" })) ?? "", /^https:\/\/127\.0\.0\.1:\d+\/located-s3\/a%20b%2Fc$/);
      assert.match((await locationThrough("oss", server.port, { "x-forwarded-proto": "https" })) ?? "", /^https:\/\/127\.0\.0\.1:\d+\/located-oss\/a%20b\/c$/);
      // a proxy on this machine is not the operator on this machine
      assert.equal((await get(server.port, "/-/metrics", { "x-forwarded-for": "203.0.113.9" })).status, 403);
      assert.equal((await get(server.port, "/-/metrics")).status, 200);
    } finally {
      assert.equal(await server.stop(), 0);
    }
    assert.deepEqual(
      ["/one", "/two", "/three"].map((path) => remotesOf(server.log(), path)),
      [["198.51.100.7"], ["10.1.2.3"], ["127.0.0.1"]],
    );
  });

  it("believes nobody else", async () => {
    const server = await startServer({ args: ["--trusted-proxy", "10.0.0.0/8", "--access-log", "json"] });
    try {
      await get(server.port, "/one", { "x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https" });
      assert.match((await locationThrough("s3", server.port, { "x-forwarded-proto": "https" })) ?? "", /^http:\/\//);
    } finally {
      await server.stop();
    }
    assert.deepEqual(remotesOf(server.log(), "/one"), ["127.0.0.1"]);
  });
});

describe("--public-url", () => {
  it("is what links in answers begin with, through both dialects, and what the command line is told", async () => {
    const server = await startServer({ args: ["--public-url", "https://store.example.com/"] });
    try {
      assert.equal(await locationThrough("s3", server.port, {}), "https://store.example.com/located-s3/a%20b%2Fc");
      assert.equal(await locationThrough("oss", server.port, {}), "https://store.example.com/located-oss/a%20b/c");
      assert.match(server.log(), /endpoint_url='https:\/\/store\.example\.com'/);
    } finally {
      await server.stop();
    }
  });
});

describe("npm start", () => {
  it("passes SIGTERM on: what is in flight is answered, the exit code is 0", async () => {
    const data = newDataFolder();
    const child = spawn("npm", ["start", "--", "--port", "0", "--data", data, "--workers", "1"], {
      cwd: top,
      env: { ...process.env, NODE_OPTIONS: "" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let log = "";
    const exited = new Promise<number | null>((resolve) => child.on("close", resolve));
    const port = await new Promise<number>((resolve, reject) => {
      const see = (chunk: Buffer): void => {
        log += chunk.toString();
        const found = /^ready .*port=(\d+)/m.exec(log);
        if (found) resolve(Number(found[1]));
      };
      child.stdout.on("data", see);
      child.stderr.on("data", see);
      void exited.then((code) => reject(new Error(`npm start exited with ${code}:\n${log}`)));
    });
    try {
      const key = { accessKeyId: /access key id +(\S+)/.exec(log)?.[1] ?? "", secretAccessKey: /secret access key +(\S+)/.exec(log)?.[1] ?? "" };
      const door = openDoor("s3", port, key);
      assert.equal((await door.send({ method: "PUT", bucket: "npm-bucket" })).status, 200);
      // the invitation comes once the signature is verified: from there on the request is in flight
      const put = { method: "PUT", bucket: "npm-bucket", key: "late" };
      const host = `127.0.0.1:${port}`;
      const request = http.request({
        port,
        host: "127.0.0.1",
        method: "PUT",
        path: "/npm-bucket/late",
        headers: { ...signS3(put, key, host), host, expect: "100-continue", "content-length": 4 },
      });
      const answered = new Promise<number | undefined>((resolve, reject) => request.on("response", (response) => resolve(response.resume().statusCode)).on("error", reject));
      request.flushHeaders();
      await new Promise((resolve) => request.once("continue", resolve));
      child.kill("SIGTERM");
      for (let turn = 0; turn < 200 && !log.includes("server.draining"); turn++) await new Promise((resolve) => setTimeout(resolve, 50));
      request.end("late");
      assert.equal(await answered, 200);
      door.close();
      assert.equal(await exited, 0, log);
      assert.match(log, /"server\.stopped","clean":true/);
    } finally {
      child.kill("SIGKILL");
      rmSync(data, { recursive: true, force: true });
    }
  });
});
