/** A real browser without a window: the machine's own Chromium, or the one that the npm clients brought. It reaches loopback and nothing else. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findBrowserOfClients } from "../../tools/browser.ts";
import { findProgram } from "./programs.ts";

type Found = { program: string; env: Record<string, string> };

export function findBrowser(): Found | undefined {
  const own = ["chromium", "chromium-browser", "google-chrome", "chrome-headless-shell"].map(findProgram).find((program) => program !== undefined);
  return own === undefined ? findBrowserOfClients() : { program: own, env: {} };
}
export const needsBrowser = (): { skip: string | false } => ({ skip: findBrowser() === undefined ? "not run: no browser on this machine, and none that npm brought" : false });

/** Web security stays on: that is what is tested. */
const flags = [
  "--headless",
  "--no-sandbox",
  "--no-zygote",
  "--no-first-run",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-background-networking",
  "--disable-component-update",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
  // keeps it open until it is stopped
  "--remote-debugging-port=0",
];

/** Opens a page until `until` is settled; gives its result, or fails with what the browser said when that takes longer than `msMax`. */
export async function browse<T>(url: string, until: Promise<T>, msMax: number): Promise<T> {
  const found = findBrowser();
  if (found === undefined) throw new Error("no browser");
  const profile = mkdtempSync(join(tmpdir(), "amphora-browser-"));
  const child = spawn(found.program, [...flags, `--user-data-dir=${profile}`, url], {
    env: { ...process.env, ...found.env, HOME: profile },
    stdio: ["ignore", "ignore", "pipe"],
    detached: true,
  });
  let said = "";
  child.stderr.on("data", (data: Buffer) => {
    said = (said + data.toString()).slice(-4000);
  });
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the page reported nothing within ${msMax} ms: ${said}`)), msMax);
    child.on("error", reject);
    child.on("close", (code) => reject(new Error(`the browser ended with ${code}: ${said}`)));
  });
  try {
    return await Promise.race([until, late]);
  } finally {
    clearTimeout(timer);
    late.catch(() => undefined);
    // its own group: the processes that it started go with it
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
    await ended;
    rmSync(profile, { recursive: true, force: true });
  }
}
