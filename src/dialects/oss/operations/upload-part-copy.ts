import { parseRange } from "../../../lib/ranges.ts";
import { isoTime } from "../../../lib/time.ts";
import { xmlText } from "../../../lib/xml.ts";
import type { WireRequest } from "../../wire.ts";
import { invalidArgument } from "../answers.ts";
import { copyConditions, copySource, copySourceHeader } from "../copy-source.ts";
import { refuseUnservedHeaders } from "../headers.ts";
import { objectOf, ossOperation, page } from "../oss-operation.ts";
import { partNumberParameter, uploadIdParameter } from "../parameters.ts";
import { crcHeader, document, quotedEtag, versionText } from "../replies.ts";
import { refuseTrafficLimit } from "../traffic-limit.ts";

/** `bytes=first-last`; the last may be missing. `end` is excluded, as the core has it. */
function copyRange({ request }: { request: WireRequest }): { range?: { start: number; end?: number } } {
  const header = request.headers[`${copySourceHeader}-range`];
  if (header === undefined) return {};
  const range = parseRange(header);
  if (typeof range === "string" || "suffix" in range) return invalidArgument(`${copySourceHeader}-range`, header, "The range must be bytes=first-last.");
  return { range: { start: range.start, ...(range.end === undefined ? {} : { end: range.end + 1 }) } };
}

export const UploadPartCopy = ossOperation({
  name: "UploadPartCopy",
  docs: page("uploadpartcopy"),
  route: { method: "PUT", target: "object", select: ["partNumber", "uploadId"], header: copySourceHeader },
  access: { action: "oss:PutObject", capability: "upload.write" },
  input: (call) => {
    refuseUnservedHeaders(call);
    refuseTrafficLimit(call);
    return {
      ...objectOf(call),
      uploadId: uploadIdParameter(call),
      partNumber: partNumberParameter(call),
      source: copySource(call),
      sourceAction: "oss:GetObject",
      sourceConditions: copyConditions(call),
      ...copyRange(call),
    };
  },
  run: (core, input, { context }) => core.uploads.copyPart(context, input),
  reply: (part) =>
    document("CopyPartResult", xmlText("LastModified", isoTime(part.modifiedMs)) + xmlText("ETag", quotedEtag(part.etag)), [
      "ETag",
      quotedEtag(part.etag),
      ...crcHeader(part.crc64),
      ...(part.sourceVersioning === "off" ? [] : ["x-oss-copy-source-version-id", versionText(part.source)]),
    ]),
});
