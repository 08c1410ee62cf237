/**
 * A request's body as a ByteSource: pulled, bounded, honest about its end. Nothing is read from the socket beyond node's first buffer until
 * the first `read`, which is also what lets `100 Continue` out.
 */
import type { IncomingMessage } from "node:http";
import type { ByteSource, Bytes } from "../core/ports.ts";

/** The body did not come whole: the client went away, stalled, or broke its framing. */
export class BodyBroken extends Error {
  override name = "BodyBroken";
}

export type RequestBody = ByteSource & {
  /** Bytes that came in. */
  received(): number;
  /** Everything announced has been read. */
  complete(): boolean;
  /** A read waits for the client. */
  waiting(): boolean;
  /** The client was told to send (or never asked). */
  invited(): boolean;
  /** No more can come: reads throw. */
  fail(error: Error): void;
};

export type BodyOptions = {
  /** undefined: chunked. */
  length: number | undefined;
  /** Writes `100 Continue`; undefined when the client does not wait for it. */
  invite: (() => void) | undefined;
  queueBytes: number;
};

export const emptyBody: RequestBody = {
  read: async () => undefined,
  close() {},
  received: () => 0,
  complete: () => true,
  waiting: () => false,
  invited: () => true,
  fail() {},
};

/** At most one `read` at a time. A chunk stays valid for ever: node never writes into its buffers again. */
export function requestBody(message: IncomingMessage, { length, invite, queueBytes }: BodyOptions): RequestBody {
  const queue: Buffer[] = [];
  let queued = 0;
  let received = 0;
  let started = false;
  let ended = false;
  let closed = false;
  let paused = false;
  let failure: Error | undefined;
  let pending: { resolve(chunk: Bytes | undefined): void; reject(error: Error): void } | undefined;

  const settle = (): void => {
    if (!pending) return;
    const chunk = queue.shift();
    const waiter = pending;
    if (chunk) {
      pending = undefined;
      queued -= chunk.length;
      waiter.resolve(chunk);
    } else if (failure) {
      pending = undefined;
      waiter.reject(failure);
    } else if (ended) {
      pending = undefined;
      waiter.resolve(undefined);
    } else if (paused) {
      paused = false;
      message.resume();
    }
  };
  const onData = (chunk: Buffer): void => {
    received += chunk.length;
    if (closed) return;
    queue.push(chunk);
    queued += chunk.length;
    // the length is known: its end need not be waited for
    if (received === length) ended = true;
    settle();
    if (queued >= queueBytes && !paused && !ended) {
      paused = true;
      message.pause();
    }
  };
  const onEnd = (): void => {
    ended = true;
    settle();
  };
  const fail = (error: Error): void => {
    if (ended) return;
    failure ??= error;
    // what was queued is of no use without its end
    queue.length = 0;
    queued = 0;
    settle();
  };
  const start = (): void => {
    started = true;
    invite?.();
    message.on("data", onData);
    message.on("end", onEnd);
    message.on("error", (error) => fail(new BodyBroken("the body broke off", { cause: error })));
    if (message.destroyed && !message.complete) fail(new BodyBroken("the body broke off"));
  };

  return {
    read() {
      if (pending) throw new Error("a body is read by one reader at a time");
      if (closed) return Promise.reject(new BodyBroken("the body was closed"));
      if (!started) start();
      return new Promise((resolve, reject) => {
        pending = { resolve, reject };
        settle();
      });
    },
    close() {
      if (closed) return;
      closed = true;
      queue.length = 0;
      queued = 0;
      if (pending && !ended) fail(new BodyBroken("the body was closed"));
    },
    received: () => received,
    complete: () => ended || message.complete,
    waiting: () => pending !== undefined,
    invited: () => invite === undefined || started,
    fail,
  };
}
