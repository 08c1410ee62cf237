/** Who sends a form, by its fields; what it may hold, by the policy they signed. Nothing of the file is read here. */
import type { Caller, ObjectKey } from "../../core/model.ts";
import { refuseForm } from "../form-failure.ts";
import { judgePolicy, type SizeRange, sizedSource } from "../form-policy.ts";
import { type FormField, formOf } from "../form-reader.ts";
import { expanded, formRequest, policyFields, refuseOtherClaims } from "../form-request.ts";
import type { Address } from "../operation.ts";
import type { Authenticated } from "../serve.ts";
import { AuthFailure } from "../signing-failure.ts";
import type { WireRequest } from "../wire.ts";
import { type AuthDeps, callerOfKey, expectedDigests } from "./authenticate.ts";
import { formClaim, verifyForm } from "./signing/form.ts";

/** How the form was signed, in fields that are no headers of the object. */
const proof: ReadonlySet<string> = new Set([
  "x-oss-signature",
  "x-oss-signature-version",
  "x-oss-credential",
  "x-oss-access-key-id",
  "x-oss-date",
  "x-oss-expires",
  "x-oss-security-token",
  "x-oss-content-type",
]);
const contentFields: ReadonlySet<string> = new Set(["content-type", "cache-control", "content-disposition", "content-encoding", "content-language", "content-md5", "expires"]);
const harmlessHeaders: ReadonlySet<string> = new Set(["x-oss-request-id", "x-oss-date"]);

function headerOf(field: string): string | undefined {
  if (field === "callback" || field === "callback-var") return `x-oss-${field}`;
  return contentFields.has(field) || (field.startsWith("x-oss-") && !proof.has(field)) ? field : undefined;
}

/** Throws FormFailure, AuthFailure. */
export async function authenticateForm(deps: AuthDeps, request: WireRequest, address: Address): Promise<Authenticated> {
  refuseOtherClaims(request, harmlessHeaders);
  const { fields, file } = await formOf(request);
  for (const field of fields.keys()) if (field.startsWith("x-amz-")) throw new AuthFailure("foreignHeader", { header: field });
  const claim = formClaim(fields);
  let caller: Caller = { kind: "anonymous" };
  if (claim !== undefined) {
    const found = await callerOfKey(deps, claim.accessKeyId, claim.token);
    verifyForm(claim, found.secret, deps.settings.region);
    caller = found.caller;
  }
  const key = fields.get("key");
  const whole = new Map<string, FormField>(key === undefined ? fields : [...fields, ["key", expanded(key, file)]]);
  const range: SizeRange =
    claim === undefined ? { min: 0, max: Number.POSITIVE_INFINITY } : judgePolicy(claim.policy, policyFields(whole, address.bucket ?? ""), deps.clock.wallMs(), { lists: true });
  const name = whole.get("key")?.value || refuseForm("fieldMissing", { field: "key" });
  // Which type wins: the vendor's own field, then what the browser says of the file, then the field that is called so.
  const type = whole.get("x-oss-content-type")?.raw ?? (file.contentType === undefined ? undefined : Buffer.from(file.contentType).toString("latin1"));
  const typed: [string, FormField][] = type === undefined ? [] : [["content-type", { name: "Content-Type", value: type, raw: type }]];
  const posted = formRequest(request, [...whole, ...typed], headerOf);
  return {
    caller,
    ...(caller.kind === "anonymous" ? {} : { tenant: caller.account.tenant }),
    form: { request: posted, key: name as ObjectKey, fields: whole },
    body: () => {
      const expected = expectedDigests(posted);
      return { source: sizedSource(file.source, range), expected: () => expected };
    },
  };
}
