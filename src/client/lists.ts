/** Pages of lists as the services send them, read and checked: a page about another bucket, or with keys nobody asked for, is never acted upon. */
import { decodeQueryText } from "../lib/uri.ts";
import { parseXml, XmlError, type XmlNode, xmlChildren, xmlChildText } from "../lib/xml-reader.ts";
import type { Cursor, Found, ListName, Page } from "./bucket-port.ts";
import { WrongAnswer } from "./errors.ts";
import { transportLimits } from "./transport.ts";

const documentLimits = { bytesMax: transportLimits.answerBytesMax, elementsMax: 60_000 } as const;

/** The root of an answer. Throws WrongAnswer for what is no such document: a proxy's page, another service. */
export function readAnswer(body: Uint8Array, root: string): XmlNode {
  try {
    const node = parseXml(body, documentLimits);
    if (node.name === root) return node;
    throw new WrongAnswer(`expected ${root}, got ${node.name}: is this the right service?`);
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    throw new WrongAnswer(`expected ${root}, got no XML (${error.message}): is this the right service?`, { cause: error });
  }
}

/** `cursor`: parameter of the request -> element of the answer that fills it. `encodes`: the service has `encoding-type` for this list. */
type ListForm = { root: string; query: Readonly<Record<string, string>>; prefix: string; cursor: Readonly<Record<string, string>>; nameElement?: string; encodes: boolean };
export const listForms: Record<ListName | "objects", ListForm> = {
  versions: {
    root: "ListVersionsResult",
    query: { versions: "", "max-keys": "1000" },
    prefix: "prefix",
    cursor: { "key-marker": "NextKeyMarker", "version-id-marker": "NextVersionIdMarker" },
    nameElement: "Name",
    encodes: true,
  },
  /** For services without versions. */
  objects: { root: "ListBucketResult", query: { "max-keys": "1000" }, prefix: "prefix", cursor: { marker: "NextMarker" }, nameElement: "Name", encodes: true },
  uploads: {
    root: "ListMultipartUploadsResult",
    query: { uploads: "", "max-uploads": "1000" },
    prefix: "prefix",
    cursor: { "key-marker": "NextKeyMarker", "upload-id-marker": "NextUploadIdMarker" },
    nameElement: "Bucket",
    encodes: true,
  },
  channels: { root: "ListLiveChannelResult", query: { live: "", "max-keys": "100" }, prefix: "prefix", cursor: { marker: "NextMarker" }, encodes: false },
};

export function listQuery(name: keyof typeof listForms, prefix: string, after: Cursor | undefined): Record<string, string> {
  const form = listForms[name];
  return { ...form.query, ...(form.encodes ? { "encoding-type": "url" } : {}), ...(prefix === "" ? {} : { [form.prefix]: prefix }), ...after };
}

/** A blank may come as `+`, a plus sign comes as `%2B`. */
const decoded = (text: string): string => {
  const plain = decodeQueryText(text);
  if (plain === undefined) throw new WrongAnswer(`a name in a list cannot be read: ${text.slice(0, 100)}`);
  return plain;
};

export function readPage(name: keyof typeof listForms, body: Uint8Array, { bucket, prefix }: { bucket: string; prefix: string }): Page {
  const form = listForms[name];
  const root = readAnswer(body, form.root);
  const named = form.nameElement === undefined ? undefined : xmlChildText(root, form.nameElement);
  // HCP's names are the same in whatever case
  if (named !== undefined && named.trim().toLowerCase() !== bucket.toLowerCase()) throw new WrongAnswer(`asked about ${bucket}, answered about ${named}: nothing of it is touched`);
  const nameOf = xmlChildText(root, "EncodingType")?.trim() === "url" ? decoded : (text: string) => text;
  const found = root.children.flatMap((node) => foundIn(node, nameOf));
  // what has no name would be deleted as its bucket
  if (found.some(({ kind, key, id }) => key === "" || (kind === "uploads" && !id))) throw new WrongAnswer("a list holds something without a name: nothing of it is touched");
  const stray = found.find(({ key }) => !key.startsWith(prefix));
  if (stray !== undefined) throw new WrongAnswer(`asked for what begins with ${prefix}, got ${stray.key}: nothing of it is touched`);
  if (xmlChildText(root, "IsTruncated")?.trim() !== "true") return { found };
  return { found, next: nextOf(name, root, nameOf, found) };
}

function nextOf(name: keyof typeof listForms, root: XmlNode, nameOf: (text: string) => string, found: readonly Found[]): Cursor {
  const next: Record<string, string> = {};
  for (const [parameter, element] of Object.entries(listForms[name].cursor)) {
    const value = xmlChildText(root, element);
    if (value !== undefined && value !== "") next[parameter] = parameter.endsWith("id-marker") ? value : nameOf(value);
  }
  // lists of objects without a delimiter name no marker (S3): it is the last key
  const last = found.at(-1)?.key;
  if (name === "objects" && next.marker === undefined && last !== undefined) next.marker = last;
  if (Object.keys(next).length === 0) throw new WrongAnswer("a list says that it goes on, and not where");
  return next;
}

function foundIn(node: XmlNode, nameOf: (text: string) => string): Found[] {
  const text = (name: string): string | undefined => xmlChildText(node, name);
  const time = (name: string): { modifiedMs?: number } => {
    const ms = Date.parse(text(name) ?? "");
    return Number.isNaN(ms) ? {} : { modifiedMs: ms };
  };
  const id = text("VersionId");
  const version = { key: nameOf(text("Key") ?? ""), ...(id === undefined || id === "" ? {} : { id }), ...time("LastModified") };
  switch (node.name) {
    case "Version":
      return [{ kind: text("IsLatest")?.trim() === "false" ? "noncurrent" : "current", ...version, bytes: Number(text("Size") ?? 0) || 0 }];
    case "Contents":
      return [{ kind: "current", ...version, bytes: Number(text("Size") ?? 0) || 0 }];
    case "DeleteMarker":
      return [{ kind: "markers", ...version, bytes: 0 }];
    case "Upload":
      return [{ kind: "uploads", key: nameOf(text("Key") ?? ""), id: text("UploadId") ?? "", bytes: 0, ...time("Initiated") }];
    case "LiveChannel":
      return [{ kind: "channels", key: text("Name") ?? "", bytes: 0, ...time("LastModified") }];
    default:
      return [];
  }
}

/** What a list of deletions came to. An empty body (OSS, quiet) refused nothing. */
export function readRefusals(body: Uint8Array): { key: string; id?: string; code: string; message: string }[] {
  if (body.length === 0) return [];
  const root = readAnswer(body, "DeleteResult");
  const nameOf = xmlChildText(root, "EncodingType")?.trim() === "url" ? decoded : (text: string) => text;
  return xmlChildren(root, "Error").map((node) => {
    const id = xmlChildText(node, "VersionId");
    const [code, message] = [xmlChildText(node, "Code") ?? "", xmlChildText(node, "Message") ?? ""];
    return { key: nameOf(xmlChildText(node, "Key") ?? ""), ...(id === undefined || id === "" ? {} : { id }), code: code.trim(), message: message.trim() };
  });
}
