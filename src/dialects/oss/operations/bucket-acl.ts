import { missingArgument } from "../answers.ts";
import { aclText, bucketAclHeader } from "../headers.ts";
import { bucketOf, ossOperation, page } from "../oss-operation.ts";
import { aclDocument, empty } from "../replies.ts";

export const PutBucketAcl = ossOperation({
  name: "PutBucketAcl",
  docs: page("putbucketacl"),
  route: { method: "PUT", target: "bucket", select: ["acl"] },
  access: { action: "oss:PutBucketAcl", capability: "bucket.writeAcl" },
  input: (call) => ({ ...bucketOf(call), acl: bucketAclHeader(call) ?? missingArgument("x-oss-acl") }),
  run: (core, input, { context }) => core.buckets.setAcl(context, input),
  reply: () => empty(200),
});

export const GetBucketAcl = ossOperation({
  name: "GetBucketAcl",
  docs: page("getbucketacl"),
  route: { method: "GET", target: "bucket", select: ["acl"] },
  access: { action: "oss:GetBucketAcl", capability: "bucket.readAcl" },
  input: bucketOf,
  run: (core, input, { context }) => core.buckets.get(context, input),
  reply: ({ state, owner }) => aclDocument(owner, aclText(state.acl)),
});
