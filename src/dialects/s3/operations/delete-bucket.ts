import { operation } from "../../operation.ts";
import { emptyReply } from "../documents/render.ts";
import type { S3Settings } from "../flavour.ts";
import { isForced } from "../parse/force.ts";
import { bucketOf } from "../parse/query.ts";

/** The bucket must hold no objects, versions or delete markers; unfinished uploads end with it, or block where the flavour says so. A forced one goes with all of it. */
export const DeleteBucket = operation<S3Settings, { forced: boolean }, void>({
  name: "DeleteBucket",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html",
  route: { method: "DELETE", target: "bucket" },
  access: { action: "s3:DeleteBucket", capability: "bucket.own" },
  input: (call) => ({ forced: isForced(call) }),
  run: (core, { forced }, call) => {
    const input = { ...bucketOf(call), openUploads: call.settings.flavour.openUploads };
    return forced ? core.purge.forceDelete(call.context, input) : core.buckets.delete(call.context, input);
  },
  reply: () => emptyReply(204),
});
