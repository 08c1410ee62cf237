import { smallDocumentBytesMax } from "../documents.ts";
import { bucketOf, ossOperation } from "../oss-operation.ts";
import { parsePublicAccess, publicAccessPage, publicAccessReply } from "../public-access-document.ts";
import { empty } from "../replies.ts";

export const PutBucketPublicAccessBlock = ossOperation({
  name: "PutBucketPublicAccessBlock",
  docs: publicAccessPage,
  route: { method: "PUT", target: "bucket", select: ["publicAccessBlock"] },
  access: { action: "oss:PutBucketPublicAccessBlock", capability: "bucket.own" },
  body: { document: smallDocumentBytesMax },
  input: (call) => ({ ...bucketOf(call), publicAccess: parsePublicAccess(call.document) }),
  run: (core, input, { context }) => core.buckets.setPublicAccess(context, input),
  reply: () => empty(200),
});
export const GetBucketPublicAccessBlock = ossOperation({
  name: "GetBucketPublicAccessBlock",
  docs: publicAccessPage,
  route: { method: "GET", target: "bucket", select: ["publicAccessBlock"] },
  access: { action: "oss:GetBucketPublicAccessBlock", capability: "bucket.own" },
  input: bucketOf,
  run: (core, input, { context }) => core.buckets.get(context, input),
  reply: ({ state }) => publicAccessReply(state.publicAccess),
});
export const DeleteBucketPublicAccessBlock = ossOperation({
  name: "DeleteBucketPublicAccessBlock",
  docs: publicAccessPage,
  route: { method: "DELETE", target: "bucket", select: ["publicAccessBlock"] },
  access: { action: "oss:DeleteBucketPublicAccessBlock", capability: "bucket.own" },
  input: (call) => ({ ...bucketOf(call), publicAccess: undefined }),
  run: (core, input, { context }) => core.buckets.setPublicAccess(context, input),
  reply: () => empty(204),
});
