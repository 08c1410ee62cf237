/**
 * The real clients that the tests drive, pinned, in `.clients/` inside the clone: a Python environment, a folder of npm packages, programs in Go.
 * `npm run clients` installs them all, however long Go takes; `npm test` gives Go a minute, and what is not built by then is "not run" by name.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { unpackBrowser } from "./browser.ts";
import { ensureJavaClient } from "./java.ts";

const run = promisify(execFile);
const top = join(import.meta.dirname, "..");
export const clientsFolder = join(top, ".clients");
export const venv = join(clientsFolder, "venv");
export const nodeClients = join(clientsFolder, "node");
export const goPrograms = join(clientsFolder, "go/bin");
const pins = join(top, "test/clients");
const goFlows = ["flow_go", "flow_oss_go"];
/** What `npm test` may wait for builds in Go, all in all. */
const goMsMax = 60_000;

/** What the machine must have; each is looked for by running it. */
const assumed: [command: string, args: string[], why: string][] = [
  ["python3", ["-c", "import venv, ensurepip"], "python3 with the venv module (Debian: python3-venv)"],
  ["openssl", ["version"], "openssl"],
  ["curl", ["--version"], "curl"],
  ["perl", ["-v"], "perl"],
];

const stampOf = (...files: string[]): string => {
  const hash = createHash("sha256");
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest("hex");
};
const fresh = (folder: string, stamp: string): boolean => existsSync(join(folder, ".stamp")) && readFileSync(join(folder, ".stamp"), "utf8") === stamp;

/** Installs what is missing; says by name what the machine lacks. Safe to call every time: it does nothing when the pins have not changed. */
export async function ensureClients(say: (line: string) => void): Promise<void> {
  const missing: string[] = [];
  for (const [command, args, why] of assumed) {
    await run(command, args).catch(() => missing.push(why));
  }
  if (missing.length > 0) throw new Error(`npm test drives real clients and needs on this machine: ${missing.join("; ")}`);
  mkdirSync(clientsFolder, { recursive: true });
  const requirements = join(pins, "requirements.txt");
  const python = stampOf(requirements);
  if (!fresh(venv, python)) {
    say("installing the Python clients (oss2, alibabacloud-oss-v2, boto3, aws, s3cmd, rclone) into .clients/venv");
    if (!existsSync(join(venv, "bin/pip"))) {
      rmSync(venv, { recursive: true, force: true });
      await run("python3", ["-m", "venv", venv]);
    }
    await run(join(venv, "bin/pip"), ["install", "-q", "--disable-pip-version-check", "-r", requirements], { maxBuffer: 64 * 1024 * 1024 });
    writeFileSync(join(venv, ".stamp"), python);
  }
  const node = stampOf(join(pins, "package.json"), join(pins, "package-lock.json"));
  if (!fresh(nodeClients, node)) {
    say("installing the npm clients (ali-oss, the AWS SDK for JavaScript, minio, a browser) into .clients/node");
    mkdirSync(nodeClients, { recursive: true });
    for (const file of ["package.json", "package-lock.json"]) cpSync(join(pins, file), join(nodeClients, file));
    await run("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"], { cwd: nodeClients, maxBuffer: 64 * 1024 * 1024 });
    writeFileSync(join(nodeClients, ".stamp"), node);
  }
  await unpackBrowser(say).catch((error: unknown) => say(`the browser is not unpacked, and what it drives not run: ${error instanceof Error ? error.message : error}`));
}

/** Where there is Go: builds what is missing or pinned otherwise, as long as `msMax` lasts. What a build got done stays in Go's cache for the next. */
export async function ensureGoClients(say: (line: string) => void, msMax = goMsMax): Promise<void> {
  const { programs } = JSON.parse(readFileSync(join(pins, "go.json"), "utf8")) as { programs: Record<string, string> };
  const end = Date.now() + msMax;
  const wanted = [
    ...goFlows.map((name) => {
      const folder = join(top, "test/e2e/programs", name);
      return { name, stamp: stampOf(...["main.go", "go.mod", "go.sum"].map((file) => join(folder, file))), args: ["build", "-C", folder, "-o", join(goPrograms, name), "."] };
    }),
    ...Object.entries(programs).map(([name, module]) => ({ name, stamp: module, args: ["install", module] })),
  ];
  for (const { name, stamp, args } of wanted) {
    const stampFile = join(clientsFolder, "go", `${name}.stamp`);
    if (existsSync(join(goPrograms, name)) && existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) continue;
    if (!(await run("go", ["version"]).then(Boolean, () => false))) return say("no Go on this machine: the clients written in it are not run");
    mkdirSync(goPrograms, { recursive: true });
    rmSync(join(goPrograms, name), { force: true });
    say(`building ${name} with Go into .clients/go`);
    const left = Math.max(1, end - Date.now());
    const env = { ...process.env, GOBIN: goPrograms, GOFLAGS: "-buildvcs=false", GOTOOLCHAIN: "local" };
    const failed = await run("go", args, { env, timeout: left, killSignal: "SIGKILL", maxBuffer: 64 * 1024 * 1024 }).then(
      () => undefined,
      (error: Error & { killed?: boolean }) => (error.killed ? "not built in time (`npm run clients` takes as long as it needs)" : error.message),
    );
    if (failed === undefined) writeFileSync(stampFile, stamp);
    else say(`${name}: ${failed}`);
  }
}

if (import.meta.main) {
  const say = (line: string): void => console.log(line);
  await ensureClients(say);
  await ensureGoClients(say, 60 * 60_000);
  await ensureJavaClient(say, 60 * 60_000);
}
