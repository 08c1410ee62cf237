/** Is a claim true? Pure: the secret was looked up by the caller. The time is looked at before the signature, as OSS does. */
import { parseEpochSeconds, parseHttpDate, parseIsoBasic } from "../../../lib/time.ts";
import { refuse } from "../../signing-failure.ts";
import { checkPresignedTime, checkSkew, presignedSeconds } from "../../signing-strings.ts";
import type { WireRequest } from "../../wire.ts";
import type { V1Claim, V2Claim, V4Claim } from "./claim.ts";
import { verifyV1 } from "./v1.ts";
import { verifyV2 } from "./v2.ts";
import { checkScope, verifyV4 } from "./v4.ts";

/** Decoded, whatever the addressing style; an `Address` is one. */
export type Resource = { bucket?: string; key?: string };
/** `region`: refuse V4 scopes of other regions; absent: any will do. */
export type VerifyOptions = { nowMs: number; region?: string };
/** What the body's SHA-256 must be (lower-case hex), where the signature covers one. */
export type Verified = { sha256?: string };

/** Throws AuthFailure. */
export function verify(claim: V1Claim | V2Claim | V4Claim, secret: string, request: WireRequest, resource: Resource, { nowMs, region }: VerifyOptions): Verified {
  // Nothing of another vendor's is under these signatures.
  for (const header in request.headers) if (header.startsWith("x-amz-")) refuse("foreignHeader", { header });
  if (claim.scheme === "v4") {
    const requestMs = requestTime(claim.date ?? dateHeader(request), claim.carrier === "query");
    checkScope(claim, requestMs, region);
    if (claim.carrier === "query") checkPresignedTime(requestMs, presignedSeconds(claim.expires as string, 1), nowMs);
    else checkSkew(requestMs, nowMs, dateHeader(request) ?? "");
    verifyV4(claim, secret, request, resource, requestMs);
  } else {
    const date = dateLine(claim, request, nowMs);
    if (claim.scheme === "v1") verifyV1(claim, secret, request, resource, date);
    else verifyV2(claim, secret, request, resource, date);
  }
  const sha256 = request.headers["x-oss-content-sha256"];
  return sha256 !== undefined && /^[0-9a-fA-F]{64}$/.test(sha256) ? { sha256: sha256.toLowerCase() } : {};
}

const dateHeader = (request: WireRequest): string | undefined => request.headers["x-oss-date"] ?? request.headers.date;

function requestTime(value: string | undefined, isoOnly: boolean): number {
  const text = value?.trim();
  const ms = text === undefined ? undefined : (parseIsoBasic(text) ?? (isoOnly ? undefined : parseHttpDate(text)));
  return ms ?? refuse("missingDate", { value });
}

/** V1 and V2: the expiry of a URL, far beyond 2^31 too, or the date of the request (x-oss-date before Date). */
function dateLine(claim: V1Claim | V2Claim, request: WireRequest, nowMs: number): string {
  if (claim.carrier === "header") {
    const value = dateHeader(request);
    checkSkew(requestTime(value, false), nowMs, value as string);
    return (value as string).trim();
  }
  const value = claim.expires as string;
  const expiresMs = parseEpochSeconds(value) ?? refuse("badExpires", { value, maxSeconds: Number.MAX_SAFE_INTEGER });
  if (nowMs > expiresMs) refuse("expired", { expiresMs, serverMs: nowMs });
  return value;
}
