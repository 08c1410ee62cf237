/** Object Lock in headers and documents: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html */
import type { EventHold, LockAsked } from "../../../core/model.ts";
import { retentionLimits } from "../../../core/retention/period.ts";
import { xmlText } from "../../../lib/xml.ts";
import { parseXml, type XmlNode, xmlChildText } from "../../../lib/xml-reader.ts";
import { retentionDate, retentionMode } from "../../lock-text.ts";
import type { S3Call } from "../flavour.ts";
import { invalidArgument, malformedXml } from "../refusals.ts";
import { only } from "./only.ts";

/** What the headers hold the object to be by; guard.ts names the operations that take them. */
export function lockHeaders(call: S3Call): { lock?: LockAsked } {
  const { headers } = call.request;
  const modeText = headers["x-amz-object-lock-mode"];
  const dateText = headers["x-amz-object-lock-retain-until-date"];
  const hold = headers["x-amz-object-lock-legal-hold"];
  const lock: LockAsked = {};
  if (modeText !== undefined || dateText !== undefined) {
    if (modeText === undefined) return invalidArgument("x-amz-object-lock-mode", "null", "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied");
    if (dateText === undefined)
      return invalidArgument("x-amz-object-lock-retain-until-date", "null", "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied");
    const mode = retentionMode(modeText) ?? invalidArgument("x-amz-object-lock-mode", modeText, "Unknown wormMode directive.");
    const untilMs = retentionDate(dateText) ?? invalidArgument("x-amz-object-lock-retain-until-date", dateText, "The retain until date must be provided in ISO 8601 format");
    lock.retention = { mode, untilMs };
  }
  if (hold !== undefined) {
    if (hold !== "ON" && hold !== "OFF") return invalidArgument("x-amz-object-lock-legal-hold", hold, "Legal Hold must be either of 'ON' or 'OFF'");
    lock.legalHold = hold === "ON";
  }
  const eventHold = eventHoldHeaders(call);
  if (eventHold !== undefined) lock.eventHold = eventHold;
  return lock.retention || lock.legalHold !== undefined || lock.eventHold !== undefined ? { lock } : {};
}

const holdHeader = "x-amz-object-lock-event-hold";
/** ON with a duration of its own, in days or years, or with the bucket's. */
function eventHoldHeaders({ request: { headers } }: S3Call): LockAsked["eventHold"] {
  const text = headers[holdHeader];
  const [days, years] = [headers[`${holdHeader}-duration-days`], headers[`${holdHeader}-duration-years`]];
  const given = days ?? years;
  if (text === undefined && given === undefined) return undefined;
  if (text === "OFF" && given === undefined) return "none";
  if (text !== "ON") return invalidArgument(holdHeader, text ?? "null", "Event Hold must be either of 'ON' or 'OFF', and ON where a duration is specified");
  if (days !== undefined && years !== undefined) return invalidArgument(`${holdHeader}-duration-years`, years, "You cannot specify a duration in both days and years");
  if (given === undefined) return "default";
  const unit = days === undefined ? "years" : "days";
  return { count: countOf(given, unit) ?? invalidArgument(`${holdHeader}-duration-${unit}`, given, durationText(unit)), unit };
}
const mostOf = (unit: EventHold["unit"]): number => (unit === "days" ? retentionLimits.daysMax : retentionLimits.yearsMax);
const durationText = (unit: EventHold["unit"]): string => `The event hold duration must be 1 to ${mostOf(unit)} ${unit}`;
function countOf(text: string, unit: EventHold["unit"]): number | undefined {
  const count = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return count >= 1 && count <= mostOf(unit) ? count : undefined;
}

/** `EventHoldDuration`, `DefaultEventHold`: days or years, never both. */
export function eventHoldOf(node: XmlNode): EventHold {
  only(node, ["Days", "Years"]);
  const [days, years] = [xmlChildText(node, "Days")?.trim(), xmlChildText(node, "Years")?.trim()];
  const text = days ?? years;
  if (text === undefined || (days !== undefined && years !== undefined)) return malformedXml();
  const unit = days === undefined ? "years" : "days";
  return { count: countOf(text, unit) ?? invalidArgument(unit === "days" ? "Days" : "Years", text, durationText(unit)), unit };
}
export const eventHoldContent = ({ count, unit }: EventHold): string => xmlText(unit === "days" ? "Days" : "Years", count);
/** Names and values in turn. */
export const eventHoldShown = (eventHold: EventHold | undefined): string[] =>
  eventHold === undefined ? [] : [holdHeader, "ON", `${holdHeader}-duration-${eventHold.unit}`, String(eventHold.count)];

export function bypassHeader(call: S3Call): { bypassGovernance?: boolean } {
  return call.request.headers["x-amz-bypass-governance-retention"]?.toLowerCase() === "true" ? { bypassGovernance: true } : {};
}

export const lockDocumentBytesMax = 64 * 1024;

/** The root of a lock document. */
export function lockDocument(call: S3Call, name: string, children: readonly string[]): XmlNode {
  const root = parseXml(call.document, { bytesMax: lockDocumentBytesMax, elementsMax: 20 });
  if (root.name !== name) return malformedXml();
  return only(root, children);
}
