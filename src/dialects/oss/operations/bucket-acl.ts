import { isDomainError } from "../../../core/errors.ts";
import { missingArgument } from "../answers.ts";
import { aclText, bucketAclHeader } from "../headers.ts";
import { bucketOf, ossOperation, page } from "../oss-operation.ts";
import { aclDocument, empty } from "../replies.ts";
import { bucketLocation, newBucket, PutBucket } from "./put-bucket.ts";

/** A bucket that is not there is made, as the vendor says, by whoever may make it. */
export const PutBucketAcl = ossOperation({
  name: "PutBucketAcl",
  docs: page("putbucketacl"),
  route: { method: "PUT", target: "bucket", select: ["acl"] },
  access: { action: "oss:PutBucketAcl", capability: "bucket.writeAcl" },
  input: (call) => ({ ...bucketOf(call), acl: bucketAclHeader(call) ?? missingArgument("x-oss-acl") }),
  async run(core, input, { context }) {
    try {
      await core.buckets.setAcl(context, input);
    } catch (error) {
      if (!isDomainError(error, "bucketMissing")) throw error;
      await core.buckets.create({ ...context, ...PutBucket.access }, { ...newBucket(input), acl: input.acl });
    }
  },
  reply: (_output, { address }) => empty(200, bucketLocation(address)),
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
