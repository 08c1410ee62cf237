/** `LifecycleConfiguration`: https://help.aliyun.com/zh/oss/developer-reference/putbucketlifecycle */
import { createHash } from "node:crypto";
import { isDomainError } from "../../core/errors.ts";
import type { Lifecycle, LifecycleFilter, LifecycleMoment, LifecycleMove, LifecycleRule } from "../../core/lifecycle/model.ts";
import { boundLifecycle, lifecycleLimits } from "../../core/lifecycle/validate.ts";
import type { StorageClass, Tags } from "../../core/model.ts";
import type { Bytes } from "../../core/ports.ts";
import { parseIsoTime } from "../../lib/time.ts";
import { type XmlNode, xmlChild, xmlChildren, xmlChildText } from "../../lib/xml-reader.ts";
import { malformedXml, refuse, invalidArgument as refuseArgument } from "./answers.ts";
import { plainTruths, readDocument } from "./documents.ts";
import { parseStorageClass } from "./headers.ts";

export const lifecycleBytesMax = 256 * 1024;
/** Objects below this stay where `AllowSmallFile` is false. */
const smallFileBytes = 64 * 1024;
/** The vendor takes more and longer tags than an object can have (its SDK's tests put them): such a rule fits nothing. */
const bounds = { tagsMax: 1000, infrequentDaysMin: 0 } as const;

const invalidRequest = (message: string, ec?: string): never => refuse({ status: 400, code: "InvalidRequest", message, ...(ec === undefined ? {} : { ec }) });

/** No child but these, and those not in `repeated` at most once. */
function only(node: XmlNode, names: readonly string[], repeated: readonly string[] = []): void {
  const seen = new Set<string>();
  for (const { name } of node.children) {
    if (!names.includes(name) || (seen.has(name) && !repeated.includes(name))) malformedXml(`${node.name} holds an unknown or repeated ${name}.`);
    seen.add(name);
  }
}
function wholeIn(node: XmlNode, name: string): number | undefined {
  const text = xmlChildText(node, name)?.trim();
  if (text === undefined) return undefined;
  return /^-?\d{1,15}$/.test(text) ? Number(text) : malformedXml(`${name} is a whole number.`);
}
function truthIn(node: XmlNode, name: string): boolean | undefined {
  const text = xmlChildText(node, name)?.trim().toLowerCase();
  if (text === undefined) return undefined;
  return text === "true" || text === "false" ? text === "true" : malformedXml(`${name} is true or false.`);
}
function dateIn(node: XmlNode, name: string): number | undefined {
  const text = xmlChildText(node, name)?.trim();
  return text === undefined ? undefined : (parseIsoTime(text.replace(/\+00:00$/, "Z")) ?? malformedXml(`${name} is a date such as 2030-01-01T00:00:00.000Z.`));
}

function momentIn(node: XmlNode): LifecycleMoment | undefined {
  const days = wholeIn(node, "Days");
  const atMs = dateIn(node, "Date");
  const beforeMs = dateIn(node, "CreatedBeforeDate");
  if ([days, atMs, beforeMs].filter((moment) => moment !== undefined).length > 1) return malformedXml(`${node.name} has one of Days, Date and CreatedBeforeDate.`);
  if (days !== undefined) return { days };
  if (atMs !== undefined) return { atMs };
  return beforeMs === undefined ? undefined : { beforeMs };
}
const momentOf = (node: XmlNode): LifecycleMoment => momentIn(node) ?? malformedXml(`${node.name} needs Days or a date.`);

const tagText = /^[\p{L}\p{N} +\-=._:/@]*$/u;
function tagOf(node: XmlNode): [string, string] {
  only(node, ["Key", "Value"]);
  const key = xmlChildText(node, "Key") ?? "";
  const value = xmlChildText(node, "Value") ?? "";
  if (key === "" || !tagText.test(key)) return refuseArgument("Key", key.slice(0, 64), "The tag key of the rule is not valid.");
  return tagText.test(value) ? [key, value] : refuseArgument("Value", value.slice(0, 64), "The tag value of the rule is not valid.");
}
const tagsIn = (node: XmlNode): Tags => xmlChildren(node, "Tag").map(tagOf);

function leftOut(node: XmlNode): NonNullable<LifecycleFilter["not"]>[number] {
  only(node, ["Prefix", "Tag"]);
  const prefix = xmlChildText(node, "Prefix");
  const tags = tagsIn(node);
  if (prefix === undefined && tags.length === 0) return malformedXml("Not needs a Prefix or a Tag.");
  return { tags, ...(prefix === undefined ? {} : { prefix }) };
}
function filterOf(rule: XmlNode): LifecycleFilter {
  const filter = xmlChild(rule, "Filter");
  const found: LifecycleFilter = { prefix: xmlChildText(rule, "Prefix") ?? "", tags: tagsIn(rule) };
  if (filter === undefined) return found;
  only(filter, ["Not", "ObjectSizeGreaterThan", "ObjectSizeLessThan"], ["Not"]);
  const above = wholeIn(filter, "ObjectSizeGreaterThan");
  const below = wholeIn(filter, "ObjectSizeLessThan");
  if ((above ?? 0) < 0) return refuseArgument("ObjectSizeGreaterThan", String(above), "ObjectSizeGreaterThan must not be negative.");
  const not = xmlChildren(filter, "Not").map(leftOut);
  return {
    ...found,
    ...(above === undefined ? {} : { sizeAbove: above }),
    ...(below === undefined ? {} : { sizeBelow: below }),
    ...(not.length === 0 ? {} : { not }),
  };
}

const moveNames = ["StorageClass", "IsAccessTime", "ReturnToStdWhenVisit", "AllowSmallFile"];
function moveOf(node: XmlNode): LifecycleMove {
  const byAccess = truthIn(node, "IsAccessTime") ?? false;
  const returns = truthIn(node, "ReturnToStdWhenVisit");
  const small = truthIn(node, "AllowSmallFile");
  if (!byAccess && returns !== undefined) return invalidRequest("ReturnToStdWhenVisit is only valid with IsAccessTime.");
  return {
    storageClass: parseStorageClass("StorageClass", xmlChildText(node, "StorageClass")?.trim() ?? ""),
    ...(byAccess ? { sinceAccess: { returns: returns ?? false } } : {}),
    ...(small === false ? { bytesMin: smallFileBytes } : {}),
  };
}
function transitionOf(node: XmlNode): LifecycleRule["transitions"][number] {
  only(node, ["Days", "Date", "CreatedBeforeDate", ...moveNames]);
  return { ...momentOf(node), ...moveOf(node) };
}
const noncurrentDays = (node: XmlNode): number => wholeIn(node, "NoncurrentDays") ?? malformedXml(`${node.name} needs NoncurrentDays.`);
function noncurrentMove(node: XmlNode): LifecycleRule["noncurrentTransitions"][number] {
  only(node, ["NoncurrentDays", ...moveNames]);
  return { days: noncurrentDays(node), ...moveOf(node) };
}
function expirationOf(node: XmlNode): NonNullable<LifecycleRule["expiration"]> {
  only(node, ["Days", "Date", "CreatedBeforeDate", "ExpiredObjectDeleteMarker"]);
  const markers = truthIn(node, "ExpiredObjectDeleteMarker");
  const moment = momentIn(node);
  if ((markers === undefined) === (moment === undefined)) return malformedXml("Expiration has one of Days, Date, CreatedBeforeDate and ExpiredObjectDeleteMarker.");
  return moment ?? { loneMarkers: markers === true };
}
function abortOf(node: XmlNode): Pick<LifecycleRule, "abortUploadsDays" | "abortUploadsBeforeMs"> {
  only(node, ["Days", "CreatedBeforeDate"]);
  const moment = momentOf(node);
  return "days" in moment ? { abortUploadsDays: moment.days } : "beforeMs" in moment ? { abortUploadsBeforeMs: moment.beforeMs } : {};
}

const known = [
  "ID",
  "Prefix",
  "Status",
  "Filter",
  "Tag",
  "Expiration",
  "AbortMultipartUpload",
  "Transition",
  "NoncurrentVersionExpiration",
  "NoncurrentVersionTransition",
  "AtimeBase",
];

/** The same rule gets the same name. */
const nameOf = (rule: XmlNode, index: number): string =>
  createHash("sha256")
    .update(`${index} ${JSON.stringify(rule)}`)
    .digest("hex")
    .slice(0, 32);

function ruleOf(node: XmlNode, index: number): LifecycleRule {
  if (node.name !== "Rule") return malformedXml("A LifecycleConfiguration holds Rules.");
  // An older way to write the expiration that ali-oss still adds beside the present one: it says nothing more.
  only(node, xmlChild(node, "Expiration") ? [...known, "Days", "Date"] : known, ["Tag", "Transition", "NoncurrentVersionTransition"]);
  const status = xmlChildText(node, "Status")?.trim();
  if (status !== "Enabled" && status !== "Disabled") return malformedXml("Status is Enabled or Disabled.");
  const expiration = xmlChild(node, "Expiration");
  const noncurrent = xmlChild(node, "NoncurrentVersionExpiration");
  const abort = xmlChild(node, "AbortMultipartUpload");
  if (noncurrent) only(noncurrent, ["NoncurrentDays"]);
  return {
    id: xmlChildText(node, "ID") || nameOf(node, index),
    enabled: status === "Enabled",
    filter: filterOf(node),
    ...(expiration === undefined ? {} : { expiration: expirationOf(expiration) }),
    transitions: xmlChildren(node, "Transition").map(transitionOf),
    ...(noncurrent === undefined ? {} : { noncurrentExpiration: { days: noncurrentDays(noncurrent) } }),
    noncurrentTransitions: xmlChildren(node, "NoncurrentVersionTransition").map(noncurrentMove),
    ...(abort === undefined ? {} : abortOf(abort)),
  };
}

/** Days and dates do not go together in one rule. */
function refuseMixed({ transitions, expiration }: LifecycleRule): void {
  const moments: LifecycleMoment[] = [...transitions, ...(expiration === undefined || "loneMarkers" in expiration ? [] : [expiration])];
  const inDays = moments.filter((moment) => "days" in moment).length;
  if (inDays > 0 && inDays < moments.length) invalidRequest("Days and dates cannot be mixed in the Expiration and Transition actions of a rule.", "0014-00000080");
}

/** What a rule does to which objects, as far as two rules can be at odds. */
function actionsOf(rule: LifecycleRule): string[] {
  return [
    ...(rule.expiration === undefined ? [] : ["Expiration"]),
    ...rule.transitions.map(({ storageClass }: { storageClass: StorageClass }) => `Transition ${storageClass}`),
    ...(rule.noncurrentExpiration === undefined ? [] : ["NoncurrentVersionExpiration"]),
    ...rule.noncurrentTransitions.map(({ storageClass }) => `NoncurrentVersionTransition ${storageClass}`),
    ...(rule.abortUploadsDays === undefined && rule.abortUploadsBeforeMs === undefined ? [] : ["AbortMultipartUpload"]),
  ];
}
const isWithin = (inner: Tags, outer: Tags): boolean => inner.every(([name, value]) => outer.some((tag) => tag[0] === name && tag[1] === value));

/** Two rules in force do the same to the same objects: one prefix holds the other, and one's tags are among the other's. */
function refuseOverlap(rules: readonly LifecycleRule[]): void {
  const inForce = rules.filter(({ enabled }) => enabled).sort((a, b) => (a.filter.prefix as string).length - (b.filter.prefix as string).length);
  inForce.forEach((rule, index) => {
    for (const other of inForce.slice(index + 1)) {
      if (!(other.filter.prefix as string).startsWith(rule.filter.prefix as string)) continue;
      if (!isWithin(rule.filter.tags, other.filter.tags) && !isWithin(other.filter.tags, rule.filter.tags)) continue;
      const shared = actionsOf(rule).find((action) => actionsOf(other).includes(action));
      if (shared !== undefined) refuseArgument("Rule", other.id, `Overlap for same action type ${shared.split(" ")[0]}`);
    }
  });
}

const truths = ["IsAccessTime", "ReturnToStdWhenVisit", "AllowSmallFile", "ExpiredObjectDeleteMarker"];

/** `told`: the document as it is given back, where every rule has an ID. */
export function parseLifecycle(document: Bytes, { overlap }: { overlap: boolean }): { lifecycle: Lifecycle; told: string | undefined } {
  const root = readDocument(document, "LifecycleConfiguration", { bytesMax: lifecycleBytesMax });
  if (root.children.length === 0 || root.children.length > lifecycleLimits.rulesMax) return malformedXml(`There must be 1 to ${lifecycleLimits.rulesMax} rules.`);
  const rules = root.children.map(ruleOf);
  rules.forEach(refuseMixed);
  try {
    const lifecycle = boundLifecycle({ rules, smallObjects: "byClass" }, bounds);
    if (!overlap) refuseOverlap(rules);
    return { lifecycle, told: root.children.every((rule) => xmlChildText(rule, "ID")) ? plainTruths(document, truths) : undefined };
  } catch (error) {
    if (!isDomainError(error, "invalidArgument")) throw error;
    const { argument, value, why } = error.detail;
    return argument === "" && !why.includes("'") ? invalidRequest(why) : refuseArgument(argument === "" ? "Rule" : argument, value, why);
  }
}
