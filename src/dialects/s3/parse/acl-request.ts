/** PutBucketAcl and PutObjectAcl: a canned ACL in the header, or a document that equals one. */
import type { Core } from "../../../core/api.ts";
import type { Account, CannedAcl } from "../../../core/model.ts";
import { type AclDocument, cannedOf, parseAcl } from "../documents/acl.ts";
import type { S3Call } from "../flavour.ts";
import { invalidArgument, malformedXml, notImplemented, unresolvableEmail } from "../refusals.ts";
import { cannedAcl } from "./attributes.ts";

export type AclRequest = { canned: CannedAcl } | { document: AclDocument };

export function aclRequest(call: S3Call): AclRequest {
  const canned = cannedAcl(call);
  if (canned !== undefined) return { canned };
  if (call.document.length === 0) return malformedXml();
  return { document: parseAcl(call.document) };
}

/** Throws for grantees nobody knows, and NotImplemented for grants that no canned ACL stands for. */
export async function resolveAcl(core: Core, call: S3Call, request: AclRequest, owner: Account | undefined, bucketOwner: Account | undefined): Promise<CannedAcl> {
  if ("canned" in request) return request.canned;
  const { tenant } = call.address;
  const grants: { id?: string; uri?: string; permission: string }[] = [];
  for (const { grantee, permission } of request.document.grants) {
    if ("uri" in grantee) grants.push({ uri: grantee.uri, permission });
    else if ("email" in grantee) {
      const account = await core.identity.accountBy("email", tenant, grantee.email);
      grants.push({ id: account?.canonicalId ?? unresolvableEmail(), permission });
    } else {
      const account = await core.identity.accountBy("canonicalId", tenant, grantee.id);
      grants.push({ id: account?.canonicalId ?? invalidArgument("CanonicalUser/ID", grantee.id, "Invalid id"), permission });
    }
  }
  if (owner !== undefined && request.document.owner !== owner.canonicalId) return invalidArgument("Owner", request.document.owner, "Invalid owner");
  return cannedOf(grants, owner, bucketOwner) ?? notImplemented("An ACL that no canned ACL stands for");
}
