import type { ConfigDocument, Cors } from "../../../core/model.ts";
import { operation } from "../../operation.ts";
import { configurationReply, written } from "../documents/configuration.ts";
import { corsContent, corsDocumentLimits, parseCors } from "../documents/cors.ts";
import { emptyReply } from "../documents/render.ts";
import type { S3Settings } from "../flavour.ts";
import { bucketOf } from "../parse/query.ts";

const absent = { code: "NoSuchCORSConfiguration", message: "The CORS configuration does not exist" };

export const GetBucketCors = operation<S3Settings, void, ConfigDocument<"cors"> | undefined>({
  name: "GetBucketCors",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketCors.html",
  route: { method: "GET", target: "bucket", select: ["cors"] },
  access: { action: "s3:GetBucketCORS", capability: "bucket.own" },
  input: () => undefined,
  run: (core, _, call) => core.documents.get(call.context, { ...bucketOf(call), kind: "cors" }),
  reply: (document, call) => configurationReply(call, document, { root: "CORSConfiguration", content: corsContent, absent }),
});

export const PutBucketCors = operation<S3Settings, Cors, void>({
  name: "PutBucketCors",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html",
  route: { method: "PUT", target: "bucket", select: ["cors"] },
  access: { action: "s3:PutBucketCORS", capability: "bucket.own" },
  body: { document: corsDocumentLimits.bytesMax },
  input: (call) => parseCors(call.document),
  run: (core, cors, call) => core.documents.put(call.context, { ...bucketOf(call), kind: "cors", document: written(call, cors) }),
  reply: () => emptyReply(200),
});

export const DeleteBucketCors = operation<S3Settings, void, void>({
  name: "DeleteBucketCors",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketCors.html",
  route: { method: "DELETE", target: "bucket", select: ["cors"] },
  access: { action: "s3:DeleteBucketCORS", capability: "bucket.own" },
  input: () => undefined,
  run: (core, _, call) => core.documents.remove(call.context, { ...bucketOf(call), kind: "cors" }),
  reply: () => emptyReply(204),
});
