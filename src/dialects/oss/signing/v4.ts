/**
 * OSS Signature Version 4 (OSS4-HMAC-SHA256), header and URL.
 * https://www.alibabacloud.com/help/en/oss/developer-reference/recommend-to-use-signature-version-4
 */
import { createHash } from "node:crypto";
import { isoBasic } from "../../../lib/time.ts";
import { encodeUriPath } from "../../../lib/uri.ts";
import { refuse } from "../../signing-failure.ts";
import { derivedKey, hmac } from "../../signing-keys.ts";
import { headerValues, matchSignature } from "../../signing-strings.ts";
import type { WireRequest } from "../../wire.ts";
import { canonicalQuery } from "./canonical-query.ts";
import { type V4Claim, v4Algorithm } from "./claim.ts";
import type { Resource } from "./verify.ts";

const terminator = "aliyun_v4_request";
const products: readonly string[] = ["oss", "oss-cloudbox"];

const alwaysSigned = (name: string): boolean => name.startsWith("x-oss-") || name === "content-type" || name === "content-md5";

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
  const additional = claim.additional.filter((name) => values.has(name) && !alwaysSigned(name));
  const names = [...values.keys()].filter((name) => alwaysSigned(name) || additional.includes(name)).sort();
  const lines = names.map((name) => `${name}:${values.get(name)}\n`).join("");
  const path = bucket === undefined ? "/" : encodeUriPath(`/${bucket}/${key ?? ""}`);
  const payload = request.headers["x-oss-content-sha256"] ?? "UNSIGNED-PAYLOAD";
  const canonicalRequest = `${request.method}\n${path}\n${canonicalQuery(request.query)}\n${lines}\n${additional.join(";")}\n${payload}`;
  const scope = `${credential.date}/${credential.region}/${credential.service}/${terminator}`;
  const stringToSign = `${v4Algorithm}\n${isoBasic(requestMs)}\n${scope}\n${createHash("sha256").update(canonicalRequest, "latin1").digest("hex")}`;
  const signing = derivedKey("aliyun_v4", secret, [credential.date, credential.region, credential.service, terminator]);
  matchSignature(claim.accessKeyId, secret, claim.signature.toLowerCase(), [{ stringToSign, canonicalRequest, signature: hmac("sha256", signing, stringToSign, "hex") }]);
}
