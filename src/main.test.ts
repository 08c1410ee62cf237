import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { eventually, rawClient } from "./server/testing.ts";

const main = fileURLToPath(new URL("./main.ts", import.meta.url));
const readyMsMax = 30_000;

type Run = { child: ChildProcess; output(): string; errors(): string; exit: Promise<number | string> };

/** The command, in an environment without settings of whoever runs the tests. */
function run(t: TestContext, args: string[], env: Record<string, string> = {}): Run {
  const child = spawn(process.execPath, [main, ...args], { env: { PATH: process.env.PATH ?? "", HOME: tmpdir(), ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const exit = new Promise<number | string>((resolve) => child.on("close", (code, signal) => resolve(code ?? (signal as string))));
  t.after(() => child.kill("SIGKILL"));
  return { child, output: () => output, errors: () => errors, exit };
}

async function serve(t: TestContext, data: string, args: string[] = [], env: Record<string, string> = {}): Promise<Run & { port: number }> {
  const running = run(t, ["serve", "--data", data, "--port", "0", "--workers", "2", "--access-log", "off", ...args], env);
  await eventually(() => /^ready .*\n/m.test(running.output()) || running.child.exitCode !== null, `ready (${running.errors()})`, readyMsMax);
  const port = /^ready address=127\.0\.0\.1 port=(\d+) pid=(\d+) workers=2$/m.exec(running.output());
  assert.ok(port, `${running.output()}${running.errors()}`);
  assert.equal(Number(port[2]), running.child.pid);
  return { ...running, port: Number(port[1]) };
}
function folder(t: TestContext): string {
  const data = mkdtempSync(path.join(tmpdir(), "amphora-main-"));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  return path.join(data, "store");
}
const get = async (port: number, target: string, headers: Record<string, string> = {}): Promise<{ status: number; text: string }> => {
  const response = await fetch(`http://127.0.0.1:${port}${target}`, { headers });
  return { status: response.status, text: await response.text() };
};

test("the first start makes and shows a root key once; later ones keep it to themselves; buckets are there after both", async (t) => {
  const data = folder(t);
  const first = await serve(t, data, ["--buckets", "alpha,beta:publicRead"]);
  const file = path.join(data, "root-credentials.json");
  const { accessKeyId, secretAccessKey, adminToken, endpoint } = JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
  assert.match(accessKeyId as string, /^[A-Z0-9]{20}$/);
  assert.match(secretAccessKey as string, /^[A-Za-z0-9]{40}$/);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(statSync(data).mode & 0o777, 0o700);
  assert.equal(endpoint, `http://127.0.0.1:${first.port}`);
  for (const words of [secretAccessKey, "oss2.Auth(", "boto3.client(", "aws s3 mb", "provider = Other", "s3curl.pl --id=root"])
    assert.ok(first.output().includes(words as string), String(words));
  assert.ok(!first.output().includes(adminToken as string));
  assert.equal((await get(first.port, "/beta")).status, 200);
  assert.equal((await get(first.port, "/alpha")).status, 403);
  first.child.kill("SIGTERM");
  assert.equal(await first.exit, 0);

  const second = await serve(t, data, ["--buckets", "alpha,beta:publicRead,gamma:publicRead"]);
  assert.ok(!second.output().includes(secretAccessKey as string));
  assert.ok(!second.errors().includes(secretAccessKey as string));
  assert.deepEqual([(await get(second.port, "/beta")).status, (await get(second.port, "/gamma")).status, (await get(second.port, "/delta")).status], [200, 200, 404]);
  second.child.kill("SIGTERM");
  assert.equal(await second.exit, 0);
});

test("health, readiness and metrics; the admin token; what is not there", async (t) => {
  const data = folder(t);
  const { port, child, exit } = await serve(t, data);
  assert.deepEqual(await get(port, "/-/healthz"), { status: 200, text: "ok\n" });
  assert.deepEqual(await get(port, "/-/readyz"), { status: 200, text: "ready\n" });
  await get(port, "/nobucket/key");
  const metrics = await get(port, "/-/metrics");
  assert.equal(metrics.status, 200);
  assert.match(metrics.text, /^amphora_requests_total\{dialect="s3",operation="GetObject",code="404",error="NoSuchBucket"\} 1$/m);
  assert.match(metrics.text, /^amphora_metadata_commits_total [1-9]/m);
  assert.equal((await get(port, "/-/metrics", { "X-Forwarded-For": "203.0.113.1" })).status, 403);
  const { adminToken } = JSON.parse(readFileSync(path.join(data, "root-credentials.json"), "utf8")) as { adminToken: string };
  assert.equal((await get(port, "/-/metrics", { "X-Forwarded-For": "203.0.113.1", Authorization: `Bearer ${adminToken}` })).status, 200);
  assert.equal((await get(port, "/-/nothing")).status, 404);
  assert.equal((await get(port, "/-/admin/v1/tenants")).status, 403);
  const listed = run(t, ["tenant", "list", "--data", data, "--json"]);
  assert.equal(await listed.exit, 0, listed.errors());
  assert.equal((JSON.parse(listed.output()) as { name: string }).name, "default", "one line for each row");
  child.kill("SIGTERM");
  assert.equal(await exit, 0);
});

test("a second server on the folder refuses and says why; after kill -9 the folder is free and the next start is clean", async (t) => {
  const data = folder(t);
  const first = await serve(t, data);
  const second = run(t, ["serve", "--data", data, "--port", "0"]);
  assert.equal(await second.exit, 1);
  assert.match(second.errors(), /another server is using the data folder/);
  assert.ok(!second.output().includes("ready"));
  const samePort = run(t, ["serve", "--data", folder(t), "--port", String(first.port)]);
  assert.equal(await samePort.exit, 1);
  assert.match(samePort.errors(), /cannot listen on 127\.0\.0\.1 port \d+: another program has it/);
  first.child.kill("SIGKILL");
  assert.equal(await first.exit, "SIGKILL");
  const third = await serve(t, data);
  assert.equal((await get(third.port, "/-/readyz")).status, 200);
  third.child.kill("SIGINT");
  assert.equal(await third.exit, 0);
  const check = run(t, ["check", "--data", data]);
  assert.equal(await check.exit, 0, check.output() + check.errors());
  assert.match(check.output(), /no damage/);
});

test("what cannot be started says why and exits with 1", async (t) => {
  const data = folder(t);
  const identities = path.join(path.dirname(data), "identities.json");
  for (const [args, env, file, pattern] of [
    [["--buckets", "No"], {}, "{}", /"No" is not a bucket name/],
    [["--prot", "1"], {}, "{}", /do you mean --port\?/],
    [[], { MINIO_ROOT_USER: "admin", MINIO_ROOT_PASSWORD: "minioadmin" }, "{}", /known to everybody/],
    [["--identities", identities], {}, "{", /--identities: .*JSON/],
    [["--identities", identities], {}, '{"accounts":[{"tenant":"nowhere","name":"x"}]}', /--identities: /],
    [["--identities", `${identities}.gone`], {}, "{}", /ENOENT/],
  ] as const) {
    writeFileSync(identities, file);
    const failing = run(t, ["serve", "--data", data, "--port", "0", ...args], env);
    assert.equal(await failing.exit, 1, `${args.join(" ")}: ${failing.output()}`);
    assert.match(failing.errors(), pattern);
    assert.ok(!failing.output().includes("ready"));
  }
});

test("a root key from the environment replaces the one before", async (t) => {
  const data = folder(t);
  const key = (name: string) => ({ AMPHORA_ROOT_ACCESS_KEY: name, AMPHORA_ROOT_SECRET_KEY: `${name}-secret` });
  for (const name of ["one", "two"]) {
    const running = await serve(t, data, [], key(name));
    assert.ok(!running.output().includes(`${name}-secret`), "a key that was given is not shown");
    running.child.kill("SIGTERM");
    await running.exit;
  }
  const third = await serve(t, data);
  const root = run(t, ["key", "list", "--account", "root", "--data", data, "--json"]);
  assert.equal(await root.exit, 0, root.errors());
  assert.equal((JSON.parse(root.output()) as { id: string }).id, "two");
  third.child.kill("SIGTERM");
  await third.exit;
});

test("SIGTERM lets a request in flight finish, a second one later ends at once", async (t) => {
  const stuckUpload = async (port: number) => {
    const client = await rawClient(port);
    client.send("PUT /open/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhello");
    await eventually(() => client.socket.bytesWritten > 0, "it is on its way");
    await new Promise((resolve) => setTimeout(resolve, 100));
    return client;
  };
  const data = folder(t);
  const polite = await serve(t, data, ["--buckets", "open:publicReadWrite"]);
  const upload = await stuckUpload(polite.port);
  polite.child.kill("SIGTERM");
  await eventually(() => polite.errors().includes("server.draining"), "it drains");
  upload.send("world");
  assert.match(await upload.closed(10_000), /^HTTP\/1\.1 200 [^]*\r\nConnection: close\r\n/);
  assert.equal(await polite.exit, 0);

  const again = await serve(t, data);
  assert.match((await get(again.port, "/open")).text, /<Key>k<\/Key>[^]*<Size>10<\/Size>/);
  const stuck = await stuckUpload(again.port);
  again.child.kill("SIGTERM");
  again.child.kill("SIGINT");
  await eventually(() => again.errors().includes("server.draining"), "it drains");
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  assert.equal(again.child.exitCode, null, "signals of one moment count as one");
  again.child.kill("SIGTERM");
  assert.equal(await again.exit, 1);
  stuck.socket.destroy();
});
