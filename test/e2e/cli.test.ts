/** The command line against a running server: what it shows, what it asks, what it refuses, and with which exit code. */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { amphora, type Said } from "../support/command-line.ts";
import { type Door, elements, lgreenKey, openDoor } from "../support/doors.ts";
import { main, newDataFolder, type Server, startServer } from "../support/server.ts";

let server: Server;
let door: Door;
const cli = (...args: string[]): Promise<Said> => amphora([...args, "--data", server.data]);
const europe = ["--tenant", "europe"];
/** Of the account that owns the buckets of europe. */
const ownKey = { AMPHORA_ACCESS_KEY_ID: lgreenKey.accessKeyId, AMPHORA_SECRET_ACCESS_KEY: lgreenKey.secretAccessKey };
async function fill(bucket: string, count: number, prefix = "k"): Promise<void> {
  await door.send({ method: "PUT", bucket });
  for (let n = 0; n < count; n++) assert.equal((await door.send({ method: "PUT", bucket, key: `${prefix}${n}`, body: "x".repeat(1_000) })).status, 200);
}
const keysOf = async (bucket: string): Promise<string[]> => elements((await door.send({ method: "GET", bucket })).body, "Key");
const isThere = async (bucket: string): Promise<boolean> => (await door.send({ method: "HEAD", bucket })).status === 200;

before(async () => {
  server = await startServer({ args: ["--background-share", "80"] });
  door = openDoor("s3", server.port, lgreenKey);
});
after(async () => {
  door.close();
  assert.equal(await server.stop(), 0);
});

describe("deleting, and having back", () => {
  it("rb refuses what is not empty with what is in the way; --force asks for the name; the trash gives it back", async () => {
    await fill("whole", 3);
    const refused = await cli("rb", "whole", ...europe);
    assert.equal(refused.code, 4);
    assert.match(refused.err, /cannot be deleted through any API[^]*3 objects; 2\.9 KiB in all[^]*object k0[^]*amphora rb --force whole/);
    const dry = await cli("rb", "--force", "whole", ...europe, "--dry-run");
    assert.deepEqual([dry.code, dry.out], [0, "would delete whole with 3 objects, 2.9 KiB; it can be had back for 7 d\n"]);
    const unsaid = await cli("rb", "--force", "whole", ...europe);
    assert.equal(unsaid.code, 4);
    assert.match(unsaid.err, /say --confirm whole/);
    const wrong = await cli("rb", "--force", "whole", ...europe, "--confirm", "hole");
    assert.deepEqual([wrong.code, await isThere("whole")], [4, true]);
    const mistyped = await amphora(["rb", "--force", "whole", ...europe, "--data", server.data], { types: "yes" });
    assert.equal(mistyped.code, 4);
    assert.match(mistyped.err, /delete whole with 3 objects, 2\.9 KiB; it can be had back for 7 d\.\nType whole to go on: /);
    assert.deepEqual(await keysOf("whole"), ["k0", "k1", "k2"]);
    const typed = await amphora(["rb", "-f", "whole", ...europe, "--data", server.data], { types: "whole" });
    assert.equal(typed.code, 0, typed.err);
    assert.match(typed.out, /^whole deleted: 3 objects, 2\.9 KiB; until 20.* it comes back with: amphora trash restore [0-9a-f]{24}\n$/);
    assert.equal(await isThere("whole"), false);
    assert.match((await cli("trash", "list")).out, /GENERATION +TENANT +NAME[^]*europe +whole +3 +0 +2\.9 KiB/);
    assert.deepEqual([(await cli("trash", "restore", "whole")).code, (await cli("trash", "restore", "whole", "back", ...europe)).out], [3, "back is back in europe\n"]);
    assert.deepEqual(await keysOf("back"), ["k0", "k1", "k2"]);
    assert.equal((await cli("rb", "never", ...europe)).code, 3);
  });

  it("rb of an empty bucket needs no confirmation", async () => {
    await fill("bare", 0);
    assert.equal((await cli("explain", "delete", "bare", ...europe)).code, 0);
    assert.equal((await cli("rb", "bare", ...europe)).code, 0);
    assert.equal(await isThere("bare"), false);
  });

  it("empty keeps the bucket; two generations of one name in the trash are told apart; trash empty gives them up", async () => {
    for (const turn of [1, 2]) {
      await fill("twice", turn);
      assert.equal((await cli("empty", "twice", ...europe, "--confirm", "twice", "--reason", `turn ${turn}`)).code, 0);
    }
    assert.deepEqual([await isThere("twice"), await keysOf("twice")], [true, []]);
    const doubtful = await cli("trash", "restore", "twice", ...europe);
    assert.equal(doubtful.code, 1);
    assert.match(doubtful.err, /in the trash 2 times; which one\?\n {2}[0-9a-f]{24} {2}deleted 20[^]*1 object, 1000 B\n {2}[0-9a-f]{24}[^]*2 objects, 2\.0 KiB/);
    const both = (await cli("trash", "list", "--json")).rows.filter(({ name }) => name === "twice");
    assert.deepEqual(
      both.map(({ reason }) => reason),
      ["turn 1", "turn 2"],
    );
    const [first = {}, second = {}] = both;
    const taken = await cli("trash", "restore", String(first.generation));
    assert.deepEqual([taken.code, /twice-restored/.test(taken.err)], [4, true], "it says which name is free");
    assert.equal((await cli("trash", "empty", String(first.generation), "--dry-run")).code, 0);
    assert.equal((await cli("trash", "empty", String(first.generation), "--confirm", "twice")).code, 0);
    assert.equal((await cli("trash", "restore", String(second.generation), "twice-2")).code, 0);
    assert.deepEqual(await keysOf("twice-2"), ["k0", "k1"]);
    assert.equal((await cli("trash", "empty")).code, 2);
    assert.equal((await cli("trash", "empty", "--all", "--confirm", "all")).code, 0);
    assert.deepEqual((await cli("trash", "list", "--json")).rows, []);
  });

  it("purge counts without a change first, then removes what is in scope as a job that it waits for", async () => {
    await fill("purged", 6, "tmp/");
    await fill("purged", 2, "kept/");
    const dry = await cli("purge", "purged/tmp/", ...europe, "--dry-run");
    assert.equal(dry.code, 0, dry.err);
    assert.match(dry.out, /^purge of purged done \(dry run\): 6 entries due, 5\.9 KiB \(job \w+\)\n {2}current: 6\n[^]*KIND[^]*current +1000 B +\d+ +- +tmp\/0/);
    assert.equal((await cli("purge", "purged/tmp/", ...europe)).code, 4, "not confirmed");
    assert.equal((await cli("purge", "purged", ...europe, "--kind", "all", "--confirm", "purged")).code, 2);
    assert.equal((await keysOf("purged")).length, 8);
    const done = await cli("purge", "purged/tmp/", ...europe, "--confirm", "purged");
    assert.deepEqual([done.code, /^purge of purged done: 6 entries removed, 5\.9 KiB/.test(done.out), done.err], [0, true, ""]);
    assert.deepEqual(await keysOf("purged"), ["kept/0", "kept/1"]);
    const begun = await cli("purge", "purged", ...europe, "--kind", "current", "--kind", "markers", "--confirm", "purged", "--no-wait", "--json");
    assert.equal(begun.code, 0, begun.err);
    const watched = await cli("jobs", "watch", String(begun.rows[0]?.id), "--json");
    assert.deepEqual([watched.code, watched.rows.at(-1)?.state, await keysOf("purged")], [0, "done", []]);
  });

  it("what a lock keeps makes it partly done", async () => {
    await door.send({ method: "PUT", bucket: "held", headers: { "x-amz-bucket-object-lock-enabled": "true" } });
    await door.send({ method: "PUT", bucket: "held", key: "free", body: "x" });
    await door.send({ method: "PUT", bucket: "held", key: "locked", body: "x", headers: { "x-amz-object-lock-legal-hold": "ON" } });
    const refused = await cli("rb", "--force", "held", ...europe, "--dry-run");
    assert.equal(refused.code, 4);
    assert.match(refused.out, /locked \(version \d+\) is locked by a legal hold\nWhat is not locked goes with: amphora purge held/);
    const partly = await cli("purge", "held", ...europe, "--confirm", "held");
    assert.deepEqual([partly.code, /1 kept by locks/.test(partly.out)], [6, true]);
    assert.deepEqual(await keysOf("held"), ["locked"]);
  });
});

describe("soft delete", () => {
  it("is set with keep; undelete brings back what was deleted, and leaves alone what is there again", async () => {
    await fill("kept", 3);
    const said = await cli("keep", "kept", ...europe, "--soft-delete", "7d", "--trash", "1d");
    assert.equal(said.out, "the bucket, deleted or emptied: 1 d in the trash\nobjects, deleted or replaced: 7 d; in the bin now: 0 objects, 0 B\n");
    for (const key of ["k0", "k1", "k2"]) await door.send({ method: "DELETE", bucket: "kept", key });
    await door.send({ method: "PUT", bucket: "kept", key: "k2", body: "new" });
    const asRoot = (...args: string[]): Promise<Said> => amphora([...args, ...europe, "--data", server.data], { env: ownKey });
    assert.equal((await asRoot("undelete", "kept/k0", "--dry-run")).out, "would come back: kept/k0\n");
    assert.match((await cli("space")).out, /soft delete keeps 3 objects \(2\.9 KiB\) in bins/);
    assert.equal((await asRoot("undelete", "kept/k0")).out, "back: kept/k0\n");
    assert.equal((await asRoot("undelete", "kept/k2")).code, 4, "there is an object again");
    assert.match((await asRoot("undelete", "-r", "kept")).out, /back: kept\/k1\n1 object came back\n$/);
    assert.deepEqual(await keysOf("kept"), ["k0", "k1", "k2"]);
    assert.equal((await door.send({ method: "GET", bucket: "kept", key: "k2" })).body.toString(), "new");
    assert.match((await cli("keep", "kept", ...europe, "--soft-delete", "off", "--trash", "default")).out, /7 d in the trash\nobjects, deleted or replaced: not kept/);
    assert.deepEqual([(await cli("keep", "kept", ...europe, "--trash", "long")).code, (await cli("keep", "never", ...europe)).code], [2, 3]);
  });
});

describe("background work", () => {
  it("jobs are listed, shown with their story, paused, resumed and cancelled", async () => {
    await fill("worked", 2);
    const { rows } = await cli("purge", "worked", ...europe, "--dry-run", "--json");
    const id = String(rows[0]?.id);
    assert.match((await cli("jobs", "list")).out, /ID +KIND +BUCKET +STATE[^]*purge +europe:worked +done +100 %/);
    assert.equal((await cli("jobs", "list", "--state", "ended", "--limit", "1", "--json")).rows[0]?.id, id);
    assert.match((await cli("jobs", "show", id)).out, /purge of worked done \(dry run\)[^]*told: \{"kinds":[^]*started by root/);
    assert.equal((await cli("jobs", "pause", id)).code, 4, "it is over");
    assert.equal((await cli("jobs", "cancel", "nosuchjob")).code, 3);
    assert.equal((await cli("jobs", "watch", "nosuchjob")).code, 3);
    assert.equal((await cli("jobs", "list", "--state", "old")).code, 2);
  });

  it("a lifecycle is run by hand and tells what it did, rule by rule", async () => {
    await fill("ruled", 3, "old/");
    assert.equal((await cli("lifecycle", "run", "ruled", ...europe)).code, 4, "without rules");
    const body =
      "<LifecycleConfiguration><Rule><ID>past</ID><Status>Enabled</Status><Filter><Prefix>old/</Prefix></Filter><Expiration><Date>2020-01-01T00:00:00Z</Date></Expiration></Rule></LifecycleConfiguration>";
    const md5 = createHash("md5").update(body).digest("base64");
    assert.equal((await door.send({ method: "PUT", bucket: "ruled", query: { lifecycle: undefined }, headers: { "content-md5": md5 }, body })).status, 200);
    const dry = await cli("lifecycle", "run", "ruled", ...europe, "--dry-run");
    // the server's own run of new rules may be first
    if (dry.code === 0) assert.match(dry.out, /^lifecycle of ruled done \(dry run\): 3 entries due/);
    const ran = await cli("lifecycle", "run", "ruled", ...europe);
    if (ran.code === 0) assert.match(ran.out, /RULE +ENABLED[^]*past +true[^]*last run: done/);
    else assert.match(ran.err, /conflict/);
    for (let turn = 0; turn < 100 && (await keysOf("ruled")).length > 0; turn++) await new Promise((resolve) => setTimeout(resolve, 100));
    assert.deepEqual(await keysOf("ruled"), []);
    const [shown = {}] = (await cli("lifecycle", "show", "ruled", ...europe, "--json")).rows;
    assert.deepEqual(
      (shown.rules as { id: string }[]).map(({ id }) => id),
      ["past"],
    );
  });
});

describe("buckets and objects", () => {
  const own = { AMPHORA_ACCESS_KEY_ID: main.accessKeyId, AMPHORA_SECRET_ACCESS_KEY: main.secretAccessKey };
  const mine = (...args: string[]): Promise<Said> => amphora([...args, "--endpoint", server.endpoint], { env: own });
  let ownDoor: Door;
  before(() => {
    ownDoor = openDoor("s3", server.port, main);
  });
  after(() => ownDoor.close());
  const send = async (bucket: string, key: string, body: string | Buffer = "x"): Promise<void> => {
    assert.equal((await ownDoor.send({ method: "PUT", bucket, key, body })).status, 200);
  };
  const odd = ["plain", "a b+c%20d", "ä/ö/\u{1f4a7}", "a//b/../c", "back\\slash", "q\"uo'te&<x>", "line\nbreak", "tab\tand\u0001control"];

  it("a bucket is made, listed by folders and as a whole, added up, emptied and deleted, whatever its keys are", async () => {
    assert.deepEqual([(await mine("mb", "listed")).out, (await mine("mb", "listed")).code], ["made listed\n", 0], "S3 makes a bucket of one's own again");
    for (const key of odd) await send("listed", key, "x".repeat(100));
    assert.ok((await mine("ls", "--json")).rows.some(({ name }) => name === "listed"));
    const all = (await mine("ls", "-r", "listed", "--json")).rows;
    assert.deepEqual(all.map(({ key }) => key).sort(), [...odd].sort());
    assert.deepEqual([all[0]?.size, all[0]?.kind], [100, "object"]);
    assert.deepEqual(
      (await mine("ls", "listed/ä/", "--json")).rows.map(({ kind, prefix }) => [kind, prefix]),
      [["prefix", "ä/ö/"]],
    );
    const shown = (await mine("ls", "listed")).out;
    assert.match(shown, /^ {39}a\/\n/m);
    assert.match(shown, /^20\S+Z {8}100 B {2}plain$/m);
    assert.match(shown, /line\?break\n/, "nothing that a terminal would obey");
    assert.match((await mine("du", "listed")).out, /OBJECTS +BYTES +PREFIX\n8 +800 B +listed\/\n/);
    assert.deepEqual(
      (await mine("du", "listed", "--depth", "2", "--json")).rows.map(({ prefix, objects }) => [prefix, objects]),
      [
        ["", 8],
        ["a/", 1],
        ["a//", 1],
        ["ä/", 1],
        ["ä/ö/", 1],
      ],
    );
    const dry = await mine("rm", "-r", "listed", "--dry-run");
    assert.deepEqual([dry.code, dry.err], [0, "8 objects under listed\n"]);
    assert.equal((await mine("rm", "-r", "listed")).code, 4, "a whole bucket wants its name");
    assert.equal((await mine("rb", "listed")).code, 4);
    assert.equal((await mine("rm", "listed/plain", "listed/never")).out, "deleted listed/plain\ndeleted listed/never\n");
    assert.equal((await mine("rm", "-r", "listed", "--confirm", "listed")).out, "deleted 7 objects under listed\n");
    assert.equal((await mine("rb", "listed")).out, "listed deleted\n");
    assert.deepEqual([(await mine("ls", "listed")).code, (await mine("rm", "listed/x")).code], [3, 3]);
  });

  it("more than a page of keys, versions and uploads is listed and deleted", async () => {
    await mine("mb", "many", "--versioning");
    const keys = Array.from({ length: 1_100 }, (_, n) => `k${String(n).padStart(4, "0")}`);
    for (let first = 0; first < keys.length; first += 50) await Promise.all(keys.slice(first, first + 50).map((key) => send("many", key)));
    for (let n = 0; n < 3; n++) await ownDoor.send({ method: "POST", bucket: "many", key: `u${n}`, query: { uploads: undefined } });
    assert.equal((await mine("ls", "many", "--json")).rows.length, 1_100);
    assert.deepEqual((await mine("ls", "many", "--uploads", "--json")).rows.length, 3);
    assert.equal((await mine("rm", "-r", "many/k", "--json")).rows[0]?.deleted, 1_100);
    const versions = (await mine("ls", "many", "--versions", "--json")).rows;
    assert.deepEqual([versions.length, versions.filter(({ kind }) => kind === "markers").length], [2_200, 1_100]);
    assert.match((await mine("du", "many", "--versions")).out, /1 100 +1\.1 KiB +1100 +many\//);
    assert.equal((await mine("undelete", "-r", "many/k00", "--dry-run")).out.split("\n").at(-2), "100 objects would come back");
    assert.equal((await mine("undelete", "-r", "many/k00")).code, 0);
    assert.equal((await mine("ls", "many", "--json")).rows.length, 100);
    assert.equal((await mine("rm", "-r", "many", "--versions", "--confirm", "many", "--json")).rows[0]?.deleted, 2_100);
    assert.equal((await mine("rb", "many")).code, 0, "open uploads end with it");
  });

  it("undelete takes the markers from the top of one object, and says when there is nothing to have back", async () => {
    await mine("mb", "undone", "--versioning");
    await send("undone", "k", "first");
    await send("undone", "other");
    for (const _ of [1, 2]) assert.match((await mine("rm", "undone/k")).out, /under a delete marker/);
    assert.equal((await mine("undelete", "undone/k", "--dry-run")).out, "would come back: undone/k\n");
    assert.equal((await ownDoor.send({ method: "GET", bucket: "undone", key: "k" })).status, 404);
    assert.equal((await mine("undelete", "undone/k")).out, "back: undone/k\n");
    assert.equal((await ownDoor.send({ method: "GET", bucket: "undone", key: "k" })).body.toString(), "first");
    assert.deepEqual([(await mine("undelete", "undone/k")).code, (await mine("undelete", "undone/never")).code, (await mine("undelete", "undone")).code], [3, 3, 2]);
  });

  it("rm says what a lock keeps, and goes on with the rest", async () => {
    await mine("mb", "locked", "--lock");
    for (const key of ["a", "b"]) await send("locked", key);
    await ownDoor.send({ method: "PUT", bucket: "locked", key: "c", body: "x", headers: { "x-amz-object-lock-legal-hold": "ON" } });
    const kept = await mine("rm", "-r", "locked", "--versions", "--confirm", "locked");
    assert.deepEqual([kept.code, kept.out], [6, "deleted 2 versions under locked, 1 stayed\n"]);
    assert.match(kept.err, /^kept locked\/c \(version \d+\): AccessDenied: /);
    const [version] = (await mine("ls", "locked", "--versions", "--json")).rows;
    assert.equal((await mine("rm", "locked/c", "--version-id", String(version?.versionId))).code, 4);
  });

  it("stat shows an object and a bucket; presigned URLs work without a key, and no longer than they say", async () => {
    await mine("mb", "shown");
    await ownDoor.send({ method: "PUT", bucket: "shown", key: "a b", body: "hello", headers: { "content-type": "text/plain", "x-amz-meta-color": "blue" } });
    assert.match((await mine("stat", "shown/a b")).out, /^bucket: shown\nkey: a b\nsize: 5 \(5 B\)\n[^]*content-type: text\/plain[^]*x-amz-meta-color: blue/);
    assert.equal((await mine("stat", "shown", "--json")).rows[0]?.versioning, "Off");
    assert.equal((await mine("stat", "shown/never")).code, 3);
    const { url } = (await mine("presign", "shown/a b", "--expires", "2s", "--json")).rows[0] as { url: string };
    assert.equal(await (await fetch(url)).text(), "hello");
    const put = (await mine("presign", "shown/new", "--method", "PUT")).out.trim();
    assert.equal((await fetch(put, { method: "PUT", body: "by link" })).status, 200);
    assert.equal((await ownDoor.send({ method: "GET", bucket: "shown", key: "new" })).body.toString(), "by link");
    assert.equal((await fetch(put)).status, 403, "for one thing alone");
    await new Promise((resolve) => setTimeout(resolve, 3_100));
    assert.equal((await fetch(url)).status, 403);
    assert.deepEqual([(await mine("presign", "shown")).code, (await mine("presign", "shown/x", "--expires", "8d")).code], [2, 2]);
  });

  it("a key that is wrong is refused, and half a key is a mistake", async () => {
    const wrong = await amphora(["ls", "--endpoint", server.endpoint], { env: { ...own, AMPHORA_SECRET_ACCESS_KEY: "x".repeat(20) } });
    assert.deepEqual([wrong.code, /SignatureDoesNotMatch/.test(wrong.err)], [4, true]);
    assert.match((await amphora(["ls", "--endpoint", server.endpoint], { env: { AMPHORA_ACCESS_KEY_ID: "x" } })).err, /go together/);
    assert.match((await amphora(["ls", "--data", "/nowhere"], {})).err, /give --data, or AMPHORA_ENDPOINT/);
  });
});

describe("space", () => {
  it("is told apart, and comes back at once: what the files hold is what lives, within 5 % or a volume", async () => {
    const data = newDataFolder();
    const own = await startServer({ data, args: ["--workers", "2", "--volume-size", "4MiB", "--compact-every", "3600"] });
    const ownDoor = openDoor("s3", own.port, main, 8);
    const volumes = (): number => readdirSync(join(data, "volumes")).reduce((sum, name) => sum + statSync(join(data, "volumes", name), { throwIfNoEntry: false })!.blocks * 512, 0);
    const ask = (...args: string[]): Promise<Said> => amphora([...args, "--data", data]);
    try {
      for (const bucket of ["lives", "dies"]) await ownDoor.send({ method: "PUT", bucket });
      const bodies = new Map(Array.from({ length: 40 }, (_, n) => [`k${n}`, randomBytes(300_000 + n)]));
      for (const [key, body] of bodies) {
        for (const bucket of ["lives", "dies"]) assert.equal((await ownDoor.send({ method: "PUT", bucket, key, body })).status, 200);
        // overwritten: what was there is dead
        assert.equal((await ownDoor.send({ method: "PUT", bucket: "lives", key, body })).status, 200);
      }
      assert.equal((await ask("rb", "--force", "dies", "--confirm", "dies")).code, 0);
      const before = await ask("space");
      assert.match(before.out, /live +1 +40 +0 +11\.4 MiB[^]*trash +1 +40 +0 +11\.4 MiB +from 20[^]*on disk: /);
      assert.equal((await ask("trash", "empty", "dies", "--confirm", "dies")).code, 0);
      const held = volumes();
      const done = await ask("space", "reclaim", "--now", "--reason", "a test");
      assert.equal(done.code, 0, done.err);
      assert.match(done.out, /MiB given back from \d+ volumes[^]*trash +0 [^]*reclaiming +0 /);
      const live = [...bodies.values()].reduce((sum, body) => sum + body.length, 0);
      const now = volumes();
      assert.ok(held > 2.5 * live, `${held} bytes before`);
      assert.ok(now - live <= Math.max(live * 0.05, 1024 * 1024) && now < held / 2, `${now} bytes on disk for ${live} that live`);
      const [{ disk } = {}] = (await ask("space", "--json")).rows as { disk?: { deadBytes: number; liveBytes: number } }[];
      assert.ok(disk && disk.deadBytes <= live * 0.05, JSON.stringify(disk));
      for (const [key, body] of bodies) assert.ok((await ownDoor.send({ method: "GET", bucket: "lives", key })).body.equals(body), key);
      assert.equal((await ask("space", "reclaim")).code, 0, "says what there is");
    } finally {
      ownDoor.close();
      assert.equal(await own.stop(), 0);
      rmSync(data, { recursive: true, force: true });
    }
  });
});

describe("mistakes", () => {
  it("each has its exit code and says what may have been meant", async () => {
    const unknown = await cli("trsh", "list");
    assert.deepEqual([unknown.code, /do you mean trash\?/.test(unknown.err)], [2, true]);
    assert.match((await cli("trash", "rstore")).err, /do you mean restore\?[^]*amphora trash restore GENERATION\|NAME \[NEW-NAME\]/);
    assert.match((await cli("empty")).err, /^amphora: BUCKET is missing\nusage: amphora empty BUCKET \[flags\]\n$/);
    const nobody = await amphora(["trash", "list"], { env: { AMPHORA_ENDPOINT: "http://127.0.0.1:65534", AMPHORA_ADMIN_TOKEN: "x".repeat(40) } });
    assert.deepEqual([nobody.code, /no server answers at http:\/\/127\.0\.0\.1:65534 \(ECONNREFUSED\)/.test(nobody.err)], [5, true]);
    const stranger = await amphora(["trash", "list"], { env: { AMPHORA_ENDPOINT: server.endpoint, AMPHORA_ADMIN_TOKEN: "x".repeat(40) } });
    assert.equal(stranger.code, 4);
    assert.match((await cli("du", "s3://elsewhere")).err, /amphora du is for buckets of an Amphora: NAME, without s3:\/\//);
    assert.equal((await amphora(["help", "purge"])).out.split("\n")[0], "amphora purge BUCKET[/PREFIX] [flags]");
  });

  it("Ctrl-C while a job is watched leaves the job alone and says how to find it again", async () => {
    await fill("long", 1);
    const begun = await cli("purge", "long", ...europe, "--dry-run", "--json");
    const interrupt = AbortSignal.abort();
    const stopped = await amphora(["jobs", "watch", String(begun.rows[0]?.id), "--data", server.data], { interrupt });
    assert.deepEqual([stopped.code, /The job goes on: amphora jobs watch/.test(stopped.err)], [130, true]);
  });
});
