/**
 * Who signed a form's policy: V2 (`AWSAccessKeyId`, `policy`, `signature`) or V4 (`x-amz-*`).
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-authentication-HTTPPOST.html
 */

import { derivedKey, hmac, secretKey } from "../../../lib/signing/keys.ts";
import { isoBasic, parseIsoBasic } from "../../../lib/time.ts";
import { refuseForm } from "../../form-failure.ts";
import type { FormField } from "../../form-reader.ts";
import { refuse } from "../../signing-failure.ts";
import { type Credential, matchSignature, parseCredential } from "../../signing-strings.ts";

type Fields = ReadonlyMap<string, FormField>;
type Signed = { accessKeyId: string; signature: string; policy: string; token?: string };
export type FormClaim = ({ scheme: "v2" } & Signed) | ({ scheme: "v4"; credential: Credential; date: string } & Signed);
/** What a form with the fields of both signatures is taken for. */
export type BothSignatures = "refuse" | "v2";

const v4Names = ["x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature"] as const;
const algorithm = "AWS4-HMAC-SHA256";

/** Undefined: nobody signed it. Throws FormFailure fieldMissing, AuthFailure. */
export function formClaim(fields: Fields, both: BothSignatures): FormClaim | undefined {
  const v2 = fields.has("awsaccesskeyid") || fields.has("signature");
  const v4 = v4Names.some((name) => fields.has(name));
  for (const name of ["ossaccesskeyid", "x-oss-signature", "x-oss-credential"]) if (fields.has(name)) refuse("twoMechanisms", { mechanisms: ["form", name] });
  if (v2 && v4 && both === "refuse") refuse("twoMechanisms", { mechanisms: ["AWSAccessKeyId", "X-Amz-Algorithm"] });
  if (!v2 && !v4 && !fields.has("policy")) return undefined;
  const needed = (name: string): string => fields.get(name.toLowerCase())?.raw || refuseForm("fieldMissing", { field: name });
  const token = fields.get("x-amz-security-token")?.raw;
  const common = { policy: needed("policy"), ...(token === undefined ? {} : { token }) };
  if (v2 || !v4) return { scheme: "v2", accessKeyId: needed("AWSAccessKeyId"), signature: needed("signature"), ...common };
  const given = needed("X-Amz-Algorithm");
  if (given !== algorithm) refuse("unsupportedScheme", { scheme: given });
  const credential = parseCredential(needed("X-Amz-Credential"), "query");
  return { scheme: "v4", accessKeyId: credential.accessKeyId, credential, date: needed("X-Amz-Date"), signature: needed("X-Amz-Signature"), ...common };
}

/** The policy says how long the form is good for, so its date is not held against the clock. Throws AuthFailure. */
export function verifyForm(claim: FormClaim, secret: string, region: string | undefined): void {
  const { accessKeyId, policy } = claim;
  if (claim.scheme === "v2") {
    matchSignature(accessKeyId, secret, claim.signature, [{ stringToSign: policy, signature: hmac("sha1", secretKey(secret), policy, "base64") }]);
  } else {
    const { credential } = claim;
    const carrier = "query";
    if (credential.terminator !== "aws4_request") refuse("wrongTerminator", { carrier, terminator: credential.terminator, expected: "aws4_request" });
    if (credential.service !== "s3") refuse("wrongService", { carrier, service: credential.service, expected: "s3" });
    if (region !== undefined && credential.region !== region) refuse("wrongRegion", { carrier, region: credential.region, expected: region });
    const dateMs = parseIsoBasic(claim.date) ?? refuse("missingDate", { value: claim.date });
    const requestDate = isoBasic(dateMs).slice(0, 8);
    if (requestDate !== credential.date) refuse("scopeDate", { carrier, scopeDate: credential.date, requestDate });
    const key = derivedKey("AWS4", secret, [credential.date, credential.region, "s3", "aws4_request"]);
    matchSignature(accessKeyId, secret, claim.signature.toLowerCase(), [{ stringToSign: policy, signature: hmac("sha256", key, policy, "hex") }]);
  }
}
