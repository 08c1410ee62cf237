import { isoTime } from "../../../lib/time.ts";
import { xmlElement, xmlText } from "../../../lib/xml.ts";
import { refuse, unservedHeader, unservedOperation } from "../answers.ts";
import { storageClassText } from "../headers.ts";
import { pageByDefault } from "../listing.ts";
import { ossOperation, page } from "../oss-operation.ts";
import { countParameter, markerParameter, parameter, textParameter } from "../parameters.ts";
import { document, ownerElement } from "../replies.ts";
import { placeOfBucket } from "../settings.ts";

const filters = ["tag-key", "tag-value", "tagging"] as const;

/** The caller's own buckets. What says how the page was cut appears only when paging is in play, as at the vendor. */
export const ListBuckets = ossOperation({
  name: "ListBuckets",
  docs: page("listbuckets"),
  route: { method: "GET", target: "service" },
  access: { action: "oss:ListBuckets", capability: "service.listBuckets" },
  input: (call) => {
    // A filter that is not applied would show buckets that were not asked for.
    for (const name of filters) if (parameter(call, name) !== undefined) refuse(unservedOperation(name));
    if (call.request.headers["x-oss-resource-group-id"] !== undefined) unservedHeader("x-oss-resource-group-id");
    const paged = ["prefix", "marker", "max-keys"].some((name) => parameter(call, name) !== undefined);
    return {
      tenant: call.address.tenant,
      prefix: textParameter(call, "prefix"),
      after: markerParameter(call, "marker"),
      limit: countParameter(call, "max-keys", pageByDefault, 1),
      paged,
    };
  },
  run: (core, { tenant, prefix, after, limit }, { context }) => core.buckets.list(context, { tenant, prefix, after, limit }),
  reply: ({ buckets, owner, truncated }, { settings }, { prefix, after, limit, paged }) => {
    const entries = buckets.map((bucket) => {
      const place = placeOfBucket(settings, bucket.region);
      return xmlElement(
        "Bucket",
        xmlText("Name", bucket.name) +
          xmlText("CreationDate", isoTime(bucket.createdMs)) +
          xmlText("Location", place.location) +
          xmlText("Region", place.region) +
          xmlText("ExtranetEndpoint", place.extranet) +
          xmlText("IntranetEndpoint", place.intranet) +
          xmlText("StorageClass", storageClassText(bucket.storageClass)),
      );
    });
    const paging =
      paged || truncated
        ? xmlText("Prefix", prefix) +
          xmlText("Marker", after) +
          xmlText("MaxKeys", limit) +
          xmlText("IsTruncated", truncated) +
          (truncated ? xmlText("NextMarker", buckets.at(-1)?.name ?? "") : "")
        : "";
    return document("ListAllMyBucketsResult", paging + ownerElement(owner) + xmlElement("Buckets", entries.join("")));
  },
});
