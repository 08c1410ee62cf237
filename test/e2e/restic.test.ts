/** restic over S3: init, two backups, check that reads everything, restore, forget and prune, a lock held by another. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { findProgram, needs } from "../support/programs.ts";
import { must, mustFail } from "../support/run.ts";
import { main, type Server, startServer } from "../support/server.ts";

describe("restic", needs("restic"), () => {
  let server: Server;
  let folder: string;
  before(async () => {
    server = await startServer();
    folder = mkdtempSync(join(tmpdir(), "amphora-restic-"));
  });
  after(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("keeps a repository: what was backed up comes back, and what was forgotten leaves", async () => {
    const env = {
      AWS_ACCESS_KEY_ID: main.accessKeyId,
      AWS_SECRET_ACCESS_KEY: main.secretAccessKey,
      RESTIC_REPOSITORY: `s3:${server.endpoint}/restic-repository/below/a prefix`,
      RESTIC_PASSWORD: "a password of a test",
      RESTIC_CACHE_DIR: join(folder, "cache"),
      HOME: folder,
    };
    const restic = (...args: string[]): Promise<string> => must(findProgram("restic") ?? "", args, { env, cwd: folder });
    const tree = join(folder, "tree");
    mkdirSync(join(tree, "sub"), { recursive: true });
    const files: Record<string, Buffer> = {
      "small.txt": Buffer.from("small"),
      "sub/empty": Buffer.alloc(0),
      "sub/large": randomBytes(24 * 1024 * 1024),
      "ünïcode +%.txt": randomBytes(100_000),
    };
    for (const [name, data] of Object.entries(files)) writeFileSync(join(tree, name), data);
    await restic("init");
    await mustFail(/already (exists|initialized)/, findProgram("restic") ?? "", ["init"], { env, cwd: folder });
    await restic("backup", "tree");
    writeFileSync(join(tree, "sub/large"), randomBytes(8 * 1024 * 1024));
    await restic("backup", "tree");
    const snapshots = JSON.parse(await restic("snapshots", "--json")) as { id: string }[];
    assert.equal(snapshots.length, 2);
    assert.match(await restic("check", "--read-data"), /no errors were found/);
    await restic("restore", snapshots[0]?.id ?? "", "--target", "back");
    for (const [name, data] of Object.entries(files)) assert.ok(readFileSync(join(folder, "back/tree", name)).equals(data), name);
    assert.match(await restic("forget", "--keep-last", "1", "--prune"), /done/);
    assert.equal((JSON.parse(await restic("snapshots", "--json")) as unknown[]).length, 1);
    assert.match(await restic("check", "--read-data"), /no errors were found/);
    assert.equal((await restic("list", "locks")).trim(), "");
  });
});
