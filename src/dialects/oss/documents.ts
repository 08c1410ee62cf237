/** Documents that clients send, read within named limits. */
import type { Bytes } from "../../core/ports.ts";
import { parseXml, XmlError, type XmlNode } from "../../lib/xml-reader.ts";
import { malformedXml } from "./answers.ts";

/** Configuration documents. */
export const smallDocumentBytesMax = 64 * 1024;
/** Lists of 1000 keys: the vendor's own limit. */
export const deleteDocumentBytesMax = 2 * 1024 * 1024;
/** Lists of 10 000 parts. */
export const completeDocumentBytesMax = 4 * 1024 * 1024;
const elementsMax = 50_000;

/** The root element, which must be of that name. `ec`: the vendor's for a bad one here. */
export function readDocument(bytes: Bytes, root: string, options: { bytesMax?: number; ec?: string } = {}): XmlNode {
  let node: XmlNode;
  try {
    node = parseXml(bytes, { bytesMax: options.bytesMax ?? smallDocumentBytesMax, elementsMax });
  } catch (error) {
    if (error instanceof XmlError) return malformedXml(error.message, options.ec);
    throw error;
  }
  return node.name === root ? node : malformedXml(`The root element must be ${root}.`, options.ec);
}

/** A document as it is given back: its truths are read whatever their case, as SDKs write them, and told in lower case. `names`: of the elements that hold one. */
export const plainTruths = (document: Bytes, names: readonly string[]): string =>
  Buffer.from(document)
    .toString("utf8")
    .replace(new RegExp(`(<(?:${names.join("|")})>\\s*)(true|false)(?=\\s*<)`, "gi"), (_, before: string, told: string) => before + told.toLowerCase());
