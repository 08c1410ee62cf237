import type { Lifecycle } from "../../../core/lifecycle/model.ts";
import type { ConfigDocument } from "../../../core/model.ts";
import { operation } from "../../operation.ts";
import { configurationReply, written } from "../documents/configuration.ts";
import { lifecycleContent, lifecycleDocumentLimits, parseLifecycle } from "../documents/lifecycle.ts";
import { emptyReply } from "../documents/render.ts";
import type { S3Call, S3Settings } from "../flavour.ts";
import { bucketOf } from "../parse/query.ts";
import { invalidArgument } from "../refusals.ts";

const absent = { code: "NoSuchLifecycleConfiguration", message: "The lifecycle configuration does not exist" };
const minimumHeader = "x-amz-transition-default-minimum-object-size";
const minimumNames = { stay: "all_storage_classes_128K", byClass: "varies_by_storage_class" } as const;

function smallObjectsOf(call: S3Call): Lifecycle["smallObjects"] {
  const text = call.request.headers[minimumHeader];
  if (text === undefined || text === minimumNames.stay) return "stay";
  return text === minimumNames.byClass ? "byClass" : invalidArgument(minimumHeader, text, "Invalid value for the default minimum object size of transitions.");
}
const minimum = ({ smallObjects }: Lifecycle): string[] => [minimumHeader, minimumNames[smallObjects]];

export const GetBucketLifecycleConfiguration = operation<S3Settings, void, ConfigDocument<"lifecycle"> | undefined>({
  name: "GetBucketLifecycleConfiguration",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLifecycleConfiguration.html",
  route: { method: "GET", target: "bucket", select: ["lifecycle"] },
  access: { action: "s3:GetLifecycleConfiguration", capability: "bucket.own" },
  input: () => undefined,
  run: (core, _, call) => core.documents.get(call.context, { ...bucketOf(call), kind: "lifecycle" }),
  reply: (document, call) => {
    const reply = configurationReply(call, document, { root: "LifecycleConfiguration", content: lifecycleContent, absent });
    return document === undefined ? reply : { ...reply, headers: [...reply.headers, ...minimum(document.model)] };
  },
});

export const PutBucketLifecycleConfiguration = operation<S3Settings, ConfigDocument<"lifecycle">, void>({
  name: "PutBucketLifecycleConfiguration",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html",
  route: { method: "PUT", target: "bucket", select: ["lifecycle"] },
  access: { action: "s3:PutLifecycleConfiguration", capability: "bucket.own" },
  body: { document: lifecycleDocumentLimits.bytesMax },
  input: (call) => {
    const { lifecycle, named } = parseLifecycle(call.document, smallObjectsOf(call));
    const document = written<"lifecycle">(call, lifecycle);
    // Who leaves IDs out is told those the rules got.
    return named ? document : { ...document, raw: "" };
  },
  run: (core, document, call) => core.documents.put(call.context, { ...bucketOf(call), kind: "lifecycle", document }),
  reply: (_, __, document) => emptyReply(200, minimum(document.model)),
});

export const DeleteBucketLifecycle = operation<S3Settings, void, void>({
  name: "DeleteBucketLifecycle",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketLifecycle.html",
  route: { method: "DELETE", target: "bucket", select: ["lifecycle"] },
  access: { action: "s3:DeleteLifecycleConfiguration", capability: "bucket.own" },
  input: () => undefined,
  run: (core, _, call) => core.documents.remove(call.context, { ...bucketOf(call), kind: "lifecycle" }),
  reply: () => emptyReply(204),
});
