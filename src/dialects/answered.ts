/** A request that has been answered, as logs of buckets tell of it; and what their formats share. */
import type { LogPlan } from "../core/logging/api.ts";
import { redactedQuery, redactedUrl } from "./redacted.ts";
import type { Reply, WireRequest } from "./wire.ts";

/** `turnaroundMs`: from the last byte of the request to the first of the answer; `milliseconds`: from the end of its headers to the answer's last byte. */
export type Answered = {
  request: WireRequest;
  reply: Reply;
  bytesOut: number;
  milliseconds: number;
  turnaroundMs: number;
  /** Of the connection, where it is encrypted. */
  protocol: string | undefined;
  cipher: string | undefined;
};
export type Traced = Answered & { reply: { trace: NonNullable<Reply["trace"]> } };

/** One dialect's logs. Text is Latin-1, one character a byte, as headers are. */
export type LogFormat = {
  /** One line, with its end. */
  line(plan: LogPlan, answered: Traced): string;
  /** The name of a log. `day`: of its lines, as `2026-11-28`, where the plan wants logs of one day; `unique`: 16 upper-case hex digits. */
  name(plan: LogPlan, at: { deliveredMs: number; day: string | undefined; unique: string }): string;
  /** What a policy of the target may ask about the source. */
  facts(plan: LogPlan): (name: string) => readonly string[] | undefined;
};

export function headerOf({ headers }: Reply, lowerName: string): string | undefined {
  for (let index = 0; index < headers.length; index += 2) if ((headers[index] as string).toLowerCase() === lowerName) return headers[index + 1];
  return undefined;
}

const whole = (text: string | undefined): number | undefined => (text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined);

/** Of what was read or written, as far as the answer shows it. */
export function objectSizeOf({ request, reply }: Traced): number | undefined {
  if (reply.trace.address.target !== "object" || reply.status >= 300) return undefined;
  if (request.method === "PUT") return whole(request.headers["x-amz-decoded-content-length"]) ?? request.contentLength;
  if (request.method !== "GET" && request.method !== "HEAD") return undefined;
  if (reply.status === 206) return whole(headerOf(reply, "content-range")?.split("/")[1]);
  return whole(headerOf(reply, "content-length")) ?? (typeof reply.body === "object" && "source" in reply.body && "length" in reply.body ? reply.body.length : undefined);
}

/** In quotes, none within. */
export const quoted = (text: string | undefined): string => `"${text === undefined || text === "" ? "-" : text.replaceAll('"', "%22")}"`;
/** The first line of the request without its secrets. */
export function requestLine({ method, rawPath, query }: WireRequest): string {
  const text = redactedQuery(query);
  return quoted(`${method} ${rawPath}${text === "" ? "" : `?${text}`} HTTP/1.1`);
}
export const refererOf = ({ headers }: WireRequest): string => quoted(headers.referer === undefined ? undefined : redactedUrl(headers.referer));

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (value: number): string => String(value).padStart(2, "0");

/** `[02/May/2012:00:00:04 +0800]`. `offsetHours` from Greenwich. */
export function logTime(ms: number, offsetHours: number): string {
  const at = new Date(ms + offsetHours * 3_600_000);
  const date = `${two(at.getUTCDate())}/${months[at.getUTCMonth()]}/${at.getUTCFullYear()}`;
  return `[${date}:${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} +${two(offsetHours)}00]`;
}
/** `2012-05-02-00-00-04`. */
export const nameTime = (ms: number, offsetHours: number): string => new Date(ms + offsetHours * 3_600_000).toISOString().slice(0, 19).replace(/[T:]/g, "-");
