/** One service as somebody with keys sees it: requests signed, sent, tried again, and refusals turned into errors. */

import { canonicalQuery, ossQuery, s3V4Query } from "../lib/signing/strings.ts";
import { encodeUriPath } from "../lib/uri.ts";
import { CloudError, Unavailable } from "./errors.ts";
import { type Refusal, refusalError, refusalOf } from "./refusal.ts";
import { delayMs, healsWithTime, isNetworkError, pause, type Retried, retryAfterMs } from "./retry.ts";
import { type Outgoing, presignQuery, signHeaders } from "./signing.ts";
import { type Place, placeOf, type Target } from "./target.ts";
import { type Answer, createTransport } from "./transport.ts";

export type CloudRequest = {
  method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  bucket?: string | undefined;
  key?: string | undefined;
  /** An empty value is a bare name: `{ versions: "" }`. */
  query?: Readonly<Record<string, string | undefined>>;
  /** Names in lower case. */
  headers?: Readonly<Record<string, string>>;
  body?: Uint8Array | string | undefined;
};
/** `onRetry` hears of each further attempt before its delay. */
export type SendOptions = { signal?: AbortSignal | undefined; onRetry?: ((retried: Retried) => void) | undefined };

export type Cloud = {
  place: Place;
  /** An answer below 300. Throws CloudError and its kinds; Unavailable once the attempts are used up; what `signal` was aborted with. `tries`: attempts it took. */
  send(request: CloudRequest, options?: SendOptions): Promise<Answer & { tries: number }>;
  /** The same once and as it is: any status but one that says who asked is not right about the time. Throws for broken connections. */
  sendOnce(request: CloudRequest, signal?: AbortSignal): Promise<Answer>;
  /** A URL with which anybody may do what `request` says, for so many seconds (at most 7 days). V4 only. */
  presign(request: CloudRequest, expiresSeconds: number): string;
  close(): void;
};

const attemptsByDefault = 8;

/** Throws CloudError for a target that cannot be asked. `close` it when done: connections are kept. */
export function openCloud(target: Target): Cloud {
  const place = placeOf(target);
  const transport = createTransport(target);
  const { attemptsMax = attemptsByDefault } = target.retry ?? {};
  let offsetMs = 0;

  const signingContext = () => ({ scheme: place.scheme, credentials: target.credentials, region: place.region, nowMs: Date.now() + offsetMs });

  async function sendSigned(request: CloudRequest, signal: AbortSignal | undefined): Promise<Answer> {
    const { outgoing, origin } = outgoingOf(place, request);
    const query = wireQuery(place, outgoing);
    const headers = { ...signHeaders(outgoing, signingContext()), host: outgoing.host };
    const path = `${outgoing.rawPath}${query === "" ? "" : `?${query}`}`;
    return transport.send({ method: outgoing.method, origin, path, headers, body: outgoing.body }, signal);
  }
  async function sendOnce(request: CloudRequest, signal?: AbortSignal): Promise<Answer> {
    const answer = await sendSigned(request, signal);
    // A clock that is off is ours to correct, once: the answer says what time it is there.
    if (answer.status !== 403 || refusalOf(answer).code !== "RequestTimeTooSkewed") return answer;
    const serverMs = Date.parse(answer.headers.date ?? "");
    if (Number.isNaN(serverMs)) return answer;
    offsetMs = serverMs - Date.now();
    return sendSigned(request, signal);
  }

  return {
    place,
    sendOnce,
    close: () => transport.close(),
    presign(request, expiresSeconds) {
      const { scheme } = place;
      if (scheme !== "s3v4" && scheme !== "ossv4") throw new CloudError(`${scheme} presigns no URL here: use a V4 signature`);
      const { outgoing, origin } = outgoingOf(place, request);
      return `${origin.protocol}//${outgoing.host}${outgoing.rawPath}?${presignQuery(outgoing, { ...signingContext(), scheme }, expiresSeconds)}`;
    },
    async send(request, { signal, onRetry } = {}) {
      for (let attempt = 1; ; attempt++) {
        signal?.throwIfAborted();
        const outcome = await sendOnce(request, signal).catch((error: unknown) => brokenConnection(error, signal));
        if ("status" in outcome && outcome.status < 300) return { ...outcome, tries: attempt };
        const refusal = "status" in outcome ? refusalOf(outcome) : undefined;
        if (refusal !== undefined && !heals(place, refusal)) throw refusalError(refusal, place, request);
        const reason = refusal === undefined ? causeOf((outcome as Broken).broken) : `${refusal.status} ${refusal.code ?? ""}`.trim();
        if (attempt >= attemptsMax) {
          throw new Unavailable(`${place.origin.host} does not do it after ${attempt} attempts: ${refusal?.message ?? reason}`, { ...refusal, cause: (outcome as Broken).broken });
        }
        const wait = Math.max(delayMs(attempt, target.retry ?? {}, Math.random), retryAfterMs(refusal?.retryAfter, Date.now()));
        onRetry?.({ attempt, delayMs: wait, reason });
        await pause(wait, signal);
      }
    },
  };
}

/** What is retried; at HCP a conflict may be a retention, which time heals too slowly. */
const heals = ({ service }: Place, refusal: Refusal): boolean => healsWithTime(refusal) || (service === "s3" && refusal.code === "OperationAborted");

type Broken = { broken: unknown };
function brokenConnection(error: unknown, signal: AbortSignal | undefined): Broken {
  if (signal?.aborted) throw signal.reason;
  if (!isNetworkError(error)) throw error instanceof CloudError ? error : new Unavailable(causeOf(error), { cause: error });
  return { broken: error };
}
const causeOf = (error: unknown): string =>
  error instanceof Error ? (error.message === "" ? ((error as NodeJS.ErrnoException).code ?? error.name) : error.message) : String(error);

const wireQuery = ({ service }: Place, { query }: Outgoing): string => canonicalQuery(query, service === "oss" ? ossQuery : s3V4Query);

function outgoingOf(place: Place, { method, bucket, key, query = {}, headers = {}, body }: CloudRequest): { outgoing: Outgoing; origin: URL } {
  // no wildcard certificate covers a name with a dot in it
  const isCovered = place.service !== "s3" || place.origin.protocol !== "https:" || bucket?.includes(".") === false;
  const bucketInHost = place.addressing === "host" && bucket !== undefined && isCovered;
  const origin = bucketInHost ? new URL(`${place.origin.protocol}//${bucket}.${place.origin.host}`) : place.origin;
  const rest = key === undefined ? "" : `/${encodeUriPath(key)}`;
  const pairs = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
  const bytes = typeof body === "string" ? Buffer.from(body, "utf8") : body;
  const rawPath = bucketInHost || bucket === undefined ? rest || "/" : `/${bucket}${rest}`;
  return { origin, outgoing: { method, host: origin.host, rawPath, bucketInHost, bucket, key, query: pairs, headers, body: bytes } };
}
