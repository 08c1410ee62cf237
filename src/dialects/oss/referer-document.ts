/** `RefererConfiguration`: https://help.aliyun.com/zh/oss/developer-reference/putbucketreferer */
import { boundReferer } from "../../core/buckets/referer.ts";
import type { Referer } from "../../core/model.ts";
import type { Bytes } from "../../core/ports.ts";
import { xmlElement, xmlText } from "../../lib/xml.ts";
import { type XmlNode, xmlChild, xmlChildren, xmlChildText } from "../../lib/xml-reader.ts";
import { malformedXml } from "./answers.ts";
import { readDocument } from "./documents.ts";

function flag(root: XmlNode, name: string): boolean | undefined {
  const text = xmlChildText(root, name)?.trim().toLowerCase();
  if (text === undefined) return undefined;
  return text === "true" || text === "false" ? text === "true" : malformedXml(`${name} is true or false.`);
}

function patterns(root: XmlNode, name: string): string[] {
  const list = xmlChild(root, name);
  if (list === undefined) return [];
  if (list.children.some((child) => child.name !== "Referer")) malformedXml(`${name} holds Referer and nothing else.`);
  const found = xmlChildren(list, "Referer").map(({ text }) => text.trim());
  // An empty Referer is how some tools write an empty list.
  return found.filter((pattern) => pattern !== "");
}

const known = ["AllowEmptyReferer", "AllowTruncateQueryString", "TruncatePath", "RefererList", "RefererBlacklist"];

export function parseReferer(bytes: Bytes): Referer {
  const root = readDocument(bytes, "RefererConfiguration");
  const seen = new Set<string>();
  for (const { name } of root.children) {
    // What refuses must not be written in a way that is read as nothing.
    if (!known.includes(name) || seen.has(name)) malformedXml(`${name} is unknown, or stands twice.`);
    seen.add(name);
  }
  const allowEmpty = flag(root, "AllowEmptyReferer");
  if (allowEmpty === undefined) return malformedXml("AllowEmptyReferer is missing.");
  return boundReferer({
    allowEmpty,
    allow: patterns(root, "RefererList"),
    deny: patterns(root, "RefererBlacklist"),
    truncateQuery: flag(root, "AllowTruncateQueryString") ?? true,
    truncatePath: flag(root, "TruncatePath") ?? false,
  });
}

export function refererContent({ allowEmpty, allow, deny, truncateQuery, truncatePath }: Referer): string {
  const list = (name: string, values: string[]): string => xmlElement(name, values.map((value) => xmlText("Referer", value)).join(""));
  const flags = xmlText("AllowEmptyReferer", allowEmpty) + xmlText("AllowTruncateQueryString", truncateQuery) + xmlText("TruncatePath", truncatePath);
  return flags + list("RefererList", allow) + (deny.length === 0 ? "" : list("RefererBlacklist", deny));
}

/** Of a bucket that was never told anything. */
export const noReferer: Referer = { allowEmpty: true, allow: [], deny: [], truncateQuery: true, truncatePath: false };
