/** ACLs as requests name them: canned, as grants in headers, or as a document; and who the grantees are. */
import { aclLimits } from "../../../core/access/acl.ts";
import type { Core } from "../../../core/api.ts";
import type { Account, AccountId, BucketAcl, CannedAcl, Grant, Permission } from "../../../core/model.ts";
import { type AclDocument, groupOf, parseAcl, type WrittenGrant, type WrittenGrantee } from "../documents/acl.ts";
import type { S3Call } from "../flavour.ts";
import { headerNotImplemented, invalidArgument, invalidRequest, malformedAcl, missingAcl, unexpectedContent, unresolvableEmail } from "../refusals.ts";

/** What a request asks for. Grantees are looked up when the operation runs. */
export type WrittenAcl = CannedAcl | { grants: WrittenGrant[] };

const cannedAcls = new Map<string, CannedAcl>([
  ["private", "private"],
  ["public-read", "publicRead"],
  ["public-read-write", "publicReadWrite"],
  ["authenticated-read", "authenticatedRead"],
  ["bucket-owner-read", "bucketOwnerRead"],
  ["bucket-owner-full-control", "bucketOwnerFullControl"],
]);
/** Of buckets alone: https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl */
const logDeliveryWrite = { permissions: ["write", "readAcl"], uri: "http://acs.amazonaws.com/groups/s3/LogDelivery" } as const;

function cannedAcl(call: S3Call, on: "bucket" | "object"): WrittenAcl | undefined {
  const text = call.request.headers["x-amz-acl"];
  if (text === undefined) return undefined;
  const acl = cannedAcls.get(text);
  if (acl !== undefined) return acl;
  if (text === "log-delivery-write" && on === "bucket") {
    const { permissions, uri } = logDeliveryWrite;
    return { grants: [{ grantee: "owner", permission: "full" }, ...permissions.map((permission): WrittenGrant => ({ grantee: { uri }, permission }))] };
  }
  // There is no EC2 here that could be granted its bundles.
  if (text === "aws-exec-read" || call.settings.flavour.unknownAcl === "notImplemented") return headerNotImplemented("x-amz-acl");
  return invalidArgument("x-amz-acl", text, "");
}

const grantHeaders: readonly [header: string, permission: Permission][] = [
  ["x-amz-grant-read", "read"],
  ["x-amz-grant-write", "write"],
  ["x-amz-grant-read-acp", "readAcl"],
  ["x-amz-grant-write-acp", "writeAcl"],
  ["x-amz-grant-full-control", "full"],
];
export const grantHeaderNames: readonly string[] = grantHeaders.map(([header]) => header);

/** `id="…", uri="…", emailAddress="…"`, with quotes or without. */
function granteeIn(piece: string, header: string, value: string): WrittenGrantee {
  const match = /^\s*(id|uri|emailAddress)\s*=\s*(?:"([^"]+)"|([^\s"]+))\s*$/i.exec(piece);
  const name = match?.[2] ?? match?.[3];
  if (!match || name === undefined) return invalidArgument(header, value, "Argument format not recognized");
  const kind = (match[1] as string).toLowerCase();
  return kind === "id" ? { id: name } : kind === "uri" ? { uri: name } : { email: name };
}

function headerGrants(call: S3Call): { grants: WrittenGrant[] } | undefined {
  const grants: WrittenGrant[] = [];
  let isAsked = false;
  for (const [header, permission] of grantHeaders) {
    const value = call.request.headers[header];
    if (value === undefined) continue;
    isAsked = true;
    for (const piece of value.split(",")) grants.push({ grantee: granteeIn(piece, header, value), permission });
    if (grants.length > aclLimits.grantsMax) return malformedAcl();
  }
  return isAsked ? { grants } : undefined;
}

/** From the headers; `undefined`: they ask for none. */
export function aclHeaders(call: S3Call, on: "bucket" | "object"): WrittenAcl | undefined {
  const canned = cannedAcl(call, on);
  const grants = headerGrants(call);
  if (canned !== undefined && grants !== undefined) return invalidRequest("Specifying both Canned ACLs and Header Grants is not allowed");
  return canned ?? grants;
}

/** Of a new object: what was asked for, or that nobody else may. */
export function newObjectAcl(call: S3Call): { acl: WrittenAcl; aclAsked: boolean } {
  const asked = aclHeaders(call, "object");
  return { acl: asked ?? "private", aclAsked: asked !== undefined };
}

/** For PutBucketAcl and PutObjectAcl, which take a document too. */
export type AclRequest = { asked: WrittenAcl } | { document: AclDocument };

export function aclRequest(call: S3Call, on: "bucket" | "object"): AclRequest {
  const asked = aclHeaders(call, on);
  if (asked !== undefined) return call.document.length === 0 ? { asked } : unexpectedContent();
  return call.document.length === 0 ? missingAcl() : { document: parseAcl(call.document) };
}

async function accountOf(core: Core, call: S3Call, grantee: { id: string } | { email: string }): Promise<AccountId> {
  const { tenant } = call.address;
  const account = "id" in grantee ? await core.identity.accountBy("canonicalId", tenant, grantee.id) : await core.identity.accountBy("email", tenant, grantee.email);
  return account?.id ?? ("id" in grantee ? invalidArgument("CanonicalUser/ID", grantee.id, "Invalid id") : unresolvableEmail());
}

/** The ACL as the core takes it. Throws for grantees nobody knows. */
export async function resolvedAcl(core: Core, call: S3Call, asked: WrittenAcl, owner: AccountId | undefined): Promise<BucketAcl> {
  if (typeof asked === "string") return asked;
  const grants: Grant[] = [];
  for (const { grantee, permission } of asked.grants) {
    if (grantee === "owner") {
      if (owner !== undefined) grants.push({ account: owner, permission });
    } else if ("uri" in grantee) grants.push({ group: groupOf(grantee.uri) ?? invalidArgument("Group/URI", grantee.uri, "Invalid group uri"), permission });
    else grants.push({ account: await accountOf(core, call, grantee), permission });
  }
  return { grants };
}

/** `owner` of what the ACL is about: a document must name it. */
export async function requestedAcl(core: Core, call: S3Call, request: AclRequest, owner: Account): Promise<BucketAcl> {
  if ("asked" in request) return resolvedAcl(core, call, request.asked, owner.id);
  if (request.document.owner !== owner.canonicalId) return invalidArgument("Owner", request.document.owner, "Invalid owner");
  return resolvedAcl(core, call, request.document, owner.id);
}

/** Of a new object; most name no grantee, and nothing is looked up. */
export function withAcl<A extends { acl: WrittenAcl }, T>(
  core: Core,
  call: S3Call,
  attributes: A,
  then: (attributes: Omit<A, "acl"> & { acl: BucketAcl }) => Promise<T>,
): Promise<T> {
  const { acl } = attributes;
  if (typeof acl === "string") return then({ ...attributes, acl });
  return resolvedAcl(core, call, acl, undefined).then((resolved) => then({ ...attributes, acl: resolved }));
}
