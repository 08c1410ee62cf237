/** The running server gives disk space back: small volumes, a load that overwrites and deletes, a slow reader, kills; every object stays readable. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, rmSync, statSync } from "node:fs";
import http from "node:http";
import { join } from "node:path";
import { describe, it } from "node:test";
import { openDoor, signS3 } from "../support/doors.ts";
import { must } from "../support/run.ts";
import { main, newDataFolder, type Server, startServer } from "../support/server.ts";

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const bodyOf = (key: string, round: number, bytes: number): Buffer => Buffer.alloc(bytes, createHash("sha512").update(`${key} ${round}`).digest());
const sizeOf = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })!.blocks * 512, 0);
const args = ["--workers", "2", "--volume-size", "2MiB", "--volume-seconds", "1", "--compact-every", "1"];
const bucket = "compacted";

describe("compaction in the running server", () => {
  it("bytes of overwritten and deleted objects leave the disk; what lives, also under a slow reader and after a kill, reads back", async () => {
    const data = newDataFolder();
    const volumes = join(data, "volumes");
    let server: Server = await startServer({ data, args });
    let door = openDoor("s3", server.port, main, 8);
    const live = new Map<string, Buffer>();
    const put = async (key: string, round: number, bytes: number): Promise<void> => {
      const body = bodyOf(key, round, bytes);
      assert.equal((await door.send({ method: "PUT", bucket, key, body })).status, 200);
      live.set(key, body);
    };
    const readAll = async (): Promise<void> => {
      for (const [key, body] of live) {
        const answer = await door.send({ method: "GET", bucket, key });
        assert.equal(answer.status, 200, key);
        assert.ok(answer.body.equals(body), `${key} came back otherwise`);
      }
    };
    try {
      await door.send({ method: "PUT", bucket });
      // in every volume something lives on, so that none can just be unlinked
      const rounds = 6;
      for (let round = 0; round < rounds; round++) {
        await Promise.all([
          ...Array.from({ length: 12 }, (_, n) => put(`small/${n}`, round, 150_000)),
          ...Array.from({ length: 4 }, (_, n) => put(`large/${n}`, round, 1_500_000)),
          put(`kept/small/${round}`, round, 150_000),
          put(`kept/large/${round}`, round, 700_000),
        ]);
      }
      await put("slow", 0, 12_000_000);
      // begins before, ends after: the bytes it reads are moved or unlinked under it
      const slow = slowRead(server.port, "slow");
      await slow.begun;
      await door.send({ method: "DELETE", bucket, key: "slow" });
      const slowBody = live.get("slow");
      live.delete("slow");
      for (let n = 0; n < 4; n++) {
        await door.send({ method: "DELETE", bucket, key: `large/${n}` });
        live.delete(`large/${n}`);
      }
      const before = sizeOf(volumes);
      const alive = [...live.values()].reduce((sum, body) => sum + body.length, 0);
      slow.goOn();
      assert.ok(slowBody && (await slow.body).equals(slowBody), "the slow reader got what was there when it began");
      // to what lives and as much again: that is where volumes stop being half dead
      const enough = 2 * alive + 4 * 1024 * 1024;
      for (let turn = 0; turn < 300 && (sizeOf(volumes) > enough || !server.log().includes("volumes.compacted")); turn++) await pause(200);
      assert.match(server.log(), /volumes\.compacted/);
      assert.ok(sizeOf(volumes) < before && sizeOf(volumes) <= enough, `${before} bytes in volumes before, ${sizeOf(volumes)} after, ${alive} alive`);
      await readAll();
      // some more, and a kill in the middle of it
      for (let round = rounds; round < rounds + 2; round++) await Promise.all(Array.from({ length: 12 }, (_, n) => put(`small/${n}`, round, 150_000)));
      door.close();
      process.kill(server.pid, "SIGKILL");
      await server.exited;
      server = await startServer({ data, args });
      door = openDoor("s3", server.port, main, 8);
      await readAll();
      assert.doesNotMatch(server.log(), /volumes\.(notCompacted|failed|damaged)/);
      assert.equal(await server.stop(), 0);
      assert.match(await must(process.execPath, [join(import.meta.dirname, "../../src/main.ts"), "check", "--data", data]), /no damage/);
    } finally {
      door.close();
      await server.kill("SIGKILL");
      rmSync(data, { recursive: true, force: true });
    }
  });
});

/** Takes the first bytes and then nothing until told to go on. */
function slowRead(port: number, key: string): { begun: Promise<void>; goOn(): void; body: Promise<Buffer> } {
  const host = `127.0.0.1:${port}`;
  let goOn = (): void => {};
  let began = (): void => {};
  const begun = new Promise<void>((resolve) => {
    began = resolve;
  });
  const body = new Promise<Buffer>((resolve, reject) => {
    const headers = { ...signS3({ method: "GET", bucket, key }, main, host), host };
    const request = http.get({ host: "127.0.0.1", port, path: `/${bucket}/${key}`, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.once("data", () => {
        response.pause();
        began();
      });
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => resolve(Buffer.concat(chunks)));
      goOn = () => void setTimeout(() => response.resume(), 4_000);
    });
    request.on("error", reject);
  });
  return { begun, goOn: () => goOn(), body };
}
