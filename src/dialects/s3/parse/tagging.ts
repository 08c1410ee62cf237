/** Tags: the header of writes, and the `Tagging` document. */
import type { Tags } from "../../../core/model.ts";
import { boundTags, tagLimits } from "../../../core/tags.ts";
import { parseQuery } from "../../../lib/uri.ts";
import { parseXml, type XmlNode, xmlChild, xmlChildren, xmlChildText } from "../../../lib/xml-reader.ts";
import type { S3Call } from "../flavour.ts";
import { invalidArgument, invalidTag, malformedXml } from "../refusals.ts";

export const taggingLimits = { bytesMax: 128 * 1024, elementsMax: 500, perBucketMax: 50 } as const;

/** `aws:` is the vendor's own. */
function refuseSystemTags(tags: Tags): Tags {
  for (const [name] of tags) if (name.toLowerCase().startsWith("aws:")) invalidTag(name, "System tags cannot be added/updated by requester");
  return tags;
}

/** `x-amz-tagging: team=red&stage=test`; absent: nothing is said about tags. Throws InvalidArgument, InvalidTag. */
export function taggingHeader(call: S3Call): { tags?: Tags } {
  const text = call.request.headers["x-amz-tagging"];
  if (text === undefined) return {};
  const pairs = parseQuery(text);
  if (pairs === undefined)
    return invalidArgument("x-amz-tagging", text, "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.");
  return {
    tags: boundTags(refuseSystemTags(pairs.map(({ name, value }): [string, string] => [name, value])), tagLimits.perObjectMax),
  };
}

function tagOf(node: XmlNode): [string, string] {
  const name = xmlChildText(node, "Key");
  const value = xmlChildText(node, "Value");
  return name === undefined || value === undefined ? malformedXml() : [name, value];
}

/** `<Tagging><TagSet>`; `countMax`: 10 for objects, 50 for buckets. */
export function taggingDocument(call: S3Call, countMax: number): Tags {
  const root = parseXml(call.document, taggingLimits);
  const set = xmlChild(root, "TagSet");
  if (root.name !== "Tagging" || set === undefined || set.children.some(({ name }) => name !== "Tag")) return malformedXml();
  return boundTags(refuseSystemTags(xmlChildren(set, "Tag").map(tagOf)), countMax);
}
