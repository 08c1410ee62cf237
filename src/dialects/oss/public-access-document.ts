/** `PublicAccessBlockConfiguration`: one switch for what are four flags elsewhere; on is all four, and anything less reads as off. */
import type { PublicAccess } from "../../core/model.ts";
import type { Bytes } from "../../core/ports.ts";
import { xmlText } from "../../lib/xml.ts";
import { xmlChildText } from "../../lib/xml-reader.ts";
import type { Reply } from "../wire.ts";
import { malformedXml } from "./answers.ts";
import { readDocument } from "./documents.ts";
import { document } from "./replies.ts";

export const publicAccessPage = "https://www.alibabacloud.com/help/en/oss/user-guide/block-public-access";
const root = "PublicAccessBlockConfiguration";
const closed: PublicAccess = { refuseAcls: true, ignoreAcls: true, refusePolicies: true, restrictPublic: true };
const open: PublicAccess = { refuseAcls: false, ignoreAcls: false, refusePolicies: false, restrictPublic: false };

export const isClosed = (access: PublicAccess | undefined): boolean => access !== undefined && Object.values(access).every((flag) => flag);

export function parsePublicAccess(bytes: Bytes): PublicAccess {
  const node = readDocument(bytes, root);
  // oss2 writes True and False.
  const said = xmlChildText(node, "BlockPublicAccess")?.toLowerCase();
  if (node.children.length !== 1 || (said !== "true" && said !== "false")) return malformedXml("BlockPublicAccess must be true or false.");
  return said === "true" ? closed : open;
}
export const publicAccessReply = (access: PublicAccess | undefined): Reply => document(root, xmlText("BlockPublicAccess", isClosed(access)));
