/** A host name that OSS binds to a bucket stands for it at every door, on every thread, from the next request on. */
import assert from "node:assert/strict";
import { Agent } from "node:http";
import { after, before, describe, it } from "node:test";
import { type Door, openDoor, send } from "../support/doors.ts";
import { type Server, startServer } from "../support/server.ts";

describe("own host names", () => {
  let server: Server;
  let oss: Door;
  const agent = new Agent({ keepAlive: false });
  before(async () => {
    server = await startServer({ args: ["--trust-cname", "--workers", "2"] });
    oss = openDoor("oss", server.port);
  });
  after(async () => {
    oss.close();
    agent.destroy();
    await server.stop();
  });
  const configure = (comp: string, host: string) =>
    oss.send({ method: "POST", bucket: "shown", query: { cname: "", comp }, body: `<BucketCnameConfiguration><Cname><Domain>${host}</Domain></Cname></BucketCnameConfiguration>` });
  /** As nobody: the key is the whole path. */
  const visit = (host: string, headers: Record<string, string> = {}) => send(agent, server.port, { method: "GET", bucket: "dir", key: "k" }, host, headers);

  it("is bound and unbound for visitors of both vendors", async () => {
    assert.equal((await oss.send({ method: "PUT", bucket: "shown", headers: { "x-oss-acl": "public-read" } })).status, 200);
    assert.equal((await oss.send({ method: "PUT", bucket: "shown", key: "dir/k", body: "hello" })).status, 200);
    const host = "shown.example.com";
    for (let turn = 0; turn < 2; turn++) {
      assert.equal((await visit(host)).status, 404);
      assert.equal((await configure("add", host)).status, 200);
      for (let request = 0; request < 8; request++) {
        const { status, body } = await visit(host, request % 2 === 0 ? {} : { "x-oss-range-behavior": "standard" });
        assert.deepEqual([status, body.toString()], [200, "hello"]);
      }
      assert.equal((await configure("delete", host)).status, 200);
      for (let request = 0; request < 4; request++) assert.equal((await visit(host)).status, 404);
    }
  });
});
