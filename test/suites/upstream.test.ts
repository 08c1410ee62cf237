/**
 * Public conformance suites of others, run unchanged against the server and compared with three named lists in data/suites/: what passes, what is
 * refused with a reason, what is not yet. Strict both ways: a test that begins to pass must move, one that stops passing fails here.
 * AMPHORA_UPDATE_LISTS=1 rewrites pass and not-yet. Suites are found at AMPHORA_SUITES; an absent one is reported as not run.
 */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { clientsFolder } from "../../tools/clients.ts";
import { run } from "../support/run.ts";
import { startServer, suitesFolder } from "../support/server.ts";

const lists = join(import.meta.dirname, "../../data/suites");
type Suite = {
  name: string;
  script: string;
  args: string[];
  /** Result folders below RESULTS, with what stands before the ids in our lists. */
  results: { folder: string; prefix: string }[];
  minimum: number;
};
const suites: Suite[] = [
  { name: "s3-tests.open", script: "s3-tests.sh", args: ["open"], results: [{ folder: "s3-tests.open", prefix: "" }], minimum: 300 },
  {
    name: "oss2.core",
    script: "oss2.sh",
    args: ["core", "v1,v4"],
    results: [
      { folder: "oss2.core.v1", prefix: "v1 " },
      { folder: "oss2.core.v4", prefix: "v4 " },
    ],
    minimum: 250,
  },
];

const readLines = (file: string): string[] => (existsSync(file) ? readFileSync(file, "utf8").split("\n").filter((line) => line !== "" && !line.startsWith("#")) : []);
const idOf = (line: string): string => line.split("\t")[0] ?? "";
const update = process.env.AMPHORA_UPDATE_LISTS === "1";

for (const suite of suites) {
  describe(`upstream suite ${suite.name}`, () => {
    const script = join(suitesFolder, suite.script);
    it("passes, refuses and lacks exactly what data/suites says", { timeout: 45 * 60_000 }, async (t) => {
      if (!existsSync(script)) {
        t.skip(`not run: ${suite.name} is not at AMPHORA_SUITES (default ../shared/suites)`);
        return;
      }
      const results = mkdtempSync(join(tmpdir(), "amphora-suite-"));
      const server = await startServer({ args: ["--default-ownership", "none", "--access-log", "off"] });
      try {
        const ran = await run("bash", [script, server.endpoint, ...suite.args], {
          env: { RESULTS: results, CHECKS_WORK: join(clientsFolder, "suites"), CHECK_TEST_TIMEOUT: "60" },
          timeoutMs: 40 * 60_000,
        });
        const last = ran.stdout.trim().split("\n").pop() ?? "";
        t.diagnostic(last);
        assert.match(last, /\d+ passed \d+ failed \d+ skipped of \d+$/, ran.stdout + ran.stderr);
        const all: string[] = [];
        const failing = new Map<string, string>();
        for (const { folder, prefix } of suite.results) {
          all.push(...readLines(join(results, folder, "ids")).map((id) => prefix + id));
          for (const line of readLines(join(results, folder, "failing.tsv"))) {
            const [outcome = "", , id = "", why = ""] = line.split("\t");
            failing.set(prefix + id, `${outcome}: ${why.replaceAll(tmpdir(), "").slice(0, 160)}`);
          }
        }
        compare(suite, all, failing);
      } finally {
        await server.stop();
        rmSync(results, { recursive: true, force: true });
      }
    });
  });
}

function compare(suite: Suite, all: string[], failing: Map<string, string>): void {
  const file = (list: string): string => join(lists, `${suite.name}.${list}.tsv`);
  const passing = all.filter((id) => !failing.has(id)).sort();
  const refused = new Set(readLines(file("refused")).map(idOf));
  if (update) {
    writeFileSync(file("pass"), `# ${suite.name}: ${passing.length} of ${all.length} pass\n${passing.join("\n")}\n`);
    const rest = [...failing].filter(([id]) => !refused.has(id)).sort();
    writeFileSync(file("not-yet"), `# ${suite.name}: ${rest.length} of ${all.length} do not pass yet\n${rest.map(([id, why]) => `${id}\t${why}`).join("\n")}\n`);
    return;
  }
  const listed = new Set(readLines(file("pass")));
  assert.deepEqual(
    [...listed].filter((id) => failing.has(id)).map((id) => `${id}\t${failing.get(id)}`),
    [],
    "listed as passing, but failed",
  );
  assert.deepEqual(
    passing.filter((id) => !listed.has(id)),
    [],
    "passes, but is not listed so: move it to the pass list (AMPHORA_UPDATE_LISTS=1)",
  );
  assert.ok(passing.length >= suite.minimum, `${passing.length} pass, at least ${suite.minimum} must`);
}
