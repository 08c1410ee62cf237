import { isoTime } from "../../../lib/time.ts";
import { xmlElement, xmlText } from "../../../lib/xml.ts";
import { aclText, redundancyText, storageClassText } from "../headers.ts";
import { bucketOf, ossOperation, page } from "../oss-operation.ts";
import { isClosed } from "../public-access-document.ts";
import { document, ownerElement } from "../replies.ts";
import { placeOfBucket } from "../settings.ts";
import { versioningText } from "./bucket-versioning.ts";

/** What a bucket is. Features that this server does not have yet are shown as the vendor shows them unset. */
export const GetBucketInfo = ossOperation({
  name: "GetBucketInfo",
  docs: page("getbucketinfo"),
  route: { method: "GET", target: "bucket", select: ["bucketInfo"] },
  access: { action: "oss:GetBucketInfo", capability: "bucket.own" },
  input: bucketOf,
  run: (core, input, { context }) => core.buckets.get(context, input),
  reply: ({ state, owner }, { settings }) => {
    const place = placeOfBucket(settings, state.region);
    return document(
      "BucketInfo",
      xmlElement(
        "Bucket",
        xmlText("AccessMonitor", "Disabled") +
          xmlText("BlockPublicAccess", isClosed(state.publicAccess)) +
          xmlElement("BucketPolicy", xmlText("LogBucket", "") + xmlText("LogPrefix", "")) +
          xmlText("Comment", "") +
          xmlText("CreationDate", isoTime(state.createdMs)) +
          xmlText("CrossRegionReplication", "Disabled") +
          xmlText("DataRedundancyType", redundancyText(state.redundancy)) +
          xmlText("ExtranetEndpoint", place.extranet) +
          xmlText("IntranetEndpoint", place.intranet) +
          xmlText("Location", place.location) +
          xmlText("Name", state.name) +
          xmlText("ResourceGroupId", "") +
          xmlText("StorageClass", storageClassText(state.storageClass)) +
          xmlText("TransferAcceleration", "Disabled") +
          xmlText("Versioning", versioningText(state.versioning)) +
          ownerElement(owner) +
          xmlElement("AccessControlList", xmlText("Grant", aclText(state.acl))) +
          xmlElement("ServerSideEncryptionRule", xmlText("SSEAlgorithm", "None")),
      ),
    );
  },
});
