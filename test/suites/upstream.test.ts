/**
 * Public conformance suites of others, run unchanged against the server and compared with three named lists in data/suites/: what passes, what is
 * refused with a reason, what is not yet. Strict both ways: a test that begins to pass must move, one that stops passing fails here.
 * AMPHORA_UPDATE_LISTS=1 rewrites pass and not-yet. Suites are found at AMPHORA_SUITES; an absent one is reported as not run.
 */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { describe, it } from "node:test";
import { clientsFolder } from "../../tools/clients.ts";
import { run } from "../support/run.ts";
import { isSoak } from "../support/seeded.ts";
import { startServer, suitesFolder } from "../support/server.ts";

const lists = join(import.meta.dirname, "../../data/suites");
type Suite = {
  name: string;
  script: string;
  args: string[];
  /** Further arguments of the server. */
  server?: string[];
  /** What the runner is told of the server. */
  env?: Record<string, string>;
  /** Result folders below RESULTS, with what stands before the ids in our lists. */
  results: { folder: string; prefix: string }[];
  minimum: number;
  /** What is run of it, as the runner's last argument; absent: everything. */
  share?: string;
  /** The runner's last argument for these ids alone. */
  pick?: (ids: string[]) => string;
  /** Storage classes that the server has folders for, and the ids to run in the place of the runner's list, which knows them only without. */
  withClasses?: { classes: string[]; ids: string[] };
  /** Tests that want another server than the rest does, by name. */
  apart?: { only: string; server: string[]; env: Record<string, string> };
};
/** A day of a lifecycle in seconds, as the server counts it and as the tests wait for it. */
const shortDays = { server: ["--lifecycle-day", "5"], env: { CHECK_LC_DEBUG_INTERVAL: "5" } };
/** pytest's expression for tests by name. */
const byName = (ids: string[]): string => ids.map((id) => (id.split("::").pop() ?? "").replace(/\[.*$/, "")).join(" or ");
/** oss2's own tests, `npm run soak` under every signing version. `minimum`: that must pass under each. */
const oss2 = (part: string, versions: string[], minimum: number, share?: string): Suite => ({
  name: `oss2.${part}`,
  script: "oss2.sh",
  args: [part, versions.join(",")],
  results: versions.map((version) => ({ folder: `oss2.${part}.${version}`, prefix: `${version} ` })),
  minimum: minimum * versions.length,
  ...(share === undefined ? {} : { share }),
});
/** Lots that the tests draw cost some (isElsewhere). */
const oss2CoreMinimum = 260;
const oss2ExtendedMinimum = 60;
const everyVersion = ["v1", "v2", "v4"];
/** The standard class aside, two that objects can be read from. */
const classes = ["INTELLIGENT_TIERING", "GLACIER_IR"];
const pairs = ["STANDARD", ...classes].flatMap((from, _, all) => all.filter((to) => to !== from).map((to) => `${from}-${to}`));
const transitions = [
  ...["test_lifecycle_transition", "test_lifecycle_transition_single_rule_multi_trans", "test_lifecycle_noncur_transition"],
  ...["unencrypted", "sse-s3", "sse-c", "sse-kms"].flatMap((mode) => pairs.map((pair) => `test_lifecycle_transition_encrypted[${mode}-${pair}]`)),
];
const suites: Suite[] = [
  {
    name: "s3-tests.open",
    script: "s3-tests.sh",
    args: ["open"],
    env: { CHECK_STORAGE_CLASSES: "GLACIER DEEP_ARCHIVE" },
    results: [{ folder: "s3-tests.open", prefix: "" }],
    minimum: 423,
    // Three others compare dates in answers with days of a day.
    apart: { only: "test_delete_marker_expiration", ...shortDays },
  },
  // What upstream marks as failing on AWS: conditions that S3 has by now, ACLs by id, lifecycles whose days are short, and what is Ceph's own.
  {
    name: "s3-tests.extra",
    script: "s3-tests.sh",
    args: ["extra"],
    ...shortDays,
    results: [{ folder: "s3-tests.extra", prefix: "" }],
    minimum: 94,
  },
  // Bytes really move from folder to folder; objects of these tests are small, and S3 leaves small ones where they are.
  {
    name: "s3-tests.transitions",
    script: "s3-tests.sh",
    args: ["extra"],
    // The longest of them waits for fourteen days, and a minute is all that the runner gives it.
    server: ["--lifecycle-day", "3", "--transition-minimum", "0"],
    env: { CHECK_LC_DEBUG_INTERVAL: "3", CHECK_STORAGE_CLASSES: classes.join(" "), CHECK_JOBS: "4" },
    withClasses: { classes, ids: transitions.map((test) => `s3tests/functional/test_s3.py::${test}`) },
    results: [{ folder: "s3-tests.extra", prefix: "" }],
    minimum: 15,
  },
  ...(isSoak
    ? [oss2("core", everyVersion, oss2CoreMinimum), oss2("extended", everyVersion, oss2ExtendedMinimum)]
    : [oss2("core", ["v4"], oss2CoreMinimum), oss2("core", ["v2"], 70, "TestSign or TestBucket or TestMultipart"), oss2("extended", ["v4"], oss2ExtendedMinimum)]),
  {
    // every test under V4 and V1
    name: "ali-oss",
    script: "ali-oss.sh",
    args: [],
    results: [{ folder: "ali-oss", prefix: "" }],
    minimum: 600,
    pick: (ids) => `^(${[...new Set(ids.map((id) => id.split("::")[0]?.replaceAll(".", "\\.")))].join("|")})::`,
  },
];

const readLines = (file: string): string[] =>
  existsSync(file)
    ? readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => line !== "" && !line.startsWith("#"))
    : [];
const idOf = (line: string): string => line.split("\t")[0] ?? "";
const listFile = (suite: Suite, list: string): string => join(lists, `${suite.name}.${list}.tsv`);
const update = process.env.AMPHORA_UPDATE_LISTS === "1";

/** oss2's tests draw lots whether a bucket is encrypted by the vendor's own key service, which nobody reaches from here: such a failure says nothing. */
const isElsewhere = (why: string | undefined): boolean => why?.includes("HTTPSConnectionPool(host=") === true;

/** They want a connect within 1 ms to fail: that tells how busy the machine is, and nothing of the server. */
const isOfSpeed = (id: string): boolean => /TestObject::test_(?:default_)?timeout$/.test(id);

/** The machine's own programs, without those that npm puts before them: old test runners do not start in our Node. */
const machinePath = (process.env.PATH ?? "")
  .split(delimiter)
  .filter((folder) => !/\bnode_modules\b|node-gyp-bin/.test(folder))
  .join(delimiter);

/** What one run said: every id it judged, and why those that did not pass did not. */
type Outcome = { all: string[]; failing: Map<string, string>; last: string };

async function runSuite(suite: Suite, only = suite.share): Promise<Outcome> {
  const results = mkdtempSync(join(tmpdir(), "amphora-suite-"));
  const folders = (suite.withClasses?.classes ?? []).flatMap((name) => ["--class", `${name}=${join(results, "classes", name)}`]);
  const server = await startServer({ args: ["--default-ownership", "none", "--access-log", "off", ...folders, ...(suite.server ?? [])] });
  try {
    const runner = suite.withClasses ? withList(join(results, "runner"), suite.withClasses.ids) : suitesFolder;
    const { stdout, stderr } = await run("bash", [join(runner, suite.script), server.endpoint, ...suite.args, ...(only === undefined ? [] : [only])], {
      env: { ...suite.env, PATH: machinePath, RESULTS: results, CHECKS_WORK: join(clientsFolder, "suites"), CHECK_TEST_TIMEOUT: "60" },
      timeoutMs: 40 * 60_000,
    });
    const last = stdout.trim().split("\n").pop() ?? "";
    assert.match(last, /\d+ passed \d+ failed \d+ skipped of \d+$/, stdout + stderr);
    const all: string[] = [];
    const failing = new Map<string, string>();
    for (const { folder, prefix } of suite.results) {
      const ran = new Set(readLines(join(results, folder, "outcomes.tsv")).map((line) => line.split("\t")[2] ?? ""));
      for (const id of readLines(join(results, folder, "ids"))) if (only === undefined || ran.has(id)) all.push(prefix + id);
      for (const line of readLines(join(results, folder, "failing.tsv"))) {
        const [outcome = "", , id = "", why = ""] = line.split("\t");
        failing.set(prefix + id, `${outcome}: ${why.replaceAll(tmpdir(), "").slice(0, 160)}`);
      }
    }
    return { all, failing, last };
  } finally {
    await server.stop();
    rmSync(results, { recursive: true, force: true });
  }
}

/** The same runner beside a list of our own: everything but the lists is where it was. */
function withList(folder: string, ids: string[]): string {
  mkdirSync(join(folder, "lists"), { recursive: true });
  for (const name of readdirSync(suitesFolder)) if (name !== "lists") symlinkSync(join(suitesFolder, name), join(folder, name));
  for (const list of ["extra", "serial"]) writeFileSync(join(folder, "lists", `s3-tests.${list}.txt`), list === "extra" ? `${ids.join("\n")}\n` : "");
  return folder;
}

/** With what is run apart in its place. */
async function runWhole(suite: Suite): Promise<Outcome> {
  const whole = await runSuite(suite);
  if (suite.apart === undefined) return whole;
  const { only, ...rest } = suite.apart;
  const apart = await runSuite({ ...suite, ...rest }, only);
  for (const id of apart.all) if (!apart.failing.has(id)) whole.failing.delete(id);
  return { ...whole, last: `${whole.last}; apart: ${apart.last}` };
}

/** Runs the suite and compares. */
function compare(suite: Suite): void {
  describe(`upstream suite ${[suite.name, ...suite.args.slice(1)].join(" ")}`, () => {
    it("passes, refuses and lacks exactly what data/suites says", { timeout: 45 * 60_000 }, async (t) => {
      if (!existsSync(join(suitesFolder, suite.script))) {
        t.skip(`not run: ${suite.name} is not at AMPHORA_SUITES (default ../shared/suites)`);
        return;
      }
      const first = await runWhole(suite);
      t.diagnostic(first.last);
      if (update) {
        rewrite(suite, first);
        return;
      }
      // Some of these tests draw lots or race with a clock: what surprises is asked again, alone, before it counts.
      let steady = surprising(suite, first);
      for (let n = 0; n < confirmations && steady.length > 0; n++) {
        const again = surprising(suite, await runSuite(suite, (suite.pick ?? byName)(steady)));
        for (const id of steady.filter((one) => !again.includes(one))) t.diagnostic(`unsteady: ${id}\t${first.failing.get(id) ?? "passed"}`);
        steady = steady.filter((id) => again.includes(id));
      }
      assert.deepEqual(
        steady.filter((id) => first.failing.has(id)).map((id) => `${id}\t${first.failing.get(id)}`),
        [],
        "listed as passing, but failed",
      );
      assert.deepEqual(
        steady.filter((id) => !first.failing.has(id)),
        [],
        "passes, but is not listed so: move it to the pass list (AMPHORA_UPDATE_LISTS=1)",
      );
      const passed = first.all.length - first.failing.size;
      assert.ok(passed >= suite.minimum, `${passed} pass, at least ${suite.minimum} must`);
    });
  });
}

// Most of their time these tests wait for a clock: the runners go side by side, and what one of them installs or writes beside itself is its own.
describe("upstream suites", { concurrency: true }, () => {
  for (const script of new Set(suites.map((suite) => suite.script))) {
    describe(script, { concurrency: 1 }, () => {
      for (const suite of suites) if (suite.script === script) compare(suite);
    });
  }
});

/** How often a surprise must repeat itself, alone, to count. */
const confirmations = 2;

function surprising(suite: Suite, { all, failing }: Outcome): string[] {
  const listed = new Set(readLines(listFile(suite, "pass")));
  return all.filter((id) => !isOfSpeed(id) && !isElsewhere(failing.get(id)) && listed.has(id) === failing.has(id));
}

/** pass: ids; refused (kept by hand): id and reason; not-yet: id and what it said. */
function rewrite(suite: Suite, { all, failing }: Outcome): void {
  const kept = (list: string): string[] => readLines(listFile(suite, list)).filter((line) => !all.includes(idOf(line)));
  const refused = new Set(readLines(listFile(suite, "refused")).map(idOf));
  const passing = [...kept("pass"), ...all.filter((id) => !failing.has(id) || isElsewhere(failing.get(id)))].sort();
  const rest = [...kept("not-yet"), ...[...failing].filter(([id, why]) => !refused.has(id) && !isElsewhere(why)).map(([id, why]) => `${id}\t${why}`)].sort();
  writeFileSync(listFile(suite, "pass"), `# ${suite.name}: ${passing.length} pass\n${passing.join("\n")}\n`);
  writeFileSync(listFile(suite, "not-yet"), `# ${suite.name}: ${rest.length} do not pass yet\n${rest.join("\n")}\n`);
}
