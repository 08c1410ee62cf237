/**
 * SIGKILL in the middle of purges and lifecycles, again and again on the same data: each goes on where it was and ends by itself, everything it was to
 * remove is gone, nothing else is, what was locked stays, and what it counted is what it did. Replay: AMPHORA_SEED=n npm run chaos -- jobs
 */
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { askAdmin, type Json } from "../support/admin.ts";
import { type Door, element, elements, openDoor } from "../support/doors.ts";
import { must } from "../support/run.ts";
import { campaignSeed, seeded, share } from "../support/seeded.ts";
import { newDataFolder, type Server, startServer } from "../support/server.ts";

const args = ["--background-share", "5"];
const objects = 3_000;

const admin = async (server: Server, path: string, body?: Json): Promise<Json> => (await askAdmin(server, path, body)).json;
async function fill(door: Door, bucket: string): Promise<void> {
  const keys = Array.from({ length: objects }, (_, n) => `${n % 3 === 0 ? "kept" : "gone"}/${n}`);
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (let key = keys.pop(); key !== undefined; key = keys.pop())
        assert.equal((await door.send({ method: "PUT", bucket, key, body: Buffer.from(key.repeat(200)) })).status, 200);
    }),
  );
}
async function keysOf(door: Door, bucket: string): Promise<string[]> {
  const keys: string[] = [];
  for (let marker = ""; ; ) {
    const page = await door.send({ method: "GET", bucket, query: { marker } });
    const found = elements(page.body, "Key");
    keys.push(...found);
    if (element(page.body, "IsTruncated") !== "true") return keys;
    marker = found.at(-1) ?? "";
  }
}
/** What the counters say must be what a list shows. */
async function countersHold(server: Server, expected: number): Promise<void> {
  const { usage } = await admin(server, "/buckets/jobs/delete?tenant=europe", { dryRun: true });
  assert.equal((usage as Json).objects, expected);
}
const numbered = (prefix: string, wanted: (n: number) => boolean): Set<string> =>
  new Set(Array.from({ length: objects }, (_, n) => n).flatMap((n) => ((n % 3 === 0) === (prefix === "kept") && wanted(n) ? [`${prefix}/${n}`] : [])));

/** Kills the server at random moments until the job is over; gives what the job says then, and how often it was killed while it ran. */
async function killUntilOver(
  data: string,
  first: Server,
  job: string,
  random: ReturnType<typeof seeded>,
  killsMax: number,
): Promise<{ server: Server; last: Json; kills: number }> {
  let server = first;
  for (let kills = 0; ; ) {
    await new Promise((resolve) => setTimeout(resolve, 50 + random.below(400)));
    const last = await admin(server, `/jobs/${job}`);
    if (["done", "failed"].includes(last.state as string)) return { server, last, kills };
    if (kills >= killsMax) continue;
    kills++;
    await server.kill("SIGKILL");
    server = await startServer({ data, args });
  }
}

describe("SIGKILL in the middle of a job", () => {
  it(`a purge removes everything in its scope once and nothing else, a paused one stands still over restarts, the trash survives (seed ${campaignSeed})`, async (t) => {
    const data = newDataFolder();
    const random = seeded(campaignSeed);
    let server = await startServer({ data, args });
    try {
      let door = openDoor("s3", server.port);
      assert.equal((await door.send({ method: "PUT", bucket: "jobs" })).status, 200);
      await fill(door, "jobs");
      const { generation } = await admin(server, "/buckets/jobs/empty?tenant=europe", { confirm: "jobs" });
      await server.kill("SIGKILL");
      door.close();
      server = await startServer({ data, args });
      door = openDoor("s3", server.port);
      assert.deepEqual(await keysOf(door, "jobs"), [], "emptied is emptied");
      assert.equal((await door.send({ method: "DELETE", bucket: "jobs" })).status, 204);
      await admin(server, `/trash/${String(generation)}/restore`, {});
      assert.equal((await keysOf(door, "jobs")).length, objects);
      await countersHold(server, objects);

      const { id } = await admin(server, "/buckets/jobs/purge?tenant=europe", { prefix: "gone/", confirm: "jobs" });
      await admin(server, `/jobs/${String(id)}/pause`, {});
      await server.kill("SIGKILL");
      door.close();
      server = await startServer({ data, args });
      const standing = (await admin(server, `/jobs/${String(id)}`)).counts as Json;
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      const still = await admin(server, `/jobs/${String(id)}`);
      assert.deepEqual([still.state, still.counts], ["paused", standing]);
      await admin(server, `/jobs/${String(id)}/resume`, {});
      const over = await killUntilOver(data, server, String(id), random, share(25, 5));
      server = over.server;
      assert.deepEqual([over.last.state, (over.last.counts as Json).acted, (over.last.counts as Json).locked], ["done", (objects * 2) / 3, 0]);
      door = openDoor("s3", server.port);
      assert.deepEqual(
        new Set(await keysOf(door, "jobs")),
        numbered("kept", () => true),
      );
      for (const key of ["kept/0", "kept/2997"]) assert.equal((await door.send({ method: "GET", bucket: "jobs", key })).body.toString(), key.repeat(200));

      await countersHold(server, objects / 3);

      // A lifecycle whose date has passed, on what is left.
      const rules = `<LifecycleConfiguration><Rule><ID>r</ID><Status>Enabled</Status><Filter><Prefix>kept/1</Prefix></Filter><Expiration><Date>2020-01-01T00:00:00Z</Date></Expiration></Rule></LifecycleConfiguration>`;
      assert.equal((await door.send({ method: "PUT", bucket: "jobs", query: { lifecycle: undefined }, body: Buffer.from(rules) })).status, 200);
      door.close();
      for (let kill = 0; kill < share(10, 3); kill++) {
        await new Promise((resolve) => setTimeout(resolve, random.below(600)));
        await server.kill("SIGKILL");
        server = await startServer({ data, args });
      }
      let report: Json = {};
      for (let turn = 0; turn < 300 && report.lastRun === undefined; turn++) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        report = await admin(server, "/buckets/jobs/lifecycle?tenant=europe");
      }
      const ones = numbered("kept", (n) => String(n).startsWith("1"));
      assert.deepEqual((report.rules as Json[])[0]?.acted, ones.size, "each was ended once");
      door = openDoor("s3", server.port);
      assert.deepEqual(
        new Set(await keysOf(door, "jobs")),
        numbered("kept", (n) => !String(n).startsWith("1")),
      );
      await countersHold(server, objects / 3 - ones.size);
      door.close();
      assert.equal(await server.stop(), 0);
      const check = await must(process.execPath, [join(import.meta.dirname, "../../src/main.ts"), "check", "--data", data], { timeoutMs: 120_000 });
      t.diagnostic(`killed ${over.kills} times while the purge ran; check: ${check.trim().split("\n").pop()}`);
    } finally {
      await server.kill("SIGKILL");
      rmSync(data, { recursive: true, force: true });
    }
  });
});
