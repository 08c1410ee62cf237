import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { eventually } from "./server/testing.ts";
import { start } from "./start.ts";

test("start gives a server of its own, which is gone with its folder when it is disposed of", async () => {
  let data = "";
  let pid = 0;
  const lines: string[] = [];
  {
    await using server = await start({
      buckets: ["open:publicReadWrite", "closed"],
      identities: { accounts: [{ tenant: "default", name: "main", keys: [{ accessKeyId: "amphoramain", secretAccessKey: "amphoramain-secret" }] }] },
      region: "cn-hangzhou",
      onLog: (line) => lines.push(line),
    });
    ({ data, pid } = server);
    assert.match(server.endpoint, /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.deepEqual([server.url, server.port, server.region], [server.endpoint, Number(new URL(server.endpoint).port), "cn-hangzhou"]);
    assert.ok(server.credentials.accessKeyId.length >= 16 && server.credentials.secretAccessKey.length >= 32);
    assert.equal((await fetch(`${server.endpoint}/open/k`, { method: "PUT", body: "x" })).status, 200);
    assert.equal((await fetch(`${server.endpoint}/closed`)).status, 403);
    const accounts = await fetch(`${server.endpoint}/-/admin/v1/accounts`, { headers: { Authorization: `Bearer ${server.adminToken}` } });
    assert.match(await accounts.text(), /"name":"main"/);
    assert.ok(existsSync(data));
  }
  assert.equal(existsSync(path.dirname(data)), false);
  assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
  assert.ok(lines.some((line) => line.includes('"server.stopped"')));
});

test("a folder that was given stays; what keeps a server from starting is said", async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), "amphora-start-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const data = path.join(folder, "store");
  const first = await start({ data, buckets: ["kept:publicRead"] });
  await assert.rejects(start({ data }), /ended with 1 before it was ready:[^]*another server is using the data folder/);
  await first.stop();
  await first.stop();
  assert.equal(await first.exited, 0);
  const second = await start({ data });
  assert.deepEqual([second.credentials, (await fetch(`${second.endpoint}/kept`)).status], [first.credentials, 200]);
  await second.stop();
});

test("the server ends when the program that started it was killed", async () => {
  const program = `const { start } = await import(${JSON.stringify(new URL("./start.ts", import.meta.url).href)}); const { endpoint } = await start(); console.log(endpoint); setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  parent.stdout.on("data", (chunk: Buffer) => (said += chunk.toString("utf8")));
  await eventually(() => said.includes("\n") || parent.exitCode !== null, "it is ready", 60_000);
  const endpoint = said.trim();
  assert.equal((await fetch(`${endpoint}/-/readyz`)).status, 200);
  parent.kill("SIGKILL");
  const isDown = (): Promise<boolean> =>
    fetch(`${endpoint}/-/readyz`).then(
      () => false,
      () => true,
    );
  for (let turn = 0; turn < 200 && !(await isDown()); turn++) await new Promise((resolve) => setTimeout(resolve, 100));
  assert.ok(await isDown());
});
