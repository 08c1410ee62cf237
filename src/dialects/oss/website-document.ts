/** `WebsiteConfiguration`: https://help.aliyun.com/zh/oss/developer-reference/putbucketwebsite */
import { websiteLimits } from "../../core/buckets/website.ts";
import type { Website } from "../../core/buckets/website-model.ts";
import type { Bytes } from "../../core/ports.ts";
import { xmlElement, xmlText } from "../../lib/xml.ts";
import { type XmlNode, xmlChild, xmlChildText } from "../../lib/xml-reader.ts";
import { invalidArgument, malformedXml } from "./answers.ts";
import { readDocument } from "./documents.ts";
import { routingRules, rulesContent, unserved } from "./routing-rules.ts";

function keyIn(node: XmlNode, name: string): string {
  const key = xmlChildText(node, name)?.trim() ?? "";
  if (key === "" || key.length > websiteLimits.keyCharactersMax) return invalidArgument(name, key.slice(0, 64), `The ${name} is empty or too long.`);
  return key;
}

function indexOf(node: XmlNode): Pick<Website, "index" | "rootIndex"> {
  const index = keyIn(node, "Suffix");
  if (index.includes("/")) return invalidArgument("Suffix", index.slice(0, 64), "The Suffix is not well formed.");
  const folders = xmlChildText(node, "SupportSubDir")?.trim().toLowerCase() ?? "false";
  if (folders !== "true" && folders !== "false") return malformedXml("SupportSubDir is true or false.");
  // 0: who forgot the slash of a folder is sent to it; the other ways are not served.
  const type = xmlChildText(node, "Type")?.trim() ?? "0";
  if (!/^[012]$/.test(type)) return malformedXml("Type is 0, 1 or 2.");
  if (type !== "0") return unserved(`Type ${type}`);
  return folders === "true" ? { index } : { index, rootIndex: true };
}

function errorOf(node: XmlNode): Pick<Website, "error" | "errorStatus"> {
  const status = xmlChildText(node, "HttpStatus")?.trim();
  if (status !== undefined && status !== "200" && status !== "404") return invalidArgument("HttpStatus", status.slice(0, 16), "The HttpStatus is 200 or 404.");
  return { error: keyIn(node, "Key"), ...(status === "200" ? { errorStatus: 200 } : {}) };
}

export function parseWebsite(bytes: Bytes): Website {
  const root = readDocument(bytes, "WebsiteConfiguration");
  for (const { name } of root.children) if (!["IndexDocument", "ErrorDocument", "RoutingRules"].includes(name)) malformedXml(`${name} is unknown.`);
  const rules = routingRules(xmlChild(root, "RoutingRules"));
  const index = xmlChild(root, "IndexDocument");
  const error = xmlChild(root, "ErrorDocument");
  if (index === undefined && error === undefined && rules.length === 0) return malformedXml("There is neither IndexDocument nor ErrorDocument.");
  return { ...(index === undefined ? {} : indexOf(index)), ...(error === undefined ? {} : errorOf(error)), rules };
}

/** Of what another dialect wrote: what this one has words for. */
export function websiteContent({ index, rootIndex, error, errorStatus, rules }: Website): string {
  const pages = index === undefined ? "" : xmlElement("IndexDocument", xmlText("Suffix", index) + xmlText("SupportSubDir", rootIndex !== true) + xmlText("Type", 0));
  const errorPage = error === undefined ? "" : xmlElement("ErrorDocument", xmlText("Key", error) + xmlText("HttpStatus", errorStatus ?? 404));
  return pages + errorPage + rulesContent(rules);
}
