// Finds the Node that Amphora is made for, and goes on with it. Plain JavaScript for any Node from 20 on: it comes before everything that needs a newer
// one (docs/decisions/0001, 0018).
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const binary = process.platform === "win32" ? "node.exe" : "node";
const majorMin = 26;

/** @param {string} message @returns {never} */
export function stop(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/**
 * The binary of the package `node`, as it is installed for whoever is at `from` (a file's path or URL); undefined when the package is not there.
 * Throws when it is there without a binary for this machine.
 * @param {string | URL} from
 */
export function pinnedRuntime(from) {
  const folder = packageFolder(from);
  if (folder === undefined) return undefined;
  const runtime = join(folder, "bin", binary);
  if (!existsSync(runtime)) {
    // npm versions that ask before they run a package's install script leave the binary out
    const install = join(folder, "installArchSpecificPackage.js");
    if (existsSync(install)) spawnSync(process.execPath, [install], { cwd: folder, stdio: ["ignore", 2, 2] });
  }
  if (!existsSync(runtime))
    throw new Error(`The package "node" brought no binary for ${process.platform} ${process.arch}. Its install script must be allowed to run: npm rebuild node`);
  return runtime;
}

/** @param {string | URL} from */
function packageFolder(from) {
  try {
    return dirname(createRequire(from).resolve("node/package.json"));
  } catch {
    return undefined;
  }
}

/**
 * What runs the compiled package: the pinned Node, or the one we are in if it is new enough. Throws when there is neither.
 * @param {string | URL} from
 */
export function runtimeFor(from) {
  const pinned = pinnedRuntime(from);
  if (pinned !== undefined) return pinned;
  if (Number(process.versions.node.split(".")[0]) >= majorMin) return process.execPath;
  throw new Error(`Amphora runs on Node ${majorMin} and newer; this is ${process.version}, and the package "node" is not installed`);
}

/** Undefined when it runs here; else why not. @param {string} runtime */
export function runtimeProblem(runtime) {
  const version = spawnSync(runtime, ["--version"], { encoding: "utf8" });
  if (version.status === 0) return undefined;
  const said = `${version.stderr ?? ""}${version.error?.message ?? ""}`.trim();
  const library = /error while loading shared libraries: (\S+?)\.so/.exec(said)?.[1];
  if (library === "libatomic")
    return "The pinned Node needs the library libatomic.so.1. Install it, then try again:\n  Debian, Ubuntu: apt-get install libatomic1\n  Fedora, RHEL:   dnf install libatomic\n  Alpine:         apk add libatomic";
  if (library !== undefined) return `The pinned Node needs the library ${library}, which is missing here. It said: ${said}`;
  return `The pinned Node (${runtime}) does not run here: ${said || `it ended with ${version.status ?? version.signal}`}`;
}

/** The threads of one server share libuv's pool: writes and flushes must not queue behind each other. Read before the process begins. */
export const runtimeEnvironment = () => ({ UV_THREADPOOL_SIZE: "8", ...process.env });

/** The same process goes on as the other program, or a child does and its end is ours. @param {string} runtime @param {string[]} command */
export function goOnWith(runtime, command) {
  const env = runtimeEnvironment();
  if (typeof process.execve === "function" && process.platform !== "win32") {
    // signals and exit code need no passing on
    process.execve(runtime, [runtime, ...command], env);
  }
  const child = spawn(runtime, command, { stdio: "inherit", env });
  child.on("error", (error) => stop(runtimeProblem(runtime) ?? error.message));
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR2"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => {
    const problem = code === 127 ? runtimeProblem(runtime) : undefined;
    if (problem !== undefined) stop(problem);
    if (signal !== null) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
      // a signal that does not end us (its default is to be ignored)
      setTimeout(() => process.exit(1), 100);
    } else process.exit(code ?? 1);
  });
}
