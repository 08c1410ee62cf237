import type { BucketAddress } from "../../../core/api.ts";
import { xmlChildText } from "../../../lib/xml-reader.ts";
import type { Address } from "../../operation.ts";
import type { WireRequest } from "../../wire.ts";
import { invalidArgument, refuse } from "../answers.ts";
import { readDocument, smallDocumentBytesMax } from "../documents.ts";
import { encryptionHeader, encryptionHeaderNames } from "../encryption.ts";
import { bucketAclHeader, parseRedundancy, parseStorageClass, refuseUnservedHeaders } from "../headers.ts";
import { invalidBucketName, isBucketName } from "../names.ts";
import { bucketOf, ossOperation, page } from "../oss-operation.ts";
import { empty } from "../replies.ts";

/** As a bucket is made that is told nothing but its name, which is checked. */
export function newBucket(address: BucketAddress) {
  if (!isBucketName(address.bucket)) refuse(invalidBucketName(address.bucket));
  return { ...address, storageClass: "standard", redundancy: "local", region: "", overwrite: "allowed", ifOwned: "keep" } as const;
}
export const bucketLocation = ({ rawBucket }: Address): string[] => ["Location", `/${rawBucket}`];

const wormHeader = "x-oss-bucket-object-worm-enabled";
/** Versions may be locked from the start, and versioning comes with it. */
function locks({ headers }: WireRequest): boolean {
  const value = headers[wormHeader]?.toLowerCase();
  return value === undefined || value === "false" ? false : value === "true" || invalidArgument(wormHeader, value.slice(0, 32), "The value is true or false.");
}

/** Idempotent for the owner: put again without an ACL it changes nothing, with one it sets it. */
export const PutBucket = ossOperation({
  name: "PutBucket",
  docs: page("putbucket"),
  route: { method: "PUT", target: "bucket" },
  access: { action: "oss:PutBucket", capability: "service.createBucket" },
  body: { document: smallDocumentBytesMax },
  input: (call) => {
    refuseUnservedHeaders(call, [...encryptionHeaderNames, wormHeader]);
    const made = newBucket(bucketOf(call));
    const acl = bucketAclHeader(call);
    const config = call.document.length === 0 ? undefined : readDocument(call.document, "CreateBucketConfiguration");
    const storageClass = config && xmlChildText(config, "StorageClass")?.trim();
    const redundancy = config && xmlChildText(config, "DataRedundancyType")?.trim();
    const location = config && xmlChildText(config, "LocationConstraint")?.trim();
    if (location && location !== call.settings.location) {
      refuse({ status: 400, code: "InvalidLocationConstraint", message: "The specified location constraint is not valid.", elements: [["LocationConstraint", location]] });
    }
    return {
      ...made,
      ...(acl === undefined ? {} : { acl }),
      ...encryptionHeader(call),
      ...(storageClass ? { storageClass: parseStorageClass("StorageClass", storageClass) } : {}),
      ...(redundancy ? { redundancy: parseRedundancy(redundancy) } : {}),
      ...(locks(call.request) ? { lock: true, versioning: "enabled" as const } : {}),
    };
  },
  run: (core, input, { context }) => core.buckets.create(context, input),
  reply: (_output, { address }) => empty(200, bucketLocation(address)),
});
