import { operation } from "../../operation.ts";
import { emptyReply } from "../documents/render.ts";
import type { S3Settings } from "../flavour.ts";
import { objectOf, uploadIdOf } from "../parse/query.ts";

export const AbortMultipartUpload = operation<S3Settings, { uploadId: string }, void>({
  name: "AbortMultipartUpload",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html",
  route: { method: "DELETE", target: "object", select: ["uploadId"] },
  access: { action: "s3:AbortMultipartUpload", capability: "upload.abort" },
  input: (call) => ({ uploadId: uploadIdOf(call) }),
  run: (core, { uploadId }, call) => core.uploads.abort(call.context, { ...objectOf(call), uploadId }),
  reply: () => emptyReply(204),
});
