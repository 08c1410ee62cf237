/** The node:http server with its caps, and what it answers when a request cannot even be parsed. */
import http from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import net from "node:net";
import { addressList } from "../config/read.ts";
import type { Settings } from "../config/settings.ts";
import type { Log } from "../core/ports.ts";
import { createBudget } from "./budget.ts";
import { createExchanger, type ExchangeOptions } from "./exchange.ts";
import { createHttpCounters, type HttpFigures } from "./figures.ts";
import { type ListenerLimits, listenerLimits } from "./limits.ts";
import type { Load } from "./ports/shared.ts";
import { readTls, type TlsFiles, watchTls } from "./tls.ts";

export type ListenerOptions = Omit<ExchangeOptions, "limits" | "budget" | "counters" | "trustedProxies" | "secure"> & {
  settings: Pick<Settings, "inFlightRequestsMax" | "inFlightBytesMax" | "trustedProxies">;
  /** Told of the requests of clients that begin and end. */
  load?: Load;
  /** Present: the listener speaks HTTPS only. */
  tls?: TlsFiles | undefined;
  /** For tests. */
  limits?: Partial<ListenerLimits>;
};

export type Listener = {
  /** `shared`: other threads listen on the same port. Gives the port taken. */
  listen(options: { address: string; port: number; shared: boolean }): Promise<number>;
  /**
   * Stops accepting. Connections stay open for what is in flight; a further request on one is answered 503 and the connection closed (while
   * `draining()` says so). Resolves when nothing runs any more, or when `msMax` has passed and the rest was cut: true when nothing was.
   */
  drain(msMax: number): Promise<boolean>;
  figures(): HttpFigures;
};

export function createListener(options: ListenerOptions): Listener {
  const limits: ListenerLimits = { ...listenerLimits, ...options.limits };
  const { settings } = options;
  const budget = createBudget({ requestsMax: settings.inFlightRequestsMax, bytesMax: settings.inFlightBytesMax, windowBytes: limits.bodyWindowBytes, load: options.load });
  const counters = createHttpCounters();
  const trustedProxies = settings.trustedProxies.length === 0 ? undefined : addressList(settings.trustedProxies);
  const exchanger = createExchanger({ ...options, limits, budget, counters, trustedProxies, secure: options.tls !== undefined });
  let connections = 0;

  const shape: http.ServerOptions = {
    maxHeaderSize: limits.headerBytesMax,
    insecureHTTPParser: false,
    // answered by receive.ts, in the same words as the rest
    requireHostHeader: false,
    headersTimeout: limits.headersMsMax,
    // an upload may take hours: exchange.ts watches its progress instead
    requestTimeout: 0,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: Math.min(limits.headersMsMax, 5_000),
    noDelay: true,
    optimizeEmptyRequests: true,
  };
  const { server, unwatch } = createServer(shape, options.tls, { log: options.log, handshakeMsMax: limits.headersMsMax });
  // node drops what is over this count without a word; the size of the block is the bound
  server.maxHeadersCount = 0;
  server.maxConnections = limits.connectionsMax;
  server.on("request", (message, response) => exchanger.serve(message, response, false));
  server.on("checkContinue", (message, response) => exchanger.serve(message, response, true));
  // What else a client expects is ignored, as the services do; node alone would answer 417.
  server.on("checkExpectation", (message, response) => exchanger.serve(message, response, false));
  server.on("connection", (socket: Socket) => {
    connections++;
    socket.once("close", () => connections--);
  });
  const answered = new WeakSet<Socket>();
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    if (answered.has(socket)) return;
    answered.add(socket);
    refuseRaw(error, socket, limits);
  });
  const watch = setInterval(exchanger.watch, limits.watchMs);
  watch.unref();

  return {
    listen: ({ address, port, shared }) =>
      new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen({ host: address, port, reusePort: shared, backlog: 1024 }, () => {
          server.off("error", reject);
          server.on("error", (error) => options.log.error("listener.failed", error));
          resolve((server.address() as net.AddressInfo).port);
        });
      }),
    async drain(msMax) {
      // only the port: http.Server's own close would also cut idle connections, whose clients may just be sending
      const closed = new Promise<void>((resolve) => net.Server.prototype.close.call(server, () => resolve()));
      const clean = await new Promise<boolean>((resolve) => {
        const timer = setTimeout(() => resolve(false), msMax);
        exchanger.whenIdle(() => {
          clearTimeout(timer);
          resolve(true);
        });
      });
      if (clean) await flushed(server);
      server.closeAllConnections();
      await closed;
      // clears node's own timers; the port is closed already
      server.close(() => {});
      clearInterval(watch);
      unwatch();
      return clean;
    },
    figures: () => counters.figures({ inFlight: exchanger.running(), inFlightBytes: budget.bytes(), connections }),
  };
}

/** A handshake that fails is the client's to mend and costs a connection; it is not an error of ours. */
function createServer(
  shape: http.ServerOptions,
  tls: TlsFiles | undefined,
  { log, handshakeMsMax }: { log: Log; handshakeMsMax: number },
): { server: http.Server; unwatch(): void } {
  if (!tls) return { server: http.createServer(shape), unwatch: () => {} };
  const server = https.createServer({ ...shape, ...readTls(tls), handshakeTimeout: handshakeMsMax, ALPNProtocols: ["http/1.1"] });
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  return { server, unwatch: watchTls(tls, { log, use: (context) => server.setSecureContext(context) }) };
}

/** The last answers were handed to node, not yet to the system: connections that close by themselves are given a moment. */
async function flushed(server: http.Server): Promise<void> {
  server.closeIdleConnections();
  for (let turn = 0; turn < 50; turn++) {
    const left = await new Promise<number>((resolve) => server.getConnections((error, count) => resolve(error ? 0 : count)));
    if (left === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
    server.closeIdleConnections();
  }
}

const rawLingerMs = 500;

/** No request was made of these bytes, so no dialect can answer. Says what llhttp says, and closes. */
function refuseRaw(error: NodeJS.ErrnoException & { reason?: string }, socket: Socket, limits: ListenerLimits): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  // an answer to what came before is on its way: it goes out as far as it was written, and nothing is put into it
  if ((socket as Socket & { _httpMessage?: http.ServerResponse })._httpMessage?.headersSent === true) {
    socket.destroySoon();
    return;
  }
  const [status, message] =
    error.code === "HPE_HEADER_OVERFLOW"
      ? ["431 Request Header Fields Too Large", `the headers are longer than ${limits.headerBytesMax} bytes`]
      : error.code === "ERR_HTTP_REQUEST_TIMEOUT"
        ? ["408 Request Timeout", "the request did not come in time"]
        : ["400 Bad Request", error.reason ?? "this is not HTTP/1.1"];
  const body = `${message}\n`;
  socket.end(`HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`);
  setTimeout(() => socket.destroy(), rawLingerMs).unref();
}
