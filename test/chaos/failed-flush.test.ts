/** A flush that fails is never acknowledged: strace makes every fdatasync and fsync of the running server fail with EIO. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { describe, it } from "node:test";
import { type DoorAnswer, openDoor } from "../support/doors.ts";
import { bodyOf } from "../support/seeded.ts";
import { newDataFolder, startServer } from "../support/server.ts";

const bucket = "flush";

describe("a failing flush", () => {
  it("is never acknowledged; the process exits; the next start has all that was", { timeout: 120_000 }, async (t) => {
    if (spawnSync("strace", ["-V"]).status !== 0) {
      t.skip("not run: strace is not on this machine");
      return;
    }
    const data = newDataFolder();
    let server = await startServer({ data });
    try {
      let door = openDoor("s3", server.port);
      await door.send({ method: "PUT", bucket });
      for (let n = 0; n < 20; n++) assert.equal((await door.send({ method: "PUT", bucket, key: `before-${n}`, body: bodyOf(`before-${n}`, 3000) })).status, 200);
      const strace = spawn("strace", ["-f", "-q", "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO", "-p", String(server.pid)], { stdio: "ignore" });
      await new Promise((resolve) => setTimeout(resolve, 1500));
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          door.send({ method: "PUT", bucket, key: `during-${n}`, body: bodyOf(`during-${n}`, n % 2 === 0 ? 100 : 3000) }).catch((): DoorAnswer | undefined => undefined),
        ),
      );
      assert.deepEqual(
        answers.filter((answer) => answer !== undefined && answer.status < 300).map((answer) => answer?.status),
        [],
        "acknowledged although the flush failed",
      );
      const code = await Promise.race([server.exited, new Promise<"alive">((resolve) => setTimeout(() => resolve("alive"), 20_000))]);
      strace.kill("SIGKILL");
      assert.notEqual(code, "alive", "the process must exit");
      assert.notEqual(code, 0);
      door.close();
      server = await startServer({ data });
      door = openDoor("s3", server.port);
      for (let n = 0; n < 20; n++) assert.ok((await door.send({ method: "GET", bucket, key: `before-${n}` })).body.equals(bodyOf(`before-${n}`, 3000)));
      for (let n = 0; n < 20; n++) {
        const got = await door.send({ method: "GET", bucket, key: `during-${n}` });
        assert.ok(got.status === 404 || got.body.equals(bodyOf(`during-${n}`, n % 2 === 0 ? 100 : 3000)), "whole or absent");
      }
      door.close();
    } finally {
      await server.kill("SIGKILL");
      rmSync(data, { recursive: true, force: true });
    }
  });
});
