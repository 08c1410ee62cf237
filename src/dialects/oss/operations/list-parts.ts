import { isoTime } from "../../../lib/time.ts";
import { xmlElement, xmlText } from "../../../lib/xml.ts";
import { invalidArgument } from "../answers.ts";
import { storageClassText } from "../headers.ts";
import { encodingElement, namingOf } from "../listing.ts";
import { objectOf, ossOperation, page } from "../oss-operation.ts";
import { countParameter, encodingParameter, parameter, uploadIdParameter } from "../parameters.ts";
import { document, quotedEtag } from "../replies.ts";

const pageByDefault = 1000;

function partMarker(value: string | undefined): number {
  if (value === undefined || value === "") return 0;
  return /^[0-9]{1,9}$/.test(value) ? Number(value) : invalidArgument("part-number-marker", value, "Argument part-number-marker must be an integer.");
}

export const ListParts = ossOperation({
  name: "ListParts",
  docs: page("listparts"),
  route: { method: "GET", target: "object", select: ["uploadId"] },
  access: { action: "oss:ListParts", capability: "upload.read" },
  input: (call) => ({
    ...objectOf(call),
    uploadId: uploadIdParameter(call),
    after: partMarker(parameter(call, "part-number-marker")),
    limit: countParameter(call, "max-parts", pageByDefault),
    encoded: encodingParameter(call),
  }),
  run: (core, { encoded: _, ...input }, { context }) => core.uploads.parts(context, input),
  reply: ({ upload, parts, truncated }, _call, { bucket, key, after, limit, encoded }) => {
    const entries = parts.map((part) =>
      xmlElement(
        "Part",
        xmlText("PartNumber", part.number) +
          xmlText("LastModified", isoTime(part.modifiedMs)) +
          xmlText("ETag", quotedEtag(part.etag)) +
          xmlText("HashCrc64ecma", part.crc64) +
          xmlText("Size", part.size),
      ),
    );
    return document(
      "ListPartsResult",
      encodingElement(encoded) +
        xmlText("Bucket", bucket) +
        xmlText("Key", namingOf(encoded)(key)) +
        xmlText("UploadId", upload.id) +
        xmlText("StorageClass", storageClassText(upload.storageClass)) +
        xmlText("PartNumberMarker", after) +
        xmlText("NextPartNumberMarker", parts.at(-1)?.number ?? after) +
        xmlText("MaxParts", limit) +
        xmlText("IsTruncated", truncated) +
        entries.join(""),
    );
  },
});
