/** AWS Signature Version 4, header and query. https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html */
import type { KeyObject } from "node:crypto";
import { equalSecrets } from "../../../lib/bytes.ts";
import { isoBasic, parseHttpDate, parseIsoBasic } from "../../../lib/time.ts";
import { decodeUri, encodeUri, encodeUriPath } from "../../../lib/uri.ts";
import { refuse } from "../../signing-failure.ts";
import { derivedKey, hmac, sha256OfLatin1 } from "../../signing-keys.ts";
import { type Credential, checkPresignedTime, checkSkew, headerValues, matchSignature, parameter, presignedSeconds, type Signed } from "../../signing-strings.ts";
import { type QueryParameter, vendorHeadersOf, type WireRequest } from "../../wire.ts";
import type { V4Claim } from "./claim.ts";
import { type PayloadMode, payloadMode, unsignedPayload } from "./payload.ts";

export type V4Options = {
  nowMs: number;
  /** Refuse other regions in the scope; absent: any will do. */
  region?: string;
};

/** Where the chain of chunk signatures begins. */
export type ChunkChain = { key: KeyObject; seed: string; timestamp: string; scope: string };
export type VerifiedV4 = { payload: PayloadMode; chain: ChunkChain };

const terminator = "aws4_request";

/** Throws AuthFailure for everything that is not as it must be; looks at the time before the signature, as AWS does. */
export function verifyV4(claim: V4Claim, secret: string, request: WireRequest, { nowMs, region }: V4Options): VerifiedV4 {
  const { credential, carrier, accessKeyId } = claim;
  if (credential.terminator !== terminator) refuse("wrongTerminator", { carrier, terminator: credential.terminator, expected: terminator });
  if (credential.service !== "s3") refuse("wrongService", { carrier, service: credential.service, expected: "s3" });
  if (region !== undefined && credential.region !== region) refuse("wrongRegion", { carrier, region: credential.region, expected: region });
  const requestMs = requestTime(claim, request);
  const timestamp = isoBasic(requestMs);
  if (timestamp.slice(0, 8) !== credential.date) refuse("scopeDate", { carrier, scopeDate: credential.date, requestDate: timestamp.slice(0, 8) });
  if (carrier === "header") checkSkew(requestMs, nowMs, dateOf(claim, request) as string);
  else checkPresignedTime(requestMs, presignedSeconds(claim.expires as string, 0), nowMs);
  checkSignedHeaders(claim, request);

  const payloadHash = payloadHashOf(claim, request);
  const payload = payloadMode(payloadHash);
  const { scope, key } = signingKeyOf(credential, secret);
  const seed = claim.signature.toLowerCase();
  const sign = signer(claim, request, payloadHash, timestamp, scope, key);
  const decoded = decodeUri(request.rawPath);
  const first = sign(decoded === undefined ? request.rawPath : encodeUriPath(decoded));
  // Most often that is it. Else the path as it came: some clients sign their own encoding (`%2F` kept, `!` bare).
  if (secret === "" || !equalSecrets(first.signature, seed)) matchSignature(accessKeyId, secret, seed, [first, sign(request.rawPath)]);
  if (claim.token !== undefined) refuse("tokenUnsupported", { token: claim.token });
  return { payload, chain: { key, seed, timestamp, scope } };
}

type SigningKey = { secret: string; scope: string; key: KeyObject };
/** Credentials are the same object as long as clients send the same text (claim.ts). */
const signingKeys = new WeakMap<Credential, SigningKey>();

function signingKeyOf(credential: Credential, secret: string): SigningKey {
  let known = signingKeys.get(credential);
  if (known === undefined || known.secret !== secret) {
    const { date, region } = credential;
    known = { secret, scope: `${date}/${region}/s3/${terminator}`, key: derivedKey("AWS4", secret, [date, region, "s3", terminator]) };
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

function payloadHashOf(claim: V4Claim, request: WireRequest): string {
  const header = request.headers["x-amz-content-sha256"];
  if (header !== undefined) return header;
  if (claim.carrier === "query") return parameter(request.query, "X-Amz-Content-Sha256") ?? unsignedPayload;
  return refuse("missingPayloadHash", {});
}

/** What a client signs when it writes the path so. */
function signer(claim: V4Claim, request: WireRequest, payloadHash: string, timestamp: string, scope: string, key: KeyObject): (uri: string) => Signed {
  const query = canonicalQuery(request.query);
  const headers = canonicalHeaders(claim.signedHeaders, request);
  return (uri) => {
    const canonicalRequest = `${request.method}\n${uri}\n${query}\n${headers}\n${claim.signedHeaders.join(";")}\n${payloadHash}`;
    const stringToSign = `AWS4-HMAC-SHA256\n${timestamp}\n${scope}\n${sha256OfLatin1(canonicalRequest)}`;
    return { stringToSign, canonicalRequest, signature: hmac("sha256", key, stringToSign, "hex") };
  };
}

/** All parameters but the signature itself, encoded once more and sorted by code point. */
export function canonicalQuery(query: readonly QueryParameter[]): string {
  if (query.length === 0) return "";
  const pairs: [string, string][] = [];
  for (const { name, value } of query) if (name !== "X-Amz-Signature") pairs.push([encodeUri(name), encodeUri(value)]);
  pairs.sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0));
  return pairs.map(([name, value]) => `${name}=${value}`).join("&");
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
