/** Trying again what time may heal: with a delay that grows and is not the same for everybody, and never before the service said. */
import { setTimeout as after } from "node:timers/promises";
import { parseHttpDate } from "../lib/time.ts";

export type RetryOptions = {
  /** Of one request, the first among them. Default 8. */
  attemptsMax?: number | undefined;
  /** The delay before the second attempt; it doubles with each. Default 200. */
  firstDelayMs?: number | undefined;
  /** No delay of our own is longer. Default 20 000. */
  delayMsMax?: number | undefined;
};
export type Retried = { attempt: number; delayMs: number; reason: string };

/** What a Retry-After may ask for; longer is not waited. */
export const retryAfterMsMax = 300_000;
const statuses: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);
/** Of services, under whatever status, and also for single keys of a list. */
const codes: ReadonlySet<string> = new Set(
  "SlowDown ServiceUnavailable InternalError Throttling ThrottlingException RequestLimitExceeded TooManyRequests RequestTimeout QpsLimitExceeded DownloadTrafficRateLimitExceeded UploadTrafficRateLimitExceeded".split(
    " ",
  ),
);
const networkCodes: ReadonlySet<string> = new Set("ECONNRESET ECONNREFUSED EPIPE ETIMEDOUT EAI_AGAIN ENETUNREACH EHOSTUNREACH".split(" "));

export const healsWithTime = ({ status, code }: { status?: number | undefined; code?: string | undefined }): boolean =>
  (status !== undefined && statuses.has(status) && code !== "NotImplemented") || (code !== undefined && codes.has(code));
/** The connection broke, or did not come about. */
export const isNetworkError = (error: unknown): boolean => error instanceof Error && networkCodes.has((error as NodeJS.ErrnoException).code ?? "");

/** Seconds, or a date. */
export function retryAfterMs(value: string | undefined, nowMs: number): number {
  if (value === undefined) return 0;
  const text = value.trim();
  const ms = /^\d{1,7}$/.test(text) ? Number(text) * 1_000 : (parseHttpDate(text, nowMs) ?? nowMs) - nowMs;
  return Math.min(Math.max(ms, 0), retryAfterMsMax);
}

/** Before attempt `attempt + 1`: between half of the grown delay and all of it, `random` (0 to 1) says where. */
export function delayMs(attempt: number, { firstDelayMs = 200, delayMsMax = 20_000 }: RetryOptions, random: () => number): number {
  const grown = Math.min(delayMsMax, firstDelayMs * 2 ** (attempt - 1));
  return Math.round(grown / 2 + (grown / 2) * random());
}

/** Throws what `signal` was aborted with. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await after(ms, undefined, signal === undefined ? {} : { signal }).catch((error: unknown) => {
    throw signal?.aborted ? signal.reason : error;
  });
}
