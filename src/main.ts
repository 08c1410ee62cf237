/** The only place that wires parts together. Every thread of the server begins here; so does the command line. */
import { isMainThread, type MessagePort, parentPort, workerData } from "node:worker_threads";
import { commandLine } from "./cli/command-line.ts";
import { runCheck } from "./main-check.ts";
import { runServe } from "./main-serve.ts";
import { backgroundThread, httpThread } from "./main-threads.ts";
import type { ThreadData } from "./server/threads/messages.ts";

if (isMainThread) {
  const code = await commandLine(process.argv.slice(2), { serve: (args) => runServe(args, new URL(import.meta.url)), check: runCheck });
  process.exitCode = code;
  // a start that failed half-way has threads and files open, and nothing to finish
  if (code !== 0) process.exit();
} else {
  const data = workerData as ThreadData;
  const parent = parentPort as MessagePort;
  await (data.role === "http" ? httpThread(data, parent) : backgroundThread(data, parent));
}
