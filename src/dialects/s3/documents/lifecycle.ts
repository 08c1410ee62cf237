/** `LifecycleConfiguration`: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html */
import { createHash } from "node:crypto";
import { isDomainError } from "../../../core/errors.ts";
import type { Lifecycle, LifecycleFilter, LifecycleMoment, LifecycleRule } from "../../../core/lifecycle/model.ts";
import { boundLifecycle, lifecycleLimits } from "../../../core/lifecycle/validate.ts";
import type { StorageClass, Tags } from "../../../core/model.ts";
import { parseIsoTime } from "../../../lib/time.ts";
import { xmlElement, xmlText } from "../../../lib/xml.ts";
import { parseXml, type XmlNode, xmlChild, xmlChildren, xmlChildText } from "../../../lib/xml-reader.ts";
import { storageClassName } from "../parse/attributes.ts";
import { only } from "../parse/only.ts";
import { invalidArgument, invalidRequest, malformedXml, untold as untoldDocument } from "../refusals.ts";

export const lifecycleDocumentLimits = { bytesMax: 256 * 1024, elementsMax: 40_000 } as const;

const bounds = { tagsMax: 10, infrequentDaysMin: 30 } as const;

/** Where objects can be moved to. */
const classes = new Map<string, StorageClass>(
  (["infrequent", "infrequentOneZone", "intelligent", "archiveInstant", "archive", "deepColdArchive"] as const).map((storageClass) => [
    storageClassName(storageClass),
    storageClass,
  ]),
);
const classOf = (node: XmlNode): StorageClass => classes.get(xmlChildText(node, "StorageClass")?.trim() ?? "") ?? malformedXml();

function numberIn(node: XmlNode, name: string): number | undefined {
  const text = xmlChildText(node, name)?.trim();
  if (text === undefined) return undefined;
  return /^-?\d{1,15}$/.test(text) ? Number(text) : malformedXml();
}
const needed = (value: number | undefined): number => value ?? malformedXml();

/** `2030-01-01T00:00:00Z`, or the day alone. */
function dateOf(text: string): number {
  const trimmed = text.trim();
  const iso = /^\d{4}-\d\d-\d\d$/.test(trimmed) ? `${trimmed}T00:00:00Z` : trimmed.replace(/\+00:00$/, "Z");
  return parseIsoTime(iso) ?? malformedXml();
}
function momentOf(node: XmlNode): LifecycleMoment | undefined {
  const days = numberIn(node, "Days");
  const date = xmlChildText(node, "Date");
  if (days !== undefined && date !== undefined) return malformedXml();
  return days !== undefined ? { days } : date === undefined ? undefined : { atMs: dateOf(date) };
}

function tagOf(node: XmlNode): [string, string] {
  only(node, ["Key", "Value"]);
  return [xmlChildText(node, "Key") || malformedXml(), xmlChildText(node, "Value") ?? malformedXml()];
}
function partsOf(node: XmlNode): LifecycleFilter {
  const prefix = xmlChildText(node, "Prefix");
  const above = numberIn(node, "ObjectSizeGreaterThan");
  const below = numberIn(node, "ObjectSizeLessThan");
  if ((above ?? 0) < 0 || (below ?? 1) < 1) invalidRequest("An object size in a filter must be positive.");
  const tags: Tags = xmlChildren(node, "Tag").map(tagOf);
  return { tags, ...(prefix === undefined ? {} : { prefix }), ...(above === undefined ? {} : { sizeAbove: above }), ...(below === undefined ? {} : { sizeBelow: below }) };
}
const predicates = ["Prefix", "Tag", "ObjectSizeGreaterThan", "ObjectSizeLessThan"] as const;

/** One predicate, or several in `And`, or none: everything. The old form is a bare `Prefix` of the rule. */
function filterOf(rule: XmlNode): LifecycleFilter {
  const filter = xmlChild(rule, "Filter");
  const prefix = xmlChildText(rule, "Prefix");
  if ((filter === undefined) === (prefix === undefined)) return malformedXml();
  if (filter === undefined) return { prefix: prefix as string, tags: [], plain: true };
  only(filter, [...predicates, "And"]);
  if (filter.children.length > 1) return malformedXml();
  const and = xmlChild(filter, "And");
  if (and === undefined) return partsOf(filter);
  only(and, predicates, ["Tag"]);
  return and.children.length < 2 ? malformedXml() : partsOf(and);
}

function expirationOf(node: XmlNode): NonNullable<LifecycleRule["expiration"]> {
  only(node, ["Days", "Date", "ExpiredObjectDeleteMarker"]);
  const markers = xmlChildText(node, "ExpiredObjectDeleteMarker")?.trim();
  const moment = momentOf(node);
  if ((markers === undefined) === (moment === undefined)) return malformedXml();
  if (moment !== undefined) return moment;
  return markers === "true" || markers === "false" ? { loneMarkers: markers === "true" } : malformedXml();
}
function noncurrentOf(node: XmlNode, names: string[]): { days: number; keep?: number } {
  only(node, ["NoncurrentDays", "NewerNoncurrentVersions", ...names]);
  const keep = numberIn(node, "NewerNoncurrentVersions");
  return { days: needed(numberIn(node, "NoncurrentDays")), ...(keep === undefined ? {} : { keep }) };
}
function abortDaysOf(node: XmlNode): number {
  only(node, ["DaysAfterInitiation"]);
  return needed(numberIn(node, "DaysAfterInitiation"));
}

const actions = ["Expiration", "Transition", "NoncurrentVersionExpiration", "NoncurrentVersionTransition", "AbortIncompleteMultipartUpload"] as const;

function ruleOf(node: XmlNode, index: number): LifecycleRule {
  if (node.name !== "Rule") return malformedXml();
  only(node, ["ID", "Status", "Prefix", "Filter", ...actions], ["Transition", "NoncurrentVersionTransition"]);
  const status = xmlChildText(node, "Status")?.trim();
  if (status !== "Enabled" && status !== "Disabled") return malformedXml();
  const [expiration, , noncurrent, , abort] = actions.map((name) => xmlChild(node, name));
  const rule: Omit<LifecycleRule, "id"> = {
    enabled: status === "Enabled",
    filter: filterOf(node),
    transitions: xmlChildren(node, "Transition").map((move) => {
      only(move, ["Days", "Date", "StorageClass"]);
      return { ...(momentOf(move) ?? malformedXml()), storageClass: classOf(move) };
    }),
    noncurrentTransitions: xmlChildren(node, "NoncurrentVersionTransition").map((move) => ({ ...noncurrentOf(move, ["StorageClass"]), storageClass: classOf(move) })),
    ...(expiration ? { expiration: expirationOf(expiration) } : {}),
    ...(noncurrent ? { noncurrentExpiration: noncurrentOf(noncurrent, []) } : {}),
    ...(abort ? { abortUploadsDays: abortDaysOf(abort) } : {}),
  };
  return { id: xmlChildText(node, "ID") || madeId(rule, index), ...rule };
}
/** A rule without an ID gets one; the same rule in the same place the same one. */
const madeId = (rule: object, index: number): string =>
  createHash("sha256")
    .update(JSON.stringify([index, rule]))
    .digest("base64url")
    .slice(0, 36);

/** `named`: every rule has its ID in the document itself. Throws MalformedXML, InvalidArgument, InvalidRequest. */
export function parseLifecycle(document: Uint8Array, smallObjects: Lifecycle["smallObjects"]): { lifecycle: Lifecycle; named: boolean } {
  const root = parseXml(document, lifecycleDocumentLimits);
  if (root.name !== "LifecycleConfiguration" || root.children.length === 0 || root.children.length > lifecycleLimits.rulesMax) return malformedXml();
  only(root, ["Rule"], ["Rule"]);
  try {
    const lifecycle = boundLifecycle({ rules: root.children.map(ruleOf), smallObjects }, bounds);
    return { lifecycle, named: root.children.every((rule) => xmlChildText(rule, "ID")) };
  } catch (error) {
    if (!isDomainError(error, "invalidArgument")) throw error;
    const { argument, value, why } = error.detail;
    return argument === "" ? invalidRequest(why) : invalidArgument(argument, value, why);
  }
}

const untold = (what: string): never => untoldDocument("lifecycle", what);
function momentContent(moment: LifecycleMoment): string {
  if ("beforeMs" in moment) return untold("a date of creation");
  return "days" in moment ? xmlText("Days", moment.days) : xmlText("Date", new Date(moment.atMs).toISOString());
}
const noncurrentContent = ({ days, keep }: { days: number; keep?: number }): string => xmlText("NoncurrentDays", days) + xmlText("NewerNoncurrentVersions", keep);

function filterContent({ prefix, tags, sizeAbove, sizeBelow, plain }: LifecycleFilter): string {
  if (plain) return xmlText("Prefix", prefix);
  const tagElements = tags.map(([name, value]) => xmlElement("Tag", xmlText("Key", name) + xmlText("Value", value)));
  const content = xmlText("Prefix", prefix) + tagElements.join("") + xmlText("ObjectSizeGreaterThan", sizeAbove) + xmlText("ObjectSizeLessThan", sizeBelow);
  const count = tags.length + [prefix, sizeAbove, sizeBelow].filter((part) => part !== undefined).length;
  return xmlElement("Filter", count > 1 ? xmlElement("And", content) : content);
}
function ruleContent(rule: LifecycleRule): string {
  if (rule.filter.not !== undefined) return untold("what is left out of a filter");
  if (rule.abortUploadsBeforeMs !== undefined) return untold("a date of creation");
  if ([...rule.transitions, ...rule.noncurrentTransitions].some(({ sinceAccess, bytesMin }) => sinceAccess ?? bytesMin)) return untold("a transition by access or by size");
  return elementsOf(rule);
}
function elementsOf({ id, enabled, filter, expiration, transitions, noncurrentExpiration, noncurrentTransitions, abortUploadsDays }: LifecycleRule): string {
  const classElement = (storageClass: StorageClass): string => xmlText("StorageClass", storageClassName(storageClass));
  const end = expiration && ("loneMarkers" in expiration ? xmlText("ExpiredObjectDeleteMarker", expiration.loneMarkers) : momentContent(expiration));
  return (
    xmlText("ID", id) +
    filterContent(filter) +
    xmlText("Status", enabled ? "Enabled" : "Disabled") +
    transitions.map((move) => xmlElement("Transition", momentContent(move) + classElement(move.storageClass))).join("") +
    (end === undefined ? "" : xmlElement("Expiration", end)) +
    noncurrentTransitions.map((move) => xmlElement("NoncurrentVersionTransition", noncurrentContent(move) + classElement(move.storageClass))).join("") +
    (noncurrentExpiration ? xmlElement("NoncurrentVersionExpiration", noncurrentContent(noncurrentExpiration)) : "") +
    (abortUploadsDays === undefined ? "" : xmlElement("AbortIncompleteMultipartUpload", xmlText("DaysAfterInitiation", abortUploadsDays)))
  );
}
export const lifecycleContent = ({ rules }: Lifecycle): string => rules.map((rule) => xmlElement("Rule", ruleContent(rule))).join("");
