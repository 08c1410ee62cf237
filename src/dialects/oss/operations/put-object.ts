import type { VersionResult } from "../../../core/api.ts";
import { tell, toldReply } from "../callback/notify.ts";
import { callbackHeaders, callbackOf } from "../callback/parse.ts";
import { encryptionShown } from "../encryption.ts";
import { newLockable, requireLength } from "../object-input.ts";
import { ossOperation, page } from "../oss-operation.ts";
import { contentMd5, crcHeader, empty, quotedEtag, versionHeaders } from "../replies.ts";
import { throttledBody, trafficLimit } from "../traffic-limit.ts";

const headersOf = (result: VersionResult): string[] => [
  "ETag",
  quotedEtag(result.version.etag),
  ...contentMd5(result.version),
  ...crcHeader(result.version.crc64),
  ...versionHeaders(result),
  ...encryptionShown(result.version.encryption),
];

export const PutObject = ossOperation({
  name: "PutObject",
  docs: page("putobject"),
  route: { method: "PUT", target: "object", beside: ["callback"] },
  access: { action: "oss:PutObject", capability: "object.write" },
  body: "stream",
  input: (call) => {
    requireLength(call);
    return { object: newLockable(call, callbackHeaders), bytesPerSecond: trafficLimit(call), callback: callbackOf(call) };
  },
  run: async (core, { object, bytesPerSecond, callback }, call) => {
    const result = await core.objects.put(call.context, { ...object, body: throttledBody(call, bytesPerSecond) });
    return { result, told: await tell(callback, call, "PutObject", result, headersOf(result)) };
  },
  reply: ({ result, told }) => toldReply(told, headersOf(result)) ?? empty(200, headersOf(result)),
});
