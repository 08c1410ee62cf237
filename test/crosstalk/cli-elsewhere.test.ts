/** `amphora rb` and `amphora purge` about buckets behind a URL: profiles, dry runs, confirmation, exit codes. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { amphora as run, type Said } from "../support/command-line.ts";
import { type Door, elements, lgreenKey, openDoor, tenantHost } from "../support/doors.ts";
import { type PlannedServer, startPlanned } from "../support/planned-server.ts";
import { type Server, startServer } from "../support/server.ts";

const keys = { AWS_ACCESS_KEY_ID: lgreenKey.accessKeyId, AWS_SECRET_ACCESS_KEY: lgreenKey.secretAccessKey, AWS_CONFIG_FILE: "/nowhere", AWS_SHARED_CREDENTIALS_FILE: "/nowhere" };
const ossKeys = { OSS_ACCESS_KEY_ID: lgreenKey.accessKeyId, OSS_ACCESS_KEY_SECRET: lgreenKey.secretAccessKey };

/** `typed`: what a person at a terminal answers; absent: there is none. */
const amphora = (args: string, env: Record<string, string>, typed?: string): Promise<Said> => run(args.split(" "), { env, ...(typed === undefined ? {} : { types: typed }) });

describe("rb and purge of buckets elsewhere", () => {
  let server: PlannedServer;
  let door: Door;
  let folder: string;
  before(async () => {
    server = await startPlanned();
    door = openDoor("s3", server.port);
    folder = mkdtempSync(join(tmpdir(), "amphora-profiles-"));
    writeFileSync(join(folder, "profiles"), `[lab]\nendpoint=http://${tenantHost}\nusername=lgreen\npassword=p4ssw0rd\n`);
  });
  after(async () => {
    door.close();
    await server.close();
    rmSync(folder, { recursive: true });
  });
  const at = (): string => `--endpoint http://127.0.0.1:${server.port}`;
  const put = async (bucket: string, names: readonly string[]): Promise<void> => {
    await door.send({ method: "PUT", bucket });
    for (const key of names) assert.equal((await door.send({ method: "PUT", bucket, key, body: "12" })).status, 200);
  };
  const listed = async (bucket: string): Promise<string[]> => elements((await door.send({ method: "GET", bucket })).body, "Key");

  it("a dry run counts; nothing is done without the name; then it is, and only then", async () => {
    await put("cli-a", ["x/1", "x/2", "y"]);
    assert.equal((await amphora(`rb --force s3://cli-a --dry-run ${at()}`, keys)).out, "would delete s3://cli-a with 3 objects, 6 B\n");
    const unconfirmed = await amphora(`rb --force s3://cli-a ${at()}`, keys);
    assert.equal(unconfirmed.code, 4);
    assert.match(unconfirmed.err, /delete s3:\/\/cli-a at http:.* with everything in it, for good, say --confirm cli-a/);
    assert.equal((await amphora(`rb --force s3://cli-a --confirm cli-b ${at()}`, keys)).code, 4);
    assert.equal((await amphora(`rb --force s3://cli-a ${at()}`, keys, "no")).code, 4);
    const full = await amphora(`rb s3://cli-a ${at()}`, keys);
    assert.deepEqual([full.code, /cli-a is not empty: 3 things are in it/.test(full.err)], [4, true]);
    assert.equal((await listed("cli-a")).length, 3);
    const done = await amphora(`rb --force s3://cli-a ${at()}`, keys, "cli-a");
    assert.deepEqual([done.code, done.out], [0, "s3://cli-a deleted: 3 objects, 6 B\n"]);
    assert.equal((await amphora(`rb --force s3://cli-a --confirm cli-a ${at()}`, keys)).code, 3);
  });

  it("purge takes a prefix, kinds and ages, and answers in JSON", async () => {
    await put("cli-p", ["x/1", "x/2", "y"]);
    const dry = await amphora(`purge oss://cli-p/x/ --dry-run --json ${at()}`, ossKeys);
    const { found, sample } = JSON.parse(dry.out) as { found: { current: number }; sample: { key: string }[] };
    assert.deepEqual([dry.code, found.current, sample.map(({ key }) => key)], [0, 2, ["x/1", "x/2"]]);
    assert.equal((await amphora(`purge oss://cli-p --older-than 1 --confirm cli-p ${at()}`, ossKeys)).out, "oss://cli-p purged: nothing\n");
    assert.equal((await amphora(`purge oss://cli-p --kind noncurrent --confirm cli-p ${at()}`, ossKeys)).out, "oss://cli-p purged: nothing\n");
    const done = await amphora(`purge oss://cli-p/x/ --confirm cli-p --json ${at()}`, ossKeys);
    const { by, report } = JSON.parse(done.out) as { by: string; report: { removed: { current: number }; complete: boolean } };
    assert.deepEqual([done.code, by, report.removed.current, report.complete], [0, "client", 2, true]);
    assert.deepEqual(await listed("cli-p"), ["y"]);
  });

  it("a profile of our own names an HCP tenant and its user", async () => {
    await put("cli-h", ["k"]);
    const args = `rb -f hcp://cli-h --profile lab --profile-file ${join(folder, "profiles")} --connect-to 127.0.0.1:${server.port} --confirm cli-h`;
    assert.equal((await amphora(args, {})).out, "hcp://cli-h deleted: 1 object, 2 B\n");
  });

  it("what stays is named with its reason: exit code 6 for a purge, 4 for a bucket that was to go", async () => {
    await door.send({ method: "PUT", bucket: "cli-l", headers: { "x-amz-bucket-object-lock-enabled": "true" } });
    const until = new Date(Math.ceil(Date.now() / 1000) * 1000 + 3_600_000).toISOString();
    const lock = { "x-amz-object-lock-mode": "GOVERNANCE", "x-amz-object-lock-retain-until-date": until };
    for (const [key, headers] of [
      ["kept", lock],
      ["free", {}],
    ] as const)
      await door.send({ method: "PUT", bucket: "cli-l", key, body: "1", headers });
    const purged = await amphora(`purge s3://cli-l --confirm cli-l ${at()}`, keys);
    assert.deepEqual([purged.code, purged.out], [6, "s3://cli-l purged: 1 object, 1 B\n"]);
    assert.match(purged.err, new RegExp(`1 thing could not be removed:\\n {2}object kept \\(.+\\): locked until ${until}`));
    const refused = await amphora(`rb -f s3://cli-l --confirm cli-l ${at()}`, keys);
    assert.equal(refused.code, 4);
    assert.match(refused.err, /cli-l is not empty: 1 thing is in it \(1 locked\)\n[^]*locked until/);
    assert.equal((await amphora(`rb -f s3://cli-l --confirm cli-l --bypass-governance ${at()}`, keys)).code, 0);
  });

  it("Ctrl-C ends it with 130, and the next call goes on", async () => {
    await put("cli-c", ["a", "b"]);
    const args = `rb -f s3://cli-c --confirm cli-c ${at()}`;
    const ended = await run(args.split(" "), { env: keys, interrupt: AbortSignal.abort() });
    assert.deepEqual([ended.code, ended.out, (await listed("cli-c")).length], [130, "", 2]);
    assert.equal((await amphora(args, keys)).code, 0);
  });

  it("wrong command lines are refused before anything is sent; other refusals have their exit codes", async () => {
    const cases: [args: string, env: Record<string, string>, code: number, words: RegExp][] = [
      ["rb s3://b", { AWS_CONFIG_FILE: "/nowhere", AWS_SHARED_CREDENTIALS_FILE: "/nowhere" }, 2, /set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/],
      [`rb s3://b/prefix ${at()}`, keys, 2, /rb deletes whole buckets/],
      [`purge s3://b --kind all --confirm b ${at()}`, keys, 2, /--kind all: one of/],
      [`purge s3://b --before soon --confirm b ${at()}`, keys, 2, /--before is a date/],
      [`rb s3://b --concurrency 0 ${at()}`, keys, 2, /--concurrency/],
      [`rb s3://b --admin ${at()}`, keys, 2, /AMPHORA_ADMIN_TOKEN/],
      [`rb s3://b --connect-to here ${at()}`, keys, 2, /HOST:PORT/],
      ["rb s3://b --endpoint ftp://x", keys, 1, /http:\/\/ or https:\/\//],
      ["rb oss://b", ossKeys, 1, /say the endpoint or the region/],
      ["rb hcp://b", { HCP_USERNAME: "u", HCP_PASSWORD: "p" }, 1, /no public address/],
      [`rb s3://nowhere-at-all ${at()}`, keys, 3, /no bucket nowhere-at-all/],
      [`rb s3://b ${at()}`, { ...keys, AWS_SECRET_ACCESS_KEY: "wrong" }, 4, /SignatureDoesNotMatch/],
    ];
    for (const [args, env, code, words] of cases) {
      const ran = await amphora(args, env);
      assert.deepEqual([args, ran.code], [args, code], ran.err);
      assert.match(ran.err, words);
    }
  });
});

describe("with --admin, an Amphora does it itself", () => {
  let server: Server;
  before(async () => {
    server = await startServer();
  });
  after(async () => {
    await server.stop();
  });

  it("in one step, into the trash; with a token it refuses, the slow way", async () => {
    const door = openDoor("s3", server.port);
    const { adminToken } = JSON.parse(readFileSync(join(server.data, "root-credentials.json"), "utf8")) as { adminToken: string };
    const admin = { ...keys, AMPHORA_ADMIN_TOKEN: adminToken };
    const line = `--confirm job --admin --tenant europe --json --endpoint ${server.endpoint}`;
    for (const [verb, env, by] of [
      ["purge", admin, "server"],
      ["rb -f", admin, "server"],
      ["rb -f", { ...keys, AMPHORA_ADMIN_TOKEN: "another" }, "client"],
    ] as const) {
      await door.send({ method: "PUT", bucket: "job" });
      for (const key of ["a", "b"]) await door.send({ method: "PUT", bucket: "job", key, body: "1" });
      const ran = await amphora(`${verb} s3://job ${line}`, env);
      const done = JSON.parse(ran.out) as { by: string; report: { removed: { current: number; bytes: number } } };
      assert.deepEqual([ran.code, done.by, done.report.removed.current, done.report.removed.bytes], [0, by, 2, 2], ran.err);
      assert.equal((await door.send({ method: "HEAD", bucket: "job" })).status, verb === "purge" ? 200 : 404);
    }
    door.close();
  });
});
