/** One request and its answer: framing, admission (drain, budget, disk), the dialects, the answer, what is left of the body, the records. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { type BlockList, isIP } from "node:net";
import { TLSSocket } from "node:tls";
import { type Clock, type Log, StoreRefused } from "../core/ports.ts";
import type { Answered } from "../dialects/answered.ts";
import type { Reply, WireRequest } from "../dialects/wire.ts";
import { type AccessLog, noAccessLog } from "./access-log.ts";
import { BodyBroken, emptyBody, type RequestBody, requestBody } from "./body.ts";
import type { Budget } from "./budget.ts";
import type { DiskGauge } from "./disk.ts";
import type { HttpCounters } from "./figures.ts";
import { type ListenerLimits, retryAfterS } from "./limits.ts";
import { forwardedPeer, readFraming } from "./receive.ts";
import { type Sent, sendReply } from "./send.ts";

export type RefusalKind = "overloaded" | "draining" | "diskFull" | "badRequest";
/** The dialects as the server sees them; neither function throws. */
export type Dispatch = {
  handle(request: WireRequest): Promise<Reply>;
  refuse(request: WireRequest, kind: RefusalKind, detail: { retryAfterS: number; message: string }): Reply;
};

export type ExchangeOptions = {
  dispatch: Dispatch;
  /** What is ours (`/-/...`), outside budget and drain; undefined: not ours. */
  own(request: WireRequest): Promise<Reply> | undefined;
  limits: ListenerLimits;
  budget: Budget;
  disk: DiskGauge;
  draining(): boolean;
  clock: Clock;
  log: Log;
  counters: HttpCounters;
  accessLog: AccessLog;
  /** Told of every request under a bucket once it was answered; must not throw. */
  onAnswered?: ((answered: Answered) => void) | undefined;
  trustedProxies: BlockList | undefined;
  /** Does the listener itself speak TLS? */
  secure: boolean;
};

/** What the watch needs to know of an exchange that is going on. */
type Running = { response: ServerResponse; body: RequestBody; markMs: number; markBytes: number; takingSinceMs: number | undefined };

export type Exchanger = {
  serve(message: IncomingMessage, response: ServerResponse, waitsForContinue: boolean): void;
  running(): number;
  /** Cuts what stalled. Called from time to time. */
  watch(): void;
  /** Calls back once, when nothing runs any more. */
  whenIdle(callback: () => void): void;
};

export function createExchanger(options: ExchangeOptions): Exchanger {
  const { limits, clock, log, counters } = options;
  const running = new Set<Running>();
  const idleCallbacks: (() => void)[] = [];
  let lastId = 0;

  const ended = (exchange: Running): void => {
    running.delete(exchange);
    if (running.size === 0) for (const callback of idleCallbacks.splice(0)) callback();
  };

  async function serve(message: IncomingMessage, response: ServerResponse, waitsForContinue: boolean): Promise<void> {
    const startMs = clock.monotonicMs();
    const framing = readFraming(message, limits.targetBytesMax);
    const length = "fault" in framing ? (announcesBody(message) ? undefined : 0) : framing.contentLength;
    const invite = waitsForContinue ? () => response.writeContinue() : undefined;
    const body = length === 0 ? emptyBody : requestBody(message, { length, invite, queueBytes: limits.bodyQueueBytes });
    const exchange: Running = { response, body, markMs: startMs, markBytes: 0, takingSinceMs: undefined };
    running.add(exchange);
    // An AbortController for each request would cost more than all that asks it.
    const signal = { aborted: false };
    response.once("close", () => {
      if (response.writableFinished) return;
      signal.aborted = true;
      body.fail(new BodyBroken("the client went away in the middle of the body"));
    });
    const finish = async (reply: Reply, head: boolean, release?: () => void): Promise<Sent> => {
      // A GET or HEAD that announces a body may never send it (oss2 does so): what follows on the connection could not be told from it.
      const rest = length !== 0 && (message.method === "GET" || message.method === "HEAD") && !body.complete() ? "close" : remainder(body, length, limits);
      const sent = await sendReply(response, reply, {
        head,
        close: reply.close === true || rest === "close" || options.draining(),
        beforeEnd: rest === "none" ? undefined : () => linger(message, response, body, rest, limits, release),
        onWaiting: (waiting) => {
          exchange.takingSinceMs = waiting ? clock.monotonicMs() : undefined;
        },
      });
      if (!sent.unsent) return sent;
      log.error("reply.unsent", sent.error, { operation: reply.operation });
      // Bytes that are only out of reach (the disk of a storage class that was taken out) may be there again later.
      const instead = sent.error instanceof StoreRefused ? plainReply(503, "unavailable") : plainReply(500, "internal error");
      return { ...(await sendReply(response, instead, { head, close: true })), broken: true };
    };
    try {
      if ("fault" in framing) {
        counters.refused("framing");
        await finish(plainReply(framing.status, framing.fault), false);
        return;
      }
      const { remoteAddress, secure, tlsVersion } = peerOf(message, framing.headers, options);
      // field by field: objects that are copied together are slow to make and slow to read
      const request: WireRequest = {
        id: ++lastId,
        method: message.method ?? "",
        rawPath: framing.rawPath,
        rawQuery: framing.rawQuery,
        query: framing.query,
        headers: framing.headers,
        vendorHeaders: framing.vendorHeaders,
        rawHeaders: message.rawHeaders,
        host: framing.host,
        hostHeader: framing.hostHeader,
        secure,
        remoteAddress,
        contentLength: framing.contentLength,
        body,
        expectsContinue: waitsForContinue,
        signal,
        receivedMs: clock.wallMs(),
      };
      if (tlsVersion !== undefined) request.tlsVersion = tlsVersion;
      const release = { call: (): void => {} };
      let receivedMs = startMs;
      if (length !== 0) message.once("end", () => (receivedMs = clock.monotonicMs()));
      const reply = await answer(request, release);
      const turnaroundMs = clock.monotonicMs() - receivedMs;
      const sent = await finish(reply, request.method === "HEAD", release.call);
      release.call();
      record(request, reply, sent, startMs);
      if (reply.trace !== undefined) {
        const { protocol, cipher } = tlsOf(message);
        options.onAnswered?.({ request, reply, bytesOut: sent.bytes, milliseconds: clock.monotonicMs() - startMs, turnaroundMs, protocol, cipher });
      }
    } catch (error) {
      log.error("exchange.failed", error);
      response.destroy();
    } finally {
      body.close();
      ended(exchange);
    }
  }

  async function answer(request: WireRequest, release: { call: () => void }): Promise<Reply> {
    try {
      const ours = options.own(request);
      if (ours) return await ours;
      const refuse = (kind: "overloaded" | "draining" | "diskFull", message: string): Reply => {
        counters.refused(kind);
        const reply = options.dispatch.refuse(request, kind, { retryAfterS: retryAfterS[kind], message });
        reply.operation ??= "refused";
        return reply;
      };
      if (options.draining()) return { ...refuse("draining", "The server is shutting down."), close: true };
      const share = options.budget.enter(request.contentLength);
      if (!share) return refuse("overloaded", "The server is at its limit of requests in flight.");
      release.call = share;
      if (grows(request) && !options.disk.admit(request.contentLength)) return refuse("diskFull", "The disk of the server is full.");
      return await options.dispatch.handle(request);
    } catch (error) {
      log.error("dispatch.failed", error, { method: request.method });
      return plainReply(500, "internal error");
    }
  }

  function record(request: WireRequest, reply: Reply, sent: Sent, startMs: number): void {
    const milliseconds = clock.monotonicMs() - startMs;
    const common = {
      dialect: reply.dialect ?? "none",
      operation: reply.operation ?? "unknown",
      status: reply.status,
      error: reply.errorCode ?? "",
      bytesIn: request.body === emptyBody ? 0 : (request.body as RequestBody).received(),
      bytesOut: sent.bytes,
      broken: sent.broken,
    };
    if (sent.broken && sent.error !== undefined) log.error("reply.broken", sent.error, { operation: common.operation, bytes: sent.bytes });
    counters.finished(common, milliseconds / 1_000);
    if (options.accessLog !== noAccessLog) options.accessLog.write({ ...common, request, milliseconds, requestId: requestIdOf(reply) });
  }

  function watch(): void {
    const nowMs = clock.monotonicMs();
    for (const exchange of running) {
      const { body } = exchange;
      if (exchange.takingSinceMs !== undefined && nowMs - exchange.takingSinceMs > limits.replyStallMs) exchange.response.destroy();
      const progressed = body.received() - exchange.markBytes >= limits.bodyProgressBytes;
      if (!body.waiting() || progressed) {
        exchange.markMs = nowMs;
        exchange.markBytes = body.received();
      } else if (nowMs - exchange.markMs > limits.bodyStallMs) {
        body.fail(new BodyBroken("the body stalled"));
        exchange.response.destroy();
      }
    }
  }

  return {
    serve: (message, response, waitsForContinue) => void serve(message, response, waitsForContinue),
    running: () => running.size,
    watch,
    whenIdle(callback) {
      if (running.size === 0) callback();
      else idleCallbacks.push(callback);
    },
  };
}

/** How the bytes came: for logs, which want it of every line. */
function tlsOf({ socket }: IncomingMessage): { protocol: string | undefined; cipher: string | undefined } {
  return socket instanceof TLSSocket ? { protocol: socket.getProtocol() ?? undefined, cipher: socket.getCipher()?.name } : { protocol: undefined, cipher: undefined };
}

const announcesBody = ({ headers }: IncomingMessage): boolean => headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined;

/** For answers that no dialect words: broken framing, and what went wrong on the way out. */
export function plainReply(status: number, message: string): Reply {
  return { status, headers: ["Content-Type", "text/plain; charset=utf-8"], body: `${message}\n`, close: status === 400 || status === 414, operation: "none" };
}

/** Everything that stores something; what only removes goes on when the disk is full. */
function grows(request: WireRequest): boolean {
  if (request.method === "PUT") return true;
  return request.method === "POST" && !request.query.some(({ name }) => name === "delete");
}

/** "drain": little enough to be read and thrown away. "close": too much, unknown, or the client was never told to send it. */
function remainder(body: RequestBody, length: number | undefined, limits: ListenerLimits): "none" | "drain" | "close" {
  if (body.complete()) return "none";
  if (!body.invited() || length === undefined) return "close";
  return length - body.received() <= limits.unreadBytesMax ? "drain" : "close";
}

/**
 * The answer is out, the body is not in: it is read and thrown away for a while, because closing a socket with unread bytes resets it, and a
 * reset can take the answer with it before the client has read it.
 */
function linger(
  message: IncomingMessage,
  response: ServerResponse,
  body: RequestBody,
  rest: "drain" | "close",
  limits: ListenerLimits,
  release: (() => void) | undefined,
): Promise<void> {
  release?.();
  body.close();
  return new Promise((resolve) => {
    let bytes = 0;
    const done = (): void => {
      clearTimeout(whole);
      clearTimeout(idle);
      // what was to be used again is not fit for it
      if (rest === "drain" && !body.complete()) response.destroy();
      resolve();
    };
    const whole = setTimeout(done, limits.lingerMsMax);
    const idle = setTimeout(done, limits.lingerIdleMs);
    message.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > limits.lingerBytesMax) done();
      else idle.refresh();
    });
    message.once("end", done);
    response.once("close", done);
    message.resume();
  });
}

type Peer = { remoteAddress: string; secure: boolean; tlsVersion?: string };
/** Of node's `TLSv1.3`. */
function tlsVersionOf({ socket }: IncomingMessage): { tlsVersion?: string } {
  const version = socket instanceof TLSSocket ? /^TLSv(1(?:\.\d)?)$/.exec(socket.getProtocol() ?? "")?.[1] : undefined;
  return version === undefined ? {} : { tlsVersion: version.includes(".") ? version : `${version}.0` };
}
function peerOf(message: IncomingMessage, headers: WireRequest["headers"], { trustedProxies: proxies, secure }: Pick<ExchangeOptions, "trustedProxies" | "secure">): Peer {
  const seen = message.socket.remoteAddress ?? "";
  const peer = { remoteAddress: seen.startsWith("::ffff:") ? seen.slice(7) : seen, secure, ...(secure ? tlsVersionOf(message) : {}) };
  if (!proxies) return peer;
  const isProxy = (address: string): boolean => proxies.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
  return isProxy(peer.remoteAddress) ? forwardedPeer(headers, peer, isProxy) : peer;
}

const requestIdHeaders: ReadonlySet<string> = new Set(["x-amz-request-id", "x-oss-request-id", "x-amphora-request-id"]);
function requestIdOf(reply: Reply): string {
  for (let index = 0; index < reply.headers.length; index += 2) {
    if (requestIdHeaders.has((reply.headers[index] as string).toLowerCase())) return reply.headers[index + 1] as string;
  }
  return "";
}
