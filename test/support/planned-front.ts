/** Stands before a server and, as a test plans it, answers itself, breaks the connection before or after the server did its work, or lets a request pass. */
import { createServer, type IncomingMessage, request as requestHttp, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Planned =
  | "pass"
  /** The connection breaks, and the server never heard of it. */
  | "reset"
  /** The server does it, and the connection breaks before its answer. */
  | "lose"
  | { status: number; headers?: Record<string, string>; body?: string };
/** `n`: how many requests came before. */
export type Plan = (request: { method: string; url: string; n: number }) => Planned;
export type Front = { port: number; plan: Plan; seen: { method: string; url: string; atMs: number }[]; close(): Promise<void> };

export const vendorError = (status: number, code: string, elements = "", headers: Record<string, string> = {}): Planned => ({
  status,
  headers: { "content-type": "application/xml", ...headers },
  body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>planned ${code}</Message>${elements}</Error>`,
});

export async function startFront(backPort: number): Promise<Front> {
  const seen: Front["seen"] = [];
  const front: Front = { port: 0, plan: () => "pass", seen, close: async () => {} };
  const server = createServer((request, response) => {
    const body: Buffer[] = [];
    request.on("data", (piece: Buffer) => body.push(piece));
    request.on("end", () => {
      const what = { method: request.method ?? "", url: request.url ?? "" };
      const planned = front.plan({ ...what, n: seen.length });
      seen.push({ ...what, atMs: performance.now() });
      if (planned === "reset") request.socket.resetAndDestroy();
      else if (planned === "pass" || planned === "lose") pass(backPort, request, Buffer.concat(body), response, planned === "lose");
      else response.writeHead(planned.status, planned.headers).end(planned.body ?? "");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  front.port = (server.address() as AddressInfo).port;
  front.close = () =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return front;
}

function pass(port: number, request: IncomingMessage, body: Buffer, response: ServerResponse, lose: boolean): void {
  const out = requestHttp({ host: "127.0.0.1", port, method: request.method ?? "GET", path: request.url ?? "/", headers: request.headers }, (answer) => {
    const pieces: Buffer[] = [];
    answer.on("data", (piece: Buffer) => pieces.push(piece));
    answer.on("end", () => {
      if (lose) request.socket.resetAndDestroy();
      else response.writeHead(answer.statusCode ?? 500, answer.headers).end(Buffer.concat(pieces));
    });
  });
  out.on("error", () => request.socket.resetAndDestroy());
  out.end(body);
}
