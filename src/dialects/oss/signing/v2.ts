/** OSS Signature Version 2 (HMAC-SHA256), header and URL: every parameter is signed, and headers that the client names besides. */

import { hmac, secretKey } from "../../../lib/signing/keys.ts";
import { canonicalQuery, headerLines, ossQuery, plainString } from "../../../lib/signing/strings.ts";
import { encodeUri } from "../../../lib/uri.ts";
import { headerValues, matchSignature } from "../../signing-strings.ts";
import type { WireRequest } from "../../wire.ts";
import type { V2Claim } from "./claim.ts";
import type { Resource } from "./verify.ts";

/** `date`: what stands in the date's line. Throws "mismatch". */
export function verifyV2(claim: V2Claim, secret: string, request: WireRequest, { bucket, key }: Resource, date: string): void {
  const values = headerValues(request);
  const additional = claim.additional.filter((name) => values.has(name) && !name.startsWith("x-oss-"));
  const vendorLines = `${headerLines(values, (name) => name.startsWith("x-oss-") || additional.includes(name))}${additional.join(";")}\n`;
  const path = encodeUri(bucket === undefined ? "/" : `/${bucket}/${key ?? ""}`);
  const query = canonicalQuery(request.query, ossQuery);
  const stringToSign = plainString({ method: request.method, headers: values, date, vendorLines, resource: `${path}${query === "" ? "" : `?${query}`}` });
  matchSignature(claim.accessKeyId, secret, claim.signature, [{ stringToSign, signature: hmac("sha256", secretKey(secret), stringToSign, "base64") }]);
}
