/** OSS Signature Version 2 (HMAC-SHA256), header and URL: every parameter is signed, and headers that the client names besides. */
import { encodeUri } from "../../../lib/uri.ts";
import { hmac, secretKey } from "../../signing-keys.ts";
import { headerValues, matchSignature } from "../../signing-strings.ts";
import type { WireRequest } from "../../wire.ts";
import { canonicalQuery } from "./canonical-query.ts";
import type { V2Claim } from "./claim.ts";
import type { Resource } from "./verify.ts";

/** `date`: what stands in the date's line. Throws "mismatch". */
export function verifyV2(claim: V2Claim, secret: string, request: WireRequest, { bucket, key }: Resource, date: string): void {
  const values = headerValues(request);
  const additional = claim.additional.filter((name) => values.has(name) && !name.startsWith("x-oss-"));
  const names = [...values.keys()].filter((name) => name.startsWith("x-oss-") || additional.includes(name)).sort();
  const lines = names.map((name) => `${name}:${values.get(name)}\n`).join("");
  const path = encodeUri(bucket === undefined ? "/" : `/${bucket}/${key ?? ""}`);
  const query = canonicalQuery(request.query);
  const stringToSign = `${request.method}\n${values.get("content-md5") ?? ""}\n${values.get("content-type") ?? ""}\n${date}\n${lines}${additional.join(";")}\n${path}${query === "" ? "" : `?${query}`}`;
  matchSignature(claim.accessKeyId, secret, claim.signature, [{ stringToSign, signature: hmac("sha256", secretKey(secret), stringToSign, "base64") }]);
}
