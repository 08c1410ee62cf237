import type { BucketEncryption, ConfigDocument } from "../../../core/model.ts";
import { operation } from "../../operation.ts";
import { configurationReply, written } from "../documents/configuration.ts";
import { encryptionContent } from "../documents/encryption.ts";
import { emptyReply } from "../documents/render.ts";
import type { S3Settings } from "../flavour.ts";
import { encryptionDocument, encryptionLimits } from "../parse/encryption.ts";
import { bucketOf } from "../parse/query.ts";

const absent = { code: "ServerSideEncryptionConfigurationNotFoundError", message: "The server side encryption configuration was not found" };
type Document = ConfigDocument<"encryption">;

/** What nobody wrote is shown too: how buckets made here are encrypted from the start. */
export const GetBucketEncryption = operation<S3Settings, void, Document | undefined>({
  name: "GetBucketEncryption",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketEncryption.html",
  route: { method: "GET", target: "bucket", select: ["encryption"] },
  access: { action: "s3:GetEncryptionConfiguration", capability: "bucket.own" },
  input: () => undefined,
  run: async (core, _, call) => {
    const document = await core.documents.get(call.context, { ...bucketOf(call), kind: "encryption" });
    if (document !== undefined) return document;
    const { state } = await core.buckets.get(call.context, bucketOf(call));
    return state.encryption && { model: state.encryption, writer: "", raw: "" };
  },
  reply: (document, call) => configurationReply<"encryption">(call, document, { root: "ServerSideEncryptionConfiguration", content: encryptionContent, absent }),
});

export const PutBucketEncryption = operation<S3Settings, BucketEncryption, void>({
  name: "PutBucketEncryption",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html",
  route: { method: "PUT", target: "bucket", select: ["encryption"] },
  access: { action: "s3:PutEncryptionConfiguration", capability: "bucket.own" },
  body: { document: encryptionLimits.documentBytesMax },
  input: (call) => encryptionDocument(call),
  run: (core, model, call) => core.documents.put(call.context, { ...bucketOf(call), kind: "encryption", document: written(call, model) }),
  reply: () => emptyReply(200),
});

/** Back to what new buckets have: as S3, which encrypts in any case, or nothing. */
export const DeleteBucketEncryption = operation<S3Settings, void, void>({
  name: "DeleteBucketEncryption",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketEncryption.html",
  route: { method: "DELETE", target: "bucket", select: ["encryption"] },
  access: { action: "s3:DeleteEncryptionConfiguration", capability: "bucket.own" },
  input: () => undefined,
  run: (core, _, call) => {
    const address = { ...bucketOf(call), kind: "encryption" } as const;
    if (call.settings.flavour.newBucketEncryption === "none" || call.settings.defaultEncryption === "none") return core.documents.remove(call.context, address);
    return core.documents.put(call.context, { ...address, document: { model: { mode: "store" }, writer: "", raw: "" } });
  },
  reply: () => emptyReply(204),
});
