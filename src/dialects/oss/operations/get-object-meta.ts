import { httpDate } from "../../../lib/time.ts";
import { objectOf, ossOperation, page } from "../oss-operation.ts";
import { versionInput } from "../parameters.ts";
import { crcHeader, empty, quotedEtag, versionHeaders } from "../replies.ts";

/** The little that sizes and caches need. */
export const GetObjectMeta = ossOperation({
  name: "GetObjectMeta",
  docs: page("getobjectmeta"),
  route: { method: "HEAD", target: "object", select: ["objectMeta"] },
  access: { action: "oss:GetObject", capability: "object.read" },
  input: (call) => ({ ...objectOf(call), ...versionInput(call) }),
  run: (core, input, { context }) => core.objects.head(context, input),
  reply: (result) =>
    empty(200, [
      "Content-Length",
      String(result.version.size),
      "ETag",
      quotedEtag(result.version.etag),
      "Last-Modified",
      httpDate(result.version.modifiedMs),
      ...crcHeader(result.version.crc64),
      ...versionHeaders(result),
    ]),
});
