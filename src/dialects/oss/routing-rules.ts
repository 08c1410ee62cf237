/** `RoutingRules` of a website: where who asks for a key that is missing is sent. https://help.aliyun.com/zh/oss/developer-reference/putbucketwebsite */
import { websiteLimits } from "../../core/buckets/website.ts";
import type { WebsiteRule } from "../../core/buckets/website-model.ts";
import { xmlElement, xmlText } from "../../lib/xml.ts";
import { type XmlNode, xmlChild, xmlChildren, xmlChildText } from "../../lib/xml-reader.ts";
import { invalidArgument, malformedXml, refuse } from "./answers.ts";

export const routingLimits = { rulesMax: 20, headersMax: 10 } as const;
const keyMark = "$" + "{key}";
const redirectStatuses = [301, 302, 307];

export const unserved = (what: string): never =>
  refuse({ status: 501, code: "NotImplemented", message: `This server does not serve ${what} of websites.`, elements: [["Operation", what]] });

function only(node: XmlNode, names: readonly string[], repeated: readonly string[] = []): void {
  const seen = new Set<string>();
  for (const { name } of node.children) {
    if (!names.includes(name) || (seen.has(name) && !repeated.includes(name))) malformedXml(`${node.name} holds an unknown or repeated ${name}.`);
    seen.add(name);
  }
}
function textIn(node: XmlNode, name: string): string | undefined {
  const text = xmlChildText(node, name);
  if (text !== undefined && text.length > websiteLimits.keyCharactersMax) invalidArgument(name, text.slice(0, 64), `The ${name} is too long.`);
  return text;
}

/** Rules wait for a key to be missing: those for other errors, and those before anything is read, are refused by name. */
function conditionOf(rule: XmlNode): WebsiteRule["when"] {
  const node = xmlChild(rule, "Condition") ?? malformedXml("Condition is missing.");
  only(node, ["KeyPrefixEquals", "KeySuffixEquals", "HttpErrorCodeReturnedEquals", "IncludeHeader"], ["IncludeHeader"]);
  if (xmlChild(node, "KeySuffixEquals") !== undefined) return unserved("KeySuffixEquals");
  if (xmlChildText(node, "HttpErrorCodeReturnedEquals")?.trim() !== "404") return unserved("rules without HttpErrorCodeReturnedEquals 404");
  const headers = xmlChildren(node, "IncludeHeader").map((header): [string, string] => {
    only(header, ["Key", "Equals"]);
    return [textIn(header, "Key") || malformedXml("IncludeHeader needs a Key."), textIn(header, "Equals") ?? malformedXml("IncludeHeader needs Equals.")];
  });
  if (headers.length > routingLimits.headersMax) return invalidArgument("IncludeHeader", String(headers.length), `At most ${routingLimits.headersMax} headers.`);
  const prefix = textIn(node, "KeyPrefixEquals");
  return { ...(prefix === undefined ? {} : { prefix }), status: 404, ...(headers.length === 0 ? {} : { headers }) };
}

const redirectNames = ["RedirectType", "PassQueryString", "Protocol", "HostName", "HttpRedirectCode", "ReplaceKeyWith", "ReplaceKeyPrefixWith", "EnableReplacePrefix"];

function redirectOf(rule: XmlNode): Omit<WebsiteRule, "when"> {
  const node = xmlChild(rule, "Redirect") ?? malformedXml("Redirect is missing.");
  const type = xmlChildText(node, "RedirectType")?.trim() ?? "";
  if (type === "Mirror") return unserved("mirrors");
  if (!["External", "AliCDN", "Internal"].includes(type)) return invalidArgument("RedirectType", type.slice(0, 64), "The RedirectType is Mirror, External, AliCDN or Internal.");
  only(node, redirectNames);
  const query = xmlChildText(node, "PassQueryString")?.trim().toLowerCase() ?? "false";
  if (query !== "true" && query !== "false") return malformedXml("PassQueryString is true or false.");
  const whole = textIn(node, "ReplaceKeyWith");
  const prefix = textIn(node, "ReplaceKeyPrefixWith");
  if (whole !== undefined && prefix !== undefined) return malformedXml("There is one of ReplaceKeyWith and ReplaceKeyPrefixWith.");
  const [before, behind, ...more] = whole?.split(keyMark) ?? [];
  if (more.length > 0) return invalidArgument("ReplaceKeyWith", whole ?? "", `${keyMark} stands there once at most.`);
  const key = behind === undefined ? (whole === undefined ? {} : { replaceKey: whole }) : { aroundKey: [before ?? "", behind] as [string, string] };
  const shared = { ...key, ...(prefix === undefined ? {} : { replacePrefix: prefix }) };
  return type === "Internal" ? { ...shared, inside: true } : { ...shared, ...(query === "true" ? { keepsQuery: true } : {}), ...addressOf(node) };
}

function addressOf(node: XmlNode): Pick<WebsiteRule, "protocol" | "host" | "status"> {
  const protocol = xmlChildText(node, "Protocol")?.trim();
  if (protocol !== undefined && protocol !== "http" && protocol !== "https") return invalidArgument("Protocol", protocol.slice(0, 16), "The Protocol is http or https.");
  const host = xmlChildText(node, "HostName")?.trim();
  if (host !== undefined && (!/^[A-Za-z0-9.-]+(?::\d{1,5})?$/.test(host) || host.length > websiteLimits.hostCharactersMax))
    return invalidArgument("HostName", host.slice(0, 64), "The HostName is not valid.");
  const status = Number(xmlChildText(node, "HttpRedirectCode")?.trim() ?? 302);
  if (!redirectStatuses.includes(status)) return invalidArgument("HttpRedirectCode", String(status), `The HttpRedirectCode is one of ${redirectStatuses.join(", ")}.`);
  return { ...(protocol === undefined ? {} : { protocol }), ...(host === undefined ? {} : { host }), status };
}

/** In the order of their numbers. */
export function routingRules(node: XmlNode | undefined): WebsiteRule[] {
  if (node === undefined) return [];
  only(node, ["RoutingRule"], ["RoutingRule"]);
  if (node.children.length > routingLimits.rulesMax) invalidArgument("RoutingRules", String(node.children.length), `There can be at most ${routingLimits.rulesMax} routing rules.`);
  const numbered = node.children.map((rule): [number, WebsiteRule] => {
    only(rule, ["RuleNumber", "Condition", "Redirect", "LuaConfig"]);
    if (xmlChild(rule, "LuaConfig") !== undefined) unserved("LuaConfig");
    const number = xmlChildText(rule, "RuleNumber")?.trim() ?? "";
    if (!/^[1-9]\d{0,5}$/.test(number)) invalidArgument("RuleNumber", number.slice(0, 16), "The RuleNumber is a positive number.");
    return [Number(number), { when: conditionOf(rule), ...redirectOf(rule) }];
  });
  if (new Set(numbered.map(([number]) => number)).size < numbered.length) malformedXml("Each RuleNumber stands there once.");
  return numbered.sort(([a], [b]) => a - b).map(([, rule]) => rule);
}

function ruleContent({ when, protocol, host, replaceKey, replacePrefix, aroundKey, keepsQuery, inside, status }: WebsiteRule, index: number): string {
  const headers = (when.headers ?? []).map(([name, value]) => xmlElement("IncludeHeader", xmlText("Key", name) + xmlText("Equals", value)));
  const condition = xmlText("KeyPrefixEquals", when.prefix) + xmlText("HttpErrorCodeReturnedEquals", when.status) + headers.join("");
  const key = xmlText("ReplaceKeyWith", aroundKey?.join(keyMark) ?? replaceKey) + xmlText("ReplaceKeyPrefixWith", replacePrefix);
  const outside = xmlText("PassQueryString", keepsQuery === true) + xmlText("Protocol", protocol) + xmlText("HostName", host) + xmlText("HttpRedirectCode", status ?? 301);
  const redirect = xmlText("RedirectType", inside ? "Internal" : "External") + (inside ? "" : outside) + key;
  return xmlElement("RoutingRule", xmlText("RuleNumber", index + 1) + xmlElement("Condition", condition) + xmlElement("Redirect", redirect));
}
export const rulesContent = (rules: readonly WebsiteRule[]): string => (rules.length === 0 ? "" : xmlElement("RoutingRules", rules.map(ruleContent).join("")));
