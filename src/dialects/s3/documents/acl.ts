/** ACL documents: a canned ACL as the grants it stands for, and back. */
import type { Account, CannedAcl, ObjectAcl } from "../../../core/model.ts";
import { xmlElement, xmlText } from "../../../lib/xml.ts";
import { parseXml, type XmlNode, xmlAttribute, xmlChild, xmlChildren, xmlChildText } from "../../../lib/xml-reader.ts";
import { malformedAcl } from "../refusals.ts";
import { ownerElement } from "./owners.ts";

const xsi = "http://www.w3.org/2001/XMLSchema-instance";
const groups = "http://acs.amazonaws.com/groups/global/";
const anyone = `${groups}AllUsers`;
const accounts = `${groups}AuthenticatedUsers`;

/** An account by canonical id, or everybody, or every account. */
export type Grantee = { id: string } | { uri: string } | { email: string };
export type Grant = { grantee: Grantee; permission: string };

/** The grants a canned ACL stands for. `bucketOwner`: of the bucket that holds the object. */
export function grantsOf(acl: CannedAcl, owner: Account | undefined, bucketOwner: Account | undefined): { account?: Account | undefined; uri?: string; permission: string }[] {
  const own = { account: owner, permission: "FULL_CONTROL" };
  switch (acl) {
    case "private":
      return [own];
    case "publicRead":
      return [{ uri: anyone, permission: "READ" }, own];
    case "publicReadWrite":
      return [{ uri: anyone, permission: "READ" }, { uri: anyone, permission: "WRITE" }, own];
    case "authenticatedRead":
      return [{ uri: accounts, permission: "READ" }, own];
    case "bucketOwnerRead":
      return owner?.id === bucketOwner?.id ? [own] : [own, { account: bucketOwner, permission: "READ" }];
    case "bucketOwnerFullControl":
      return owner?.id === bucketOwner?.id ? [own] : [own, { account: bucketOwner, permission: "FULL_CONTROL" }];
  }
}

/** The content of `<AccessControlPolicy>`. "inherit" (OSS's default) reads as the bucket's ACL: that is what holds. */
export function aclContent(acl: ObjectAcl, bucketAcl: CannedAcl, owner: Account | undefined, bucketOwner: Account | undefined): string {
  const grants = grantsOf(acl === "inherit" ? bucketAcl : acl, owner, bucketOwner).map(({ account, uri, permission }) => {
    const type = uri === undefined ? "CanonicalUser" : "Group";
    const who = uri === undefined ? ownerElement(account).slice("<Owner>".length, -"</Owner>".length) : xmlText("URI", uri);
    return xmlElement("Grant", `<Grantee xmlns:xsi="${xsi}" xsi:type="${type}">${who}</Grantee>${xmlText("Permission", permission)}`);
  });
  return ownerElement(owner) + xmlElement("AccessControlList", grants.join(""));
}

const permissions = ["FULL_CONTROL", "READ", "WRITE", "READ_ACP", "WRITE_ACP"];
const aclLimits = { bytesMax: 256 * 1024, elementsMax: 2000 };

function granteeOf(node: XmlNode): Grantee {
  const id = xmlChildText(node, "ID");
  const uri = xmlChildText(node, "URI");
  const email = xmlChildText(node, "EmailAddress");
  const type = xmlAttribute(node, "type");
  if (type === "Group" && uri !== undefined) return { uri };
  if (type === "AmazonCustomerByEmail" && email !== undefined) return { email };
  if (id !== undefined) return { id };
  return uri !== undefined ? { uri } : email !== undefined ? { email } : malformedAcl();
}

export type AclDocument = { owner: string; grants: Grant[] };
export const aclDocumentBytesMax = aclLimits.bytesMax;

/** Throws MalformedACLError; XmlError becomes MalformedXML elsewhere. */
export function parseAcl(document: Uint8Array): AclDocument {
  const root = parseXml(document, aclLimits);
  const list = xmlChild(root, "AccessControlList");
  const owner = xmlChild(root, "Owner");
  const ownerId = owner && xmlChildText(owner, "ID");
  if (root.name !== "AccessControlPolicy" || list === undefined || ownerId === undefined) return malformedAcl();
  const grants = xmlChildren(list, "Grant").map((node): Grant => {
    const grantee = xmlChild(node, "Grantee");
    const permission = xmlChildText(node, "Permission");
    if (grantee === undefined || permission === undefined || !permissions.includes(permission)) return malformedAcl();
    return { grantee: granteeOf(grantee), permission };
  });
  return { owner: ownerId, grants };
}

const candidates: readonly CannedAcl[] = ["private", "publicRead", "publicReadWrite", "authenticatedRead", "bucketOwnerRead", "bucketOwnerFullControl"];

/** The canned ACL whose grants are exactly these, in any order; grantees named by id or group. */
export function cannedOf(
  grants: readonly { id?: string | undefined; uri?: string | undefined; permission: string }[],
  owner: Account | undefined,
  bucketOwner: Account | undefined,
): CannedAcl | undefined {
  const asText = (grant: { id?: string | undefined; uri?: string | undefined; permission: string }): string => `${grant.id ?? grant.uri} ${grant.permission}`;
  const wanted = [...new Set(grants.map(asText))].sort().join("\n");
  return candidates.find(
    (acl) =>
      grantsOf(acl, owner, bucketOwner)
        .map(({ account, uri, permission }) => asText({ id: account?.canonicalId, uri, permission }))
        .sort()
        .join("\n") === wanted,
  );
}
