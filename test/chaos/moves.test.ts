/**
 * SIGKILL while a lifecycle moves bytes from one folder to another, again and again on the same data: no byte is lost or mixed up, everything ends in its
 * class and its folder, and what was written in vain or left behind is given back. Replay: AMPHORA_SEED=n npm run chaos -- moves
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type Door, openDoor } from "../support/doors.ts";
import { must } from "../support/run.ts";
import { campaignSeed, seeded, share } from "../support/seeded.ts";
import { newDataFolder, type Server, startServer } from "../support/server.ts";

const objects = share(2_000, 700);
const bucket = "moves";
const program = join(import.meta.dirname, "../../src/main.ts");
const sizes = [2_000, 30_000, 90_000];
const bodyOf = (n: number): Buffer => Buffer.alloc(sizes[n % sizes.length] as number, createHash("sha512").update(`${campaignSeed} ${n}`).digest());
const volumeBytes = (folder: string): number =>
  readdirSync(join(folder, "volumes"))
    .filter((file) => file.endsWith(".vol"))
    .reduce((sum, file) => sum + (statSync(join(folder, "volumes", file), { throwIfNoEntry: false })?.size ?? 0), 0);

async function each(count: number, act: (n: number) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (let n = next++; n < count; n = next++) await act(n);
    }),
  );
}
const moved = async (door: Door): Promise<number> => {
  let count = 0;
  await each(objects, async (n) => {
    const { headers, status } = await door.send({ method: "HEAD", bucket, key: `k/${n}` });
    assert.equal(status, 200);
    if (headers["x-amz-storage-class"] === "GLACIER_IR") count++;
  });
  return count;
};
type Rules = { rules: { acted: number; moved?: number; left?: number }[]; lastRun?: { state: string } };
async function report(server: Server): Promise<Rules> {
  const { adminToken } = JSON.parse(readFileSync(join(server.data, "root-credentials.json"), "utf8")) as { adminToken: string };
  const response = await fetch(`${server.endpoint}/-/admin/v1/buckets/${bucket}/lifecycle?tenant=europe`, { headers: { Authorization: `Bearer ${adminToken}` } });
  return (await response.json()) as Rules;
}

describe("SIGKILL in the middle of moves between folders", () => {
  it(`every object arrives whole, once, and the folder it left is emptied (seed ${campaignSeed})`, { timeout: 300_000 }, async (t) => {
    const top = newDataFolder();
    const [data, cold] = [join(top, "data"), join(top, "cold")];
    const args = ["--class", `GLACIER_IR=${cold}`, "--background-share", "30", "--volume-size", "4MiB", "--volume-seconds", "1", "--compact-every", "1", "--access-log", "off"];
    const random = seeded(campaignSeed);
    let server = await startServer({ data, args });
    let kills = 0;
    let midway = 0;
    try {
      let door = openDoor("s3", server.port);
      assert.equal((await door.send({ method: "PUT", bucket })).status, 200);
      await each(objects, async (n) => assert.equal((await door.send({ method: "PUT", bucket, key: `k/${n}`, body: bodyOf(n) })).status, 200));
      const rule =
        "<Rule><ID>r</ID><Status>Enabled</Status><Filter><ObjectSizeGreaterThan>1</ObjectSizeGreaterThan></Filter>" +
        "<Transition><Date>2020-01-01T00:00:00Z</Date><StorageClass>GLACIER_IR</StorageClass></Transition></Rule>";
      const put = await door.send({ method: "PUT", bucket, query: { lifecycle: undefined }, body: `<LifecycleConfiguration>${rule}</LifecycleConfiguration>` });
      assert.equal(put.status, 200, put.body.toString());
      const all = Array.from({ length: objects }, (_, n) => bodyOf(n).length).reduce((sum, bytes) => sum + bytes, 0);
      let over: Rules = { rules: [] };
      for (;;) {
        await new Promise((resolve) => setTimeout(resolve, 200 + random.below(2_500)));
        over = await report(server);
        if (over.lastRun) break;
        if (kills >= share(40, 6)) continue;
        door.close();
        await server.kill("SIGKILL");
        kills++;
        server = await startServer({ data, args });
        door = openDoor("s3", server.port);
        const count = await moved(door);
        if (count > 0 && count < objects) midway++;
      }
      assert.deepEqual([over.lastRun?.state, over.rules[0]?.acted, over.rules[0]?.moved, over.rules[0]?.left], ["done", objects, all, undefined]);
      assert.equal(await moved(openDoor("s3", server.port)), objects);
      await each(objects, async (n) => {
        const { body, status } = await door.send({ method: "GET", bucket, key: `k/${n}` });
        assert.ok(status === 200 && body.equals(bodyOf(n)), `k/${n}`);
      });
      let check = "";
      for (let tries = 0; !/no damage, 0 left over/.test(check) || volumeBytes(data) > 1024 * 1024; tries++) {
        assert.ok(tries < 20, `${volumeBytes(data)} bytes stay behind; ${check.split("\n").pop()}`);
        door.close();
        assert.equal(await server.stop(), 0);
        check = (await must(process.execPath, [program, "check", "--data", data])).trim();
        server = await startServer({ data, args: [...args, "--background-share", "100"] });
        await new Promise((resolve) => setTimeout(resolve, 3_000));
      }
      t.diagnostic(`killed ${kills} times, ${midway} of them with some moved and some not; check: ${check.split("\n").pop()}`);
      assert.ok(midway > 0, "some kill came in the middle");
    } finally {
      await server.kill("SIGKILL");
      rmSync(top, { recursive: true, force: true });
    }
  });
});
