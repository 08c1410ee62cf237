import { xmlChildText } from "../../../lib/xml-reader.ts";
import { refuse } from "../answers.ts";
import { readDocument, smallDocumentBytesMax } from "../documents.ts";
import { encryptionHeader, encryptionHeaderNames } from "../encryption.ts";
import { bucketAclHeader, parseRedundancy, parseStorageClass, refuseUnservedHeaders } from "../headers.ts";
import { invalidBucketName, isBucketName } from "../names.ts";
import { bucketOf, ossOperation, page } from "../oss-operation.ts";
import { empty } from "../replies.ts";

/** Idempotent for the owner: put again without an ACL it changes nothing, with one it sets it. */
export const PutBucket = ossOperation({
  name: "PutBucket",
  docs: page("putbucket"),
  route: { method: "PUT", target: "bucket" },
  access: { action: "oss:PutBucket", capability: "service.createBucket" },
  body: { document: smallDocumentBytesMax },
  input: (call) => {
    refuseUnservedHeaders(call, encryptionHeaderNames);
    const address = bucketOf(call);
    if (!isBucketName(address.bucket)) refuse(invalidBucketName(address.bucket));
    const acl = bucketAclHeader(call);
    const config = call.document.length === 0 ? undefined : readDocument(call.document, "CreateBucketConfiguration");
    const storageClass = config && xmlChildText(config, "StorageClass")?.trim();
    const redundancy = config && xmlChildText(config, "DataRedundancyType")?.trim();
    const location = config && xmlChildText(config, "LocationConstraint")?.trim();
    if (location && location !== call.settings.location) {
      refuse({ status: 400, code: "InvalidLocationConstraint", message: "The specified location constraint is not valid.", elements: [["LocationConstraint", location]] });
    }
    return {
      ...address,
      ...(acl === undefined ? {} : { acl }),
      ...encryptionHeader(call),
      storageClass: storageClass ? parseStorageClass("StorageClass", storageClass) : ("standard" as const),
      redundancy: redundancy ? parseRedundancy(redundancy) : ("local" as const),
      region: "",
      overwrite: "allowed" as const,
      ifOwned: "keep" as const,
    };
  },
  run: (core, input, { context }) => core.buckets.create(context, input),
  reply: (_output, { address }) => empty(200, ["Location", `/${address.rawBucket}`]),
});
