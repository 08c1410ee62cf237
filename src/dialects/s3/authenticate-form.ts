/** Who sends a form, by its fields; what it may hold, by the policy they signed. Nothing of the file is read here. */
import type { ObjectKey } from "../../core/model.ts";
import type { Clock } from "../../core/ports.ts";
import { refuseForm } from "../form-failure.ts";
import { judgePolicy, type SizeRange, sizedSource } from "../form-policy.ts";
import { type FormField, formOf } from "../form-reader.ts";
import { expanded, formRequest, policyFields, refuseOtherClaims } from "../form-request.ts";
import type { Address } from "../operation.ts";
import type { Authenticated } from "../serve.ts";
import { AuthFailure } from "../signing-failure.ts";
import type { WireRequest } from "../wire.ts";
import type { KeyLookup } from "./authenticate.ts";
import { expectedDigests, promisedDigests } from "./parse/checksums.ts";
import { type BothSignatures, formClaim, verifyForm } from "./signing/form.ts";

/** `tenant` "ofKey": the access key says which tenant is meant; "ofHost": the address does. */
export type FormDeps = { clock: Clock; lookup: KeyLookup; strictRegion: string | undefined; both: BothSignatures; tenant: "ofKey" | "ofHost" };

/** The proof itself, and what nobody means: no condition need name them. Deviation, 2026-11-21: checksums neither, as ceph/s3-tests has it; they only narrow. */
const exempt = (field: string): boolean =>
  field === "awsaccesskeyid" || field === "signature" || field === "policy" || field === "x-amz-signature" || field.startsWith("x-ignore-") || field.startsWith("x-amz-checksum-");

const proof: ReadonlySet<string> = new Set(["x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature", "x-amz-security-token"]);
const contentFields: ReadonlySet<string> = new Set(["content-type", "cache-control", "content-disposition", "content-encoding", "content-language", "content-md5", "expires"]);
const harmlessHeaders: ReadonlySet<string> = new Set(["x-amz-user-agent", "x-oss-request-id", "x-oss-date", "x-hcp-pretty-print"]);

function headerOf(field: string): string | undefined {
  if (field === "acl") return "x-amz-acl";
  if (proof.has(field)) return undefined;
  return contentFields.has(field) || /^x-(?:amz|oss|hcp)-/.test(field) ? field : undefined;
}

/** Throws FormFailure, AuthFailure. */
export async function authenticateForm({ clock, lookup, strictRegion, both, tenant }: FormDeps, request: WireRequest, address: Address): Promise<Authenticated> {
  refuseOtherClaims(request, harmlessHeaders);
  const { fields, file } = await formOf(request);
  const claim = formClaim(fields, both);
  const found = claim === undefined ? undefined : await lookup(claim.accessKeyId, address, claim.token);
  if (claim !== undefined) {
    if (!found) throw new AuthFailure("unknownKey", { accessKeyId: claim.accessKeyId });
    verifyForm(claim, found.secret, strictRegion);
  }
  const whole = new Map([...fields].map(([name, field]): [string, FormField] => [name, name === "policy" ? field : expanded(field, file)]));
  const range: SizeRange =
    claim === undefined
      ? { min: 0, max: Number.POSITIVE_INFINITY }
      : judgePolicy(claim.policy, policyFields(whole, address.bucket ?? ""), clock.wallMs(), { lists: false, exempt });
  const key = whole.get("key")?.value || refuseForm("fieldMissing", { field: "key" });
  const posted = formRequest(request, whole, headerOf);
  const caller = found?.caller ?? { kind: "anonymous" };
  return {
    caller,
    ...(tenant === "ofKey" && caller.kind !== "anonymous" ? { tenant: caller.account.tenant } : {}),
    form: { request: posted, key: key as ObjectKey, fields: whole },
    body: () => {
      const promised = promisedDigests(posted.headers);
      const algorithm = promised.checksum === undefined ? {} : { checksum: promised.checksum.algorithm };
      return { source: sizedSource(file.source, range), ...algorithm, expected: () => expectedDigests(promised, undefined, new Map()) };
    },
  };
}
