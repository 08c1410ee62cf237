/** `BucketLoggingStatus`: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLogging.html */
import { aclLimits } from "../../../core/access/acl.ts";
import { type Logging, loggingLimits } from "../../../core/logging/model.ts";
import type { Account, AccountId, BucketName } from "../../../core/model.ts";
import { xmlElement, xmlText } from "../../../lib/xml.ts";
import { parseXml, type XmlNode, xmlChild, xmlChildren, xmlChildText } from "../../../lib/xml-reader.ts";
import { only } from "../parse/only.ts";
import { invalidArgument, malformedXml } from "../refusals.ts";
import { grantElements, grantOf, type WrittenGrant } from "./acl.ts";

export const loggingDocumentLimits = { bytesMax: 128 * 1024, elementsMax: 1000 } as const;
export const loggingRoot = "BucketLoggingStatus";

/** Grantees are looked up when the operation runs. */
export type WrittenLogging = Omit<Logging, "grants"> & { grants: WrittenGrant[] };

function namesOf(node: XmlNode | undefined): Logging["names"] {
  if (node === undefined) return "plain";
  only(node, ["SimplePrefix", "PartitionedPrefix"]);
  const [format, ...others] = node.children;
  if (format === undefined || others.length > 0) return malformedXml();
  if (format.name === "SimplePrefix") return "plain";
  only(format, ["PartitionDateSource"]);
  const source = xmlChildText(format, "PartitionDateSource")?.trim();
  return source === "EventTime" ? "eventDay" : source === "DeliveryTime" || source === undefined ? "deliveryDay" : malformedXml();
}

function grantsOf(node: XmlNode | undefined): WrittenGrant[] {
  if (node === undefined) return [];
  only(node, ["Grant"], ["Grant"]);
  const grants = xmlChildren(node, "Grant");
  return grants.length > aclLimits.grantsMax ? malformedXml() : grants.map(grantOf);
}

/** `undefined`: nothing is to be logged. Throws MalformedXML, MalformedACLError, InvalidArgument. */
export function parseLogging(document: Uint8Array): WrittenLogging | undefined {
  const root = parseXml(document, loggingDocumentLimits);
  if (root.name !== loggingRoot) return malformedXml();
  only(root, ["LoggingEnabled"]);
  const node = xmlChild(root, "LoggingEnabled");
  if (node === undefined) return undefined;
  only(node, ["TargetBucket", "TargetPrefix", "TargetGrants", "TargetObjectKeyFormat"]);
  const target = xmlChildText(node, "TargetBucket")?.trim();
  const prefix = xmlChildText(node, "TargetPrefix");
  if (target === undefined || target === "" || prefix === undefined) return malformedXml();
  if (prefix.length > loggingLimits.prefixCharactersMax) return invalidArgument("TargetPrefix", prefix.slice(0, 64), "The TargetPrefix is too long");
  return {
    target: target as BucketName,
    prefix,
    by: "server",
    names: namesOf(xmlChild(node, "TargetObjectKeyFormat")),
    grants: grantsOf(xmlChild(node, "TargetGrants")),
  };
}

/** For what another dialect wrote. */
export function loggingContent({ target, prefix, names, grants }: Logging, grantees: ReadonlyMap<AccountId, Account>): string {
  const partitioned = (source: string): string => xmlElement("TargetObjectKeyFormat", xmlElement("PartitionedPrefix", xmlText("PartitionDateSource", source)));
  const format = names === "plain" ? "" : partitioned(names === "eventDay" ? "EventTime" : "DeliveryTime");
  const granted = grants.length === 0 ? "" : xmlElement("TargetGrants", grantElements(grants, grantees));
  return xmlElement("LoggingEnabled", xmlText("TargetBucket", target) + xmlText("TargetPrefix", prefix) + granted + format);
}
