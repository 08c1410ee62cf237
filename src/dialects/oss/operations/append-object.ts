import { invalidArgument, missingArgument } from "../answers.ts";
import { encryptionShown } from "../encryption.ts";
import { grownObject, newObject, requireLength } from "../object-input.ts";
import { objectOf, ossOperation, page } from "../oss-operation.ts";
import { parameter } from "../parameters.ts";
import { appendHeaders, crcHeader, empty, quotedEtag, versionHeaders } from "../replies.ts";
import { throttledBody, trafficLimit } from "../traffic-limit.ts";

function positionOf(call: Parameters<typeof parameter>[0]): number {
  const text = parameter(call, "position") ?? missingArgument("position");
  return /^\d{1,15}$/.test(text) ? Number(text) : invalidArgument("position", text, "The append position must be a whole number of bytes.");
}

/** Position 0 makes the object where there is none; the checksum that is answered is that of all of it. */
export const AppendObject = ossOperation({
  name: "AppendObject",
  docs: page("appendobject"),
  route: { method: "POST", target: "object", select: ["append"] },
  access: { action: "oss:PutObject", capability: "object.write" },
  body: "stream",
  input: (call) => {
    requireLength(call);
    const offset = positionOf(call);
    return { object: offset === 0 ? newObject(call) : grownObject(call), offset, bytesPerSecond: trafficLimit(call) };
  },
  run: (core, { object, offset, bytesPerSecond }, call) => core.objects.append(call.context, { ...object, offset, body: throttledBody(call, bytesPerSecond) }),
  reply: (result) => {
    const { version } = result;
    const headers = ["ETag", quotedEtag(version.etag), ...appendHeaders(version), ...crcHeader(version.crc64)];
    return empty(200, [...headers, ...versionHeaders(result), ...encryptionShown(version.encryption)]);
  },
});

export const SealAppendObject = ossOperation({
  name: "SealAppendObject",
  docs: page("sealappendobject"),
  route: { method: "POST", target: "object", select: ["seal"] },
  access: { action: "oss:PutObject", capability: "object.write" },
  input: (call) => ({ ...objectOf(call), size: positionOf(call) }),
  run: (core, input, { context }) => core.objects.seal(context, input),
  reply: ({ version }) => empty(200, appendHeaders(version)),
});
