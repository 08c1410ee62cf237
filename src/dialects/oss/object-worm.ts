/** Retention and legal holds of single versions: https://help.aliyun.com/en/oss/user-guide/object-level-retention-policy-object-worm */
import type { DefaultRetention, Lock, LockAsked, Retention } from "../../core/model.ts";
import { retentionLimits } from "../../core/retention/period.ts";
import { isoTime } from "../../lib/time.ts";
import { xmlElement, xmlText } from "../../lib/xml.ts";
import { xmlChild, xmlChildText } from "../../lib/xml-reader.ts";
import { retentionDate, retentionMode, retentionModeName } from "../lock-text.ts";
import type { WireRequest } from "../wire.ts";
import { invalidArgument, malformedXml } from "./answers.ts";
import { readDocument } from "./documents.ts";

const prefix = "x-oss-object-worm-";
const names = { mode: `${prefix}mode`, until: `${prefix}retain-until-date`, hold: `${prefix}legal-hold` } as const;
/** Of operations that make a version. */
export const lockHeaderNames: readonly string[] = Object.values(names);

type Asked = { request: WireRequest };

export function lockHeaders({ request: { headers } }: Asked): { lock?: LockAsked } {
  const [modeText, untilText, hold] = [headers[names.mode], headers[names.until], headers[names.hold]];
  const lock: LockAsked = {};
  if (modeText !== undefined || untilText !== undefined) {
    const mode = retentionMode(modeText) ?? invalidArgument(names.mode, modeText ?? "", "The mode is GOVERNANCE or COMPLIANCE, and goes with a date.");
    const untilMs = retentionDate(untilText ?? "") ?? invalidArgument(names.until, untilText ?? "", "The date is in ISO 8601, and goes with a mode.");
    lock.retention = { mode, untilMs };
  }
  if (hold !== undefined) lock.legalHold = hold === "ON" || hold === "OFF" ? hold === "ON" : invalidArgument(names.hold, hold.slice(0, 32), "The legal hold is ON or OFF.");
  return Object.keys(lock).length > 0 ? { lock } : {};
}

/** Governance gives way to the owner who says so. */
export function bypassHeader({ request: { headers } }: Asked): { bypassGovernance?: boolean } {
  const name = "x-oss-bypass-governance-retention";
  const value = headers[name]?.toLowerCase();
  if (value === undefined || value === "false") return {};
  return value === "true" ? { bypassGovernance: true } : invalidArgument(name, value.slice(0, 32), "The value is true or false.");
}

export function lockShown({ retention, legalHold }: Lock): string[] {
  const headers = retention ? [names.mode, retentionModeName(retention.mode), names.until, isoTime(retention.untilMs)] : [];
  if (legalHold !== undefined) headers.push(names.hold, legalHold ? "ON" : "OFF");
  return headers;
}

/** An empty document takes the retention away. */
export function parseRetention(bytes: Uint8Array): { retention?: Retention } {
  const root = readDocument(bytes, "Retention");
  if (root.children.length === 0) return {};
  const mode = retentionMode(xmlChildText(root, "Mode")?.trim()) ?? malformedXml("Mode is GOVERNANCE or COMPLIANCE.");
  const untilMs = retentionDate(xmlChildText(root, "RetainUntilDate")?.trim() ?? "") ?? malformedXml("RetainUntilDate is a date in ISO 8601.");
  return { retention: { mode, untilMs } };
}
export const retentionContent = ({ mode, untilMs }: Retention): string => xmlText("Mode", retentionModeName(mode)) + xmlText("RetainUntilDate", isoTime(untilMs));

export function parseLegalHold(bytes: Uint8Array): boolean {
  const status = xmlChildText(readDocument(bytes, "LegalHold"), "Status")?.trim();
  return status === "ON" || status === "OFF" ? status === "ON" : malformedXml("Status is ON or OFF.");
}

export const wormRoot = "ObjectWormConfiguration";
/** Without a rule: versions may be locked, and are by none but their writers. */
export function parseObjectWorm(bytes: Uint8Array): { default?: DefaultRetention } {
  const root = readDocument(bytes, wormRoot);
  if (xmlChildText(root, "ObjectWormEnabled")?.trim() !== "Enabled") return malformedXml("ObjectWormEnabled is Enabled.");
  const rule = xmlChild(root, "Rule");
  if (!rule) return {};
  const node = xmlChild(rule, "DefaultRetention") ?? malformedXml("DefaultRetention is missing.");
  const mode = retentionMode(xmlChildText(node, "Mode")?.trim()) ?? malformedXml("Mode is GOVERNANCE or COMPLIANCE.");
  const [days, years] = [xmlChildText(node, "Days")?.trim(), xmlChildText(node, "Years")?.trim()];
  if ((days === undefined) === (years === undefined)) return malformedXml("DefaultRetention has either Days or Years.");
  const unit = days === undefined ? "years" : "days";
  const count = Number(days ?? years);
  if (!Number.isInteger(count) || count < 1 || count > (unit === "days" ? retentionLimits.daysMax : retentionLimits.yearsMax))
    return invalidArgument(unit === "days" ? "Days" : "Years", String(days ?? years).slice(0, 32), "The retention period is not valid.");
  return { default: { mode, count, unit } };
}
export const objectWormContent = (rule: DefaultRetention | undefined): string =>
  xmlText("ObjectWormEnabled", "Enabled") +
  (rule ? xmlElement("Rule", xmlElement("DefaultRetention", xmlText("Mode", retentionModeName(rule.mode)) + xmlText(rule.unit === "days" ? "Days" : "Years", rule.count))) : "");
