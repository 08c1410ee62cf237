import { bucketOf, ossOperation, page } from "../oss-operation.ts";
import { empty } from "../replies.ts";

/** The bucket must hold no objects, versions, delete markers, unfinished uploads or live channels. */
export const DeleteBucket = ossOperation({
  name: "DeleteBucket",
  docs: page("deletebucket"),
  route: { method: "DELETE", target: "bucket" },
  access: { action: "oss:DeleteBucket", capability: "bucket.own" },
  input: bucketOf,
  run: (core, input, { context }) => core.buckets.delete(context, { ...input, openUploads: "refuse" }),
  reply: () => empty(204),
});
