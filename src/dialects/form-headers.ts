/** The header fields of a multipart/form-data body: its boundary, and what each part is called. RFC 2046 5.1, RFC 7578, RFC 2231. */
import { decodeUri } from "../lib/uri.ts";

/** RFC 2046 5.1.1. */
export const boundaryBytesMax = 70;

type Parameters = ReadonlyMap<string, string>;

/** `type; name=value; name="quoted \" value"`. A backslash escapes a quote or itself only: browsers send Windows paths as they are. */
function parseParameters(text: string): { value: string; parameters: Parameters } {
  const semicolon = text.indexOf(";");
  const value = (semicolon < 0 ? text : text.slice(0, semicolon)).trim().toLowerCase();
  const parameters = new Map<string, string>();
  // Each character can be read in one way only, so that no text takes long.
  const pattern = /;\s*([^\s=;]+)\s*=\s*(?:"((?:\\["\\]|\\(?!["\\])|[^"\\])*)"|([^;]*))/gy;
  pattern.lastIndex = Math.max(semicolon, 0);
  for (let found = semicolon < 0 ? null : pattern.exec(text); found !== null; found = pattern.exec(text)) {
    const [whole, name = "", quoted, bare = ""] = found;
    const key = name.toLowerCase();
    if (!parameters.has(key)) parameters.set(key, quoted === undefined ? bare.trim() : quoted.replace(/\\(["\\])/g, "$1"));
    pattern.lastIndex = found.index + whole.length + (/^\s*/.exec(text.slice(found.index + whole.length))?.[0].length ?? 0);
  }
  return { value, parameters };
}

/** Undefined when the content is no form, or its boundary is none. */
export function boundaryOf(contentType: string | undefined): string | undefined {
  if (contentType === undefined) return undefined;
  const { value, parameters } = parseParameters(contentType);
  const boundary = parameters.get("boundary");
  if (value !== "multipart/form-data" || boundary === undefined) return undefined;
  return /^[\x20-\x7e]+$/.test(boundary) && !boundary.endsWith(" ") && boundary.length <= boundaryBytesMax ? boundary : undefined;
}

export const isFormType = (contentType: string | undefined): boolean => /^\s*multipart\/form-data\s*(?:;|$)/i.test(contentType ?? "");

export type PartHeaders = { name: string; filename?: string; contentType?: string };

/** The header lines of a part, already UTF-8 text. Undefined without a name. */
export function partHeaders(text: string): PartHeaders | undefined {
  let disposition: string | undefined;
  let contentType: string | undefined;
  for (const line of text.split("\r\n")) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0)).trim().toLowerCase();
    if (name === "content-disposition") disposition ??= line.slice(colon + 1);
    else if (name === "content-type") contentType ??= line.slice(colon + 1).trim();
  }
  if (disposition === undefined) return undefined;
  const { value, parameters } = parseParameters(disposition);
  const name = parameters.get("name");
  if (value !== "form-data" || name === undefined || name === "") return undefined;
  const filename = extended(parameters.get("filename*")) ?? parameters.get("filename");
  return { name, ...(filename === undefined ? {} : { filename: lastName(filename) }), ...(contentType === undefined ? {} : { contentType }) };
}

/** `UTF-8''na%C3%AFve.txt`: not for forms by RFC 7578, and sent in them all the same. */
function extended(value: string | undefined): string | undefined {
  const found = /^utf-8'[^']*'(.*)$/i.exec(value ?? "");
  return found === null ? undefined : decodeUri(found[1] as string);
}

/** Some browsers send the whole path; what follows the last slash or backslash is the name. */
const lastName = (path: string): string => path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
