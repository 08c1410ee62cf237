/** OSS Signature Version 2 (HMAC-SHA256), header and URL: every parameter is signed, and headers that the client names besides. */

import { hmac, secretKey } from "../../../lib/signing/keys.ts";
import { canonicalQuery, headerLines, ossQuery, plainString } from "../../../lib/signing/strings.ts";
import { encodeUri } from "../../../lib/uri.ts";
import { headerValues, matchSignature } from "../../signing-strings.ts";
import type { WireRequest } from "../../wire.ts";
import type { V2Claim } from "./claim.ts";
import type { Resource } from "./verify.ts";

/**
 * `date`: what stands in the date's line, where oss2 writes the Date header beside an x-oss-date, too: that one is signed as any other x-oss- header.
 * Throws "mismatch".
 */
export function verifyV2(claim: V2Claim, secret: string, request: WireRequest, { bucket, key }: Resource, date: string): void {
  const values = headerValues(request);
  const additional = claim.additional.filter((name) => values.has(name) && !name.startsWith("x-oss-"));
  const vendorLines = `${headerLines(values, (name) => name.startsWith("x-oss-") || additional.includes(name))}${additional.join(";")}\n`;
  const path = encodeUri(bucket === undefined ? "/" : `/${bucket}/${key ?? ""}`);
  const query = canonicalQuery(request.query, ossQuery);
  const resource = `${path}${query === "" ? "" : `?${query}`}`;
  const dates = new Set([date, ...(claim.carrier === "header" && values.has("x-oss-date") ? [values.get("date") ?? ""] : [])]);
  const candidates = [...dates].map((one) => plainString({ method: request.method, headers: values, date: one, vendorLines, resource }));
  matchSignature(
    claim.accessKeyId,
    secret,
    claim.signature,
    candidates.map((stringToSign) => ({ stringToSign, signature: hmac("sha256", secretKey(secret), stringToSign, "base64") })),
  );
}
