#!/usr/bin/env node
// Runs one of the project's TypeScript files with the pinned Node, and sets the clone up first when that is needed. Any Node from 20 on runs
// this file; it is plain JavaScript because it comes before everything that could run TypeScript.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { goOnWith, pinnedRuntime, runtimeProblem, stop } from "../bin/runtime.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stampFile = join(root, "node_modules", ".amphora-stamp");

/** Gives the runtime. */
function setUp() {
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  const stamp = existsSync(stampFile) ? readFileSync(stampFile, "utf8") : "";
  if (stamp === lock) {
    const runtime = pinnedRuntime(import.meta.url);
    if (runtime !== undefined) return runtime;
  }
  process.stderr.write("Setting up: npm install (once, and after each change of package-lock.json)\n");
  // Versions and hashes as in the lock. Not `npm ci`: it refuses a lock without the optional binaries of other platforms, and a mirror that
  // lacks those makes just such a lock. Output goes to standard error: standard output belongs to the program.
  const npm = spawnSync("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (npm.error) stop(`npm could not be run: ${npm.error.message}. Install npm (it comes with Node.js), then try again.`);
  if (npm.status !== 0) stop("npm install failed; its messages are above. It needs the npm registry (or a mirror set in your npm configuration).");
  const runtime = pinnedRuntime(import.meta.url);
  if (runtime === undefined) return stop('npm installed no package "node"');
  const problem = runtimeProblem(runtime);
  if (problem !== undefined) stop(problem);
  writeFileSync(stampFile, lock);
  return runtime;
}

const [script, ...args] = process.argv.slice(2);
if (script === undefined) stop("usage: node tools/run.mjs FILE.ts [arguments]");
try {
  goOnWith(setUp(), [join(root, script), ...args]);
} catch (error) {
  stop(error.message);
}
