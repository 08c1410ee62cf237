import type { ConfigDocument } from "../../../core/model.ts";
import { refuse } from "../answers.ts";
import { configurationReply, written } from "../configuration.ts";
import { smallDocumentBytesMax } from "../documents.ts";
import { bucketOf, ossOperation, page } from "../oss-operation.ts";
import { empty } from "../replies.ts";
import { parseWebsite, websiteContent } from "../website-document.ts";

const kind = "website" as const;

/** Truths are read whatever their case, and told in lower case. */
const inLowerCase = (document: ConfigDocument<"website">): ConfigDocument<"website"> => ({
  ...document,
  raw: document.raw.replace(/>\s*(?:true|false)\s*</gi, (truth) => truth.toLowerCase()),
});

/** Acted upon by GetObject (website.ts) and on the hosts of websites. */
export const PutBucketWebsite = ossOperation({
  name: "PutBucketWebsite",
  docs: page("putbucketwebsite"),
  route: { method: "PUT", target: "bucket", select: ["website"] },
  access: { action: "oss:PutBucketWebsite", capability: "bucket.own" },
  body: { document: smallDocumentBytesMax },
  input: (call) => ({ ...bucketOf(call), kind, document: inLowerCase(written<"website">(parseWebsite(call.document), call.document)) }),
  run: (core, input, { context }) => core.documents.put(context, input),
  reply: () => empty(200),
});

export const GetBucketWebsite = ossOperation({
  name: "GetBucketWebsite",
  docs: page("getbucketwebsite"),
  route: { method: "GET", target: "bucket", select: ["website"] },
  access: { action: "oss:GetBucketWebsite", capability: "bucket.own" },
  input: (call) => ({ ...bucketOf(call), kind }),
  run: (core, input, { context }) => core.documents.get(context, input),
  reply: (kept, _call, { bucket }) =>
    kept === undefined
      ? refuse({
          status: 404,
          code: "NoSuchWebsiteConfiguration",
          message: "The specified bucket does not have a website configuration.",
          elements: [["BucketName", bucket]],
        })
      : configurationReply(kept, "WebsiteConfiguration", websiteContent),
});

export const DeleteBucketWebsite = ossOperation({
  name: "DeleteBucketWebsite",
  docs: page("deletebucketwebsite"),
  route: { method: "DELETE", target: "bucket", select: ["website"] },
  access: { action: "oss:DeleteBucketWebsite", capability: "bucket.own" },
  input: (call) => ({ ...bucketOf(call), kind }),
  run: (core, input, { context }) => core.documents.remove(context, input),
  reply: () => empty(204),
});
