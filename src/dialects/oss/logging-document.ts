/** `BucketLoggingStatus`: https://help.aliyun.com/zh/oss/developer-reference/putbucketlogging */
import type { Logging } from "../../core/logging/model.ts";
import type { BucketName } from "../../core/model.ts";
import type { Bytes } from "../../core/ports.ts";
import { xmlElement, xmlText } from "../../lib/xml.ts";
import { xmlChild, xmlChildText } from "../../lib/xml-reader.ts";
import { invalidArgument, malformedXml } from "./answers.ts";
import { readDocument } from "./documents.ts";

export const loggingRoot = "BucketLoggingStatus";
const limits = { prefixCharactersMax: 256, roleCharactersMax: 64 } as const;

/** `undefined`: nothing is to be logged. The role is kept with the text; the server needs none to write into the owner's own bucket. */
export function parseLogging(bytes: Bytes): Logging | undefined {
  const root = readDocument(bytes, loggingRoot);
  for (const { name } of root.children) if (name !== "LoggingEnabled") malformedXml(`${name} is unknown.`);
  const node = xmlChild(root, "LoggingEnabled");
  if (node === undefined) return undefined;
  for (const { name } of node.children) if (!["TargetBucket", "TargetPrefix", "LoggingRole"].includes(name)) malformedXml(`${name} is unknown.`);
  const target = xmlChildText(node, "TargetBucket")?.trim() ?? "";
  if (target === "") return malformedXml("TargetBucket is missing.");
  const prefix = xmlChildText(node, "TargetPrefix") ?? "";
  if (prefix.length > limits.prefixCharactersMax) return invalidArgument("TargetPrefix", prefix.slice(0, 64), "The TargetPrefix is too long.", "0032-00000006");
  if (/^[/\\]/.test(prefix)) return invalidArgument("TargetPrefix", prefix.slice(0, 64), "The TargetPrefix is invalid.", "0032-00000005");
  const role = xmlChildText(node, "LoggingRole")?.trim();
  if (role !== undefined && !(role.length <= limits.roleCharactersMax && /^[\w.@-]+$/.test(role)))
    return invalidArgument("LoggingRole", role.slice(0, 64), "LoggingRole is invalid.", "0032-00000014");
  return { target: target as BucketName, prefix, by: "owner", names: "plain", grants: [] };
}

/** Of what another dialect wrote: what this one has words for. */
export const loggingContent = ({ target, prefix }: Logging): string => xmlElement("LoggingEnabled", xmlText("TargetBucket", target) + xmlText("TargetPrefix", prefix));
