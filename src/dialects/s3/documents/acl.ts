/** ACL documents: grants in S3's words, written and read. */
import { aclLimits, grantsOf } from "../../../core/access/acl.ts";
import type { Core } from "../../../core/api.ts";
import type { Account, AccountId, BucketAcl, Grant, GranteeGroup, Permission } from "../../../core/model.ts";
import { xmlElement, xmlText } from "../../../lib/xml.ts";
import { parseXml, type XmlNode, xmlAttribute, xmlChild, xmlChildren, xmlChildText } from "../../../lib/xml-reader.ts";
import { malformedAcl } from "../refusals.ts";
import { ownerElement } from "./owners.ts";

const xsi = "http://www.w3.org/2001/XMLSchema-instance";
const groupUris: Record<GranteeGroup, string> = {
  everyone: "http://acs.amazonaws.com/groups/global/AllUsers",
  accounts: "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
  logDelivery: "http://acs.amazonaws.com/groups/s3/LogDelivery",
};
export const groupOf = (uri: string): GranteeGroup | undefined => (Object.keys(groupUris) as GranteeGroup[]).find((group) => groupUris[group] === uri);

const permissionNames: Record<Permission, string> = { full: "FULL_CONTROL", read: "READ", write: "WRITE", readAcl: "READ_ACP", writeAcl: "WRITE_ACP" };
const permissionOf = (name: string | undefined): Permission | undefined =>
  (Object.keys(permissionNames) as Permission[]).find((permission) => permissionNames[permission] === name);

/** A grantee as a request names it; "owner": of what the ACL is about. */
export type WrittenGrantee = { id: string } | { uri: string } | { email: string } | "owner";
export type WrittenGrant = { grantee: WrittenGrantee; permission: Permission };

/** An ACL with the accounts it is about, for `aclContent`. */
export type ShownAcl = { acl: BucketAcl; owner: Account; bucketOwner: Account; grantees: ReadonlyMap<AccountId, Account> };

/** Finds who is granted something. */
export async function shownAcl(core: Core, acl: BucketAcl, owner: Account, bucketOwner: Account): Promise<ShownAcl> {
  const grantees = new Map([owner, bucketOwner].map((account) => [account.id, account]));
  for (const grant of grantsOf(acl, owner.id, bucketOwner.id)) {
    if (!("account" in grant) || grantees.has(grant.account)) continue;
    const account = await core.identity.account(grant.account);
    if (account) grantees.set(account.id, account);
  }
  return { acl, owner, bucketOwner, grantees };
}

/** The content of `<AccessControlPolicy>`. Grants of accounts that are gone give nobody anything and are not shown. */
export function aclContent({ acl, owner, bucketOwner, grantees }: ShownAcl): string {
  return ownerElement(owner) + xmlElement("AccessControlList", grantElements(grantsOf(acl, owner.id, bucketOwner.id), grantees));
}
export function grantElements(grants: readonly Grant[], grantees: ReadonlyMap<AccountId, Account>): string {
  const elements = grants.map((grant) => {
    const permission = xmlText("Permission", permissionNames[grant.permission]);
    if ("group" in grant) return xmlElement("Grant", `<Grantee xmlns:xsi="${xsi}" xsi:type="Group">${xmlText("URI", groupUris[grant.group])}</Grantee>${permission}`);
    const account = grantees.get(grant.account);
    if (account === undefined) return "";
    const who = ownerElement(account).slice("<Owner>".length, -"</Owner>".length);
    return xmlElement("Grant", `<Grantee xmlns:xsi="${xsi}" xsi:type="CanonicalUser">${who}</Grantee>${permission}`);
  });
  return elements.join("");
}

const documentLimits = { bytesMax: 256 * 1024, elementsMax: 2000 };
export const aclDocumentBytesMax = documentLimits.bytesMax;

function granteeOf(node: XmlNode): WrittenGrantee {
  const id = xmlChildText(node, "ID");
  const uri = xmlChildText(node, "URI");
  const email = xmlChildText(node, "EmailAddress");
  const type = xmlAttribute(node, "type");
  if (type === "Group" && uri !== undefined) return { uri };
  if (type === "AmazonCustomerByEmail" && email !== undefined) return { email };
  if (id !== undefined) return { id };
  return uri !== undefined ? { uri } : email !== undefined ? { email } : malformedAcl();
}

export type AclDocument = { owner: string; grants: WrittenGrant[] };

/** Throws MalformedACLError; XmlError becomes MalformedXML elsewhere. */
export function parseAcl(document: Uint8Array): AclDocument {
  const root = parseXml(document, documentLimits);
  const list = xmlChild(root, "AccessControlList");
  const owner = xmlChild(root, "Owner");
  const ownerId = owner && xmlChildText(owner, "ID");
  if (root.name !== "AccessControlPolicy" || list === undefined || ownerId === undefined) return malformedAcl();
  const nodes = xmlChildren(list, "Grant");
  if (nodes.length > aclLimits.grantsMax || list.children.length !== nodes.length) return malformedAcl();
  return { owner: ownerId, grants: nodes.map(grantOf) };
}

/** A `Grant` element. Throws MalformedACLError. */
export function grantOf(node: XmlNode): WrittenGrant {
  const grantee = xmlChild(node, "Grantee");
  const permission = permissionOf(xmlChildText(node, "Permission"));
  return grantee === undefined || permission === undefined ? malformedAcl() : { grantee: granteeOf(grantee), permission };
}
