import { invalidArgument, refuse } from "../answers.ts";
import { configurationReply, written } from "../configuration.ts";
import { lifecycleContent } from "../lifecycle-content.ts";
import { lifecycleBytesMax, parseLifecycle } from "../lifecycle-document.ts";
import { bucketOf, ossOperation, page } from "../oss-operation.ts";
import { empty } from "../replies.ts";

const kind = "lifecycle" as const;
const overlapHeader = "x-oss-allow-same-action-overlap";

/** Transitions by last access (`IsAccessTime`) are kept and told, and never due: accesses are not counted. */
export const PutBucketLifecycle = ossOperation({
  name: "PutBucketLifecycle",
  docs: page("putbucketlifecycle"),
  route: { method: "PUT", target: "bucket", select: ["lifecycle"] },
  access: { action: "oss:PutBucketLifecycle", capability: "bucket.own" },
  body: { document: lifecycleBytesMax },
  input: (call) => {
    const said = call.request.headers[overlapHeader]?.toLowerCase() ?? "false";
    if (said !== "true" && said !== "false") invalidArgument(overlapHeader, said, `${overlapHeader} is true or false.`);
    const { lifecycle, told } = parseLifecycle(call.document, { overlap: said === "true" });
    // Who leaves IDs out is told those the rules got.
    return { ...bucketOf(call), kind, document: { ...written<"lifecycle">(lifecycle, call.document), raw: told ?? "" } };
  },
  run: (core, input, { context }) => core.documents.put(context, input),
  reply: () => empty(200),
});

export const GetBucketLifecycle = ossOperation({
  name: "GetBucketLifecycle",
  docs: page("getbucketlifecycle"),
  route: { method: "GET", target: "bucket", select: ["lifecycle"] },
  access: { action: "oss:GetBucketLifecycle", capability: "bucket.own" },
  input: (call) => ({ ...bucketOf(call), kind }),
  run: (core, input, { context }) => core.documents.get(context, input),
  reply: (kept, _call, { bucket }) =>
    kept === undefined
      ? refuse({ status: 404, code: "NoSuchLifecycle", message: "No Row found in Lifecycle Table.", elements: [["BucketName", bucket]] })
      : configurationReply(kept, "LifecycleConfiguration", lifecycleContent),
});

export const DeleteBucketLifecycle = ossOperation({
  name: "DeleteBucketLifecycle",
  docs: page("deletebucketlifecycle"),
  route: { method: "DELETE", target: "bucket", select: ["lifecycle"] },
  access: { action: "oss:DeleteBucketLifecycle", capability: "bucket.own" },
  input: (call) => ({ ...bucketOf(call), kind }),
  run: (core, input, { context }) => core.documents.remove(context, input),
  reply: () => empty(204),
});
