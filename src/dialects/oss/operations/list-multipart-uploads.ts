import { isoTime } from "../../../lib/time.ts";
import { xmlElement, xmlText } from "../../../lib/xml.ts";
import { storageClassText } from "../headers.ts";
import { encodingElement, namingOf, prefixElement } from "../listing.ts";
import { bucketOf, ossOperation, page } from "../oss-operation.ts";
import { countParameter, encodingParameter, markerParameter, textParameter } from "../parameters.ts";
import { document } from "../replies.ts";

const pageByDefault = 1000;

/** Unfinished uploads by key, then by the time they began. An upload-id-marker without a key-marker says nothing. */
export const ListMultipartUploads = ossOperation({
  name: "ListMultipartUploads",
  docs: page("listmultipartuploads"),
  route: { method: "GET", target: "bucket", select: ["uploads"] },
  access: { action: "oss:ListMultipartUploads", capability: "bucket.list" },
  input: (call) => {
    const keyAfter = markerParameter(call, "key-marker");
    return {
      ...bucketOf(call),
      prefix: textParameter(call, "prefix"),
      delimiter: textParameter(call, "delimiter"),
      keyAfter,
      uploadAfter: keyAfter === "" ? "" : textParameter(call, "upload-id-marker"),
      limit: countParameter(call, "max-uploads", pageByDefault),
      encoded: encodingParameter(call),
    };
  },
  run: (core, { encoded: _, ...input }, { context }) => core.listing.uploads(context, input),
  reply: ({ items, truncated }, _call, { bucket, prefix, delimiter, keyAfter, uploadAfter, limit, encoded }) => {
    const naming = namingOf(encoded);
    let uploads = "";
    let prefixes = "";
    for (const item of items) {
      if ("prefix" in item) prefixes += prefixElement(item.prefix, naming);
      else {
        const { upload } = item;
        uploads += xmlElement(
          "Upload",
          xmlText("Key", naming(upload.key)) +
            xmlText("UploadId", upload.id) +
            xmlText("StorageClass", storageClassText(upload.storageClass)) +
            xmlText("Initiated", isoTime(upload.initiatedMs)),
        );
      }
    }
    const last = truncated ? items.at(-1) : undefined;
    const nextKey = last === undefined ? "" : "prefix" in last ? last.prefix : last.upload.key;
    const nextUpload = last === undefined || "prefix" in last ? "" : last.upload.id;
    return document(
      "ListMultipartUploadsResult",
      encodingElement(encoded) +
        xmlText("Bucket", bucket) +
        xmlText("KeyMarker", naming(keyAfter)) +
        xmlText("UploadIdMarker", uploadAfter) +
        xmlText("NextKeyMarker", naming(nextKey)) +
        xmlText("NextUploadIdMarker", nextUpload) +
        xmlText("Delimiter", naming(delimiter)) +
        xmlText("Prefix", naming(prefix)) +
        xmlText("MaxUploads", limit) +
        xmlText("IsTruncated", truncated) +
        uploads +
        prefixes,
    );
  },
});
