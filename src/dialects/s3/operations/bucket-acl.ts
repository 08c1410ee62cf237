import type { BucketInfo } from "../../../core/api.ts";
import { operation } from "../../operation.ts";
import { aclContent, aclDocumentBytesMax } from "../documents/acl.ts";
import { documentReply, emptyReply } from "../documents/render.ts";
import type { S3Settings } from "../flavour.ts";
import { type AclRequest, aclRequest, resolveAcl } from "../parse/acl-request.ts";
import { bucketOf } from "../parse/query.ts";

export const GetBucketAcl = operation<S3Settings, void, BucketInfo>({
  name: "GetBucketAcl",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html",
  route: { method: "GET", target: "bucket", select: ["acl"] },
  access: { action: "s3:GetBucketAcl", capability: "bucket.readAcl" },
  input: () => undefined,
  run: (core, _, call) => core.buckets.get(call.context, bucketOf(call)),
  reply: ({ state, owner }, call) => documentReply(call, "AccessControlPolicy", aclContent(state.acl, state.acl, owner, owner)),
});

/** Canned ACLs; a document that equals one is taken, others answer NotImplemented. */
export const PutBucketAcl = operation<S3Settings, AclRequest, void>({
  name: "PutBucketAcl",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html",
  route: { method: "PUT", target: "bucket", select: ["acl"] },
  access: { action: "s3:PutBucketAcl", capability: "bucket.writeAcl" },
  body: { document: aclDocumentBytesMax },
  input: aclRequest,
  run: async (core, request, call) => {
    const address = bucketOf(call);
    const { owner } = await core.buckets.get(call.context, address);
    await core.buckets.setAcl(call.context, { ...address, acl: await resolveAcl(core, call, request, owner, owner) });
  },
  reply: () => emptyReply(200),
});
