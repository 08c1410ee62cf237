import type { BucketAddress, Context, Core } from "../../../core/api.ts";
import { isoTime } from "../../../lib/time.ts";
import { xmlElement, xmlText } from "../../../lib/xml.ts";
import { invalidArgument } from "../answers.ts";
import { encodingElement, entryElements, namingOf, pageByDefault, prefixElement } from "../listing.ts";
import { bucketOf, ossOperation, page } from "../oss-operation.ts";
import { countParameter, encodingParameter, markerParameter, parameter, parseVersionId, textParameter } from "../parameters.ts";
import { document, ownerElement, versionText } from "../replies.ts";

const nullSearchEntriesMax = 1000;

/** Lists show the null version as "null"; to go on after it, its sequence is looked up. Our own markers carry the sequence itself. */
async function sequenceOfNull(core: Core, context: Context, address: BucketAddress, key: string): Promise<number> {
  let versionAfter: number | undefined;
  for (;;) {
    const after = versionAfter === undefined ? { keyAfter: "" } : { keyAfter: key, versionAfter };
    const { items, truncated } = await core.listing.versions(context, { ...address, prefix: key, delimiter: "", ...after, limit: nullSearchEntriesMax, order: "newestFirst" });
    for (const item of items) {
      if (!("version" in item) || item.version.key !== key) return invalidArgument("version-id-marker", "null", "Invalid version id specified.");
      if (item.version.isNull) return item.version.sequence;
      versionAfter = item.version.sequence;
    }
    if (!truncated) return invalidArgument("version-id-marker", "null", "Invalid version id specified.");
  }
}

/** All versions and delete markers, the newest of a key first. */
export const ListObjectVersions = ossOperation({
  name: "ListObjectVersions",
  docs: page("listobjectversions"),
  route: { method: "GET", target: "bucket", select: ["versions"] },
  access: { action: "oss:ListObjectVersions", capability: "bucket.list" },
  input: (call) => {
    const keyMarker = markerParameter(call, "key-marker");
    const versionMarker = parameter(call, "version-id-marker") ?? "";
    if (versionMarker !== "" && keyMarker === "") {
      invalidArgument("version-id-marker", versionMarker, "A version-id marker cannot be specified without a key marker.");
    }
    return {
      ...bucketOf(call),
      prefix: textParameter(call, "prefix"),
      delimiter: textParameter(call, "delimiter"),
      keyMarker,
      versionMarker,
      versionAfter: versionMarker === "" ? undefined : parseVersionId("version-id-marker", versionMarker),
      limit: countParameter(call, "max-keys", pageByDefault),
      encoded: encodingParameter(call),
    };
  },
  run: async (core, { tenant, bucket, prefix, delimiter, keyMarker, versionAfter, limit }, { context }) => {
    const address = { tenant, bucket };
    const sequence = versionAfter === "null" ? await sequenceOfNull(core, context, address, keyMarker) : versionAfter;
    return core.listing.versions(context, {
      ...address,
      prefix,
      delimiter,
      keyAfter: keyMarker,
      ...(sequence === undefined ? {} : { versionAfter: sequence }),
      limit,
      order: "newestFirst",
    });
  },
  reply: ({ items, truncated, owners }, call, { bucket, prefix, delimiter, keyMarker, versionMarker, limit, encoded }) => {
    const naming = namingOf(encoded);
    let entries = "";
    let prefixes = "";
    for (const item of items) {
      if ("prefix" in item) {
        prefixes += prefixElement(item.prefix, naming);
        continue;
      }
      const { version } = item;
      const owner = owners.get(version.owner);
      const head = xmlText("Key", naming(version.key)) + xmlText("VersionId", versionText(version)) + xmlText("IsLatest", version.isLatest);
      entries +=
        version.kind === "marker"
          ? xmlElement("DeleteMarker", head + xmlText("LastModified", isoTime(version.modifiedMs)) + ownerElement(owner))
          : xmlElement("Version", head + entryElements(version, owner, call.clock.wallMs()));
    }
    const last = truncated ? items.at(-1) : undefined;
    const next =
      last === undefined
        ? ""
        : "prefix" in last
          ? xmlText("NextKeyMarker", naming(last.prefix)) + xmlText("NextVersionIdMarker", "")
          : xmlText("NextKeyMarker", naming(last.version.key)) + xmlText("NextVersionIdMarker", last.version.sequence);
    return document(
      "ListVersionsResult",
      xmlText("Name", bucket) +
        xmlText("Prefix", naming(prefix)) +
        xmlText("KeyMarker", naming(keyMarker)) +
        xmlText("VersionIdMarker", versionMarker) +
        xmlText("MaxKeys", limit) +
        xmlText("Delimiter", naming(delimiter)) +
        encodingElement(encoded) +
        xmlText("IsTruncated", truncated) +
        next +
        entries +
        prefixes,
    );
  },
});
