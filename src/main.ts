/**
 * The only place that wires parts together (with the main-*.ts beside it, one for each thread). Every thread of the server begins here; so does
 * the command line. Each loads what it needs and no more: a server has to be ready again within moments.
 */
import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";
import { isMainThread, type MessagePort, parentPort, workerData } from "node:worker_threads";
import type { ThreadData } from "./server/threads/messages.ts";

// compiled code with its types stripped; where it cannot be kept, the start only takes longer
enableCompileCache(fileURLToPath(new URL("../node_modules/.cache/amphora", import.meta.url)));

if (isMainThread) {
  const { commandLine } = await import("./cli/command-line.ts");
  const code = await commandLine(process.argv.slice(2), {
    serve: async (args) => (await import("./main-serve.ts")).runServe(args, new URL(import.meta.url)),
    check: async (options) => (await import("./main-check.ts")).runCheck(options),
  });
  process.exitCode = code;
  // a start that failed half-way has threads and files open, and nothing to finish
  if (code !== 0) process.exit();
} else {
  const data = workerData as ThreadData;
  const parent = parentPort as MessagePort;
  if (data.role === "http") await (await import("./main-http.ts")).httpThread(data, parent);
  else await (await import("./main-background.ts")).backgroundThread(data, parent);
}
