#!/usr/bin/env node
// Runs one of the project's TypeScript files with the pinned Node, and sets the clone up first when that is needed. Any Node from 20 on runs
// this file; it is plain JavaScript because it comes before everything that could run TypeScript.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const runtime = join(root, "node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node");
const stampFile = join(root, "node_modules", ".amphora-stamp");

/** @param {string} message @returns {never} */
function stop(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function setUp() {
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  const stamp = existsSync(stampFile) ? readFileSync(stampFile, "utf8") : "";
  if (stamp === lock && existsSync(runtime)) return;
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
  if (!existsSync(runtime)) {
    // npm versions that ask before they run a package's install script leave the binary out
    const install = join(root, "node_modules", "node", "installArchSpecificPackage.js");
    if (existsSync(install)) spawnSync(process.execPath, [install], { cwd: dirname(install), stdio: ["ignore", 2, 2] });
  }
  if (!existsSync(runtime)) stop(`The package "node" brought no binary for ${process.platform} ${process.arch}. Its install script must be allowed to run: npm rebuild node`);
  checkRuntime();
  writeFileSync(stampFile, lock);
}

function checkRuntime() {
  const version = spawnSync(runtime, ["--version"], { encoding: "utf8" });
  if (version.status === 0) return;
  const said = `${version.stderr ?? ""}${version.error?.message ?? ""}`.trim();
  const library = /error while loading shared libraries: (\S+?)\.so/.exec(said)?.[1];
  if (library === "libatomic") {
    stop(
      "The pinned Node needs the library libatomic.so.1. Install it, then try again:\n  Debian, Ubuntu: apt-get install libatomic1\n  Fedora, RHEL:   dnf install libatomic\n  Alpine:         apk add libatomic",
    );
  }
  if (library !== undefined) stop(`The pinned Node needs the library ${library}, which is missing here. It said: ${said}`);
  stop(`The pinned Node (${runtime}) does not run here: ${said || `it ended with ${version.status ?? version.signal}`}`);
}

const [script, ...args] = process.argv.slice(2);
if (script === undefined) stop("usage: node tools/run.mjs FILE.ts [arguments]");
setUp();

// the threads of one server share libuv's pool: writes and flushes must not queue behind each other. Read before the process begins.
const env = { UV_THREADPOOL_SIZE: "8", ...process.env };
const command = [join(root, script), ...args];
if (typeof process.execve === "function" && process.platform !== "win32") {
  // the same process goes on as the other program: signals and exit code need no passing on
  process.execve(runtime, [runtime, ...command], env);
}
const child = spawn(runtime, command, { stdio: "inherit", env });
child.on("error", (error) => {
  checkRuntime();
  stop(error.message);
});
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR2"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => {
  if (code === 127) checkRuntime();
  if (signal !== null) {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
    // a signal that does not end us (its default is to be ignored)
    setTimeout(() => process.exit(1), 100);
  } else process.exit(code ?? 1);
});
