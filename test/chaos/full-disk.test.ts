/**
 * A disk that fills up for real (a small tmpfs): a clear refusal, reads and deletes go on, writes resume once there is space, and what was
 * acknowledged after it is there after a kill. Needs the right to mount; says "not run" where there is none.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type Door, element, openDoor } from "../support/doors.ts";
import { must } from "../support/run.ts";
import { bodyOf } from "../support/seeded.ts";
import { startServer } from "../support/server.ts";

const MIB = 1024 * 1024;
const bucket = "full";

function mounted(folder: string, mib: number): boolean {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${mib}m`, "tmpfs", folder], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
const put = (door: Door, key: string, size: number): Promise<number> => door.send({ method: "PUT", bucket, key, body: bodyOf(key, size) }).then((answer) => answer.status);

/** Takes all that is left, in pieces, as a log file gone wild would. */
function fillUp(file: string): void {
  const piece = Buffer.alloc(256 * 1024, 1);
  try {
    for (let n = 0; n < 4096; n++) appendFileSync(file, piece);
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, "ENOSPC");
  }
}
/** As a client does it: a 503 is tried again, ever later. The store needs a moment to give its ballast back. */
async function deleted(door: Door, key: string): Promise<number> {
  for (let waitMs = 100; ; waitMs *= 2) {
    const { status } = await door.send({ method: "DELETE", bucket, key });
    if (status !== 503 || waitMs > 4000) return status;
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}
const reserveBytes = 48 * MIB;

describe("a full disk", () => {
  for (const [name, byOthers] of [
    ["met before it happens", false],
    ["filled to the last block by somebody else", true],
  ] as const) {
    it(`${name}: refuses clearly, keeps reading and deleting, recovers, and keeps 500 writes made afterwards through a kill`, { timeout: 180_000 }, async (t) => {
      const folder = mkdtempSync(join(tmpdir(), "amphora-full-"));
      if (!mounted(folder, 256)) {
        rmSync(folder, { recursive: true });
        t.skip("not run: no right to mount a small file system here");
        return;
      }
      const data = join(folder, "data");
      const args = ["--disk-reserve", String(reserveBytes), "--workers", "1"];
      let server = await startServer({ data, args });
      let door = openDoor("s3", server.port);
      try {
        assert.equal((await door.send({ method: "PUT", bucket })).status, 200);
        const kept: string[] = [];
        let refused: { status: number; code: string | undefined } | undefined;
        for (let n = 0; n < 200 && refused === undefined; n++) {
          const key = `fill-${n}`;
          const answer = await door.send({ method: "PUT", bucket, key, body: bodyOf(key, 4 * MIB) });
          if (answer.status === 200) kept.push(key);
          else refused = { status: answer.status, code: element(answer.body, "Code") };
        }
        assert.ok(refused, "the disk must fill up");
        assert.ok(refused.status === 503 || refused.status === 507, JSON.stringify(refused));
        if (byOthers) fillUp(join(folder, "others"));
        for (const key of kept) assert.ok((await door.send({ method: "GET", bucket, key })).body.equals(bodyOf(key, 4 * MIB)), `${key} after the disk was full`);
        assert.notEqual(await put(door, "more", 8 * MIB), 200);
        for (const key of kept.slice(0, 3)) assert.equal(await deleted(door, key), 204, `delete of ${key}`);
        execFileSync("mount", ["-o", "remount,size=640m", folder]);
        let written = 0;
        const deadline = Date.now() + 60_000;
        const body = (n: number): Buffer => bodyOf(`after-${n}`, n % 2 === 0 ? 300 : 5000);
        while (written < 500 && Date.now() < deadline) {
          const answer = await door.send({ method: "PUT", bucket, key: `after-${written}`, body: body(written) });
          if (answer.status === 200) written++;
          else await new Promise((resolve) => setTimeout(resolve, 200));
        }
        assert.equal(written, 500, "writes resume");
        door.close();
        await server.kill("SIGKILL");
        server = await startServer({ data, args });
        door = openDoor("s3", server.port);
        for (let n = 0; n < 500; n++) assert.ok((await door.send({ method: "GET", bucket, key: `after-${n}` })).body.equals(body(n)), `after-${n}`);
        for (const key of kept.slice(0, 3)) assert.equal((await door.send({ method: "GET", bucket, key })).status, 404, key);
        for (const key of kept.slice(3)) assert.ok((await door.send({ method: "GET", bucket, key })).body.equals(bodyOf(key, 4 * MIB)), key);
        door.close();
        assert.equal(await server.stop(), 0);
        await must(process.execPath, [join(import.meta.dirname, "../../src/main.ts"), "check", "--data", data]);
      } finally {
        door.close();
        await server.kill("SIGKILL");
        execFileSync("umount", [folder]);
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }
});
