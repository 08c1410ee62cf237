import { xmlText } from "../../../lib/xml.ts";
import { refuse, unservedOperation } from "../answers.ts";
import { encryptionShown } from "../encryption.ts";
import { encodingElement, namingOf } from "../listing.ts";
import { newLockable } from "../object-input.ts";
import { ossOperation, page } from "../oss-operation.ts";
import { encodingParameter, parameter } from "../parameters.ts";
import { document } from "../replies.ts";

export const InitiateMultipartUpload = ossOperation({
  name: "InitiateMultipartUpload",
  docs: page("initiatemultipartupload"),
  route: { method: "POST", target: "object", select: ["uploads"] },
  access: { action: "oss:PutObject", capability: "upload.write" },
  input: (call) => {
    // Parts in order only, and a Content-MD5 of the whole at the end: not kept yet, so not promised.
    if (parameter(call, "sequential") !== undefined) refuse(unservedOperation("sequential"));
    return { ...newLockable(call), encoded: encodingParameter(call) };
  },
  run: (core, { encoded: _, ...input }, { context }) => core.uploads.create(context, input),
  reply: (upload, _call, { bucket, key, encoded }) =>
    document(
      "InitiateMultipartUploadResult",
      encodingElement(encoded) + xmlText("Bucket", bucket) + xmlText("Key", namingOf(encoded)(key)) + xmlText("UploadId", upload.id),
      encryptionShown(upload.encryption),
    ),
});
