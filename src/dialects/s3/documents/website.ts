/** `WebsiteConfiguration`: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketWebsite.html */
import { websiteLimits } from "../../../core/buckets/website.ts";
import type { Website, WebsiteRule } from "../../../core/buckets/website-model.ts";
import { xmlElement, xmlText } from "../../../lib/xml.ts";
import { parseXml, type XmlNode, xmlChild, xmlChildText } from "../../../lib/xml-reader.ts";
import { only } from "../parse/only.ts";
import { invalidArgument, invalidRequest, malformedXml, untold } from "../refusals.ts";

export const websiteDocumentLimits = { bytesMax: 128 * 1024, elementsMax: 1000 } as const;

const child = (node: XmlNode, name: string): string | undefined => xmlChildText(node, name)?.trim();

function protocolOf(node: XmlNode): { protocol?: "http" | "https" } {
  const text = child(node, "Protocol");
  if (text === undefined) return {};
  if (text === "http" || text === "https") return { protocol: text };
  return invalidRequest("Invalid protocol, protocol can be http or https. If not defined the protocol will be selected automatically.");
}

/** A name of the DNS or an address, and a port perhaps: it goes into a header. */
function hostOf(node: XmlNode): { host?: string } {
  const host = child(node, "HostName");
  if (host === undefined) return {};
  if (host.length > websiteLimits.hostCharactersMax || !/^[A-Za-z0-9._-]+(:\d{1,5})?$/.test(host))
    return invalidArgument("HostName", host.slice(0, 64), "The HostName is not well formed");
  return { host };
}

function keyOf(node: XmlNode, name: string): string | undefined {
  const text = xmlChildText(node, name);
  if (text !== undefined && text.length > websiteLimits.keyCharactersMax) return invalidArgument(name, text.slice(0, 64), `The ${name} is too long`);
  return text;
}

function codeOf(node: XmlNode, name: string, words: { what: string; valid: string }, allowed: (code: number) => boolean): number | undefined {
  const text = child(node, name);
  if (text === undefined) return undefined;
  const code = /^\d{3}$/.test(text) ? Number(text) : Number.NaN;
  if (!allowed(code)) return invalidRequest(`The provided HTTP ${words.what} code (${text.slice(0, 16)}) is not valid. Valid codes are ${words.valid}.`);
  return code;
}

function ruleOf(node: XmlNode): WebsiteRule {
  if (node.name !== "RoutingRule") return malformedXml();
  only(node, ["Condition", "Redirect"]);
  const redirect = xmlChild(node, "Redirect");
  if (redirect === undefined) return malformedXml();
  only(redirect, ["HostName", "HttpRedirectCode", "Protocol", "ReplaceKeyPrefixWith", "ReplaceKeyWith"]);
  if (redirect.children.length === 0) return malformedXml();
  const replaceKey = keyOf(redirect, "ReplaceKeyWith");
  const replacePrefix = keyOf(redirect, "ReplaceKeyPrefixWith");
  if (replaceKey !== undefined && replacePrefix !== undefined) return invalidRequest("You can only define ReplaceKeyPrefix or ReplaceKey but not both.");
  const status = codeOf(redirect, "HttpRedirectCode", { what: "redirect", valid: "3XX except 300" }, (code) => code > 300 && code < 400);
  return {
    when: conditionOf(xmlChild(node, "Condition")),
    ...protocolOf(redirect),
    ...hostOf(redirect),
    ...(replaceKey === undefined ? {} : { replaceKey }),
    ...(replacePrefix === undefined ? {} : { replacePrefix }),
    ...(status === undefined ? {} : { status }),
  };
}

function conditionOf(node: XmlNode | undefined): WebsiteRule["when"] {
  if (node === undefined) return {};
  only(node, ["HttpErrorCodeReturnedEquals", "KeyPrefixEquals"]);
  if (node.children.length === 0) return invalidRequest("Condition cannot be empty. To redirect all requests without a condition, the condition element shouldn't be present.");
  const prefix = keyOf(node, "KeyPrefixEquals");
  const status = codeOf(node, "HttpErrorCodeReturnedEquals", { what: "error", valid: "4XX or 5XX" }, (code) => code >= 400 && code < 600);
  return { ...(prefix === undefined ? {} : { prefix }), ...(status === undefined ? {} : { status }) };
}

function indexOf(root: XmlNode): string {
  const node = xmlChild(root, "IndexDocument");
  if (node === undefined) return invalidArgument("IndexDocument", "null", "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty");
  only(node, ["Suffix"]);
  const suffix = keyOf(node, "Suffix");
  if (suffix === undefined) return malformedXml();
  if (suffix === "" || suffix.includes("/")) return invalidArgument("IndexDocument", suffix, "The IndexDocument Suffix is not well formed");
  return suffix;
}

function errorOf(root: XmlNode): { error?: string } {
  const node = xmlChild(root, "ErrorDocument");
  if (node === undefined) return {};
  only(node, ["Key"]);
  const key = keyOf(node, "Key");
  return key === undefined || key === "" ? malformedXml() : { error: key };
}

/** Throws MalformedXML, InvalidArgument and InvalidRequest, in S3's words. */
export function parseWebsite(document: Uint8Array): Website {
  const root = parseXml(document, websiteDocumentLimits);
  if (root.name !== "WebsiteConfiguration") return malformedXml();
  only(root, ["RedirectAllRequestsTo", "IndexDocument", "ErrorDocument", "RoutingRules"]);
  const all = xmlChild(root, "RedirectAllRequestsTo");
  if (all !== undefined) {
    if (root.children.length > 1) return invalidArgument("RedirectAllRequestsTo", "not null", "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.");
    only(all, ["HostName", "Protocol"]);
    const { host } = hostOf(all);
    return host === undefined ? malformedXml() : { all: { host, ...protocolOf(all) }, rules: [] };
  }
  const index = indexOf(root);
  const error = errorOf(root);
  const rules = xmlChild(root, "RoutingRules")?.children;
  if (rules?.length === 0) return malformedXml();
  if (rules !== undefined && rules.length > websiteLimits.rulesMax)
    return invalidRequest(`The number of routing rules must not exceed the allowed limit of ${websiteLimits.rulesMax} rules.`);
  return { index, ...error, rules: rules?.map(ruleOf) ?? [] };
}

/** For what another dialect wrote. */
export function websiteContent({ all, index, error, rules }: Website): string {
  if (all !== undefined) return xmlElement("RedirectAllRequestsTo", xmlText("HostName", all.host) + xmlText("Protocol", all.protocol));
  const pages =
    (index === undefined ? "" : xmlElement("IndexDocument", xmlText("Suffix", index))) + (error === undefined ? "" : xmlElement("ErrorDocument", xmlText("Key", error)));
  return pages + (rules.length === 0 ? "" : xmlElement("RoutingRules", rules.map(ruleContent).join("")));
}

function ruleContent({ when, protocol, host, replaceKey, replacePrefix, status, ...others }: WebsiteRule): string {
  if (when.headers !== undefined || Object.keys(others).length > 0) return untold("website", "a rule about headers, or that does more than redirect");
  const condition = xmlText("HttpErrorCodeReturnedEquals", when.status) + xmlText("KeyPrefixEquals", when.prefix);
  const address = xmlText("HostName", host) + xmlText("HttpRedirectCode", status) + xmlText("Protocol", protocol);
  const redirect = address + xmlText("ReplaceKeyPrefixWith", replacePrefix) + xmlText("ReplaceKeyWith", replaceKey);
  return xmlElement("RoutingRule", (condition === "" ? "" : xmlElement("Condition", condition)) + xmlElement("Redirect", redirect));
}
