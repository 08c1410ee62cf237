/** Runs a client program: bounded in time, cut off from the machine's own cloud settings and proxies. */
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";

export type Ran = { code: number | null; stdout: string; stderr: string };

const isolated: Record<string, string> = {
  AWS_EC2_METADATA_DISABLED: "true",
  AWS_CONFIG_FILE: "/dev/null",
  AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  no_proxy: "127.0.0.1,localhost,.localhost",
  NO_PROXY: "127.0.0.1,localhost,.localhost",
  PYTHONDONTWRITEBYTECODE: "1",
  AWS_PAGER: "",
};

export const runMsMax = 180_000;

export function run(file: string, args: string[], options: { env?: Record<string, string>; cwd?: string; input?: string; timeoutMs?: number } = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const env: NodeJS.ProcessEnv = { ...process.env };
    for (const name of Object.keys(env)) {
      if (/^(AWS_|OSS_|AMPHORA_(?!SUITES)|http_proxy|https_proxy|all_proxy|HTTP_PROXY|HTTPS_PROXY|ALL_PROXY|NODE_TEST_CONTEXT)/.test(name)) delete env[name];
    }
    const child = spawn(file, args, {
      cwd: options.cwd ?? tmpdir(),
      env: { ...env, ...isolated, ...options.env },
      stdio: ["pipe", "pipe", "pipe"],
      timeout: options.timeoutMs ?? runMsMax,
      killSignal: "SIGKILL",
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (data: Buffer) => out.push(data));
    child.stderr.on("data", (data: Buffer) => err.push(data));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout: Buffer.concat(out).toString("utf8"), stderr: Buffer.concat(err).toString("utf8") }));
    child.stdin.end(options.input ?? "");
  });
}

/** Runs and insists on exit code 0; the output is in the error otherwise. */
export async function must(file: string, args: string[], options: Parameters<typeof run>[2] = {}): Promise<string> {
  const ran = await run(file, args, options);
  if (ran.code !== 0) throw new Error(`${file} ${args.join(" ")} exited with ${ran.code}\n${ran.stdout}\n${ran.stderr}`);
  return ran.stdout;
}
/** Runs and insists that it fails saying `words`. */
export async function mustFail(words: RegExp, file: string, args: string[], options: Parameters<typeof run>[2] = {}): Promise<void> {
  const ran = await run(file, args, options);
  if (ran.code === 0 || !words.test(ran.stdout + ran.stderr))
    throw new Error(`${file} ${args.join(" ")} should fail with ${words}, exited with ${ran.code}\n${ran.stdout}\n${ran.stderr}`);
}
