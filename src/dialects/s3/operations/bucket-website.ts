import type { Website } from "../../../core/buckets/website-model.ts";
import type { ConfigDocument } from "../../../core/model.ts";
import { operation } from "../../operation.ts";
import { configurationReply, written } from "../documents/configuration.ts";
import { emptyReply } from "../documents/render.ts";
import { parseWebsite, websiteContent, websiteDocumentLimits } from "../documents/website.ts";
import type { S3Settings } from "../flavour.ts";
import { bucketOf } from "../parse/query.ts";

const absent = { code: "NoSuchWebsiteConfiguration", message: "The specified bucket does not have a website configuration" };

export const GetBucketWebsite = operation<S3Settings, void, ConfigDocument<"website"> | undefined>({
  name: "GetBucketWebsite",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketWebsite.html",
  route: { method: "GET", target: "bucket", select: ["website"] },
  access: { action: "s3:GetBucketWebsite", capability: "bucket.own" },
  input: () => undefined,
  run: (core, _, call) => core.documents.get(call.context, { ...bucketOf(call), kind: "website" }),
  reply: (document, call) => configurationReply(call, document, { root: "WebsiteConfiguration", content: websiteContent, absent }),
});

/** Acted upon by the website's host (website/website.ts). */
export const PutBucketWebsite = operation<S3Settings, Website, void>({
  name: "PutBucketWebsite",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketWebsite.html",
  route: { method: "PUT", target: "bucket", select: ["website"] },
  access: { action: "s3:PutBucketWebsite", capability: "bucket.own" },
  body: { document: websiteDocumentLimits.bytesMax },
  input: (call) => parseWebsite(call.document),
  run: (core, website, call) => core.documents.put(call.context, { ...bucketOf(call), kind: "website", document: written(call, website) }),
  reply: () => emptyReply(200),
});

export const DeleteBucketWebsite = operation<S3Settings, void, void>({
  name: "DeleteBucketWebsite",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketWebsite.html",
  route: { method: "DELETE", target: "bucket", select: ["website"] },
  access: { action: "s3:DeleteBucketWebsite", capability: "bucket.own" },
  input: () => undefined,
  run: (core, _, call) => core.documents.remove(call.context, { ...bucketOf(call), kind: "website" }),
  reply: () => emptyReply(204),
});
