/** The published package: packed, installed into an empty folder, and used there by whatever Node is first on the path. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type DoorAnswer, type DoorRequest, type Key, openDoor } from "../support/doors.ts";
import { must } from "../support/run.ts";

const top = join(import.meta.dirname, "../..");
const installMsMax = 300_000;
let folder: string;
let files: string[] = [];

const send = async (endpoint: string, key: Key, request: DoorRequest): Promise<DoorAnswer> => {
  const door = openDoor("s3", Number(new URL(endpoint).port), key, 1);
  try {
    return await door.send(request);
  } finally {
    door.close();
  }
};

type Program = { line: Promise<RegExpExecArray>; end(): void; exited: Promise<number | null>; said(): string };
/** Runs until `end` closes its input, in the installed folder. */
function program(file: string, args: string[], wanted: RegExp): Program {
  const child = spawn(file, args, { cwd: folder, stdio: ["pipe", "pipe", "pipe"] });
  let out = "";
  let err = "";
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString("utf8")));
  const exited = new Promise<number | null>((resolve) => child.on("close", resolve));
  const line = new Promise<RegExpExecArray>((resolve, reject) => {
    const timer = setTimeout(() => child.kill("SIGKILL"), installMsMax);
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString("utf8");
      const found = wanted.exec(out);
      if (found) resolve(found);
    });
    void exited.then((code) => {
      clearTimeout(timer);
      reject(new Error(`${file} ended with ${code}\n${out}\n${err}`));
    });
  });
  line.catch(() => {});
  return { line, exited, said: () => out + err, end: () => child.stdin.end() };
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "amphora-package-"));
  mkdirSync(join(folder, "packed"));
  const packed = JSON.parse(await must("npm", ["pack", "--json", "--pack-destination", join(folder, "packed")], { cwd: top, timeoutMs: installMsMax })) as
    | { filename: string; files: { path: string }[] }[]
    | Record<string, { filename: string; files: { path: string }[] }>;
  const [made] = Object.values(packed);
  files = (made?.files ?? []).map(({ path }) => path);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  await must("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", join(folder, "packed", made?.filename ?? "")], { cwd: folder, timeoutMs: installMsMax });
});
after(() => rmSync(folder, { recursive: true, force: true }));

describe("the published package", () => {
  it("holds compiled code, types and documentation, and no sources, tests or tools", () => {
    for (const file of ["bin/amphora.mjs", "dist/main.js", "dist/start.js", "dist/start.d.ts", "data/s3-parameters.json", "README.md", "LICENSE", "CHANGELOG.md"])
      assert.ok(files.includes(file), file);
    assert.deepEqual(
      files.filter((file) => /\.test\.|testing|^(src|test|tools|bench|data\/suites)\//.test(file)),
      [],
    );
    assert.equal(JSON.parse(readFileSync(join(folder, "node_modules/amphora-store/package.json"), "utf8")).private, undefined);
  });

  it("npx amphora-store serve", async () => {
    const data = join(folder, "data");
    const serving = program("npx", ["amphora-store", "serve", "--port", "0", "--data", data], /^ready address=127\.0\.0\.1 port=(\d+) pid=(\d+)/m);
    const [, port = "", pid = ""] = await serving.line;
    const endpoint = `http://127.0.0.1:${port}`;
    const key = JSON.parse(readFileSync(join(data, "root-credentials.json"), "utf8")) as Key;
    assert.equal((await send(endpoint, key, { method: "PUT", bucket: "from-npx" })).status, 200);
    assert.equal((await send(endpoint, key, { method: "PUT", bucket: "from-npx", key: "k", body: "hello" })).status, 200);
    assert.equal((await send(endpoint, key, { method: "GET", bucket: "from-npx", key: "k" })).body.toString(), "hello");
    const refused = program(join(folder, "node_modules/.bin/amphora"), ["explain", "delete", "from-npx", "--data", data], /1 object/);
    assert.match((await refused.line).input, /from-npx cannot be deleted/);
    assert.equal(await refused.exited, 1);
    process.kill(Number(pid), "SIGTERM");
    assert.equal(await serving.exited, 0, serving.said());
    assert.match(await must(join(folder, "node_modules/.bin/amphora-store"), ["check", "--data", data], { cwd: folder }), /no damage/);
  });

  it("start, imported", async () => {
    writeFileSync(
      join(folder, "program.js"),
      `import { start } from "amphora-store";
const server = await start({ port: 0, buckets: ["first", "second"] });
console.log(JSON.stringify({ endpoint: server.endpoint, credentials: server.credentials }));
for await (const _ of process.stdin);
await server.stop();
`,
    );
    const running = program("node", ["program.js"], /^\{.*\}$/m);
    const { endpoint, credentials } = JSON.parse((await running.line)[0]) as { endpoint: string; credentials: Key };
    assert.match((await send(endpoint, credentials, { method: "GET" })).body.toString(), /<Name>first<\/Name>[^]*<Name>second<\/Name>/);
    assert.equal((await send(endpoint, credentials, { method: "PUT", bucket: "first", key: "k", body: "x" })).status, 200);
    assert.equal((await send(endpoint, credentials, { method: "DELETE", bucket: "second" })).status, 204);
    running.end();
    assert.equal(await running.exited, 0, running.said());
    await assert.rejects(send(endpoint, credentials, { method: "GET" }));
  });

  it("the client, imported", async () => {
    writeFileSync(
      join(folder, "client.js"),
      `import { start } from "amphora-store";
import { BucketNotEmpty, deleteBucket, emptyBucket, NoSuchBucket } from "amphora-store/client";
const server = await start({ buckets: ["full", "kept"] });
console.log(JSON.stringify({ endpoint: server.endpoint, credentials: server.credentials }));
for await (const _ of process.stdin);
const target = { service: "s3", endpoint: server.endpoint, credentials: server.credentials };
const refused = await deleteBucket(target, "full").catch((error) => error);
const { report } = await emptyBucket(target, "kept");
const done = await deleteBucket(target, "full", { contents: "remove" });
const gone = await deleteBucket(target, "full").catch((error) => error);
console.log(JSON.stringify({ refused: refused instanceof BucketNotEmpty, emptied: report.removed.current, by: done.by, gone: gone instanceof NoSuchBucket }));
await server.stop();
`,
    );
    const running = program("node", ["client.js"], /^\{.*\}$/m);
    const { endpoint, credentials } = JSON.parse((await running.line)[0]) as { endpoint: string; credentials: Key };
    for (const bucket of ["full", "kept"]) for (const key of ["a", "b"]) assert.equal((await send(endpoint, credentials, { method: "PUT", bucket, key, body: "x" })).status, 200);
    running.end();
    assert.equal(await running.exited, 0, running.said());
    assert.match(running.said(), /\{"refused":true,"emptied":2,"by":"client","gone":true\}/);
  });

  it("has types that a program compiles against", async () => {
    writeFileSync(
      join(folder, "typed.ts"),
      `import { type Credentials, type RunningServer, start } from "amphora-store";
import { deleteBucket } from "amphora-store/client";
export async function use(): Promise<string> {
  await using server: RunningServer = await start({ buckets: ["a"], region: "eu-1" });
  return server.credentials.accessKeyId + server.endpoint;
}
export const remove = (credentials: Credentials) => deleteBucket({ service: "oss", region: "cn-hangzhou", credentials }, "photos", { contents: "remove" });
// @ts-expect-error: a port is a number
export const wrong = () => start({ port: "9000" });
`,
    );
    const options = ["--noEmit", "--strict", "--target", "esnext", "--module", "nodenext", "--types", "node", "--typeRoots", join(top, "node_modules/@types")];
    await must(join(top, "node_modules/.bin/tsc"), [...options, "typed.ts"], { cwd: folder });
  });
});
