import { operation } from "../../operation.ts";
import { emptyReply } from "../documents/render.ts";
import type { S3Settings } from "../flavour.ts";
import { bucketOf } from "../parse/query.ts";

/** The bucket must hold no objects, versions or delete markers; unfinished uploads end with it, or block where the flavour says so. */
export const DeleteBucket = operation<S3Settings, void, void>({
  name: "DeleteBucket",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html",
  route: { method: "DELETE", target: "bucket" },
  access: { action: "s3:DeleteBucket", capability: "bucket.own" },
  input: () => undefined,
  run: (core, _, call) => core.buckets.delete(call.context, { ...bucketOf(call), openUploads: call.settings.flavour.openUploads }),
  reply: () => emptyReply(204),
});
