/** Is a claim true? Signatures are those of S3; the HCP scheme sends the secret itself. */
import { equalSecrets } from "../../../lib/bytes.ts";
import type { Address } from "../../operation.ts";
import { unchainedPayload } from "../../s3/signing/payload.ts";
import { type Verified, verify as verifyS3 } from "../../s3/signing/verify.ts";
import { refuse } from "../../signing-failure.ts";
import type { WireRequest } from "../../wire.ts";
import type { HcpClaim } from "./claim.ts";

/** `secret`: lower-case hex MD5 of the password. The region of a V4 scope is not looked at (HCP does not). Throws AuthFailure. */
export function verify(
  claim: Exclude<HcpClaim, { kind: "anonymous" }>,
  secret: string,
  request: WireRequest,
  address: Pick<Address, "style" | "rawBucket">,
  { nowMs }: { nowMs: number },
): Verified {
  if (claim.scheme !== "hcp") return verifyS3(claim, secret, request, address, { nowMs });
  for (const header in request.headers) if (header.startsWith("x-oss-")) refuse("foreignHeader", { header });
  if (secret === "" || !equalSecrets(claim.passwordMd5, secret)) {
    // The token is a password: it is never shown again.
    refuse("mismatch", { accessKeyId: claim.accessKeyId, stringToSign: "", stringToSignBytes: "", provided: "" });
  }
  return { payload: unchainedPayload(request) };
}
