/** s5cmd: buckets, copies of every size in parts of 16 MiB, wildcards, sync both ways, versions, pipes and URLs. */
import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { venv } from "../../tools/clients.ts";
import { must, mustFail } from "../support/run.ts";
import { makeSamples, type Samples } from "../support/samples.ts";
import { main, type Server, startServer } from "../support/server.ts";

describe("s5cmd", () => {
  let server: Server;
  let samples: Samples;
  const program = join(venv, "bin/s5cmd");
  const options = (input?: string): Parameters<typeof must>[2] => ({
    env: { AWS_ACCESS_KEY_ID: main.accessKeyId, AWS_SECRET_ACCESS_KEY: main.secretAccessKey, AWS_REGION: "us-east-1", S3_ENDPOINT_URL: server.endpoint, HOME: samples.folder },
    cwd: samples.folder,
    ...(input === undefined ? {} : { input }),
  });
  const s5cmd = (...args: string[]): Promise<string> => must(program, ["--retry-count", "0", ...args], options());
  const refused = (words: RegExp, ...args: string[]): Promise<void> => mustFail(words, program, ["--retry-count", "0", ...args], options());
  const keysOf = (listing: string): string[] => [...listing.matchAll(/^\S+ \S+ +\d+ +(.+)$/gm)].map((match) => match[1] ?? "").sort();

  before(async () => {
    server = await startServer();
    samples = makeSamples(64 * 1024 * 1024);
  });
  after(async () => {
    samples?.remove();
    await server.stop();
  });

  it("mb, cp, ls, du, head, cat, cp back and within, mv", async () => {
    await s5cmd("mb", "s3://five");
    await refused(/InvalidBucketName/, "mb", "s3://Five");
    await s5cmd("cp", "--part-size", "16", "--concurrency", "3", "in/", "s3://five/in/");
    assert.deepEqual(keysOf(await s5cmd("ls", "s3://five/*")), samples.files.map((name) => `in/${name}`).sort());
    assert.match(await s5cmd("ls", "s3://five"), /DIR +in\/$/m);
    assert.match(await s5cmd("du", "s3://five/*"), new RegExp(`^${samples.totalBytes} bytes in 5 objects`));
    const head = JSON.parse(await s5cmd("head", "s3://five/in/large")) as { size: number; etag: string };
    assert.deepEqual([head.size, head.etag.split("-")[1]], [64 * 1024 * 1024, "4"]);
    assert.equal(await s5cmd("cat", "s3://five/in/five.txt"), "five\n");
    assert.equal(await s5cmd("cat", "s3://five/in/empty"), "");
    await s5cmd("cp", "--part-size", "16", "s3://five/in/*", "back/");
    samples.cameBack(join(samples.folder, "back"));
    await s5cmd("cp", "--metadata", "kind=flow", "--content-type", "text/x", "--metadata-directive", "REPLACE", "s3://five/in/five.txt", "s3://five/copy");
    const copy = JSON.parse(await s5cmd("head", "s3://five/copy")) as { content_type: string; metadata: unknown };
    assert.deepEqual([copy.content_type, copy.metadata], ["text/x", { kind: "flow" }]);
    await s5cmd("mv", "s3://five/copy", "s3://five/moved/a b+é");
    assert.deepEqual(keysOf(await s5cmd("--use-list-objects-v1", "ls", "s3://five/moved/*")), ["a b+é"]);
  });

  it("sync: there, nothing to do, what left, and back", async () => {
    assert.equal((await s5cmd("sync", "in/", "s3://five/sync/")).split("\n").length - 1, samples.files.length);
    assert.equal(await s5cmd("sync", "--delete", "in/", "s3://five/sync/"), "");
    mkdirSync(join(samples.folder, "few"));
    writeFileSync(join(samples.folder, "few/five.txt"), "other\n");
    const said = await s5cmd("sync", "--delete", "few/", "s3://five/sync/");
    assert.equal([...said.matchAll(/^rm /gm)].length, samples.files.length - 1);
    assert.deepEqual(keysOf(await s5cmd("ls", "s3://five/sync/*")), ["five.txt"]);
    assert.equal(await s5cmd("cat", "s3://five/sync/five.txt"), "other\n");
    await s5cmd("sync", "s3://five/in/*", "synced/");
    samples.cameBack(join(samples.folder, "synced"));
    rmSync(join(samples.folder, "few"), { recursive: true });
  });

  it("pipe, presign, commands from a file", async () => {
    await must(program, ["pipe", "s3://five/piped"], options("through a pipe"));
    const url = (await s5cmd("presign", "--expire", "60s", "s3://five/piped")).trim();
    assert.equal(await (await fetch(url)).text(), "through a pipe");
    writeFileSync(join(samples.folder, "commands"), "cp in/five.txt s3://five/run/1\ncp in/empty s3://five/run/2\nrm s3://five/piped\n");
    await s5cmd("run", "commands");
    assert.deepEqual(keysOf(await s5cmd("ls", "s3://five/run/*")), ["1", "2"]);
    await refused(/NoSuchKey|not found/i, "cat", "s3://five/piped");
  });

  it("versions, rm by wildcard, refused rb, rb", async () => {
    await s5cmd("bucket-version", "--set", "Enabled", "s3://five");
    assert.match(await s5cmd("bucket-version", "s3://five"), /Enabled/);
    await s5cmd("cp", "in/five.txt", "s3://five/run/1");
    await s5cmd("rm", "s3://five/run/*");
    await refused(/no object found/, "ls", "s3://five/run/*");
    assert.equal((await s5cmd("ls", "--all-versions", "s3://five/run/*")).trim().split("\n").length, 5);
    await refused(/BucketNotEmpty/, "rb", "s3://five");
    await s5cmd("rm", "--all-versions", "s3://five/in/sub/*");
    await s5cmd("rm", "--all-versions", "s3://five/*");
    await refused(/no object found/, "ls", "--all-versions", "s3://five/*");
    await s5cmd("rb", "s3://five");
    await refused(/NoSuchBucket/, "cp", "s3://five/x", "x");
  });
});
