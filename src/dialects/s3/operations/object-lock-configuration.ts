import type { BucketInfo } from "../../../core/api.ts";
import type { DefaultRetention, EventHold } from "../../../core/model.ts";
import { retentionLimits } from "../../../core/retention/period.ts";
import { xmlElement, xmlText } from "../../../lib/xml.ts";
import { type XmlNode, xmlChild, xmlChildText } from "../../../lib/xml-reader.ts";
import { VendorError } from "../../error-table.ts";
import { retentionMode, retentionModeName } from "../../lock-text.ts";
import { operation } from "../../operation.ts";
import { documentReply, emptyReply } from "../documents/render.ts";
import type { S3Settings } from "../flavour.ts";
import { eventHoldContent, eventHoldOf, lockDocument, lockDocumentBytesMax } from "../parse/lock.ts";
import { only } from "../parse/only.ts";
import { bucketOf } from "../parse/query.ts";
import { malformedXml } from "../refusals.ts";

const refusePeriod = (message: string): never => {
  throw new VendorError({ status: 400, code: "InvalidRetentionPeriod", message });
};

type Defaults = { default?: DefaultRetention; defaultHold?: EventHold };

/** A mode with a period, the duration of an event hold, or both. */
function defaultsOf(rule: XmlNode): Defaults {
  const node = xmlChild(only(rule, ["DefaultRetention"]), "DefaultRetention");
  if (!node) return malformedXml();
  only(node, ["Mode", "Days", "Years", "DefaultEventHold"]);
  const hold = xmlChild(node, "DefaultEventHold");
  if (!hold) return { default: periodOf(node) };
  return { ...(node.children.length > 1 ? { default: periodOf(node) } : {}), defaultHold: eventHoldOf(hold) };
}

/** `Days` or `Years`, never both. */
function periodOf(node: XmlNode): DefaultRetention {
  const mode = retentionMode(xmlChildText(node, "Mode")?.trim()) ?? malformedXml();
  const days = xmlChildText(node, "Days")?.trim();
  const years = xmlChildText(node, "Years")?.trim();
  const text = days ?? years;
  if (text === undefined || (days !== undefined && years !== undefined) || !/^[+-]?\d{1,12}$/.test(text)) return malformedXml();
  const count = Number(text);
  const unit = days === undefined ? "years" : "days";
  if (count < 1) return refusePeriod("Default retention period must be a positive integer value.");
  if (count > (unit === "days" ? retentionLimits.daysMax : retentionLimits.yearsMax)) return refusePeriod("Default retention period is too large.");
  return { mode, count, unit };
}

export const GetObjectLockConfiguration = operation<S3Settings, void, BucketInfo>({
  name: "GetObjectLockConfiguration",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLockConfiguration.html",
  route: { method: "GET", target: "bucket", select: ["object-lock"] },
  access: { action: "s3:GetBucketObjectLockConfiguration", capability: "bucket.own" },
  input: () => undefined,
  run: (core, _, call) => core.buckets.get(call.context, bucketOf(call)),
  reply: ({ state }, call) => {
    const { lock } = state;
    if (!lock) {
      throw new VendorError({
        status: 404,
        code: "ObjectLockConfigurationNotFoundError",
        message: "Object Lock configuration does not exist for this bucket",
        elements: [["BucketName", state.name]],
      });
    }
    const period = lock.default && xmlText("Mode", retentionModeName(lock.default.mode)) + xmlText(lock.default.unit === "days" ? "Days" : "Years", lock.default.count);
    const held = lock.defaultHold && xmlElement("DefaultEventHold", eventHoldContent(lock.defaultHold));
    const rule = period === undefined && held === undefined ? "" : xmlElement("Rule", xmlElement("DefaultRetention", (period ?? "") + (held ?? "")));
    return documentReply(call, "ObjectLockConfiguration", xmlText("ObjectLockEnabled", "Enabled") + rule);
  },
});

/** A bucket with versioning can be given locking after the fact, as S3 has allowed since 2023; it is never taken away. */
export const PutObjectLockConfiguration = operation<S3Settings, Defaults, void>({
  name: "PutObjectLockConfiguration",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLockConfiguration.html",
  route: { method: "PUT", target: "bucket", select: ["object-lock"] },
  access: { action: "s3:PutBucketObjectLockConfiguration", capability: "bucket.own" },
  body: { document: lockDocumentBytesMax },
  input: (call) => {
    const root = lockDocument(call, "ObjectLockConfiguration", ["ObjectLockEnabled", "Rule"]);
    if (xmlChildText(root, "ObjectLockEnabled")?.trim() !== "Enabled") return malformedXml();
    const rule = xmlChild(root, "Rule");
    return rule ? defaultsOf(rule) : {};
  },
  run: (core, input, call) => core.buckets.setLock(call.context, { ...bucketOf(call), ...input }),
  reply: () => emptyReply(200),
});
