/** Temporary keys with the vendors' own clients, from a role that the admin API made; what is issued on one thread opens on the other. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { nodeClients, venv } from "../../tools/clients.ts";
import { must } from "../support/run.ts";
import { main, type Server, startServer } from "../support/server.ts";

const program = (name: string): string => join(import.meta.dirname, "programs", name);
type Account = { id: string; name: string; tenant: string; accountId: string; uid: string };

describe("temporary keys", () => {
  let server: Server;
  let account: Account;
  before(async () => {
    server = await startServer({ args: ["--workers", "2"] });
    const { adminToken } = JSON.parse(readFileSync(join(server.data, "root-credentials.json"), "utf8")) as { adminToken: string };
    const ask = async (method: string, path: string, body?: object): Promise<unknown> => {
      const answer = await fetch(`${server.endpoint}/-/admin/v1${path}`, {
        method,
        headers: { Authorization: `Bearer ${adminToken}`, "Content-Type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      assert.ok(answer.ok, text);
      return text === "" ? undefined : JSON.parse(text);
    };
    const { accounts } = (await ask("GET", "/accounts")) as { accounts: Account[] };
    account = accounts.find(({ name, tenant }) => name === "main" && tenant === "default") as Account;
    const principal = { AWS: `arn:aws:iam::${account.accountId}:root` };
    await ask("POST", `/accounts/${account.id}/roles/worker`, {
      trust: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: principal, Action: "sts:AssumeRole" }] },
    });
    await ask("POST", `/accounts/${account.id}/policies/everything`, { Version: "1", Statement: [{ Effect: "Allow", Action: "oss:*", Resource: "*" }] });
    await ask("POST", `/accounts/${account.id}/roles/worker/attached/everything`);
    const { roles } = (await ask("GET", `/accounts/${account.id}/roles`)) as { roles: { name: string; attached: string[] }[] };
    assert.deepEqual(
      roles.map(({ name, attached }) => [name, attached]),
      [["worker", ["everything"]]],
    );
  });
  after(() => server.stop());

  it("boto3's sts, Alibaba Cloud's core SDK, oss2's StsAuth", async () => {
    const args = [program("sts_python.py"), server.endpoint, main.accessKeyId, main.secretAccessKey, account.accountId, account.uid];
    assert.match(await must(join(venv, "bin/python"), args), /flow complete/);
  });
  it("ali-oss's STS", async () => {
    assert.match(await must(process.execPath, [program("sts_ali_oss.cjs"), nodeClients, server.endpoint, main.accessKeyId, main.secretAccessKey, account.uid]), /flow complete/);
  });
});
