import { operation } from "../../operation.ts";
import { aclContent, aclDocumentBytesMax, type ShownAcl, shownAcl } from "../documents/acl.ts";
import { documentReply, emptyReply } from "../documents/render.ts";
import type { S3Settings } from "../flavour.ts";
import { type AclRequest, aclRequest, requestedAcl } from "../parse/acl-request.ts";
import { bucketOf } from "../parse/query.ts";

export const GetBucketAcl = operation<S3Settings, void, ShownAcl>({
  name: "GetBucketAcl",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html",
  route: { method: "GET", target: "bucket", select: ["acl"] },
  access: { action: "s3:GetBucketAcl", capability: "bucket.readAcl" },
  input: () => undefined,
  run: async (core, _, call) => {
    const { state, owner } = await core.buckets.get(call.context, bucketOf(call));
    return shownAcl(core, state.ownership === "bucketOwnerOnly" ? "private" : state.acl, owner, owner);
  },
  reply: (shown, call) => documentReply(call, "AccessControlPolicy", aclContent(shown)),
});

/** Canned, as grants in headers, or as a document. */
export const PutBucketAcl = operation<S3Settings, AclRequest, void>({
  name: "PutBucketAcl",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html",
  route: { method: "PUT", target: "bucket", select: ["acl"] },
  access: { action: "s3:PutBucketAcl", capability: "bucket.writeAcl" },
  body: { document: aclDocumentBytesMax },
  input: (call) => aclRequest(call, "bucket"),
  run: async (core, request, call) => {
    const address = bucketOf(call);
    const { owner } = await core.buckets.get(call.context, address);
    await core.buckets.setAcl(call.context, { ...address, acl: await requestedAcl(core, call, request, owner) });
  },
  reply: () => emptyReply(200),
});
