/** The real clients that the tests drive, pinned, in `.clients/` inside the clone: a Python environment and a folder of npm packages. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const top = join(import.meta.dirname, "..");
export const clientsFolder = join(top, ".clients");
export const venv = join(clientsFolder, "venv");
export const nodeClients = join(clientsFolder, "node");
const pins = join(top, "test/clients");

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
    say("installing the Python clients (oss2, boto3, aws, s3cmd, rclone) into .clients/venv");
    rmSync(venv, { recursive: true, force: true });
    await run("python3", ["-m", "venv", venv]);
    await run(join(venv, "bin/pip"), ["install", "-q", "--disable-pip-version-check", "-r", requirements], { maxBuffer: 64 * 1024 * 1024 });
    writeFileSync(join(venv, ".stamp"), python);
  }
  const node = stampOf(join(pins, "package.json"), join(pins, "package-lock.json"));
  if (!fresh(nodeClients, node)) {
    say("installing the npm clients (ali-oss, the AWS SDK for JavaScript, minio) into .clients/node");
    rmSync(nodeClients, { recursive: true, force: true });
    mkdirSync(nodeClients, { recursive: true });
    for (const file of ["package.json", "package-lock.json"]) cpSync(join(pins, file), join(nodeClients, file));
    await run("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"], { cwd: nodeClients, maxBuffer: 64 * 1024 * 1024 });
    writeFileSync(join(nodeClients, ".stamp"), node);
  }
}
