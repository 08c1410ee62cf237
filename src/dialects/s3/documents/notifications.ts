/** `NotificationConfiguration`: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html */
import { randomUUID } from "node:crypto";
import type { EventRule, Notifications } from "../../../core/events/model.ts";
import { boundNotifications } from "../../../core/events/rules.ts";
import { xmlElement, xmlText } from "../../../lib/xml.ts";
import { parseXml, type XmlNode, xmlChild, xmlChildren, xmlChildText } from "../../../lib/xml-reader.ts";
import { kindsOf, type TargetType, targetOf, typeOf } from "../notifications/names.ts";
import { only } from "../parse/only.ts";
import { invalidArgument, malformedXml } from "../refusals.ts";

export const notificationDocumentLimits = { bytesMax: 256 * 1024, elementsMax: 10_000 } as const;
export const notificationRoot = "NotificationConfiguration";

/** Configurations, each with the element that names its target. */
const types: readonly [element: string, target: TargetType][] = [
  ["TopicConfiguration", "Topic"],
  ["QueueConfiguration", "Queue"],
  ["CloudFunctionConfiguration", "CloudFunction"],
];
const bus = "EventBridgeConfiguration";

function filterOf(node: XmlNode | undefined): { prefix: string; suffix: string } {
  const parts: { prefix?: string; suffix?: string } = {};
  if (node !== undefined) {
    only(node, ["S3Key"]);
    const key = xmlChild(node, "S3Key");
    if (key) only(key, ["FilterRule"], ["FilterRule"]);
    for (const rule of key ? xmlChildren(key, "FilterRule") : []) {
      only(rule, ["Name", "Value"]);
      const name = xmlChildText(rule, "Name")?.trim().toLowerCase();
      if (name !== "prefix" && name !== "suffix") return invalidArgument("FilterRule.Name", name?.slice(0, 64) ?? "", "filter rule name must be either prefix or suffix");
      if (parts[name] !== undefined) return invalidArgument("FilterRule.Name", name, `Cannot specify more than one ${name} rule in a filter.`);
      parts[name] = xmlChildText(rule, "Value") ?? malformedXml();
    }
  }
  return { prefix: parts.prefix ?? "", suffix: parts.suffix ?? "" };
}

type Parsed = { rule: EventRule; named: boolean };
function ruleOf(node: XmlNode, type: TargetType): Parsed {
  only(node, ["Id", type, "Event", "Filter", "InvocationRole"], ["Event"]);
  const arn = xmlChildText(node, type)?.trim();
  const asked = xmlChildren(node, "Event").map(({ text }) => text.trim());
  if (arn === undefined || arn === "" || asked.length === 0) return malformedXml();
  const target = targetOf(type, arn) ?? invalidArgument(type, arn.slice(0, 256), "The ARN could not be parsed");
  const kinds = asked.flatMap((event) => kindsOf(event) ?? invalidArgument("Event", event.slice(0, 64), "A specified event is not supported for notifications."));
  const id = xmlChildText(node, "Id");
  const isNamed = id !== undefined && id !== "";
  const rule = { id: isNamed ? id : randomUUID(), target, kinds: [...new Set(kinds)], ...filterOf(xmlChild(node, "Filter")), named: arn, asked };
  return { rule, named: isNamed };
}

/** `named`: every configuration came with an Id. Throws MalformedXML, InvalidArgument, and what `boundNotifications` throws. */
export function parseNotifications(document: Uint8Array): { notifications: Notifications; named: boolean } {
  const root = parseXml(document, notificationDocumentLimits);
  if (root.name !== notificationRoot) return malformedXml();
  const elements = types.map(([element]) => element);
  only(root, [...elements, bus], elements);
  const rules: EventRule[] = [];
  let named = true;
  for (const [element, type] of types) {
    for (const node of xmlChildren(root, element)) {
      const parsed = ruleOf(node, type);
      rules.push(parsed.rule);
      named &&= parsed.named;
    }
  }
  return { notifications: boundNotifications({ rules, bus: xmlChild(root, bus) !== undefined }), named };
}

/** Where the raw text is not the answer: Ids were made, or another dialect asks. */
export function notificationContent({ rules, bus: isBus }: Notifications): string {
  const of = (type: TargetType, element: string): string =>
    rules
      .filter(({ named }) => typeOf(named) === type)
      .map(({ id, named, asked, prefix, suffix }) => {
        const rule = (name: string, value: string): string => (value === "" ? "" : xmlElement("FilterRule", xmlText("Name", name) + xmlText("Value", value)));
        const filters = rule("Prefix", prefix) + rule("Suffix", suffix);
        const filter = filters === "" ? "" : xmlElement("Filter", xmlElement("S3Key", filters));
        return xmlElement(element, xmlText("Id", id) + xmlText(type, named) + asked.map((event) => xmlText("Event", event)).join("") + filter);
      })
      .join("");
  return types.map(([element, type]) => of(type, element)).join("") + (isBus ? xmlElement(bus, "") : "");
}
