/**
 * The load, in a process of its own: raw sockets, requests signed before the clock starts, one request in flight per connection.
 * Reads a plan as JSON on standard input, prints one JSON line.
 */
import { connect, type Socket } from "node:net";
import { type DoorRequest, type Key, signOss, signS3 } from "../test/support/doors.ts";

export type Plan = {
  port: number;
  connections: number;
  /** Stop after so many seconds or so many requests, whichever is first. */
  seconds: number;
  requestsMax?: number;
  /** Each connection sends one request in so many milliseconds, however fast the answers come; one that waits for an answer past its time is late from then on. */
  everyMs?: number;
  dialect: "s3" | "oss" | "bare";
  key: Key;
  /** Requests in turn, over and over. `fill`: a body of so many bytes. */
  requests: (Omit<DoorRequest, "body"> & { body?: string; fill?: number })[];
  /** A status that is not one of these counts as an error. */
  ok: number[];
};
export type Outcome = { operations: number; errors: number; seconds: number; opsPerSecond: number; p50Ms: number; p99Ms: number; bytesIn: number; firstError: string };

const encode = (text: string): string => encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

function wire(plan: Plan, request: Plan["requests"][number]): Buffer[] {
  const path = `/${request.bucket ?? ""}${request.key === undefined ? "" : `/${request.key.split("/").map(encode).join("/")}`}`;
  const query = Object.entries(request.query ?? {})
    .map(([name, value]) => (value === undefined ? encode(name) : `${encode(name)}=${encode(value)}`))
    .join("&");
  const host = `127.0.0.1:${plan.port}`;
  const body = request.fill === undefined ? Buffer.from(request.body ?? "") : Buffer.alloc(request.fill, "amphora bench ");
  const unsigned: DoorRequest = { ...request };
  const headers = plan.dialect === "bare" ? {} : plan.dialect === "oss" ? signOss(unsigned, plan.key) : signS3(unsigned, plan.key, host);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `${request.method} ${path}${query === "" ? "" : `?${query}`} HTTP/1.1\r\nHost: ${host}\r\n${lines.join("")}Content-Length: ${body.length}\r\n\r\n`;
  return body.length > 65_536 ? [Buffer.from(head), body] : [Buffer.concat([Buffer.from(head), body])];
}

function run(plan: Plan): Promise<Outcome> {
  const requests = plan.requests.map((request) => wire(plan, request));
  const latencies: number[] = [];
  let started = 0;
  let errors = 0;
  let bytesIn = 0;
  let firstError = "";
  let open = 0;
  const began = performance.now();
  let endAt = began + plan.seconds * 1000;
  process.once("SIGTERM", () => {
    endAt = 0;
  });
  return new Promise((resolve) => {
    const finish = (): void => {
      if (--open > 0) return;
      const seconds = (performance.now() - began) / 1000;
      latencies.sort((a, b) => a - b);
      const at = (q: number): number => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * q))] ?? 0;
      resolve({ operations: latencies.length, errors, seconds, opsPerSecond: latencies.length / seconds, p50Ms: at(0.5), p99Ms: at(0.99), bytesIn, firstError });
    };
    const drive = (socket: Socket): void => {
      let sentAt = 0;
      let head = "";
      let left = -1;
      let chunked = false;
      let bodyless = false;
      let over = false;
      const end = (why?: string): void => {
        if (over) return;
        over = true;
        if (why !== undefined) {
          errors++;
          firstError ||= why;
        }
        socket.destroy();
        finish();
      };
      let dueAt = began + Math.random() * (plan.everyMs ?? 0);
      const next = (): void => {
        if (plan.everyMs === undefined) {
          now(performance.now());
          return;
        }
        dueAt += plan.everyMs;
        const waitMs = dueAt - performance.now();
        if (waitMs <= 0) now(dueAt);
        else setTimeout(() => now(performance.now()), waitMs);
      };
      const now = (from: number): void => {
        if (performance.now() >= endAt || started >= (plan.requestsMax ?? Number.POSITIVE_INFINITY)) {
          end();
          return;
        }
        sentAt = from;
        const at = started++ % requests.length;
        bodyless = plan.requests[at]?.method === "HEAD";
        for (const piece of requests[at] ?? []) socket.write(piece);
      };
      const done = (): void => {
        latencies.push(performance.now() - sentAt);
        left = -1;
        next();
      };
      socket.on("data", (data: Buffer) => {
        bytesIn += data.length;
        if (left < 0) {
          const text = head + data.toString("latin1");
          const end = text.indexOf("\r\n\r\n");
          if (end < 0) {
            head = text;
            return;
          }
          const status = Number(text.slice(9, 12));
          if (!plan.ok.includes(status)) {
            errors++;
            firstError ||= text.slice(0, 600);
          }
          const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, end + 2));
          chunked = !length && /\r\ntransfer-encoding: chunked/i.test(text.slice(0, end + 2));
          const rest = text.length - end - 4;
          head = "";
          if (chunked) {
            left = text.endsWith("0\r\n\r\n") ? 0 : 1;
          } else left = bodyless || status === 204 || status === 304 ? 0 : Number(length?.[1] ?? 0) - rest;
        } else if (chunked) left = data.subarray(-5).toString("latin1") === "0\r\n\r\n" ? 0 : 1;
        else left -= data.length;
        if (left === 0) done();
      });
      socket.on("error", (error) => end(String(error)));
      socket.on("close", () => end("the server closed the connection"));
      next();
    };
    open = plan.connections;
    for (let i = 0; i < plan.connections; i++) {
      const socket = connect({ port: plan.port, host: "127.0.0.1", noDelay: true }, () => drive(socket));
    }
  });
}

let input = "";
for await (const chunk of process.stdin) input += chunk;
console.log(JSON.stringify(await run(JSON.parse(input) as Plan)));
