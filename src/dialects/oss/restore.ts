/** Restores as OSS asks for and tells them: https://help.aliyun.com/zh/oss/developer-reference/restoreobject */
import type { Restored, StorageClass } from "../../core/model.ts";
import type { Bytes } from "../../core/ports.ts";
import { httpDate } from "../../lib/time.ts";
import { xmlChild, xmlChildText } from "../../lib/xml-reader.ts";
import { invalidArgument, malformedXml } from "./answers.ts";
import { readDocument } from "./documents.ts";

export const restoreText = ({ readyMs, untilMs }: Restored, nowMs: number): string =>
  nowMs < readyMs ? 'ongoing-request="true"' : `ongoing-request="false", expiry-date="${httpDate(untilMs)}"`;

const tiers = ["Expedited", "Standard", "Bulk"] as const;
const daysMax = { archive: 7, others: 365 } as const;

/** `tier` undefined: none was named. */
export type RestoreAsked = { days: number; tier: string | undefined };

/** Without a document: for a day. */
export function parseRestore(bytes: Bytes): RestoreAsked {
  if (bytes.length === 0) return { days: 1, tier: undefined };
  const root = readDocument(bytes, "RestoreRequest");
  const text = xmlChildText(root, "Days")?.trim() ?? malformedXml("Days is missing.");
  const days = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (!(days >= 1 && days <= daysMax.others)) invalidArgument("Days", text, `Days is between 1 and ${daysMax.others}.`);
  const parameters = xmlChild(root, "JobParameters");
  const tier = parameters && (xmlChildText(parameters, "Tier")?.trim() ?? malformedXml("JobParameters holds a Tier."));
  if (tier !== undefined && !tiers.some((known) => known === tier)) invalidArgument("Tier", tier, "The tier is Expedited, Standard or Bulk.");
  return { days, tier };
}

/** Archive has no tiers, and is restored for a week at most. */
export function judgeRestore({ days, tier }: RestoreAsked, storageClass: StorageClass): void {
  if (storageClass !== "archive") return;
  if (tier !== undefined) malformedXml("Objects of the class Archive have no tiers.");
  if (days > daysMax.archive) invalidArgument("Days", String(days), `Days of an Archive object is between 1 and ${daysMax.archive}.`);
}
