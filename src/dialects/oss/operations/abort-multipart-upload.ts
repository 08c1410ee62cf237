import { objectOf, ossOperation, page } from "../oss-operation.ts";
import { uploadIdParameter } from "../parameters.ts";
import { empty } from "../replies.ts";

export const AbortMultipartUpload = ossOperation({
  name: "AbortMultipartUpload",
  docs: page("abortmultipartupload"),
  route: { method: "DELETE", target: "object", select: ["uploadId"] },
  access: { action: "oss:AbortMultipartUpload", capability: "upload.abort" },
  input: (call) => ({ ...objectOf(call), uploadId: uploadIdParameter(call) }),
  run: (core, input, { context }) => core.uploads.abort(context, input),
  reply: () => empty(204),
});
