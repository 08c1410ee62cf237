/** AWS Signature Version 4, header and query. https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html */
import type { KeyObject } from "node:crypto";
import { equalSecrets } from "../../../lib/bytes.ts";
import { derivedKey, hmac } from "../../../lib/signing/keys.ts";
import { canonicalQuery, s3V4, s3V4Query, v4Strings } from "../../../lib/signing/strings.ts";
import { isoBasic, parseHttpDate, parseIsoBasic } from "../../../lib/time.ts";
import { decodeUri, encodeUriPath } from "../../../lib/uri.ts";
import { refuse } from "../../signing-failure.ts";
import { type Credential, checkPresignedTime, checkSkew, headerValues, matchSignature, parameter, presignedSeconds, type Signed } from "../../signing-strings.ts";
import { vendorHeadersOf, type WireRequest } from "../../wire.ts";
import type { V4Claim } from "./claim.ts";
import { type PayloadMode, payloadMode, unsignedPayload } from "./payload.ts";

export type V4Options = {
  nowMs: number;
  /** Refuse other regions in the scope; absent: any will do. */
  region?: string;
  /** Absent: S3. */
  service?: string;
  /** SHA-256 of the body, for services whose clients send no header with it. */
  bodySha256?: string;
};

/** Where the chain of chunk signatures begins. */
export type ChunkChain = { key: KeyObject; seed: string; timestamp: string; scope: string };
export type VerifiedV4 = { payload: PayloadMode; chain: ChunkChain };

const { terminator } = s3V4;

/** Throws AuthFailure for everything that is not as it must be; looks at the time before the signature, as AWS does. */
export function verifyV4(claim: V4Claim, secret: string, request: WireRequest, { nowMs, region, service = "s3", bodySha256 }: V4Options): VerifiedV4 {
  const { credential, carrier, accessKeyId } = claim;
  if (credential.terminator !== terminator) refuse("wrongTerminator", { carrier, terminator: credential.terminator, expected: terminator });
  if (credential.service !== service) refuse("wrongService", { carrier, service: credential.service, expected: service });
  if (region !== undefined && credential.region !== region) refuse("wrongRegion", { carrier, region: credential.region, expected: region });
  const requestMs = requestTime(claim, request);
  const timestamp = isoBasic(requestMs);
  if (timestamp.slice(0, 8) !== credential.date) refuse("scopeDate", { carrier, scopeDate: credential.date, requestDate: timestamp.slice(0, 8) });
  if (carrier === "header") checkSkew(requestMs, nowMs, dateOf(claim, request) as string);
  else checkPresignedTime(requestMs, presignedSeconds(claim.expires as string, 0), nowMs);
  checkSignedHeaders(claim, request);

  const payloadHash = payloadHashOf(claim, request, bodySha256);
  const payload = payloadMode(payloadHash);
  const { scope, key } = signingKeyOf(credential, secret);
  const seed = claim.signature.toLowerCase();
  const sign = signer(claim, request, payloadHash, timestamp, scope, key);
  const decoded = decodeUri(request.rawPath);
  const first = sign(decoded === undefined ? request.rawPath : encodeUriPath(decoded));
  // Most often that is it. Else the path as it came: some clients sign their own encoding (`%2F` kept, `!` bare).
  if (secret === "" || !equalSecrets(first.signature, seed)) matchSignature(accessKeyId, secret, seed, [first, sign(request.rawPath)]);
  return { payload, chain: { key, seed, timestamp, scope } };
}

type SigningKey = { secret: string; scope: string; key: KeyObject };
/** Credentials are the same object as long as clients send the same text (claim.ts). */
const signingKeys = new WeakMap<Credential, SigningKey>();

function signingKeyOf(credential: Credential, secret: string): SigningKey {
  let known = signingKeys.get(credential);
  if (known === undefined || known.secret !== secret) {
    const { date, region, service } = credential;
    known = { secret, scope: `${date}/${region}/${service}/${terminator}`, key: derivedKey(s3V4.prefix, secret, [date, region, service, terminator]) };
    signingKeys.set(credential, known);
  }
  return known;
}

const dateOf = (claim: V4Claim, request: WireRequest): string | undefined => claim.date ?? request.headers["x-amz-date"] ?? request.headers.date;

function requestTime(claim: V4Claim, request: WireRequest): number {
  const value = dateOf(claim, request);
  const ms = value === undefined ? undefined : (parseIsoBasic(value.trim()) ?? (claim.carrier === "header" ? parseHttpDate(value) : undefined));
  return ms ?? refuse("missingDate", { value });
}

/** Host, and every header that S3 (or OSS, which shares the door) gives a meaning, must stand under the signature. */
function checkSignedHeaders(claim: V4Claim, request: WireRequest): void {
  if (!claim.signedHeaders.includes("host")) refuse("unsignedHeader", { header: "host" });
  for (const header of vendorHeadersOf(request)) {
    if (!header.startsWith("x-hcp-") && !claim.signedHeaders.includes(header)) refuse("unsignedHeader", { header });
  }
}

function payloadHashOf(claim: V4Claim, request: WireRequest, bodySha256: string | undefined): string {
  const header = request.headers["x-amz-content-sha256"];
  if (header !== undefined) return header;
  if (bodySha256 !== undefined) return bodySha256;
  if (claim.carrier === "query") return parameter(request.query, "X-Amz-Content-Sha256") ?? unsignedPayload;
  return refuse("missingPayloadHash", {});
}

/** What a client signs when it writes the path so. */
function signer(claim: V4Claim, request: WireRequest, payloadHash: string, timestamp: string, scope: string, key: KeyObject): (path: string) => Signed {
  const common = {
    method: request.method,
    query: canonicalQuery(request.query, s3V4Query),
    headerLines: canonicalHeaders(claim.signedHeaders, request),
    headerNames: claim.signedHeaders.join(";"),
    payloadHash,
    timestamp,
    scope,
  };
  return (path) => {
    const strings = v4Strings(s3V4, { ...common, path });
    return { ...strings, signature: hmac("sha256", key, strings.stringToSign, "hex") };
  };
}

/** `name:value` lines; values trimmed, runs of blanks as one. A header that was signed and is gone has no value: it will not match. */
function canonicalHeaders(names: readonly string[], request: WireRequest): string {
  let values: ReadonlyMap<string, string> | undefined;
  let lines = "";
  for (const name of names) {
    let value = request.headers[name]?.trim() ?? "";
    // Perhaps several lines joined, which signatures join otherwise.
    if (value.includes(", ")) value = (values ??= headerValues(request)).get(name) ?? "";
    lines += `${name}:${value.includes("  ") ? value.replace(/ {2,}/g, " ") : value}\n`;
  }
  return lines;
}
