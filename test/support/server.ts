/** The real server as a process, on a free port of loopback, for tests that must see what a client sees. Stops only what it started. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const top = join(import.meta.dirname, "../..");
export const suitesFolder = process.env.AMPHORA_SUITES ?? join(top, "../shared/suites");
/** The format of ../shared/suites/identities.json, kept here so that the tests need nothing beside the clone. */
export const identitiesFile = join(import.meta.dirname, "identities.json");
export const main = { accessKeyId: "amphoratest", secretAccessKey: "amphoratest-secret-0123456789" };
export const alt = { accessKeyId: "amphoraalt", secretAccessKey: "amphoraalt-secret-0123456789" };
export const ram = { accessKeyId: "amphoraram", secretAccessKey: "amphoraram-secret-0123456789" };
/** HCP: base64("lgreen") and md5("p4ssw0rd"), the manual's own pair. */
export const lgreen = { accessKeyId: "bGdyZWVu", secretAccessKey: "2a9d119df47ff993b662a8ef36f9ea20" };

export type Server = {
  port: number;
  endpoint: string;
  data: string;
  pid: number;
  log(): string;
  /** SIGTERM, then the exit code. */
  stop(): Promise<number | null>;
  kill(signal: NodeJS.Signals): Promise<void>;
  exited: Promise<number | null>;
};

export const newDataFolder = (): string => mkdtempSync(join(tmpdir(), "amphora-test-"));

export const readyWithinMs = 20_000;

/** Starts `amphora serve`. `data`: an existing folder to go on with (kept); absent: a fresh one, removed at stop. */
export async function startServer(options: { data?: string; args?: string[]; env?: Record<string, string>; wrapper?: string[] } = {}): Promise<Server> {
  const data = options.data ?? newDataFolder();
  const command = [
    ...(options.wrapper ?? []),
    process.execPath,
    join(top, "src/main.ts"),
    "serve",
    "--port",
    "0",
    "--data",
    data,
    "--identities",
    identitiesFile,
    "--domain",
    "s3.localhost",
    "--hcp-domain",
    "hcp.example.com",
    "--region",
    "cn-hangzhou",
    // What S3's own default leaves out of a test: ACLs. A test of that default says so.
    ...(options.args?.includes("--default-ownership") ? [] : ["--default-ownership", "none"]),
    // Bytes on disk that a test can look for; again but where that is what is tested.
    ...(options.args?.includes("--default-encryption") ? [] : ["--default-encryption", "none"]),
    // Suites name keys that nobody made.
    ...(options.args?.includes("--encryption-keys") ? [] : ["--encryption-keys", "any"]),
    ...(options.args ?? []),
  ];
  const [file = "", ...args] = command;
  const child: ChildProcess = spawn(file, args, { cwd: top, env: { ...process.env, ...options.env }, stdio: ["ignore", "pipe", "pipe"] });
  const lines: string[] = [];
  const exited = new Promise<number | null>((resolve) => child.on("close", (code) => resolve(code)));
  const port = await new Promise<number>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`not ready within ${readyWithinMs} ms:\n${lines.join("")}`));
    }, readyWithinMs);
    const see = (data: Buffer): void => {
      lines.push(data.toString("utf8"));
      if (lines.length > 5000) lines.splice(0, 1000);
      const found = /^ready .*port=(\d+)/m.exec(lines.join(""));
      if (found) {
        clearTimeout(timer);
        resolve(Number(found[1]));
      }
    };
    child.stdout?.on("data", see);
    child.stderr?.on("data", see);
    void exited.then((code) => {
      clearTimeout(timer);
      reject(new Error(`exited with ${code} before it was ready:\n${lines.join("")}`));
    });
  });
  const remove = (): void => {
    if (options.data === undefined) rmSync(data, { recursive: true, force: true });
  };
  return {
    port,
    endpoint: `http://127.0.0.1:${port}`,
    data,
    pid: child.pid ?? 0,
    log: () => lines.join(""),
    exited,
    async stop() {
      child.kill("SIGTERM");
      const code = await exited;
      remove();
      return code;
    },
    async kill(signal) {
      child.kill(signal);
      await exited;
      if (signal === "SIGKILL") remove();
    },
  };
}

export const seed = (name: string): string => readFileSync(join(top, "../shared/seeds", name), "utf8");
