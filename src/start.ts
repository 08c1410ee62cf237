/**
 * `import { start } from "amphora-store"`: a server for a program or a test, as a process of its own that ends with whoever started it. Runs on any
 * Node from 20 on; the server itself runs on the Node that comes with the package.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { runtimeEnvironment, runtimeFor } from "../bin/runtime.mjs";

export type StartOptions = {
  /** Default 0: a free one. */
  port?: number;
  /** Folder that holds everything; it stays. Default: a new one among the temporary files, removed by `stop`. */
  data?: string;
  /** Made if they are missing: `photos`, or `photos:publicRead`. */
  buckets?: readonly string[];
  /** Accounts, users and keys (docs/guide/identities.md). */
  identities?: object;
  /** Default: `us-east-1`. */
  region?: string;
  /** Threads that answer requests; default 1. */
  workers?: number;
  /** More flags of `amphora serve`, as `["--domain", "s3.localhost"]`. */
  args?: readonly string[];
  /** Environment of the server besides ours. Of ours, what would be settings (AMPHORA_*, MINIO_*, AWS_*, OSS_*) is left out. */
  env?: Readonly<Record<string, string>>;
  /** Each line that the server logs (JSON); default: nobody hears them. */
  onLog?: (line: string) => void;
  /** Default 60 000. */
  readyMsMax?: number;
};
export type Credentials = { accessKeyId: string; secretAccessKey: string };
export type RunningServer = AsyncDisposable & {
  /** `http://127.0.0.1:49152`: what S3 and OSS clients call the endpoint; path-style addresses. `url` is the same. */
  endpoint: string;
  url: string;
  port: number;
  region: string;
  /** The root account's key. */
  credentials: Credentials;
  /** Bearer token of the admin API. */
  adminToken: string;
  data: string;
  pid: number;
  /** Ends it with everything written; a folder that was made for it goes. May be called more than once; `await using` does. */
  stop(): Promise<void>;
  /** Resolves with its exit code whenever it ends. */
  exited: Promise<number | null>;
};

const settingsOfOthers = /^(AMPHORA|MINIO|AWS|OSS)_/;
const stopMsMax = 60_000;
const logLinesKept = 50;

/** Resolves when the server answers. Throws with its last lines when it does not start. */
export async function start(options: StartOptions = {}): Promise<RunningServer> {
  const { port = 0, region = "us-east-1", workers = 1, readyMsMax = 60_000, onLog } = options;
  const runtime = runtimeFor(import.meta.url);
  const own = options.data === undefined ? mkdtempSync(path.join(tmpdir(), "amphora-")) : undefined;
  const data = path.resolve(options.data ?? path.join(own as string, "store"));
  const forget = (): void => {
    if (own !== undefined) rmSync(own, { recursive: true, force: true });
  };
  const flags = ["--port", String(port), "--data", data, "--region", region, "--workers", String(workers), "--access-log", "off"];
  if (options.buckets?.length) flags.push("--buckets", options.buckets.join(","));
  const identities = options.identities === undefined ? undefined : path.join(own ?? mkdtempSync(path.join(tmpdir(), "amphora-")), "identities.json");
  if (identities !== undefined) {
    writeFileSync(identities, JSON.stringify(options.identities), { mode: 0o600 });
    flags.push("--identities", identities);
  }
  const main = fileURLToPath(new URL(`./main${path.extname(fileURLToPath(import.meta.url))}`, import.meta.url));
  const ours = Object.fromEntries(Object.entries(runtimeEnvironment()).filter(([name]) => !settingsOfOthers.test(name)));
  // through the fourth channel it notices when we are gone
  const child = spawn(runtime, [main, "serve", ...flags, ...(options.args ?? [])], { env: { ...ours, ...options.env }, stdio: ["ignore", "pipe", "pipe", "ipc"] });
  const exited = new Promise<number | null>((resolve) => {
    child.once("close", resolve);
    child.once("error", () => resolve(null));
  });
  const said = logOf(child, onLog);
  let listening = 0;
  try {
    listening = await readyWithin(child, exited, readyMsMax, said);
  } catch (error) {
    child.kill("SIGKILL");
    await exited;
    forget();
    throw error;
  } finally {
    if (identities !== undefined) rmSync(own === undefined ? path.dirname(identities) : identities, { recursive: true, force: true });
  }
  const { accessKeyId, secretAccessKey, adminToken, endpoint } = JSON.parse(readFileSync(path.join(data, "root-credentials.json"), "utf8")) as Record<string, string> & {
    accessKeyId: string;
    secretAccessKey: string;
    adminToken: string;
    endpoint: string;
  };
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= stopProcess(child, exited).then(forget));
  return {
    endpoint,
    url: endpoint,
    port: listening,
    region,
    credentials: { accessKeyId, secretAccessKey },
    adminToken,
    data,
    pid: child.pid ?? 0,
    stop,
    exited,
    [Symbol.asyncDispose]: stop,
  };
}

/** Hands lines on, and keeps the last ones for the error of a start that failed. */
function logOf({ stderr }: ChildProcess, onLog: StartOptions["onLog"]): string[] {
  const last: string[] = [];
  if (stderr)
    createInterface({ input: stderr }).on("line", (line) => {
      last.push(line);
      if (last.length > logLinesKept) last.shift();
      onLog?.(line);
    });
  return last;
}

/** Gives the port. */
async function readyWithin(child: ChildProcess, exited: Promise<number | null>, msMax: number, said: readonly string[]): Promise<number> {
  let timer: NodeJS.Timeout | undefined;
  const failed = (words: string): Error => new Error(`the server ${words}${said.length === 0 ? "" : `:\n${said.join("\n")}`}`);
  return await Promise.race([
    new Promise<number>((resolve) => {
      if (child.stdout)
        createInterface({ input: child.stdout }).on("line", (line) => {
          const found = /^ready .*port=(\d+)/.exec(line);
          if (found) resolve(Number(found[1]));
        });
    }),
    exited.then((code): never => {
      throw failed(`ended with ${code} before it was ready`);
    }),
    new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(failed(`was not ready within ${msMax} ms`)), msMax);
    }),
  ]).finally(() => clearTimeout(timer));
}

async function stopProcess(child: ChildProcess, exited: Promise<number | null>): Promise<void> {
  child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), stopMsMax);
  await exited;
  clearTimeout(late);
}
