import type { Core, Upload } from "../../../core/api.ts";
import type { Account, AccountId } from "../../../core/model.ts";
import { isoTime } from "../../../lib/time.ts";
import { xmlElement, xmlText } from "../../../lib/xml.ts";
import { operation } from "../../operation.ts";
import { checksumElements, commonPrefixes, type KeyText, keyText } from "../documents/listing.ts";
import { ownerIn } from "../documents/owners.ts";
import { documentReply } from "../documents/render.ts";
import type { S3Settings } from "../flavour.ts";
import { storageClassName } from "../parse/attributes.ts";
import { bucketOf, encodingOf, pageSize, param } from "../parse/query.ts";

type Input = { prefix: string; delimiter: string; keyAfter: string; uploadAfter: string; limit: number; encoding: "url" | undefined };

const uploadElement = (upload: Upload, key: KeyText, owners: ReadonlyMap<AccountId, Account>): string =>
  xmlElement(
    "Upload",
    xmlText("Key", key(upload.key)) +
      xmlText("UploadId", upload.id) +
      ownerIn(owners, upload.initiator, "Initiator") +
      ownerIn(owners, upload.initiator) +
      xmlText("StorageClass", storageClassName(upload.storageClass)) +
      xmlText("Initiated", isoTime(upload.initiatedMs)) +
      checksumElements(upload.checksum),
  );

/** Unfinished uploads by key, then by the time they began. */
export const ListMultipartUploads = operation<S3Settings, Input, Awaited<ReturnType<Core["listing"]["uploads"]>>>({
  name: "ListMultipartUploads",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html",
  route: { method: "GET", target: "bucket", select: ["uploads"] },
  access: { action: "s3:ListBucketMultipartUploads", capability: "bucket.list" },
  input: (call) => {
    const keyAfter = param(call, "key-marker") ?? "";
    return {
      prefix: param(call, "prefix") ?? "",
      delimiter: param(call, "delimiter") ?? "",
      keyAfter,
      // Without a key it means nothing.
      uploadAfter: keyAfter === "" ? "" : (param(call, "upload-id-marker") ?? ""),
      limit: pageSize(call, "max-uploads", true),
      encoding: encodingOf(call),
    };
  },
  run: (core, { encoding: _, ...input }, call) => core.listing.uploads(call.context, { ...bucketOf(call), ...input }),
  reply: ({ items, truncated, owners }, call, { prefix, delimiter, keyAfter, uploadAfter, limit, encoding }) => {
    const key = keyText(encoding);
    const last = truncated ? items.at(-1) : undefined;
    const next =
      last === undefined
        ? ""
        : "prefix" in last
          ? xmlText("NextKeyMarker", key(last.prefix))
          : xmlText("NextKeyMarker", key(last.upload.key)) + xmlText("NextUploadIdMarker", last.upload.id);
    return documentReply(
      call,
      "ListMultipartUploadsResult",
      xmlText("Bucket", bucketOf(call).bucket) +
        xmlText("KeyMarker", key(keyAfter)) +
        xmlText("UploadIdMarker", uploadAfter) +
        next +
        xmlText("Prefix", key(prefix)) +
        (delimiter === "" ? "" : xmlText("Delimiter", key(delimiter))) +
        xmlText("MaxUploads", limit) +
        xmlText("EncodingType", encoding) +
        xmlText("IsTruncated", truncated) +
        items.map((item) => ("upload" in item ? uploadElement(item.upload, key, owners) : "")).join("") +
        commonPrefixes(items, key),
    );
  },
});
