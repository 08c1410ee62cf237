/**
 * OSS Signature Version 4 (OSS4-HMAC-SHA256), header and URL.
 * https://www.alibabacloud.com/help/en/oss/developer-reference/recommend-to-use-signature-version-4
 */

import { derivedKey, hmac } from "../../../lib/signing/keys.ts";
import { canonicalQuery, headerLines, ossQuery, ossV4, ossV4Signs, v4Strings } from "../../../lib/signing/strings.ts";
import { isoBasic } from "../../../lib/time.ts";
import { encodeUriPath } from "../../../lib/uri.ts";
import { refuse } from "../../signing-failure.ts";
import { headerValues, matchSignature } from "../../signing-strings.ts";
import type { WireRequest } from "../../wire.ts";
import type { V4Claim } from "./claim.ts";
import type { Resource } from "./verify.ts";

const { terminator } = ossV4;
const products: readonly string[] = ["oss", "oss-cloudbox"];

/** Everything about the credential but its signature. `region`: refuse others; a region that could be none is refused always. */
export function checkScope({ carrier, credential }: V4Claim, requestMs: number, region: string | undefined): void {
  const { date, service } = credential;
  if (credential.terminator !== terminator) refuse("wrongTerminator", { carrier, terminator: credential.terminator, expected: terminator });
  if (!products.includes(service)) refuse("wrongService", { carrier, service, expected: "oss" });
  const known = /^[a-z0-9-]{1,64}$/.test(credential.region) && (region === undefined || service !== "oss" || credential.region === region);
  if (!known) refuse("wrongRegion", { carrier, region: credential.region, expected: region ?? "" });
  const requestDate = isoBasic(requestMs).slice(0, 8);
  if (requestDate !== date) refuse("scopeDate", { carrier, scopeDate: date, requestDate });
}

/** `host` and others are signed only when the client names them; names that are not there, or are signed anyway, are passed over. Throws "mismatch". */
export function verifyV4(claim: V4Claim, secret: string, request: WireRequest, { bucket, key }: Resource, requestMs: number): void {
  const { credential } = claim;
  const values = headerValues(request);
  const additional = claim.additional.filter((name) => values.has(name) && !ossV4Signs(name));
  const path = bucket === undefined ? "/" : encodeUriPath(`/${bucket}/${key ?? ""}`);
  const { canonicalRequest, stringToSign } = v4Strings(ossV4, {
    method: request.method,
    path,
    query: canonicalQuery(request.query, ossQuery),
    headerLines: headerLines(values, (name) => ossV4Signs(name) || additional.includes(name)),
    headerNames: additional.join(";"),
    payloadHash: request.headers["x-oss-content-sha256"] ?? "UNSIGNED-PAYLOAD",
    timestamp: isoBasic(requestMs),
    scope: `${credential.date}/${credential.region}/${credential.service}/${terminator}`,
  });
  const signing = derivedKey(ossV4.prefix, secret, [credential.date, credential.region, credential.service, terminator]);
  matchSignature(claim.accessKeyId, secret, claim.signature.toLowerCase(), [{ stringToSign, canonicalRequest, signature: hmac("sha256", signing, stringToSign, "hex") }]);
}
