import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { SettingsError } from "../config/values.ts";
import { type AnyCommand, command, namesTaken, sections } from "./command.ts";
import { readArguments } from "./command-line.ts";
import { foldersOf } from "./commands/du.ts";
import { topMarkers } from "./commands/undelete.ts";
import { completionScript, shells } from "./completion.ts";
import type { ListedVersion } from "./data-client.ts";
import { secondsIn } from "./durations.ts";
import { CommandError, exitOfStatus, exits, exitWords, UsageError } from "./exits.ts";
import { commandHelp, commandReference, groupHelp, overview } from "./help.ts";
import { knownServer } from "./known-server.ts";
import { allCommands, commandsOf, isElsewhere } from "./load-commands.ts";
import { progressLine, startProgress } from "./progress.ts";
import { bytesText, countText, durationText, numberText, table } from "./table.ts";

const sample = command({
  name: "thing move",
  section: "Buckets and objects",
  summary: "Moves a thing",
  names: "FROM [TO]",
  flags: {
    how: { type: "string", value: "WAY", choices: ["fast", "slow"], help: "How." },
    tag: { type: "string", value: "K=V", multiple: true, help: "Tags." },
    force: { type: "boolean", short: "f", help: "At any price." },
  },
  run: async () => {},
});
const refusal = (args: string[]): string => {
  try {
    readArguments(sample, args);
  } catch (error) {
    assert.ok(error instanceof UsageError && error instanceof SettingsError);
    return error.message;
  }
  return "";
};

test("arguments: names and flags as declared, in any order; absent ones have their kind's nothing", () => {
  assert.deepEqual(readArguments(sample, ["--how", "slow", "a", "-f", "--tag=x=1", "b", "--tag", "y=2"]), {
    names: ["a", "b"],
    flags: { json: false, help: false, how: "slow", force: true, tag: ["x=1", "y=2"] },
  });
  assert.deepEqual(readArguments(sample, ["--", "-dash"]), { names: ["-dash"], flags: { json: false, help: false, force: false, tag: [] } });
});

test("arguments that cannot be meant are refused with the usage, and the flag that may have been", () => {
  assert.equal(refusal([]), "FROM is missing\nusage: amphora thing move FROM [TO] [flags]");
  assert.match(refusal(["a", "b", "c"]), /^what is "c"\?\n/);
  assert.match(refusal(["a", "--forse"]), /do you mean --force\?\nusage: /);
  assert.match(refusal(["a", "--how", "well"]), /^--how is one of fast, slow\n/);
  assert.match(refusal(["a", "--how"]), /--how/);
  assert.match(refusal(["a", "--force=yes"]), /--force/);
});

test("how many names a command takes follows from how they are shown", () => {
  const taken = (names?: string) => namesTaken(names === undefined ? {} : { names });
  assert.deepEqual(taken(), { min: 0, max: 0 });
  assert.deepEqual(taken("BUCKET[/PREFIX]"), { min: 1, max: 1 });
  assert.deepEqual(taken("A [B]"), { min: 1, max: 2 });
  assert.deepEqual(taken("A..."), { min: 1, max: Number.POSITIVE_INFINITY });
  assert.deepEqual(taken("[A...]"), { min: 0, max: Number.POSITIVE_INFINITY });
});

test("every file of commands/ declares commands called after it, all of them shown, described and complete", async () => {
  const { here, elsewhere } = await allCommands();
  const all = [...here, ...elsewhere];
  assert.ok(here.length > 10);
  const [text, reference] = [await overview(), await commandReference()];
  for (const each of all) {
    const { name, section, summary, flags } = each;
    assert.match(name, /^[a-z-]+( [a-z-]+)?$/);
    assert.ok(sections.includes(section) && /^[A-Z].*[^.]$/.test(summary), name);
    assert.ok(text.includes(`amphora ${name}`), `${name} is not in the overview`);
    assert.ok(reference.includes(`### \`amphora ${name}`), `${name} is not in the reference`);
    const help = commandHelp(each);
    for (const flag of Object.keys(flags ?? {})) assert.ok(help.includes(`--${flag}`), `${name} --${flag}`);
    for (const shell of shells) {
      const script = completionScript(shell, all);
      for (const word of [...name.split(" "), ...Object.keys(flags ?? {})]) assert.ok(script.includes(word), `${shell}: ${name}: ${word}`);
    }
  }
  assert.equal(new Set(here.map(({ name }) => name)).size, here.length, "no name twice");
  assert.match(groupHelp(await commandsOf("key")), /amphora key create +Makes[^]*amphora key delete KEY/);
  assert.deepEqual(await commandsOf("no-such"), []);
  assert.deepEqual(await commandsOf("../help"), []);
});

test("bash completes words, verbs, flags and choices", async () => {
  const { here } = await allCommands();
  const script = completionScript("bash", [...here, sample as AnyCommand]);
  const complete = (...words: string[]): string[] => {
    const line = `${script}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}; _amphora; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr, status } = spawnSync("bash", ["--norc", "-c", line], { encoding: "utf8" });
    assert.equal(status, 0, stderr);
    assert.equal(stderr, "");
    return stdout.split("\n").filter((word) => word !== "");
  };
  assert.deepEqual(complete("amphora", "expl"), ["explain"]);
  assert.deepEqual(complete("amphora", "account", "").sort(), ["create", "delete", "list"]);
  assert.deepEqual(complete("amphora", "key", "create", "--us"), ["--user"]);
  assert.deepEqual(complete("amphora", "thing", "move", "--how", ""), ["fast", "slow"]);
  assert.deepEqual(complete("amphora", "serve", "--access"), ["--access-log"]);
});

test("exit codes: each has words; statuses map to them", () => {
  assert.deepEqual(Object.keys(exits), Object.keys(exitWords));
  assert.equal(new Set(Object.values(exits)).size, Object.keys(exits).length);
  assert.deepEqual([400, 403, 404, 409, 412, 429, 500, 503].map(exitOfStatus), ["failed", "refused", "missing", "refused", "refused", "unavailable", "unavailable", "unavailable"]);
  assert.equal(new CommandError("missing", "gone").exit, 3);
});

test("a name with a scheme is a bucket elsewhere", () => {
  assert.deepEqual(["s3://b", "oss://b/k", "hcp://t/b", "b", "s3:b", "http://b"].map(isElsewhere), [true, true, true, false, false, false]);
});

test("numbers, sizes, durations and tables for people", () => {
  assert.deepEqual([0, 1023, 1024, 1_610_612_736].map(bytesText), ["0 B", "1023 B", "1.0 KiB", "1.5 GiB"]);
  assert.deepEqual([1, 1234, 12_345_678].map(numberText), ["1", "1 234", "12 345 678"]);
  assert.deepEqual([countText(1, "key"), countText(2, "key"), countText(0, "entry", "entries")], ["1 key", "2 keys", "0 entries"]);
  assert.deepEqual([0, 61_000, 90_061_000].map(durationText), ["0 s", "1 min 1 s", "1 d 1 h"]);
  assert.equal(
    table(
      [
        { a: "x", n: 5, atMs: 0 },
        { a: "long", n: 1234 },
      ],
      ["a", "n", "atMs"],
    ),
    "A        N  AT\nx        5  1970-01-01T00:00:00.000Z\nlong  1234  -\n",
  );
});

test("progress is drawn on a terminal only, not more often than people can read, and is gone at the end", () => {
  assert.equal(progressLine("deleting", { done: 250, total: 1000, bytes: 2048 }, 1_000), "deleting [######------------------] 25 % 250 of 1 000, 2.0 KiB, 250/s");
  const drawn: string[] = [];
  let now = 0;
  const progress = startProgress(
    "x",
    (text) => drawn.push(text),
    () => now,
  );
  for (; now < 1_000; now += 10) progress.show({ done: now });
  assert.equal(drawn.length, 10);
  progress.end();
  assert.equal(drawn.at(-1), "\r\u001b[K");
  const silent = startProgress("x", undefined);
  silent.show({ done: 1 });
  silent.end();
});

test("folders of a key, as deep as wanted", () => {
  assert.deepEqual(foldersOf("a/b/c", 0), [""]);
  assert.deepEqual(foldersOf("a/b/c", 1), ["", "a/"]);
  assert.deepEqual(foldersOf("a//c", 9), ["", "a/", "a//"]);
});

test("only markers on top of a version are taken away, over pages too", async () => {
  const row = (key: string, kind: ListedVersion["kind"], versionId: string): ListedVersion => ({ key, kind, versionId, size: 0, modified: "" });
  async function* pages() {
    yield [row("a", "markers", "3"), row("a", "markers", "2")];
    yield [row("a", "current", "1"), row("a", "markers", "0"), row("b", "markers", "5")];
    yield [row("c", "current", "9"), row("c", "markers", "8"), row("c", "current", "7")];
  }
  assert.deepEqual(await Array.fromAsync(topMarkers(pages())), [
    {
      key: "a",
      markers: [
        { key: "a", versionId: "3" },
        { key: "a", versionId: "2" },
      ],
    },
  ]);
});

test("times are seconds or numbers with a unit", () => {
  assert.deepEqual(
    ["90", "15m", "12h", "7d", "1s"].map((text) => secondsIn(text, "--expires", 604_800)),
    [90, 900, 43_200, 604_800, 1],
  );
  for (const text of ["", "0", "8d", "1w", "-1", "1.5h"]) assert.throws(() => secondsIn(text, "--expires", 604_800), UsageError);
});

test("which server: flags, then the environment, then the folder", () => {
  const env = { AMPHORA_ENDPOINT: "http://env/", AMPHORA_ADMIN_TOKEN: "t", AMPHORA_ACCESS_KEY_ID: "id", AMPHORA_SECRET_ACCESS_KEY: "secret" };
  assert.deepEqual(knownServer({ data: "/nowhere", env }), { endpoint: "http://env", adminToken: "t", key: { accessKeyId: "id", secretAccessKey: "secret" } });
  assert.equal(knownServer({ data: "/nowhere", endpoint: "http://flag", env }).endpoint, "http://flag");
  assert.throws(() => knownServer({ data: "/nowhere", env: {} }), /AMPHORA_ENDPOINT/);
  assert.throws(() => knownServer({ data: "/nowhere", endpoint: "http://flag", env: { AMPHORA_ACCESS_KEY_ID: "id" } }), /go together/);
});
