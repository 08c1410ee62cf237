/** For tests: a listener with dialects that a test makes up, and a client that sends bytes as they are. */
import net from "node:net";
import type { Reply, WireRequest } from "../dialects/wire.ts";
import type { AccessEntry } from "./access-log.ts";
import type { Dispatch } from "./exchange.ts";
import type { ListenerLimits } from "./limits.ts";
import { createListener, type Listener } from "./listener.ts";
import { createClock, monotonicMs } from "./ports/clock.ts";
import { createSharedMemory } from "./ports/shared.ts";

export type TestListener = { listener: Listener; port: number; logged: string[]; accesses: AccessEntry[]; state: { draining: boolean; freeBytes: number }; close(): Promise<void> };
export type TestListenerOptions = {
  handle?: Dispatch["handle"];
  limits?: Partial<ListenerLimits>;
  inFlightRequestsMax?: number;
  inFlightBytesMax?: number;
  trustedProxies?: string[];
};

export async function testListener(options: TestListenerOptions = {}): Promise<TestListener> {
  const logged: string[] = [];
  const accesses: AccessEntry[] = [];
  const state = { draining: false, freeBytes: 1e12 };
  const log = (event: string, error?: unknown): void => void logged.push(error instanceof Error ? `${event}: ${error.message}` : event);
  const listener = createListener({
    dispatch: {
      handle: options.handle ?? (async () => text(200, "ok")),
      refuse: (_request, kind, { retryAfterS }) => ({ status: 503, headers: ["Retry-After", String(retryAfterS)], body: kind, errorCode: kind }),
    },
    own: () => undefined,
    limits: options.limits ?? {},
    disk: { freeBytes: () => state.freeBytes, admit: (length) => state.freeBytes - (length ?? 0) > 0 },
    draining: () => state.draining,
    clock: createClock(createSharedMemory(1)),
    log: { info: log, warn: log, error: log },
    accessLog: { write: (entry) => void accesses.push(entry), flush() {} },
    settings: { inFlightRequestsMax: options.inFlightRequestsMax ?? 100, inFlightBytesMax: options.inFlightBytesMax ?? 1e9, trustedProxies: options.trustedProxies ?? [] },
  });
  const port = await listener.listen({ address: "127.0.0.1", port: 0, shared: false });
  return { listener, port, logged, accesses, state, close: async () => void (await listener.drain(0)) };
}

export const text = (status: number, body: string): Reply => ({ status, headers: ["Content-Type", "text/plain"], body, operation: "Test", dialect: "test" });

/** Every byte of a body; what reading threw is thrown. */
export async function readAll(request: WireRequest): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (let chunk = await request.body.read(); chunk !== undefined; chunk = await request.body.read()) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

export type RawClient = {
  socket: net.Socket;
  send(bytes: string | Uint8Array): void;
  received(): string;
  /** Until what came matches, or the connection closed; fails after `msMax`. */
  until(pattern: RegExp, msMax?: number): Promise<string>;
  closed(msMax?: number): Promise<string>;
};

export async function rawClient(port: number): Promise<RawClient> {
  const socket = net.connect({ port, host: "127.0.0.1" });
  let received = "";
  let isClosed = false;
  const wakes = new Set<() => void>();
  const wake = (): void => {
    for (const each of [...wakes]) each();
  };
  socket.on("data", (chunk) => {
    received += chunk.toString("latin1");
    wake();
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    isClosed = true;
    wake();
  });
  await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
  const waitFor = (done: () => boolean, what: string, msMax: number): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!done()) return;
        clearTimeout(timer);
        wakes.delete(look);
        resolve(received);
      };
      const timer = setTimeout(() => {
        wakes.delete(look);
        reject(new Error(`${what} did not come within ${msMax} ms; received: ${JSON.stringify(received.slice(0, 500))}`));
      }, msMax);
      wakes.add(look);
      look();
    });
  return {
    socket,
    send: (bytes) => void socket.write(bytes),
    received: () => received,
    until: (pattern, msMax = 3_000) => waitFor(() => pattern.test(received) || isClosed, String(pattern), msMax),
    closed: (msMax = 3_000) => waitFor(() => isClosed, "the end of the connection", msMax),
  };
}

/** Polls until it is so. */
export async function eventually(condition: () => boolean, what: string, msMax = 3_000): Promise<void> {
  for (const endMs = monotonicMs() + msMax; !condition(); ) {
    if (monotonicMs() > endMs) throw new Error(`${what}: not within ${msMax} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
