import type { Core, ListedItem } from "../../../core/api.ts";
import { isDomainError } from "../../../core/errors.ts";
import type { ObjectKey, VersionSelector } from "../../../core/model.ts";
import { isoTime } from "../../../lib/time.ts";
import { xmlElement, xmlText } from "../../../lib/xml.ts";
import { operation } from "../../operation.ts";
import { commonPrefixes, type KeyText, keyText, versionElements } from "../documents/listing.ts";
import { ownerIn } from "../documents/owners.ts";
import { documentReply } from "../documents/render.ts";
import { versionText } from "../documents/versions.ts";
import type { Flavour, S3Call, S3Settings } from "../flavour.ts";
import { storageClassName } from "../parse/attributes.ts";
import { bucketOf, encodingOf, pageSize, param, parseVersionId } from "../parse/query.ts";
import { invalidArgument } from "../refusals.ts";

type Input = { prefix: string; delimiter: string; keyMarker: string; versionMarker: VersionSelector; limit: number; encoding: "url" | undefined };
type Page = Awaited<ReturnType<Core["listing"]["versions"]>>;

/** A marker that names a null version tells its sequence too: where it stands among the others. */
const nullMark = "null.";

function versionMarker(call: S3Call): VersionSelector {
  const text = param(call, "version-id-marker");
  if (text === undefined) return undefined;
  if ((param(call, "key-marker") ?? "") === "")
    return text === "" ? undefined : invalidArgument("version-id-marker", text, "A version-id marker cannot be specified without a key marker.");
  if (text === "") return invalidArgument("version-id-marker", text, "A version-id marker cannot be empty.");
  return parseVersionId(text.startsWith(nullMark) ? text.slice(nullMark.length) : text, "version-id-marker");
}

/** The sequence of the marker; that of a bare `null` is looked up. Gone since: the page begins after the whole key. */
async function sequenceOf(core: Core, call: S3Call, key: string, marker: VersionSelector): Promise<number | undefined> {
  if (marker !== "null") return marker;
  try {
    return (await core.objects.entry({ ...call.context, capability: "bucket.list" }, { ...bucketOf(call), key: key as ObjectKey, version: "null" })).version.sequence;
  } catch (error) {
    if (isDomainError(error, "versionIsMarker")) return error.detail.sequence;
    if (isDomainError(error, "keyMissing") || isDomainError(error, "versionMissing")) return undefined;
    throw error;
  }
}

/** Every version and delete marker. */
export const ListObjectVersions = operation<S3Settings, Input, Page>({
  name: "ListObjectVersions",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html",
  route: { method: "GET", target: "bucket", select: ["versions"] },
  access: { action: "s3:ListBucketVersions", capability: "bucket.list" },
  input: (call) => ({
    prefix: param(call, "prefix") ?? "",
    delimiter: param(call, "delimiter") ?? "",
    keyMarker: param(call, "key-marker") ?? "",
    versionMarker: versionMarker(call),
    limit: pageSize(call, "max-keys"),
    encoding: encodingOf(call),
  }),
  run: async (core, { prefix, delimiter, keyMarker, versionMarker: marker, limit }, call) => {
    const versionAfter = await sequenceOf(core, call, keyMarker, marker);
    const order = call.settings.flavour.versionOrder;
    return core.listing.versions(call.context, {
      ...bucketOf(call),
      prefix,
      delimiter,
      keyAfter: keyMarker,
      ...(versionAfter === undefined ? {} : { versionAfter }),
      limit,
      order,
    });
  },
  reply: ({ items, truncated, owners }, call, { prefix, delimiter, keyMarker, limit, encoding }) => {
    const key = keyText(encoding);
    const { flavour } = call.settings;
    return documentReply(
      call,
      "ListVersionsResult",
      xmlText("Name", bucketOf(call).bucket) +
        xmlText("Prefix", key(prefix)) +
        xmlText("KeyMarker", key(keyMarker)) +
        xmlText("VersionIdMarker", param(call, "version-id-marker") ?? "") +
        (truncated ? nextMarkers(items, key, flavour) : "") +
        xmlText("MaxKeys", limit) +
        (delimiter === "" ? "" : xmlText("Delimiter", key(delimiter))) +
        xmlText("EncodingType", encoding) +
        xmlText("IsTruncated", truncated) +
        items.map((item) => versionElement(item, key, flavour, owners)).join("") +
        commonPrefixes(items, key),
    );
  },
});

function nextMarkers(items: readonly ListedItem[], key: KeyText, flavour: Flavour): string {
  const last = items.at(-1);
  if (last === undefined) return "";
  if ("prefix" in last) return xmlText("NextKeyMarker", key(last.prefix));
  const { version } = last;
  const shown = versionText(version, flavour);
  return xmlText("NextKeyMarker", key(version.key)) + xmlText("NextVersionIdMarker", shown === "null" ? `${nullMark}${version.sequence}` : shown);
}

function versionElement(item: ListedItem, key: KeyText, flavour: Flavour, owners: Page["owners"]): string {
  if (!("version" in item)) return "";
  const { version } = item;
  const head = xmlText("Key", key(version.key)) + xmlText("VersionId", versionText(version, flavour)) + xmlText("IsLatest", version.isLatest);
  const owner = ownerIn(owners, version.owner);
  if (version.kind === "marker") return xmlElement("DeleteMarker", head + xmlText("LastModified", isoTime(version.modifiedMs)) + owner);
  return xmlElement("Version", head + versionElements(version) + owner + xmlText("StorageClass", storageClassName(version.storageClass)));
}
