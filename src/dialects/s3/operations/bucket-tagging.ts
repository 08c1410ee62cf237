import type { ConfigDocument, Tags } from "../../../core/model.ts";
import { operation } from "../../operation.ts";
import { configurationReply, written } from "../documents/configuration.ts";
import { emptyReply } from "../documents/render.ts";
import { tagSetContent } from "../documents/tagging.ts";
import type { S3Settings } from "../flavour.ts";
import { bucketOf } from "../parse/query.ts";
import { taggingDocument, taggingLimits } from "../parse/tagging.ts";

const absent = { code: "NoSuchTagSet", message: "The TagSet does not exist" };

export const GetBucketTagging = operation<S3Settings, void, ConfigDocument<"tags"> | undefined>({
  name: "GetBucketTagging",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketTagging.html",
  route: { method: "GET", target: "bucket", select: ["tagging"] },
  access: { action: "s3:GetBucketTagging", capability: "bucket.own" },
  input: () => undefined,
  run: (core, _, call) => core.documents.get(call.context, { ...bucketOf(call), kind: "tags" }),
  reply: (document, call) => configurationReply(call, document, { root: "Tagging", content: tagSetContent, absent }),
});

export const PutBucketTagging = operation<S3Settings, Tags, void>({
  name: "PutBucketTagging",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html",
  route: { method: "PUT", target: "bucket", select: ["tagging"] },
  access: { action: "s3:PutBucketTagging", capability: "bucket.own" },
  body: { document: taggingLimits.bytesMax },
  input: (call) => taggingDocument(call, taggingLimits.perBucketMax),
  run: (core, tags, call) => core.documents.put(call.context, { ...bucketOf(call), kind: "tags", document: written(call, tags) }),
  reply: () => emptyReply(204),
});

export const DeleteBucketTagging = operation<S3Settings, void, void>({
  name: "DeleteBucketTagging",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketTagging.html",
  route: { method: "DELETE", target: "bucket", select: ["tagging"] },
  access: { action: "s3:DeleteBucketTagging", capability: "bucket.own" },
  input: () => undefined,
  run: (core, _, call) => core.documents.remove(call.context, { ...bucketOf(call), kind: "tags" }),
  reply: () => emptyReply(204),
});
