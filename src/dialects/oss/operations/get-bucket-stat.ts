import { epochSeconds } from "../../../lib/time.ts";
import { xmlText } from "../../../lib/xml.ts";
import { storageClassText } from "../headers.ts";
import { bucketOf, ossOperation, page } from "../oss-operation.ts";
import { document } from "../replies.ts";

/** The vendor's names of the classes here, and the class that each counts. */
const classes = [
  ["Standard", "Standard"],
  ["InfrequentAccess", "IA"],
  ["Archive", "Archive"],
  ["ColdArchive", "ColdArchive"],
  ["DeepColdArchive", "DeepColdArchive"],
] as const;

/**
 * Exact figures from the counters. Deviation, 2026-11-21: counters are kept per bucket, not per class, so everything is shown under the
 * bucket's own class even when an object was put with another.
 */
export const GetBucketStat = ossOperation({
  name: "GetBucketStat",
  docs: page("getbucketstat"),
  route: { method: "GET", target: "bucket", select: ["stat"] },
  access: { action: "oss:GetBucketStat", capability: "bucket.own" },
  input: bucketOf,
  run: (core, input, { context }) => core.buckets.usage(context, input),
  reply: ({ state, usage }, { clock }) => {
    const own = storageClassText(state.storageClass);
    const perClass = classes.map(([name, storageClass]) => {
      const bytes = storageClass === own ? usage.bytes : 0;
      const real = name === "Standard" ? "" : xmlText(`${name}RealStorage`, bytes);
      return xmlText(`${name}Storage`, bytes) + real + xmlText(`${name}ObjectCount`, storageClass === own ? usage.objects : 0);
    });
    return document(
      "BucketStat",
      xmlText("Storage", usage.bytes) +
        xmlText("ObjectCount", usage.objects) +
        xmlText("MultipartUploadCount", usage.uploads) +
        xmlText("MultipartPartCount", usage.parts) +
        xmlText("LiveChannelCount", usage.channels) +
        xmlText("LastModifiedTime", epochSeconds(clock.wallMs())) +
        perClass.join("") +
        xmlText("DeleteMarkerCount", usage.markers),
    );
  },
});
