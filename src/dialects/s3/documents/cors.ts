/** `CORSConfiguration`: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CORSConfiguration.html */
import { boundCors } from "../../../core/buckets/cors.ts";
import { isDomainError } from "../../../core/errors.ts";
import type { Cors, CorsRule } from "../../../core/model.ts";
import { xmlElement, xmlText } from "../../../lib/xml.ts";
import { parseXml, type XmlNode, xmlChildren, xmlChildText } from "../../../lib/xml-reader.ts";
import { invalidRequest, malformedXml } from "../refusals.ts";

export const corsDocumentLimits = { bytesMax: 64 * 1024, elementsMax: 5000 } as const;

const texts = (node: XmlNode, name: string): string[] => xmlChildren(node, name).map(({ text }) => text.trim());

function ruleOf(node: XmlNode): CorsRule {
  const id = xmlChildText(node, "ID")?.trim();
  const age = xmlChildText(node, "MaxAgeSeconds")?.trim();
  if (node.name !== "CORSRule" || (age !== undefined && !/^\d{1,9}$/.test(age))) return malformedXml();
  const rule: CorsRule = {
    origins: texts(node, "AllowedOrigin"),
    methods: texts(node, "AllowedMethod"),
    allowedHeaders: texts(node, "AllowedHeader"),
    exposedHeaders: texts(node, "ExposeHeader"),
  };
  if (rule.origins.length === 0 || rule.methods.length === 0) return malformedXml();
  return { ...rule, ...(id === undefined ? {} : { id }), ...(age === undefined ? {} : { maxAgeSeconds: Number(age) }) };
}

/** Throws MalformedXML, and InvalidRequest for methods and wildcards that no rule can have. */
export function parseCors(document: Uint8Array): Cors {
  const root = parseXml(document, corsDocumentLimits);
  if (root.name !== "CORSConfiguration" || root.children.length === 0) return malformedXml();
  try {
    return boundCors({ rules: root.children.map(ruleOf), varyAlways: false });
  } catch (error) {
    if (isDomainError(error, "invalidArgument")) return invalidRequest(error.detail.why);
    throw error;
  }
}

export const corsContent = ({ rules }: Cors): string =>
  rules
    .map(({ id, origins, methods, allowedHeaders, exposedHeaders, maxAgeSeconds }) => {
      const all = (name: string, values: string[]): string => values.map((value) => xmlText(name, value)).join("");
      const patterns = all("AllowedOrigin", origins) + all("AllowedMethod", methods) + all("AllowedHeader", allowedHeaders) + all("ExposeHeader", exposedHeaders);
      return xmlElement("CORSRule", xmlText("ID", id) + patterns + xmlText("MaxAgeSeconds", maxAgeSeconds));
    })
    .join("");
