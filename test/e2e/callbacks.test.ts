/** Callbacks of uploads as the vendor's SDKs ask for them, verified as a receiver of theirs does; and that only the operator opens private addresses. */
import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { nodeClients, venv } from "../../tools/clients.ts";
import { must } from "../support/run.ts";
import { main, startServer } from "../support/server.ts";

const program = (name: string): string => join(import.meta.dirname, "programs", name);

test("oss2 and ali-oss have their receivers called, which verify the signature with the server's public key", async () => {
  const server = await startServer({ args: ["--callback-allow", "127.0.0.1/32"] });
  try {
    const given = [server.endpoint, main.accessKeyId, main.secretAccessKey];
    assert.match(await must(join(venv, "bin/python"), [program("callback_oss2.py"), ...given]), /flow complete/);
    assert.match(await must(process.execPath, [program("callback_ali_oss.cjs"), nodeClients, ...given]), /flow complete/);
    assert.equal(statSync(join(server.data, "callback-key")).mode & 0o777, 0o600);
    const first = await (await fetch(`${server.endpoint}/-/callback-key.pem`)).text();
    assert.match(first, /^-----BEGIN PUBLIC KEY-----\n/);
  } finally {
    await server.stop();
  }
});
