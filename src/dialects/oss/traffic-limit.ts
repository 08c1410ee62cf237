/**
 * `x-oss-traffic-limit`, as header or parameter: the body of this one request flows no faster than so many bits a second.
 * https://help.aliyun.com/zh/oss/developer-reference/single-connection-bandwidth-throttling
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { IncomingBody } from "../../core/api.ts";
import type { ByteSource, Bytes, Clock } from "../../core/ports.ts";
import type { WireRequest } from "../wire.ts";
import { invalidArgument, unservedHeader } from "./answers.ts";
import { parameter } from "./parameters.ts";

const name = "x-oss-traffic-limit";
/** The page says 819200 at least; ali-oss's tests go lower, and 245760 is what the page said in 2021. */
export const trafficBitsPerSecond = { min: 245_760, max: 838_860_800 } as const;
/** How long a piece takes at the rate asked for: short enough that the flow looks even and no idle timer fires. */
const pieceMs = 50;

/** Bytes a second, or undefined. */
export function trafficLimit(call: { request: WireRequest }): number | undefined {
  const value = call.request.headers[name] ?? parameter(call, name);
  if (value === undefined) return undefined;
  const bits = /^[0-9]{1,10}$/.test(value) ? Number(value) : 0;
  if (bits < trafficBitsPerSecond.min || bits > trafficBitsPerSecond.max) {
    return invalidArgument(name, value, `The traffic limit must be between ${trafficBitsPerSecond.min} and ${trafficBitsPerSecond.max} bits per second.`);
  }
  return bits / 8;
}

/** Where bytes move inside the server there is nothing to slow down, so the promise is not made. */
export function refuseTrafficLimit(call: { request: WireRequest }): void {
  if (trafficLimit(call) !== undefined) unservedHeader(name);
}

type Flowing = { clock: Clock; request: Pick<WireRequest, "signal"> };

/** The same bytes, in pieces, each handed out when its time has come. Ends early when the request does. */
export function throttled(source: ByteSource, bytesPerSecond: number, { clock, request }: Flowing): ByteSource {
  const pieceBytes = Math.max(1, Math.floor((bytesPerSecond * pieceMs) / 1000));
  let startMs: number | undefined;
  let handedOut = 0;
  let rest: Bytes | undefined;
  return {
    async read() {
      startMs ??= clock.monotonicMs();
      if (rest === undefined || rest.length === 0) rest = await source.read();
      if (rest === undefined) return undefined;
      const piece = rest.subarray(0, pieceBytes);
      rest = rest.subarray(piece.length);
      handedOut += piece.length;
      const waitMs = startMs + (handedOut / bytesPerSecond) * 1000 - clock.monotonicMs();
      if (waitMs > 0) await sleep(waitMs);
      if (request.signal.aborted) throw new Error("the client went away while its body was slowed down");
      return piece;
    },
    close: () => source.close(),
  };
}

/** The request's body, slowed down when it asks for that. */
export function throttledBody(call: Flowing & { incoming: IncomingBody }, bytesPerSecond: number | undefined): IncomingBody {
  if (bytesPerSecond === undefined) return call.incoming;
  return { ...call.incoming, source: throttled(call.incoming.source, bytesPerSecond, call) };
}
