import { encryptionShown, refuseEncryption } from "../encryption.ts";
import { refuseUnservedHeaders } from "../headers.ts";
import { requireLength } from "../object-input.ts";
import { objectOf, ossOperation, page } from "../oss-operation.ts";
import { partNumberParameter, uploadIdParameter } from "../parameters.ts";
import { contentMd5, crcHeader, empty, quotedEtag } from "../replies.ts";
import { throttledBody, trafficLimit } from "../traffic-limit.ts";

export const UploadPart = ossOperation({
  name: "UploadPart",
  docs: page("uploadpart"),
  route: { method: "PUT", target: "object", select: ["partNumber", "uploadId"] },
  access: { action: "oss:PutObject", capability: "upload.write" },
  body: "stream",
  input: (call) => {
    requireLength(call);
    refuseEncryption(call);
    refuseUnservedHeaders(call);
    return { part: { ...objectOf(call), uploadId: uploadIdParameter(call), partNumber: partNumberParameter(call) }, bytesPerSecond: trafficLimit(call) };
  },
  run: (core, { part, bytesPerSecond }, call) => core.uploads.putPart(call.context, { ...part, body: throttledBody(call, bytesPerSecond) }),
  reply: (part) =>
    empty(200, ["ETag", quotedEtag(part.etag), ...contentMd5({ ...part, form: "single", kind: "object" }), ...crcHeader(part.crc64), ...encryptionShown(part.encryption)]),
});
