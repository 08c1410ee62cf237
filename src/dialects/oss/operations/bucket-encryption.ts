import type { BucketEncryption, ConfigDocument } from "../../../core/model.ts";
import { xmlElement } from "../../../lib/xml.ts";
import { xmlChild, xmlChildText } from "../../../lib/xml-reader.ts";
import { malformedXml, refuse } from "../answers.ts";
import { configurationReply, written } from "../configuration.ts";
import { readDocument, smallDocumentBytesMax } from "../documents.ts";
import { encryptionAsked, encryptionElements } from "../encryption.ts";
import { bucketOf, ossOperation, page } from "../oss-operation.ts";
import { empty } from "../replies.ts";

const kind = "encryption" as const;
const root = "ServerSideEncryptionRule";

/** AES256 or KMS, with a key's name or without; keys are looked for when something is written. */
function ruleOf(bytes: Uint8Array): BucketEncryption {
  const rule = xmlChild(readDocument(bytes, root), "ApplyServerSideEncryptionByDefault") ?? malformedXml("ApplyServerSideEncryptionByDefault is missing.");
  const text = (name: string): string | undefined => xmlChildText(rule, name)?.trim() || undefined;
  const method = text("SSEAlgorithm") ?? malformedXml("SSEAlgorithm is missing.");
  return encryptionAsked(
    { method, keyName: text("KMSMasterKeyID"), cipher: text("KMSDataEncryption") },
    { method: "SSEAlgorithm", keyName: "KMSMasterKeyID", cipher: "KMSDataEncryption" },
  );
}

/** An empty key's element says nothing, and so does a cipher beside another method: read back they are not there. */
export const PutBucketEncryption = ossOperation({
  name: "PutBucketEncryption",
  docs: page("putbucketencryption"),
  route: { method: "PUT", target: "bucket", select: ["encryption"] },
  access: { action: "oss:PutBucketEncryption", capability: "bucket.own" },
  body: { document: smallDocumentBytesMax },
  input: (call) => {
    const document = written<"encryption">(ruleOf(call.document), call.document);
    const { raw, model } = document;
    const saysNothing = /<KMSMasterKeyID\s*(?:\/>|>\s*<)/.test(raw) || (model.mode !== "key" && raw.includes("<KMSDataEncryption"));
    return { ...bucketOf(call), kind, document: saysNothing ? { ...document, raw: "" } : document };
  },
  run: (core, input, { context }) => core.documents.put(context, input),
  reply: () => empty(200),
});

/** How buckets that another dialect made are encrypted from the start is shown too. */
export const GetBucketEncryption = ossOperation({
  name: "GetBucketEncryption",
  docs: page("getbucketencryption"),
  route: { method: "GET", target: "bucket", select: ["encryption"] },
  access: { action: "oss:GetBucketEncryption", capability: "bucket.own" },
  input: bucketOf,
  run: async (core, address, { context }): Promise<ConfigDocument<"encryption"> | undefined> => {
    const kept = await core.documents.get(context, { ...address, kind });
    if (kept !== undefined) return kept;
    const { state } = await core.buckets.get(context, address);
    return state.encryption && { model: state.encryption, writer: "", raw: "" };
  },
  reply: (kept, _call, { bucket }) =>
    kept === undefined
      ? refuse({
          status: 404,
          code: "NoSuchServerSideEncryptionRule",
          message: "The server side encryption configuration is not found.",
          elements: [["BucketName", bucket]],
        })
      : configurationReply(kept, root, (model) => xmlElement("ApplyServerSideEncryptionByDefault", encryptionElements(model))),
});

export const DeleteBucketEncryption = ossOperation({
  name: "DeleteBucketEncryption",
  docs: page("deletebucketencryption"),
  route: { method: "DELETE", target: "bucket", select: ["encryption"] },
  access: { action: "oss:DeleteBucketEncryption", capability: "bucket.own" },
  input: (call) => ({ ...bucketOf(call), kind }),
  run: (core, input, { context }) => core.documents.remove(context, input),
  reply: () => empty(204),
});
