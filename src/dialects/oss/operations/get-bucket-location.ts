import { escapeXml } from "../../../lib/xml.ts";
import { bucketOf, ossOperation, page } from "../oss-operation.ts";
import { document } from "../replies.ts";
import { placeOfBucket } from "../settings.ts";

export const GetBucketLocation = ossOperation({
  name: "GetBucketLocation",
  docs: page("getbucketlocation"),
  route: { method: "GET", target: "bucket", select: ["location"] },
  access: { action: "oss:GetBucketLocation", capability: "bucket.own" },
  input: bucketOf,
  run: (core, input, { context }) => core.buckets.get(context, input),
  reply: ({ state }, { settings }) => document("LocationConstraint", escapeXml(placeOfBucket(settings, state.region).location)),
});
