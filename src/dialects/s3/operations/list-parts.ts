import type { Core, Part } from "../../../core/api.ts";
import { isoTime } from "../../../lib/time.ts";
import { xmlElement, xmlText } from "../../../lib/xml.ts";
import { operation } from "../../operation.ts";
import { abortHeaders } from "../documents/due.ts";
import { keyText } from "../documents/listing.ts";
import { ownerElement } from "../documents/owners.ts";
import { documentReply } from "../documents/render.ts";
import type { S3Settings } from "../flavour.ts";
import { storageClassName } from "../parse/attributes.ts";
import { checksumElement, checksumTypeName } from "../parse/checksums.ts";
import { encodingOf, objectOf, pageSize, partMarker, uploadIdOf } from "../parse/query.ts";

type Input = { uploadId: string; after: number; limit: number; encoding: "url" | undefined };

const partElement = ({ number, modifiedMs, etag, size, checksum }: Part): string =>
  xmlElement(
    "Part",
    xmlText("PartNumber", number) +
      xmlText("LastModified", isoTime(modifiedMs)) +
      xmlText("ETag", `"${etag}"`) +
      xmlText("Size", size) +
      (checksum === undefined ? "" : xmlText(checksumElement(checksum.algorithm), checksum.value)),
  );

export const ListParts = operation<S3Settings, Input, Awaited<ReturnType<Core["uploads"]["parts"]>>>({
  name: "ListParts",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html",
  route: { method: "GET", target: "object", select: ["uploadId"] },
  access: { action: "s3:ListMultipartUploadParts", capability: "upload.read" },
  input: (call) => ({ uploadId: uploadIdOf(call), after: partMarker(call), limit: pageSize(call, "max-parts", true), encoding: encodingOf(call) }),
  run: (core, { uploadId, after, limit }, call) => core.uploads.parts(call.context, { ...objectOf(call), uploadId, after, limit }),
  reply: ({ upload, parts, truncated, initiator, owner, abort }, call, { after, limit, encoding }) => {
    const { bucket, key } = objectOf(call);
    return documentReply(
      call,
      "ListPartsResult",
      xmlText("Bucket", bucket) +
        xmlText("Key", keyText(encoding)(key)) +
        xmlText("UploadId", upload.id) +
        ownerElement(initiator, "Initiator") +
        ownerElement(owner) +
        xmlText("StorageClass", storageClassName(upload.storageClass)) +
        (upload.checksum === undefined
          ? ""
          : xmlText("ChecksumAlgorithm", upload.checksum.algorithm.toUpperCase()) + xmlText("ChecksumType", checksumTypeName(upload.checksum.type))) +
        xmlText("PartNumberMarker", after) +
        // 2026-11-28: after the last part S3 says 0, and the SDK for JavaScript, which looks at nothing else, begins anew for ever; here it comes to an end
        xmlText("NextPartNumberMarker", parts.at(-1)?.number) +
        xmlText("MaxParts", limit) +
        xmlText("EncodingType", encoding) +
        xmlText("IsTruncated", truncated) +
        parts.map(partElement).join(""),
      abortHeaders(abort),
    );
  },
});
