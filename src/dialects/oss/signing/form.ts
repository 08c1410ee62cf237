/**
 * Who signed a form's policy: V1 (`OSSAccessKeyId`, `policy`, `Signature`), V2 and V4 (`x-oss-signature-version`, ...). facts/oss.md 2.4,
 * https://help.aliyun.com/zh/oss/developer-reference/signature-version-4-recommend
 */

import { derivedKey, hmac, secretKey } from "../../../lib/signing/keys.ts";
import { parseIsoBasic } from "../../../lib/time.ts";
import { refuseForm } from "../../form-failure.ts";
import type { FormField } from "../../form-reader.ts";
import { refuse } from "../../signing-failure.ts";
import { matchSignature, parseCredential } from "../../signing-strings.ts";
import { type V4Claim, v4Algorithm } from "./claim.ts";
import { checkScope } from "./v4.ts";

type Signed = { accessKeyId: string; signature: string; policy: string; token?: string };
export type FormClaim = ({ scheme: "v1" | "v2" } & Signed) | ({ scheme: "v4"; claim: V4Claim; date: string } & Signed);

const v1Names = ["OSSAccessKeyId", "Signature"];
const newerNames = ["x-oss-signature-version", "x-oss-signature", "x-oss-credential", "x-oss-access-key-id"];
const foreignNames = ["AWSAccessKeyId", "x-amz-signature", "x-amz-credential", "x-amz-algorithm"];

/** Undefined: nobody signed it. Throws FormFailure fieldMissing, AuthFailure. */
export function formClaim(fields: ReadonlyMap<string, FormField>): FormClaim | undefined {
  const has = (name: string): boolean => fields.has(name.toLowerCase());
  const needed = (name: string): string => fields.get(name.toLowerCase())?.raw || refuseForm("fieldMissing", { field: name });
  const v1 = v1Names.some(has);
  const newer = newerNames.some(has);
  const foreign = foreignNames.filter(has);
  if (foreign.length > 0 || (v1 && newer)) refuse("twoMechanisms", { mechanisms: [...v1Names, ...newerNames, ...foreignNames].filter(has) });
  if (!v1 && !newer && !has("policy")) return undefined;
  const token = fields.get("x-oss-security-token")?.raw;
  const common = { policy: needed("policy"), ...(token === undefined ? {} : { token }) };
  if (!newer) return { scheme: "v1", accessKeyId: needed("OSSAccessKeyId"), signature: needed("Signature"), ...common };
  const version = needed("x-oss-signature-version");
  const signature = needed("x-oss-signature");
  if (version === "OSS2") return { scheme: "v2", accessKeyId: needed("x-oss-access-key-id"), signature, ...common };
  if (version !== v4Algorithm) return refuse("unsupportedScheme", { scheme: version });
  const credential = parseCredential(needed("x-oss-credential"), "query");
  const { accessKeyId } = credential;
  const claim: V4Claim = { kind: "signed", scheme: "v4", carrier: "query", accessKeyId, credential, signature, additional: [] };
  return { scheme: "v4", accessKeyId, claim, date: needed("x-oss-date"), signature, ...common };
}

/** The policy says how long the form is good for, so its date is not held against the clock. Throws AuthFailure. */
export function verifyForm(claim: FormClaim, secret: string, region: string): void {
  const { accessKeyId, policy, signature } = claim;
  if (claim.scheme === "v4") {
    const { credential } = claim.claim;
    checkScope(claim.claim, parseIsoBasic(claim.date) ?? refuse("missingDate", { value: claim.date }), region);
    const key = derivedKey("aliyun_v4", secret, [credential.date, credential.region, credential.service, credential.terminator]);
    matchSignature(accessKeyId, secret, signature.toLowerCase(), [{ stringToSign: policy, signature: hmac("sha256", key, policy, "hex") }]);
  } else {
    const algorithm = claim.scheme === "v1" ? "sha1" : "sha256";
    matchSignature(accessKeyId, secret, signature, [{ stringToSign: policy, signature: hmac(algorithm, secretKey(secret), policy, "base64") }]);
  }
}
