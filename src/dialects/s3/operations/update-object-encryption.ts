import type { VersionResult } from "../../../core/api.ts";
import type { VersionSelector } from "../../../core/model.ts";
import { operation } from "../../operation.ts";
import { emptyReply } from "../documents/render.ts";
import type { S3Settings } from "../flavour.ts";
import { encryptionLimits, keyChange } from "../parse/encryption.ts";
import { objectOf, versionOf } from "../parse/query.ts";
import { invalidRequest } from "../refusals.ts";

type Input = { version: VersionSelector; keyName: string; perBucket: boolean };

/** Another key for the object's own key, in place: no byte, no date and no ETag changes. */
export const UpdateObjectEncryption = operation<S3Settings, Input, VersionResult>({
  name: "UpdateObjectEncryption",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_UpdateObjectEncryption.html",
  route: { method: "PUT", target: "object", select: ["encryption"] },
  access: { action: "s3:UpdateObjectEncryption", capability: "bucket.own" },
  body: { document: encryptionLimits.documentBytesMax },
  input: (call) => {
    if (call.context.facts?.("signature.version")?.[0] === "AWS") return invalidRequest("Requests that modify an object encryption configuration require AWS Signature Version 4.");
    return { version: versionOf(call), ...keyChange(call) };
  },
  run: (core, input, call) => core.encryption.changeKey(call.context, { ...objectOf(call), ...input }),
  reply: () => emptyReply(200),
});
