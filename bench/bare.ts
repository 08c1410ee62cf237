/** What everything is compared with: node:http on the same number of threads, answering 4 KiB, or reading a body and answering 200. Nothing else. */
import { createServer } from "node:http";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

const body = Buffer.alloc(4096, "bare");
function listen(port: number, ready: () => void): void {
  const server = createServer((request, response) => {
    if (request.method === "GET") {
      response.writeHead(200, ["Content-Length", "4096", "Content-Type", "application/octet-stream"]);
      response.end(body);
      return;
    }
    request.on("data", () => {});
    request.on("end", () => {
      response.writeHead(200, ["Content-Length", "0"]);
      response.end();
    });
  });
  server.keepAliveTimeout = 60_000;
  server.listen({ port, host: "127.0.0.1", reusePort: true }, ready);
}

if (isMainThread) {
  const [port, threads] = process.argv.slice(2).map(Number);
  let waiting = threads ?? 1;
  for (let i = 0; i < (threads ?? 1); i++) {
    new Worker(new URL(import.meta.url), { workerData: port }).on("message", () => {
      if (--waiting === 0) console.log(`ready port=${port}`);
    });
  }
} else listen(workerData as number, () => parentPort?.postMessage("ready"));
