import { isForced } from "../force.ts";
import { bucketOf, ossOperation, page } from "../oss-operation.ts";
import { empty } from "../replies.ts";

/** The bucket must hold no objects, versions, delete markers, unfinished uploads or live channels. A forced one goes with all of it. */
export const DeleteBucket = ossOperation({
  name: "DeleteBucket",
  docs: page("deletebucket"),
  route: { method: "DELETE", target: "bucket" },
  access: { action: "oss:DeleteBucket", capability: "bucket.own" },
  input: (call) => ({ ...bucketOf(call), forced: isForced(call) }),
  run: (core, { forced, ...address }, { context }) => {
    const input = { ...address, openUploads: "refuse" } as const;
    return forced ? core.purge.forceDelete(context, input) : core.buckets.delete(context, input);
  },
  reply: () => empty(204),
});
