import { encryptionShown } from "../encryption.ts";
import { newObject, requireLength } from "../object-input.ts";
import { ossOperation, page } from "../oss-operation.ts";
import { contentMd5, crcHeader, empty, quotedEtag, versionHeaders } from "../replies.ts";
import { throttledBody, trafficLimit } from "../traffic-limit.ts";

export const PutObject = ossOperation({
  name: "PutObject",
  docs: page("putobject"),
  route: { method: "PUT", target: "object" },
  access: { action: "oss:PutObject", capability: "object.write" },
  body: "stream",
  input: (call) => {
    requireLength(call);
    return { object: newObject(call), bytesPerSecond: trafficLimit(call) };
  },
  run: (core, { object, bytesPerSecond }, call) => core.objects.put(call.context, { ...object, body: throttledBody(call, bytesPerSecond) }),
  reply: (result) =>
    empty(200, [
      "ETag",
      quotedEtag(result.version.etag),
      ...contentMd5(result.version),
      ...crcHeader(result.version.crc64),
      ...versionHeaders(result),
      ...encryptionShown(result.version.encryption),
    ]),
});
