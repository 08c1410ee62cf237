import type { BucketInfo } from "../../../core/api.ts";
import { escapeXml } from "../../../lib/xml.ts";
import { operation } from "../../operation.ts";
import { documentReply } from "../documents/render.ts";
import type { S3Settings } from "../flavour.ts";
import { bucketOf } from "../parse/query.ts";

/** The region S3 began with has no name here. */
const unnamedRegion = "us-east-1";

export const GetBucketLocation = operation<S3Settings, void, BucketInfo>({
  name: "GetBucketLocation",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html",
  route: { method: "GET", target: "bucket", select: ["location"] },
  access: { action: "s3:GetBucketLocation", capability: "bucket.own" },
  input: () => undefined,
  run: (core, _, call) => core.buckets.get(call.context, bucketOf(call)),
  reply: ({ state }, call) => {
    const region = state.region === "" ? call.settings.region : state.region;
    return documentReply(call, "LocationConstraint", region === unnamedRegion ? "" : escapeXml(region));
  },
});
