/** Tags: headers of writes, and the `Tagging` document. https://help.aliyun.com/zh/oss/user-guide/object-tagging-8 */
import type { Tags } from "../../core/model.ts";
import type { Bytes } from "../../core/ports.ts";
import { boundTags, tagLimits } from "../../core/tags.ts";
import { parseQuery } from "../../lib/uri.ts";
import { xmlElement, xmlText } from "../../lib/xml.ts";
import { xmlChild, xmlChildText } from "../../lib/xml-reader.ts";
import type { WireRequest } from "../wire.ts";
import { invalidArgument, malformedXml } from "./answers.ts";
import { readDocument } from "./documents.ts";

type Requested = { request: WireRequest };
export const bucketTagsMax = 20;

/** `x-oss-tagging: team=red&stage=test`; absent: nothing is said about tags. */
export function taggingHeader({ request }: Requested): { tags?: Tags } {
  const text = request.headers["x-oss-tagging"];
  if (text === undefined) return {};
  const pairs = parseQuery(text);
  if (pairs === undefined) return invalidArgument("x-oss-tagging", text, "The header x-oss-tagging is not valid: names and values must be URL-encoded.");
  return {
    tags: boundTags(
      pairs.map(({ name, value }) => [name, value]),
      tagLimits.perObjectMax,
    ),
  };
}

/** Copy (by default) keeps the source's tags, Replace takes the request's: none when it has none. */
export function replacedTags(call: Requested): { tags?: Tags } {
  const value = call.request.headers["x-oss-tagging-directive"] ?? "Copy";
  if (value.toUpperCase() === "COPY") return {};
  if (value.toUpperCase() !== "REPLACE") return invalidArgument("x-oss-tagging-directive", value, "The tagging directive must be Copy or Replace.");
  return { tags: taggingHeader(call).tags ?? [] };
}

/** `text`: what names and values may be, where that is not what objects' tags may be. */
export function taggingDocument(document: Bytes, countMax: number, text?: RegExp): Tags {
  const root = readDocument(document, "Tagging");
  const set = xmlChild(root, "TagSet") ?? malformedXml("The TagSet is missing.");
  const tags = set.children.map((node): [string, string] => {
    const name = xmlChildText(node, "Key");
    if (node.name !== "Tag" || name === undefined) return malformedXml("A TagSet holds Tags, each with a Key.");
    return [name, xmlChildText(node, "Value") ?? ""];
  });
  return boundTags(tags, countMax, text);
}

/** The content of `<Tagging>`. */
export const tagSetContent = (tags: Tags): string => xmlElement("TagSet", tags.map(([name, value]) => xmlElement("Tag", xmlText("Key", name) + xmlText("Value", value))).join(""));
