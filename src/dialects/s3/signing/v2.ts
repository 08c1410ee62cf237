/** AWS Signature Version 2, header and query. https://docs.aws.amazon.com/AmazonS3/latest/userguide/RESTAuthentication.html */

import { hmac, secretKey } from "../../../lib/signing/keys.ts";
import { bytesOf, headerLines, plainString, s3V2Signed } from "../../../lib/signing/strings.ts";
import { parseEpochSeconds, parseHttpDate, parseIsoBasic } from "../../../lib/time.ts";
import { decodeUri } from "../../../lib/uri.ts";
import type { Address } from "../../operation.ts";
import { refuse } from "../../signing-failure.ts";
import { checkSkew, headerValues, matchSignature, type Signed } from "../../signing-strings.ts";
import { minioForce, type QueryParameter, type WireRequest } from "../../wire.ts";
import type { V2Claim } from "./claim.ts";
import { type PayloadMode, unchainedPayload } from "./payload.ts";

/** `nowMs`: our clock. Throws AuthFailure. The bucket of a virtual host enters the resource; a tenant's host name does not. */
export function verifyV2(
  claim: V2Claim,
  secret: string,
  request: WireRequest,
  address: Pick<Address, "style" | "rawBucket">,
  { nowMs }: { nowMs: number },
): { payload: PayloadMode } {
  const date = dateLine(claim, request, nowMs);
  // Nothing of another vendor's is under this signature.
  for (const header in request.headers) if (header.startsWith("x-oss-")) refuse("foreignHeader", { header });
  if (request.headers[minioForce] !== undefined) refuse("unsignedHeader", { header: minioForce });
  matchSignature(claim.accessKeyId, secret, claim.signature, candidates(claim, secret, request, address, date));
  return { payload: unchainedPayload(request) };
}

/** What stands in the date's line: the expiry of a URL, nothing when x-amz-date speaks (it is among the headers), else Date. */
function dateLine(claim: V2Claim, request: WireRequest, nowMs: number): string {
  if (claim.carrier === "query") {
    const value = claim.expires as string;
    const expiresMs = parseEpochSeconds(value) ?? refuse("badExpires", { value, maxSeconds: Number.MAX_SAFE_INTEGER });
    if (nowMs > expiresMs) refuse("expired", { expiresMs, serverMs: nowMs });
    return value;
  }
  const amzDate = request.headers["x-amz-date"];
  const value = amzDate ?? request.headers.date;
  const ms = value === undefined ? undefined : (parseHttpDate(value) ?? parseIsoBasic(value.trim()));
  checkSkew(ms ?? refuse("missingDate", { value }), nowMs, value as string);
  return amzDate === undefined ? (value as string).trim() : "";
}

function* candidates(claim: V2Claim, secret: string, request: WireRequest, address: Pick<Address, "style" | "rawBucket">, date: string): Generator<Signed> {
  const values = headerValues(request);
  const token = claim.token;
  if (claim.carrier === "query" && token !== undefined && !values.has("x-amz-security-token")) values.set("x-amz-security-token", bytesOf(token));
  if (claim.carrier === "query") addCarried(values, request.query);
  const vendorLines = headerLines(values, (name) => name.startsWith("x-amz-"));
  const path = address.style === "host" ? `/${address.rawBucket}${request.rawPath}` : request.rawPath;
  // A bucket in the path may come as `/bucket` and be signed as `/bucket/` (botocore): it is the same bucket.
  const paths = address.style === "path" && path.lastIndexOf("/") === 0 && path.length > 1 ? [path, `${path}/`] : [path];
  const seen = new Set<string>();
  for (const query of signedQueries(request.query)) {
    for (const resource of paths) {
      const stringToSign = plainString({ method: request.method, headers: values, date, vendorLines, resource: `${resource}${query}` });
      if (seen.has(stringToSign)) continue;
      seen.add(stringToSign);
      yield { stringToSign, signature: hmac("sha1", secretKey(secret), stringToSign, "base64") };
    }
  }
}

/** Signed as the headers they are and sent as parameters, by botocore and its like: whoever adds one to another's URL breaks the signature. */
function addCarried(values: Map<string, string>, query: readonly QueryParameter[]): void {
  const carried = new Map<string, string>();
  for (const { name, value } of query) {
    const header = name.toLowerCase();
    if (!header.startsWith("x-amz-") || values.has(header)) continue;
    const before = carried.get(header);
    carried.set(header, before === undefined ? bytesOf(value).trim() : `${before},${bytesOf(value).trim()}`);
  }
  for (const [header, value] of carried) values.set(header, value);
}

/** Values decoded, then as on the wire; an empty value without its `=`, then with it: clients differ, and every way covers all of them. */
function* signedQueries(query: readonly QueryParameter[]): Generator<string> {
  const signed = s3V2Signed(query);
  if (signed.length === 0) return yield "";
  for (const textOf of [
    (pair: QueryParameter) => bytesOf(pair.value),
    (pair: QueryParameter) => pair.rawValue,
    (pair: QueryParameter) => bytesOf(decodeUri(pair.rawValue) ?? ""),
  ]) {
    for (const bareWhenEmpty of [true, false]) {
      yield `?${signed.map((pair) => (pair.bare || (bareWhenEmpty && pair.value === "") ? pair.name : `${pair.name}=${textOf(pair)}`)).join("&")}`;
    }
  }
}
