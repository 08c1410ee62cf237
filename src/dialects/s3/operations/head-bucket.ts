import type { BucketInfo } from "../../../core/api.ts";
import { operation } from "../../operation.ts";
import { emptyReply } from "../documents/render.ts";
import type { S3Settings } from "../flavour.ts";
import { bucketOf } from "../parse/query.ts";

/** Is it there, and may one list it? */
export const HeadBucket = operation<S3Settings, void, BucketInfo>({
  name: "HeadBucket",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html",
  route: { method: "HEAD", target: "bucket" },
  access: { action: "s3:ListBucket", capability: "bucket.list" },
  input: () => undefined,
  run: (core, _, call) => core.buckets.get(call.context, bucketOf(call)),
  reply: ({ state }, call) => emptyReply(200, ["x-amz-bucket-region", state.region === "" ? call.settings.region : state.region, "x-amz-access-point-alias", "false"]),
});
