/** Documents that protect data, or destroy it, say what they say and nothing else: a rule that is half understood protects nothing. */
import type { XmlNode } from "../../../lib/xml-reader.ts";
import { malformedXml } from "../refusals.ts";

/**
 * The element again, if it has no child but these, those not in `repeated` at most once each, and no text between them. Throws MalformedXML.
 */
export function only(node: XmlNode, names: readonly string[], repeated: readonly string[] = []): XmlNode {
  const seen = new Set<string>();
  if (node.children.length > 0 && node.text.trim() !== "") return malformedXml();
  for (const child of node.children) {
    if (!names.includes(child.name) || (seen.has(child.name) && !repeated.includes(child.name))) return malformedXml();
    if (child.children.length > 0 && child.text.trim() !== "") return malformedXml();
    seen.add(child.name);
  }
  return node;
}
