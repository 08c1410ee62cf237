/** One bit wrong, in a volume or in the database: never served as data, and `amphora check` says so. */
import assert from "node:assert/strict";
import { closeSync, cpSync, mkdtempSync, openSync, readdirSync, readSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { openDoor } from "../support/doors.ts";
import { run } from "../support/run.ts";
import { bodyOf, campaignSeed, seeded, share } from "../support/seeded.ts";
import { newDataFolder, type Server, startServer } from "../support/server.ts";

const bucket = "flips";
const keys = Array.from({ length: 40 }, (_, n) => ({ key: `k${n}`, size: [10, 900, 5000, 70_000, 400_000][n % 5] as number }));

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
function flip(file: string, at: number, bit: number): void {
  const handle = openSync(file, "r+");
  const byte = Buffer.alloc(1);
  readSync(handle, byte, 0, 1, at);
  byte[0] = (byte[0] ?? 0) ^ (1 << bit);
  writeSync(handle, byte, 0, 1, at);
  closeSync(handle);
}

describe("a flipped bit", () => {
  it(`is never served as data and is found by check (seed ${campaignSeed})`, { timeout: 20 * 60_000 }, async (t) => {
    const random = seeded(campaignSeed);
    const data = newDataFolder();
    const work = mkdtempSync(join(tmpdir(), "amphora-flip-"));
    const flips = share(60, 10);
    let found = 0;
    let refusedStarts = 0;
    let wrong = 0;
    try {
      const server = await startServer({ data });
      const door = openDoor("s3", server.port);
      await door.send({ method: "PUT", bucket });
      for (const { key, size } of keys)
        assert.equal((await door.send({ method: "PUT", bucket, key, body: bodyOf(key, size), headers: { "x-amz-meta-m": "m".repeat(600) } })).status, 200);
      door.close();
      assert.equal(await server.stop(), 0);
      for (let n = 0; n < flips; n++) {
        const copy = join(work, String(n));
        cpSync(data, copy, { recursive: true });
        const targets = filesBelow(copy).filter((file) => /\.vol$|\.sqlite$|\.db$/.test(file) && statSync(file).size > 0);
        const file = n % 2 === 0 ? random.pick(targets.filter((name) => name.endsWith(".vol"))) : random.pick(targets.filter((name) => !name.endsWith(".vol")));
        const at = random.below(statSync(file).size);
        flip(file, at, random.below(8));
        const check = await run(process.execPath, [join(import.meta.dirname, "../../src/main.ts"), "check", "--data", copy]);
        if (check.code !== 0) found++;
        let flipped: Server | undefined;
        try {
          flipped = await startServer({ data: copy });
        } catch {
          refusedStarts++;
        }
        let harmed = flipped === undefined;
        if (flipped) {
          const reader = openDoor("s3", flipped.port);
          for (const { key, size } of keys) {
            const got = await reader.send({ method: "GET", bucket, key }).catch(() => undefined);
            if (got?.status === 200 && !got.body.equals(bodyOf(key, size))) wrong++;
            if (got?.status !== 200) harmed = true;
          }
          reader.close();
          await flipped.kill("SIGKILL");
        }
        assert.equal(wrong, 0, `wrong bytes served after a flip at ${at} of ${file}`);
        assert.ok(!harmed || check.code !== 0, `a flip at ${at} of ${file} did harm that check did not find:\n${check.stdout}`);
        rmSync(copy, { recursive: true, force: true });
      }
      t.diagnostic(`${flips} flips: check found ${found} (the others hit unused space), ${refusedStarts} refused to start, ${wrong} wrong bytes served`);
      assert.ok(found > 0);
    } finally {
      rmSync(data, { recursive: true, force: true });
      rmSync(work, { recursive: true, force: true });
    }
  });
});
