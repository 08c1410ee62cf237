/** A temporary key from /-/sts opens every door, for what its role and its session's policy leave, and is closed at every door when its role's sessions are ended. */
import assert from "node:assert/strict";
import { createHmac, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Door, type DoorAnswer, type DoorRequest, doorNames, type Key, lgreenKey, openDoor } from "../support/doors.ts";
import { must, mustFail } from "../support/run.ts";
import { type Server, startServer } from "../support/server.ts";

const bucket = "cross-temporary";
const encode = (text: string): string => encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
const main = join(import.meta.dirname, "../../src/main.ts");

/** By RAM's RPC form. */
async function assume(server: Server, role: string, policy: object): Promise<Key & { token: string }> {
  const parameters: Record<string, string> = {
    AccessKeyId: lgreenKey.accessKeyId,
    Action: "AssumeRole",
    Format: "JSON",
    Policy: JSON.stringify(policy),
    RoleArn: role,
    RoleSessionName: "cross",
    SignatureMethod: "HMAC-SHA1",
    SignatureNonce: randomUUID(),
    SignatureVersion: "1.0",
    Timestamp: `${new Date().toISOString().slice(0, 19)}Z`,
    Version: "2015-04-01",
  };
  const query = Object.entries(parameters)
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .join("&");
  const signature = createHmac("sha1", `${lgreenKey.secretAccessKey}&`)
    .update(`GET&%2F&${encode(query)}`)
    .digest("base64");
  const answer = await fetch(`${server.endpoint}/-/sts?${query}&Signature=${encode(signature)}`);
  const { Credentials: keys } = (await answer.json()) as { Credentials: { AccessKeyId: string; AccessKeySecret: string; SecurityToken: string } };
  return { accessKeyId: keys.AccessKeyId, secretAccessKey: keys.AccessKeySecret, token: keys.SecurityToken };
}

describe("temporary keys through every door", () => {
  let server: Server;
  let key: Key & { token: string };
  let folder: string;
  const doors: Door[] = [];
  const cli = (...args: string[]): Promise<string> => must(process.execPath, [main, ...args, "--data", server.data, "--account", "lgreen", "--tenant", "europe"]);
  before(async () => {
    server = await startServer();
    folder = mkdtempSync(join(tmpdir(), "amphora-test-"));
    const file = (name: string, document: object): string => {
      writeFileSync(join(folder, name), JSON.stringify(document));
      return join(folder, name);
    };
    const accounts = await must(process.execPath, [main, "account", "list", "--json", "--data", server.data, "--tenant", "europe"]);
    const listed = accounts
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { name: string; uid: string });
    const { uid = "" } = listed.find(({ name }) => name === "lgreen") ?? {};
    await cli(
      "role",
      "put",
      "worker",
      file("trust.json", { Version: "1", Statement: [{ Effect: "Allow", Principal: { RAM: [`acs:ram::${uid}:root`] }, Action: "sts:AssumeRole" }] }),
    );
    await cli("policy", "put", "all", file("all.json", { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }] }));
    await cli("policy", "attach", "all", "--role", "worker");
    const owner = openDoor("s3", server.port);
    doors.push(owner);
    for (const path of [{}, { key: "in/a" }, { key: "out" }]) assert.equal((await owner.send({ method: "PUT", bucket, body: "", ...path })).status, 200);
    key = await assume(server, `acs:ram::${uid}:role/worker`, {
      Version: "1",
      Statement: [{ Effect: "Allow", Action: ["oss:GetObject", "oss:PutObject"], Resource: [`acs:oss:*:*:${bucket}/in/*`] }],
    });
  });
  after(async () => {
    for (const door of doors) door.close();
    await server.stop();
    rmSync(folder, { recursive: true });
  });
  const ask = (name: (typeof doorNames)[number], request: DoorRequest): Promise<DoorAnswer> => {
    const door = openDoor(name, server.port, key);
    doors.push(door);
    const header = name === "oss" ? "x-oss-security-token" : "x-amz-security-token";
    return door.send({ ...request, bucket, headers: { [header]: key.token } });
  };

  for (const name of doorNames) {
    it(`${name}: what the session's policy names is let through, the rest is not`, async () => {
      assert.equal((await ask(name, { method: "PUT", key: `in/${name}`, body: name })).status, 200);
      assert.equal((await ask(name, { method: "GET", key: `in/${name}` })).body.toString(), name);
      for (const request of [{ method: "GET", key: "out" }, { method: "PUT", key: "out", body: "x" }, { method: "DELETE", key: "in/a" }, { method: "GET" }])
        assert.equal((await ask(name, request)).status, 403, `${request.method} ${request.key}`);
    });
  }

  it("is closed at every door when the sessions of its role are ended; groups and users by the command line", async () => {
    await cli("role", "end-sessions", "worker");
    for (const name of doorNames) assert.match((await ask(name, { method: "GET", key: "in/a" })).body.toString(), /InvalidSecurityToken|InvalidToken/, name);
    await cli("user", "create", "ann");
    await cli("group", "create", "staff");
    await cli("group", "add", "staff", "ann");
    await cli("policy", "attach", "all", "--group", "staff");
    const [group] = (await cli("group", "list", "--json")).trim().split("\n");
    const { name, users, attached } = JSON.parse(group ?? "{}") as { name: string; users: string[]; attached: string[] };
    assert.deepEqual([name, users, attached], ["staff", ["ann"], ["all"]]);
    assert.match(await cli("user", "list"), /^ann +staff/m);
    assert.match(await cli("role", "list"), /^worker +AMPR/m);
    await mustFail(/attached to/, process.execPath, [main, "policy", "delete", "all", "--data", server.data, "--account", "lgreen", "--tenant", "europe"]);
    await cli("group", "remove", "staff", "ann");
    await cli("policy", "detach", "all", "--group", "staff");
    for (const [noun, one] of [
      ["group", "staff"],
      ["user", "ann"],
      ["role", "worker"],
      ["policy", "all"],
    ] as const)
      assert.equal(await cli(noun, "delete", one), `deleted ${one}\n`);
  });
});
