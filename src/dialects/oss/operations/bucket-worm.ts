/** A retention policy of a bucket: https://help.aliyun.com/zh/oss/user-guide/retention-policies */
import { bucketRetentionLimits } from "../../../core/retention/age.ts";
import { isoTime } from "../../../lib/time.ts";
import { xmlText } from "../../../lib/xml.ts";
import { xmlChildText } from "../../../lib/xml-reader.ts";
import { malformedXml, refuse } from "../answers.ts";
import { readDocument, smallDocumentBytesMax } from "../documents.ts";
import { bucketOf, ossOperation, page } from "../oss-operation.ts";
import { parameter } from "../parameters.ts";
import { document, empty } from "../replies.ts";

/** From the root that the operation wants. */
function daysIn(bytes: Uint8Array, root: string): number {
  const text = xmlChildText(readDocument(bytes, root), "RetentionPeriodInDays")?.trim() ?? malformedXml("RetentionPeriodInDays is missing.");
  const days = /^\d{1,9}$/.test(text) ? Number(text) : malformedXml("RetentionPeriodInDays is a whole number.");
  if (days >= 1 && days <= bucketRetentionLimits.daysMax) return days;
  return refuse({
    status: 400,
    code: "InvalidWORMConfiguration",
    message: `The retention period must be between 1 and ${bucketRetentionLimits.daysMax} days.`,
    elements: [["RetentionPeriodInDays", text]],
  });
}
const named = (call: Parameters<typeof parameter>[0] & Parameters<typeof bucketOf>[0]) => ({ ...bucketOf(call), id: parameter(call, "wormId") ?? "" });

/** Holds at once, and lapses after a day unless it is completed. */
export const InitiateBucketWorm = ossOperation({
  name: "InitiateBucketWorm",
  docs: page("initiatebucketworm"),
  route: { method: "POST", target: "bucket", select: ["worm"] },
  access: { action: "oss:InitiateBucketWorm", capability: "bucket.own" },
  body: { document: smallDocumentBytesMax },
  input: (call) => ({ ...bucketOf(call), days: daysIn(call.document, "InitiateWormConfiguration") }),
  run: (core, input, { context }) => core.buckets.retention.begin(context, input),
  reply: ({ id }) => empty(200, ["x-oss-worm-id", id]),
});

export const CompleteBucketWorm = ossOperation({
  name: "CompleteBucketWorm",
  docs: page("completebucketworm"),
  route: { method: "POST", target: "bucket", select: ["wormId"] },
  access: { action: "oss:CompleteBucketWorm", capability: "bucket.own" },
  input: named,
  run: (core, input, { context }) => core.buckets.retention.seal(context, input),
  reply: () => empty(200),
});

export const ExtendBucketWorm = ossOperation({
  name: "ExtendBucketWorm",
  docs: page("extendbucketworm"),
  route: { method: "POST", target: "bucket", select: ["wormId"], parameter: "wormExtend" },
  access: { action: "oss:ExtendBucketWorm", capability: "bucket.own" },
  body: { document: smallDocumentBytesMax },
  input: (call) => ({ ...named(call), days: daysIn(call.document, "ExtendWormConfiguration") }),
  run: (core, input, { context }) => core.buckets.retention.extend(context, input),
  reply: () => empty(200),
});

export const AbortBucketWorm = ossOperation({
  name: "AbortBucketWorm",
  docs: page("abortbucketworm"),
  route: { method: "DELETE", target: "bucket", select: ["worm"] },
  access: { action: "oss:AbortBucketWorm", capability: "bucket.own" },
  input: bucketOf,
  run: (core, input, { context }) => core.buckets.retention.end(context, input),
  reply: () => empty(204),
});

export const GetBucketWorm = ossOperation({
  name: "GetBucketWorm",
  docs: page("getbucketworm"),
  route: { method: "GET", target: "bucket", select: ["worm"] },
  access: { action: "oss:GetBucketWorm", capability: "bucket.own" },
  input: bucketOf,
  run: (core, input, { context }) => core.buckets.retention.get(context, input),
  reply: (retention, _call, { bucket }) => {
    if (retention === undefined)
      return refuse({ status: 404, code: "NoSuchWORMConfiguration", message: "The WORM Configuration does not exist.", elements: [["BucketName", bucket]] });
    const { id, days, createdMs, sealed } = retention;
    const state = xmlText("WormId", id) + xmlText("State", sealed ? "Locked" : "InProgress") + xmlText("RetentionPeriodInDays", days);
    return document("WormConfiguration", state + xmlText("CreationDate", isoTime(createdMs)));
  },
});
