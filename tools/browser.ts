/** The Chromium that `@sparticuz/chromium` ships packed, with the libraries that a bare machine lacks: unpacked once, into `.clients/browser`. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const clients = join(import.meta.dirname, "..", ".clients");
const folder = join(clients, "browser");
const stampFile = join(folder, ".stamp");
const unpackMsMax = 120_000;

export function findBrowserOfClients(): { program: string; env: Record<string, string> } | undefined {
  const program = join(folder, "chromium");
  return existsSync(program) && existsSync(stampFile) ? { program, env: { LD_LIBRARY_PATH: join(folder, "al2023/lib"), FONTCONFIG_PATH: join(folder, "fonts") } } : undefined;
}

/** Safe to call every time. Throws when the package cannot be unpacked here. */
export async function unpackBrowser(say: (line: string) => void): Promise<void> {
  const manifest = join(clients, "node/node_modules/@sparticuz/chromium/package.json");
  if (process.platform !== "linux" || process.arch !== "x64" || !existsSync(manifest)) return;
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
  if (findBrowserOfClients() !== undefined && readFileSync(stampFile, "utf8") === version) return;
  say("unpacking the browser into .clients/browser");
  const fresh = `${folder}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  // It unpacks into the temporary folder, and its libraries too where it is told of a machine without them.
  const script = 'import("@sparticuz/chromium").then(({ default: chromium }) => chromium.executablePath())';
  await run(process.execPath, ["-e", script], {
    cwd: join(clients, "node"),
    env: { ...process.env, TMPDIR: fresh, AWS_LAMBDA_JS_RUNTIME: "nodejs22.x" },
    timeout: unpackMsMax,
  });
  writeFileSync(join(fresh, ".stamp"), version);
  rmSync(folder, { recursive: true, force: true });
  renameSync(fresh, folder);
}
