import type { DocumentKind } from "../../../core/model.ts";
import { isoTime } from "../../../lib/time.ts";
import { xmlElement, xmlText } from "../../../lib/xml.ts";
import { encryptionElements } from "../encryption.ts";
import { aclText, redundancyText, storageClassText } from "../headers.ts";
import { bucketOf, ossOperation, page } from "../oss-operation.ts";
import { isClosed } from "../public-access-document.ts";
import { document, ownerElement } from "../replies.ts";
import { resourceGroupOf } from "../resource-group.ts";
import { placeOfBucket } from "../settings.ts";
import { versioningText } from "./bucket-versioning.ts";

/** What a bucket is. Features that this server does not have yet are shown as the vendor shows them unset. */
export const GetBucketInfo = ossOperation({
  name: "GetBucketInfo",
  docs: page("getbucketinfo"),
  route: { method: "GET", target: "bucket", select: ["bucketInfo"] },
  access: { action: "oss:GetBucketInfo", capability: "bucket.own" },
  input: bucketOf,
  run: async (core, address, { context }) => {
    const info = await core.buckets.get(context, address);
    const kept = <K extends DocumentKind>(kind: K) => core.documents.get(context, { ...address, kind });
    const [monitor, acceleration, group] = await Promise.all([kept("accessMonitor"), kept("acceleration"), kept("resourceGroup")]);
    return { ...info, isMonitored: monitor?.model.enabled === true, isAccelerated: acceleration?.model.status === "enabled", group: group?.model.id };
  },
  reply: ({ state, owner, isMonitored, isAccelerated, group }, { settings }) => {
    const place = placeOfBucket(settings, state.region);
    return document(
      "BucketInfo",
      xmlElement(
        "Bucket",
        xmlText("AccessMonitor", isMonitored ? "Enabled" : "Disabled") +
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
          xmlText("ResourceGroupId", resourceGroupOf(group)) +
          xmlText("StorageClass", storageClassText(state.storageClass)) +
          xmlText("TransferAcceleration", isAccelerated ? "Enabled" : "Disabled") +
          xmlText("Versioning", versioningText(state.versioning)) +
          ownerElement(owner) +
          xmlElement("AccessControlList", xmlText("Grant", aclText(state.acl))) +
          xmlElement("ServerSideEncryptionRule", encryptionElements(state.encryption)),
      ),
    );
  },
});
