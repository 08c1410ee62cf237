/** Policies in the bodies of the admin API: S3's grammar or RAM's, as `Version` says. */
import { orRefuse, parseIdentityPolicy, parseTrust } from "../identity-policy.ts";
import { AdminError } from "./admin-operation.ts";

const malformed = (message: string): never => {
  throw new AdminError(400, "malformedPolicy", message);
};

export type PolicyDocument = { model: ReturnType<typeof parseIdentityPolicy>; raw: string };
export function policyDocument(document: unknown): PolicyDocument {
  const raw = JSON.stringify(document);
  return { raw, model: orRefuse(() => parseIdentityPolicy(raw), malformed) };
}
export function trustDocument(document: unknown): PolicyDocument {
  const raw = JSON.stringify(document);
  return { raw, model: orRefuse(() => parseTrust(raw), malformed) };
}
/** As it was put. */
export const shown = ({ name, raw }: { name: string; raw: string }): { name: string; document: unknown } => ({ name, document: JSON.parse(raw) });
