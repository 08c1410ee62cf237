/**
 * What a request says about who sent it, on an HCP host: the S3 signatures with base64(user) as the key id and md5(password) as the secret, HCP's own
 * `Authorization: HCP user:md5`, and `all_users:` for nobody in particular. facts/hcp.md 2.2 and 2.3. The `hcp-ns-auth` cookie that clients send
 * besides is not looked at: it belongs to the native interface, and a browser would send it unasked.
 */
import { fromBase64 } from "../../../lib/bytes.ts";
import { claimOf as s3ClaimOf, type V2Claim, type V4Claim } from "../../s3/signing/claim.ts";
import { refuse } from "../../signing-failure.ts";
import { mechanismOf } from "../../signing-mechanisms.ts";
import type { WireRequest } from "../../wire.ts";

/** Nothing said at all (`asked: false`) or anonymity asked for. */
export type AnonymousClaim = { kind: "anonymous"; asked: boolean };
/** The secret itself, sent along: whoever looks keys up compares it with `verify`. */
export type HcpTokenClaim = { kind: "signed"; scheme: "hcp"; carrier: "header"; accessKeyId: string; passwordMd5: string };
export type HcpClaim = AnonymousClaim | HcpTokenClaim | V2Claim | V4Claim;

const everybody = "all_users";

/** Throws AuthFailure: twoMechanisms, malformed, incomplete, unsupportedScheme. */
export function claimOf(request: WireRequest): HcpClaim {
  const authorization = request.headers.authorization?.trim();
  if (authorization === `AWS ${everybody}:` || authorization === `HCP ${everybody}:`) {
    mechanismOf(request);
    return { kind: "anonymous", asked: true };
  }
  if (authorization?.startsWith("HCP ")) {
    mechanismOf(request);
    return tokenClaim(authorization.slice(4).trim());
  }
  const claim = s3ClaimOf(request);
  return claim.kind === "signed" ? claim : { kind: "anonymous", asked: false };
}

function tokenClaim(token: string): HcpTokenClaim {
  const colon = token.lastIndexOf(":");
  const passwordMd5 = token.slice(colon + 1).toLowerCase();
  if (colon <= 0 || !/^[0-9a-f]{32}$/.test(passwordMd5)) return refuse("malformed", { carrier: "header", what: "Authorization", value: "HCP (not shown)" });
  return { kind: "signed", scheme: "hcp", carrier: "header", accessKeyId: token.slice(0, colon), passwordMd5 };
}

/** The user name in an access key id; `undefined` when it is no base64 of UTF-8. Padding may be missing. */
export function usernameOf(accessKeyId: string): string | undefined {
  const bytes = fromBase64(accessKeyId.padEnd(Math.ceil(accessKeyId.length / 4) * 4, "="));
  if (bytes === undefined || bytes.length === 0) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
