/** 500 and 503 as each vendor writes them, with a Retry-After a client can go by; nothing half done; and the retry that succeeds. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Door, doorNames, element, openDoor } from "../support/doors.ts";
import { hcpCurl } from "../support/hcp-curl.ts";
import { type PlannedServer, startPlanned } from "../support/planned-server.ts";

const tenant = "europe.hcp.example.com";

describe("a store that fails by plan", () => {
  let server: PlannedServer;
  let doors: Record<Door["name"], Door>;
  before(async () => {
    server = await startPlanned();
    doors = { oss: openDoor("oss", server.port), s3: openDoor("s3", server.port), hcp: openDoor("hcp", server.port) };
  });
  after(async () => {
    for (const door of Object.values(doors)) door.close();
    await server.close();
  });
  const healthy = (): void => server.metadata.plan({ refuse: 0, unknownLost: 0, unknownApplied: 0, refuseSnapshot: 0 });

  for (const name of doorNames) {
    it(`${name}: a write of unknown outcome is never acknowledged: 5xx with a request id, and the error is logged`, async () => {
      await doors[name].send({ method: "PUT", bucket: `unknown-${name}` });
      server.metadata.plan({ unknownLost: 1 });
      const logged = server.logged.length;
      const refused = await doors[name].send({ method: "PUT", bucket: `unknown-${name}`, key: "k", body: "x".repeat(5000) });
      healthy();
      assert.equal(refused.status, 503);
      assert.equal(element(refused.body, "Code"), "ServiceUnavailable");
      assert.ok((element(refused.body, "RequestId") ?? "").length > 0);
      assert.ok(server.logged.length > logged);
      assert.equal((await doors[name].send({ method: "GET", bucket: `unknown-${name}`, key: "k" })).status, 404);
    });
    it(`${name}: a store that takes nothing more: 503, then the same request succeeds`, async () => {
      server.metadata.plan({ refuse: 1, refuseReason: "timeout" });
      const refused = await doors[name].send({ method: "PUT", bucket: `later-${name}` });
      healthy();
      assert.equal(refused.status, 503, refused.body.toString());
      assert.equal((await doors[name].send({ method: "PUT", bucket: `later-${name}` })).status, 200);
    });
    it(`${name}: draining: 503 with Retry-After in the vendor's form, and the connection is closed`, async () => {
      server.state.draining = true;
      const refused = await doors[name].send({ method: "PUT", bucket: "late", key: "k", body: "x" });
      server.state.draining = false;
      assert.equal(refused.status, 503);
      assert.ok(Number(refused.headers["retry-after"]) >= 1);
      assert.equal(refused.headers.connection, "close");
      assert.equal(element(refused.body, "Code"), "ServiceUnavailable");
    });
  }

  it("HCP: DELETE bucket with curl: 500 by plan, 503 while draining, and the retry with a growing delay that then succeeds", async () => {
    const send = (method: string): ReturnType<typeof hcpCurl> => hcpCurl({ method, port: server.port, host: `sales-mktg.${tenant}`, path: "/", resource: "/sales-mktg/" });
    assert.equal((await send("PUT")).status, 200);
    server.state.damaged = true;
    const failed = await send("DELETE");
    server.state.damaged = false;
    assert.equal(failed.status, 500);
    assert.equal(element(failed.body, "Code"), "InternalError");
    server.state.draining = true;
    setTimeout(() => {
      server.state.draining = false;
    }, 600);
    const seen: number[] = [];
    for (let delayMs = 100; ; delayMs *= 2) {
      const answer = await send("DELETE");
      seen.push(answer.status);
      if (answer.status !== 503 || delayMs > 10_000) break;
      await new Promise((resolve) => setTimeout(resolve, delayMs));
    }
    assert.equal(seen.at(-1), 204, seen.join(" "));
    assert.ok(seen.length > 1 && seen.slice(0, -1).every((status) => status === 503), seen.join(" "));
    assert.equal((await send("DELETE")).status, 404);
  });
});

describe("overload", () => {
  it("over its budget of requests the server answers 503 with Retry-After, in each vendor's form, before it reads the body", async () => {
    const server = await startPlanned(["--in-flight-requests", "1"]);
    const s3 = openDoor("s3", server.port);
    try {
      await s3.send({ method: "PUT", bucket: "busy" });
      server.metadata.plan({ delay: 1, delayMsMax: 3000 });
      const slow = s3.send({ method: "PUT", bucket: "busy", key: "slow", body: "x" });
      await new Promise((resolve) => setTimeout(resolve, 50));
      for (const [name, code] of [
        ["oss", "ServiceUnavailable"],
        ["s3", "SlowDown"],
        ["hcp", "ServiceUnavailable"],
      ] as const) {
        const door = openDoor(name, server.port);
        const refused = await door.send({ method: "PUT", bucket: "busy", key: "k", body: "y".repeat(100_000) });
        door.close();
        assert.equal(refused.status, 503, name);
        assert.equal(element(refused.body, "Code"), code);
        assert.ok(Number(refused.headers["retry-after"]) >= 1);
      }
      assert.equal((await slow).status, 200);
      server.metadata.plan({ delay: 0 });
      assert.equal((await s3.send({ method: "GET", bucket: "busy", key: "k" })).status, 404);
    } finally {
      s3.close();
      await server.close();
    }
  });
});
