/** rclone beyond copies: sync and check by hash, rcat of a stream, versions, copies and moves within the store, metadata, links, cleanup. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { venv } from "../../tools/clients.ts";
import { openDoor } from "../support/doors.ts";
import { must, mustFail, run } from "../support/run.ts";
import { makeSamples, type Samples } from "../support/samples.ts";
import { main, type Server, startServer } from "../support/server.ts";

describe("rclone", () => {
  let server: Server;
  let samples: Samples;
  const program = join(venv, "bin/rclone");
  const flags = (): string[] => [
    "--config",
    join(samples.folder, "rclone.conf"),
    "--retries",
    "1",
    "--low-level-retries",
    "1",
    "--s3-upload-cutoff",
    "16M",
    "--s3-chunk-size",
    "8M",
  ];
  const rclone = (...args: string[]): Promise<string> => must(program, [...flags(), ...args], { cwd: samples.folder, env: { HOME: samples.folder } });
  const piped = (input: string, ...args: string[]): Promise<string> => must(program, [...flags(), ...args], { cwd: samples.folder, env: { HOME: samples.folder }, input });
  type Row = { Path: string; Size: number; ModTime: string; Hashes?: { md5: string }; Metadata?: Record<string, string> };
  const rows = async (...args: string[]): Promise<Row[]> => JSON.parse(await rclone("lsjson", ...args)) as Row[];
  /** What a transfer says of itself: did the bytes pass through the client? */
  const withinStore = async (...args: string[]): Promise<void> => {
    const { stderr } = await run(program, [...flags(), "-v", ...args], { cwd: samples.folder, env: { HOME: samples.folder } });
    assert.match(stderr, /server-side copy/);
    assert.match(stderr, /Server Side (Copies|Moves):/);
  };

  before(async () => {
    server = await startServer();
    samples = makeSamples();
    const settings = { type: "s3", access_key_id: main.accessKeyId, secret_access_key: main.secretAccessKey, endpoint: server.endpoint, force_path_style: "true" };
    const remote = (name: string, more: object): string => [`[${name}]`, ...Object.entries({ ...settings, ...more }).map(([key, value]) => `${key} = ${value}`), ""].join("\n");
    writeFileSync(join(samples.folder, "rclone.conf"), remote("it", { provider: "Other", region: "us-east-1" }) + remote("oss", { provider: "Alibaba", acl: "private" }));
    await rclone("mkdir", "it:clone");
  });
  after(async () => {
    samples?.remove();
    await server.stop();
  });

  it("sync and check: there, nothing to do, what left goes to the backup, and back", async () => {
    await rclone("sync", "in", "it:clone/dir");
    for (const how of [[], ["--download"]]) await rclone("check", ...how, "in", "it:clone/dir");
    const first = await rows("-R", "--files-only", "--hash", "it:clone/dir");
    assert.deepEqual(first.map(({ Path }) => Path).sort(), [...samples.files].sort());
    assert.ok(
      first.every(({ Hashes }) => /^[0-9a-f]{32}$/.test(Hashes?.md5 ?? "")),
      "every object has an MD5, those of several parts too",
    );
    await rclone("sync", "in", "it:clone/dir");
    assert.deepEqual(await rows("-R", "--files-only", "--hash", "it:clone/dir"), first);
    await rclone("sync", "in/sub", "it:clone/dir", "--backup-dir", "it:clone/backup");
    await rclone("check", "in/sub", "it:clone/dir");
    await rclone("check", "in", "it:clone/backup");
    await rclone("sync", "it:clone/backup", "back");
    samples.cameBack(join(samples.folder, "back"));
    await mustFail(/differences found/, program, [...flags(), "check", join(samples.folder, "in"), "it:clone/dir"]);
  });

  it("rcat, cat with ranges, size", async () => {
    const long = "a line of a stream\n".repeat(1_000_000);
    for (const [name, text] of Object.entries({ none: "", small: "small", long })) {
      await piped(text, "rcat", `it:clone/rcat/${name}`);
      const [row] = await rows(`it:clone/rcat/${name}`);
      assert.equal(row?.Size, text.length);
    }
    assert.equal(await rclone("cat", "--offset", "9500000", "--count", "19", "it:clone/rcat/long"), long.slice(9_500_000, 9_500_019));
    assert.deepEqual(JSON.parse(await rclone("size", "--json", "it:clone/rcat")), { count: 3, bytes: long.length + 5, sizeless: 0 });
  });

  it("copies and moves within the store, in parts too, with metadata and times", async () => {
    await withinStore("copyto", "it:clone/backup/large", "it:clone/copied");
    await withinStore("copyto", "--s3-copy-cutoff", "10M", "it:clone/copied", "it:clone/in parts");
    await withinStore("moveto", "it:clone/in parts", "it:clone/moved");
    await rclone("copyto", "it:clone/moved", "moved");
    assert.ok(samples.bytes("moved").equals(samples.bytes("in/large")));
    await rclone("copyto", "in/five.txt", "it:clone/meta.txt", "--metadata", "--metadata-set", "cache-control=no-cache", "--metadata-set", "kind=flow");
    const [described] = await rows("--metadata", "it:clone/meta.txt");
    assert.deepEqual([described?.Metadata?.["cache-control"], described?.Metadata?.kind, described?.Metadata?.["content-type"]], ["no-cache", "flow", "text/plain; charset=utf-8"]);
    await rclone("touch", "-t", "2020-01-01T00:00:00", "it:clone/meta.txt");
    // it copies the object over itself with new metadata, and leaves its other headers out
    const [touched] = await rows("--metadata", "it:clone/meta.txt");
    assert.deepEqual([touched?.ModTime, touched?.Metadata?.kind], ["2020-01-01T00:00:00.000000000Z", "flow"]);
    assert.equal(await (await fetch((await rclone("link", "--expire", "1h", "it:clone/meta.txt")).trim())).text(), "five\n");
  });

  it("versions: listed, read as of a time, and only the hidden ones cleaned away", async () => {
    assert.equal((await rclone("backend", "versioning", "it:clone", "Enabled")).trim(), '"Enabled"');
    await rclone("copyto", "in/five.txt", "it:clone/v/one.txt");
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const between = new Date().toISOString();
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await rclone("copyto", "in/empty", "it:clone/v/one.txt");
    await rclone("copyto", "in/five.txt", "it:clone/v/two.txt");
    await rclone("deletefile", "it:clone/v/two.txt");
    assert.deepEqual(
      (await rows("it:clone/v")).map(({ Path, Size }) => [Path, Size]),
      [["one.txt", 0]],
    );
    assert.equal((await rows("--s3-versions", "it:clone/v")).length, 3);
    assert.equal(await rclone("cat", "--s3-version-at", between, "it:clone/v/one.txt"), "five\n");
    await rclone("backend", "cleanup-hidden", "it:clone/v");
    assert.deepEqual(
      (await rows("--s3-versions", "it:clone/v")).map(({ Path, Size }) => [Path, Size]),
      [["one.txt", 0]],
    );
    assert.equal((await rclone("backend", "versioning", "it:clone", "Suspended")).trim(), '"Suspended"');
  });

  it("unfinished uploads: listed, and cleaned away when they are old enough", async () => {
    const door = openDoor("s3", server.port, main);
    for (const key of ["left/one", "left/two"]) assert.equal((await door.send({ method: "POST", bucket: "clone", key, query: { uploads: "" } })).status, 200);
    door.close();
    const listed = async (): Promise<number> => (JSON.parse(await rclone("backend", "list-multipart-uploads", "it:clone")) as { clone: unknown[] }).clone.length;
    await rclone("cleanup", "it:clone");
    assert.equal(await listed(), 2);
    await rclone("backend", "cleanup", "it:clone", "-o", "max-age=1ms");
    assert.equal(await listed(), 0);
  });

  it("as OSS's provider: a bucket's life, with what keeps it from being deleted", async () => {
    await rclone("mkdir", "oss:aliyun");
    await rclone("copy", "in", "oss:aliyun/dir");
    await rclone("check", "--download", "in", "oss:aliyun/dir");
    await withinStore("copyto", "oss:aliyun/dir/large", "oss:aliyun/copied");
    assert.deepEqual((await rows("-R", "--files-only", "oss:aliyun")).map(({ Path }) => Path).sort(), ["copied", ...samples.files.map((file) => `dir/${file}`)].sort());
    assert.equal(await (await fetch((await rclone("link", "--expire", "1h", "oss:aliyun/dir/five.txt")).trim())).text(), "five\n");
    const rmdirRefused = (): Promise<void> => mustFail(/BucketNotEmpty/, program, [...flags(), "rmdir", "oss:aliyun"]);
    await rmdirRefused();
    await rclone("delete", "oss:aliyun");
    await rclone("backend", "versioning", "oss:aliyun", "Enabled");
    await rclone("copyto", "in/five.txt", "oss:aliyun/v");
    await rclone("deletefile", "oss:aliyun/v");
    await rmdirRefused();
    await rclone("backend", "cleanup-hidden", "oss:aliyun");
    // Through S3, which is what it speaks, neither stops it: docs/guide/deleting-buckets.md.
    const door = openDoor("oss", server.port, main);
    const live = { method: "PUT", bucket: "aliyun", key: "channel", query: { live: "" } };
    assert.equal((await door.send({ ...live, body: "<LiveChannelConfiguration><Target><Type>HLS</Type></Target></LiveChannelConfiguration>" })).status, 200);
    assert.equal((await door.send({ method: "POST", bucket: "aliyun", key: "left", query: { uploads: "" } })).status, 200);
    assert.equal((await door.send({ method: "DELETE", bucket: "aliyun" })).status, 409);
    door.close();
    await rclone("rmdir", "oss:aliyun");
    assert.ok(!(await rclone("lsd", "oss:")).includes("aliyun"));
  });

  it("deletes by filter, refuses rmdir, purges", async () => {
    await rclone("delete", "it:clone/backup", "--include", "*.txt");
    assert.ok(!(await rows("it:clone/backup")).some(({ Path }) => Path === "five.txt"));
    await mustFail(/BucketNotEmpty|not empty/i, program, [...flags(), "rmdir", "it:clone"]);
    await rclone("purge", "it:clone");
    assert.equal(await rclone("lsd", "it:"), "");
  });
});
