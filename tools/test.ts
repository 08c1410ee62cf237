/**
 * One command for every kind of test: `all` (npm test), `check` (the fast gate), or one stage by its name, with an optional filter:
 * `npm run conformance -- oss delete-bucket`. Stages run one after another; each prints its own count and the last line is the whole.
 */
import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { join } from "node:path";
import { ensureClients, ensureGoClients } from "./clients.ts";
import { ensureJavaClient } from "./java.ts";

const top = join(import.meta.dirname, "..");
const bin = (name: string): string => join(top, "node_modules/.bin", name);

/** A stage is a command or a set of test files. Minutes bound it. */
type Stage = { files: string[]; minutes: number; clients?: boolean; concurrency?: number } | { command: string[]; minutes: number };
const stages: Record<string, Stage> = {
  format: { command: [bin("biome"), "check", "."], minutes: 2 },
  types: { command: [bin("tsc"), "-p", "."], minutes: 3 },
  unit: { files: ["src/**/*.test.ts", "test/*.test.ts"], minutes: 6, concurrency: 2 },
  conformance: { files: ["test/conformance/**/*.test.ts"], minutes: 5, concurrency: 2 },
  crosstalk: { files: ["test/crosstalk/**/*.test.ts"], minutes: 6, concurrency: 1 },
  e2e: { files: ["test/e2e/**/*.test.ts"], minutes: 8, clients: true, concurrency: 1 },
  chaos: { files: ["test/chaos/**/*.test.ts"], minutes: 10, concurrency: 1 },
  suites: { files: ["test/suites/**/*.test.ts"], minutes: 25, concurrency: 1 },
};
const sets: Record<string, string[]> = {
  check: ["format", "types", "unit"],
  all: ["format", "types", "unit", "conformance", "crosstalk", "e2e", "chaos", "suites"],
  soak: ["chaos", "crosstalk", "suites"],
};
/** `soak` runs the full figures of every campaign; `npm test` a fixed-seed share of them. */
const soakEnvironment = { AMPHORA_RUNS: "10000", AMPHORA_SOAK: "1" };

type Count = { passed: number; failed: number; skipped: number };
const counts: Count = { passed: 0, failed: 0, skipped: 0 };

function runCommand(command: string[], minutes: number, environment: Record<string, string>, onLine?: (line: string) => void): Promise<number> {
  return new Promise((resolve) => {
    const [file = "", ...args] = command;
    const child = spawn(file, args, { cwd: top, env: { ...process.env, ...environment }, stdio: ["ignore", onLine ? "pipe" : "inherit", "inherit"] });
    const timer = setTimeout(() => {
      console.error(`stopped: longer than ${minutes} minutes`);
      child.kill("SIGKILL");
    }, minutes * 60_000);
    let rest = "";
    child.stdout?.on("data", (data: Buffer) => {
      process.stdout.write(data);
      const lines = (rest + data.toString("utf8")).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) onLine?.(line);
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve(code ?? 1);
    });
    child.on("error", () => resolve(1));
  });
}

async function runStage(name: string, filter: string[], soak: boolean): Promise<boolean> {
  const stage = stages[name];
  if (!stage) throw new Error(`no stage "${name}": ${[...Object.keys(stages), ...Object.keys(sets)].join(", ")}`);
  console.log(`\n== ${name}`);
  const environment: Record<string, string> = soak ? soakEnvironment : {};
  const factor = soak ? 12 : 1;
  if ("command" in stage) return (await runCommand(stage.command, stage.minutes, environment)) === 0;
  if (stage.clients) {
    await ensureClients((line) => console.log(line));
    await ensureGoClients((line) => console.log(line));
    await ensureJavaClient((line) => console.log(line));
  }
  const files = globSync(stage.files, { cwd: top })
    .filter((file) => filter.every((word) => file.includes(word)))
    .sort();
  if (files.length === 0) {
    console.log(`no test file matches ${filter.join(" ")}`);
    return filter.length > 0;
  }
  const args = ["--test", `--test-concurrency=${stage.concurrency ?? 1}`, `--test-timeout=${stage.minutes * 60_000 * factor}`, "--test-reporter=spec", ...files];
  const code = await runCommand([process.execPath, ...args], stage.minutes * factor + 1, environment, (line) => {
    const found = /^ℹ (pass|fail|skipped) (\d+)$/.exec(line);
    if (found?.[1] === "pass") counts.passed += Number(found[2]);
    if (found?.[1] === "fail") counts.failed += Number(found[2]);
    if (found?.[1] === "skipped") counts.skipped += Number(found[2]);
  });
  return code === 0;
}

const [what = "all", ...filter] = process.argv.slice(2);
const began = Date.now();
const failed: string[] = [];
for (const name of sets[what] ?? [what]) {
  if (!(await runStage(name, filter, what === "soak"))) failed.push(name);
}
console.log(`\n${failed.length === 0 ? "all stages passed" : `failed stages: ${failed.join(", ")}`} in ${Math.round((Date.now() - began) / 1000)} s`);
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exit(failed.length === 0 ? 0 : 1);
