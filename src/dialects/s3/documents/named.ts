/** Configurations of which a bucket has several: their documents, as far as a shape can say. */
import { namedLimits } from "../../../core/buckets/named-documents.ts";
import type { NamedDocument } from "../../../core/model.ts";
import { xmlElement, xmlText } from "../../../lib/xml.ts";
import { parseXml, type XmlNode, xmlChildText, xmlOf } from "../../../lib/xml-reader.ts";
import type { Reply } from "../../wire.ts";
import type { S3Call } from "../flavour.ts";
import { param } from "../parse/query.ts";
import { invalidArgument, malformedXml } from "../refusals.ts";
import { documentReply } from "./render.ts";

export const namedDocumentLimits = { bytesMax: namedLimits.rawCharactersMax, elementsMax: 500 } as const;

/** An element: how often, and what stands in it. Without `text` and `children`: anything. */
export type Shape = { needed?: true; many?: true; text?: RegExp; children?: Shapes };
export type Shapes = Readonly<Record<string, Shape>>;

function fits(node: XmlNode, shapes: Shapes): boolean {
  const seen = new Set<string>();
  for (const child of node.children) {
    const shape = Object.hasOwn(shapes, child.name) ? shapes[child.name] : undefined;
    if (shape === undefined || (seen.has(child.name) && !shape.many)) return false;
    seen.add(child.name);
    if (shape.text && (child.children.length > 0 || !shape.text.test(child.text.trim()))) return false;
    if (shape.children && !fits(child, shape.children)) return false;
  }
  return Object.entries(shapes).every(([name, { needed }]) => !needed || seen.has(name));
}

const isId = (id: string): boolean => id !== "" && id.length <= namedLimits.idCharactersMax && !/[\0-\x1f\x7f]/.test(id);

/** The parameter `id`. Throws InvalidArgument. */
export function namedId(call: S3Call): string {
  const id = param(call, "id") ?? "";
  return isId(id) ? id : invalidArgument("id", id, "The configuration id must have between 1 and 64 characters");
}

/** Of a kind that something is done about: what the core is told, and what is told of a document that another dialect wrote. */
export type Acted = { modelOf(root: XmlNode): Partial<NamedDocument>; content(document: NamedDocument): string };

/** Throws MalformedXML, and InvalidArgument where the document has another id than the request. */
export function parseNamed(call: S3Call, root: string, shapes: Shapes, acted?: Acted): NamedDocument {
  const id = namedId(call);
  const node = parseXml(call.document, namedDocumentLimits);
  if (node.name !== root || !fits(node, { Id: { needed: true, text: /./ }, ...shapes })) return malformedXml();
  const own = xmlChildText(node, "Id")?.trim() ?? "";
  if (own !== id) return invalidArgument("id", id, "The id of the request and the Id of the configuration differ");
  return { id, writer: call.settings.flavour.name, raw: Buffer.from(call.document).toString("utf8"), ...acted?.modelOf(node) };
}

/** A text in S3's grammar: both flavours have the same. */
const isOwn = ({ writer }: NamedDocument): boolean => writer === "s3" || writer === "hcp";
/** In a list: the document without its declaration and its namespace. */
const listed = (document: NamedDocument, root: string, acted: Acted | undefined): string =>
  acted === undefined || isOwn(document) ? xmlOf(parseXml(document.raw, namedDocumentLimits)) : xmlElement(root, acted.content(document));

export function namedReply(call: S3Call, root: string, document: NamedDocument, acted: Acted | undefined): Reply {
  if (acted !== undefined && !isOwn(document)) return documentReply(call, root, acted.content(document));
  return { status: 200, headers: ["content-type", call.settings.flavour.xmlType], body: document.raw };
}

const tokenOf = (id: string): string => Buffer.from(id).toString("base64url");
/** The id that a list goes on after. Throws InvalidArgument for what no list gave. */
export function namedAfter(call: S3Call): string | undefined {
  const token = param(call, "continuation-token");
  if (token === undefined) return undefined;
  const id = Buffer.from(token, "base64url").toString("utf8");
  return isId(id) && tokenOf(id) === token ? id : invalidArgument("continuation-token", token, "The continuation token provided is incorrect");
}

export function namedListContent(call: S3Call, { documents, isTruncated }: { documents: NamedDocument[]; isTruncated: boolean }, root: string, acted: Acted | undefined): string {
  const last = documents.at(-1);
  const next = isTruncated && last ? tokenOf(last.id) : undefined;
  const head = xmlText("IsTruncated", isTruncated) + xmlText("ContinuationToken", param(call, "continuation-token")) + xmlText("NextContinuationToken", next);
  return head + documents.map((document) => listed(document, root, acted)).join("");
}
