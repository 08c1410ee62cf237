/** Processes under test, their CPU and memory as the kernel counts them, and the generator beside them. */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { Outcome, Plan } from "./generator.ts";

export type Measured = Outcome & { cpuUsPerOp: number; rssPeakMiB: number };

const ticksPerSecond = 100;
/** utime + stime of a process with all its threads, in seconds. */
export function cpuSeconds(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}
export const rssMiB = (pid: number, field: "VmRSS" | "VmHWM"): number =>
  Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

export async function startBare(threads: number): Promise<{ port: number; pid: number; stop(): void }> {
  const port = await freePort();
  const child = spawn(process.execPath, [join(import.meta.dirname, "bare.ts"), String(port), String(threads)], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise<void>((resolve) => child.stdout?.once("data", () => resolve()));
  return { port, pid: child.pid ?? 0, stop: () => void child.kill("SIGKILL") };
}

export const generate = (plan: Plan): Promise<Outcome> => startGenerator(plan).outcome;

/** `stop` ends the load before its time. */
export function startGenerator(plan: Plan): { outcome: Promise<Outcome>; stop(): void } {
  const child: ChildProcess = spawn(process.execPath, [join(import.meta.dirname, "generator.ts")], { stdio: ["pipe", "pipe", "inherit"] });
  const outcome = new Promise<Outcome>((resolve, reject) => {
    let out = "";
    child.stdout?.on("data", (data: Buffer) => {
      out += data.toString("utf8");
    });
    child.on("close", (code) => {
      if (code !== 0) return reject(new Error(`the generator exited with ${code}`));
      const outcome = JSON.parse(out) as Outcome;
      if (outcome.errors > 0) console.error(`  ${outcome.errors} errors; the first: ${outcome.firstError}`);
      resolve(outcome);
    });
    child.stdin?.end(JSON.stringify(plan));
  });
  return { outcome, stop: () => void child.kill("SIGTERM") };
}

export async function measure(pid: number, plan: Plan): Promise<Measured> {
  const before = cpuSeconds(pid);
  const outcome = await generate(plan);
  const cpu = cpuSeconds(pid) - before;
  return { ...outcome, cpuUsPerOp: (cpu * 1e6) / Math.max(1, outcome.operations), rssPeakMiB: rssMiB(pid, "VmHWM") };
}

export function row(name: string, m: Measured, extra = ""): void {
  console.log(
    `${name.padEnd(34)} ${m.opsPerSecond.toFixed(m.opsPerSecond < 100 ? 1 : 0).padStart(8)}/s  p50 ${m.p50Ms.toFixed(2).padStart(8)} ms  p99 ${m.p99Ms.toFixed(2).padStart(8)} ms  cpu ${m.cpuUsPerOp.toFixed(0).padStart(7)} us/op  rss ${m.rssPeakMiB.toFixed(0).padStart(5)} MiB  ${extra}`,
  );
}
