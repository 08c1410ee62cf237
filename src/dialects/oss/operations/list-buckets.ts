import { isoTime } from "../../../lib/time.ts";
import { xmlElement, xmlText } from "../../../lib/xml.ts";
import type { WireRequest } from "../../wire.ts";
import { invalidArgument } from "../answers.ts";
import { storageClassText } from "../headers.ts";
import { pageByDefault } from "../listing.ts";
import { ossOperation, page } from "../oss-operation.ts";
import { countParameter, markerParameter, parameter, textParameter } from "../parameters.ts";
import { document, ownerElement } from "../replies.ts";
import { isResourceGroup, resourceGroupOf } from "../resource-group.ts";
import { placeOfBucket } from "../settings.ts";
import { tagSetContent } from "../tagging.ts";

type Asked = Parameters<typeof parameter>[0] & { request: WireRequest };

/** `tag-key` with or without `tag-value`, and `tagging`: pairs `key:value`, each perhaps in quotes, all of which a bucket must have. */
function tagsAsked(call: Asked): { name: string; value?: string }[] {
  const [name, value, list] = [parameter(call, "tag-key"), parameter(call, "tag-value"), parameter(call, "tagging")];
  if (value !== undefined && name === undefined) return invalidArgument("tag-value", value.slice(0, 64), "tag-value goes with tag-key.");
  const pairs = list === undefined || list === "" ? [] : list.split(",").map(pairOf);
  return [...(name === undefined ? [] : [{ name, ...(value === undefined ? {} : { value }) }]), ...pairs];
}
function pairOf(text: string): { name: string; value: string } {
  const [, name = "", value = ""] = /^"?([^":]+)"?:"?([^"]*)"?$/.exec(text.trim()) ?? [];
  return name === "" ? invalidArgument("tagging", text.slice(0, 64), "tagging is a list of key:value.") : { name, value };
}

/** Of the default group are those that were put into none. */
function groupAsked({ request: { headers } }: Asked): { group?: string } {
  const id = headers["x-oss-resource-group-id"];
  if (id === undefined) return {};
  if (id === resourceGroupOf("")) return { group: "" };
  return isResourceGroup(id) ? { group: id } : invalidArgument("x-oss-resource-group-id", id.slice(0, 64), "The resource group id is not valid.");
}

/** The caller's own buckets. What says how the page was cut appears only when paging is in play, as at the vendor. */
export const ListBuckets = ossOperation({
  name: "ListBuckets",
  docs: page("listbuckets"),
  route: { method: "GET", target: "service" },
  access: { action: "oss:ListBuckets", capability: "service.listBuckets" },
  input: (call) => {
    const paged = ["prefix", "marker", "max-keys"].some((name) => parameter(call, name) !== undefined);
    return {
      tenant: call.address.tenant,
      prefix: textParameter(call, "prefix"),
      after: markerParameter(call, "marker"),
      limit: countParameter(call, "max-keys", pageByDefault, 1),
      paged,
      tags: tagsAsked(call),
      ...groupAsked(call),
    };
  },
  // Who asks by tags is told them (2026-11-28: ali-oss's tests read them).
  run: (core, { paged: _paged, ...input }, { context }) => core.buckets.list(context, { ...input, tellsGroups: true, tellsTags: input.tags.length > 0 }),
  reply: ({ buckets, owner, truncated, groups, tags }, { settings }, { prefix, after, limit, paged }) => {
    const entries = buckets.map((bucket, index) => {
      const place = placeOfBucket(settings, bucket.region);
      return xmlElement(
        "Bucket",
        xmlText("Name", bucket.name) +
          xmlText("CreationDate", isoTime(bucket.createdMs)) +
          xmlText("Location", place.location) +
          xmlText("Region", place.region) +
          xmlText("ExtranetEndpoint", place.extranet) +
          xmlText("IntranetEndpoint", place.intranet) +
          xmlText("StorageClass", storageClassText(bucket.storageClass)) +
          xmlText("ResourceGroupId", resourceGroupOf(groups?.[index])) +
          (tags === undefined ? "" : xmlElement("Tagging", tagSetContent(tags[index] ?? []))),
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
