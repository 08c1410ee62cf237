/**
 * Reads the small documents that clients send. No DTD, no entities but the five and numeric ones, no processing instructions; bounded in bytes,
 * elements and depth. Prefixes of names are dropped. Control characters pass, bare or as references: keys may hold them (OSS DeleteMultipleObjects).
 */
import { xmlElement, xmlText } from "./xml.ts";

export type XmlNode = { name: string; text: string; children: XmlNode[]; attributes?: [name: string, value: string][] };

export class XmlError extends Error {
  override name = "XmlError";
}

export const xmlLimits = { depthMax: 32, attributesMax: 16, nameCharactersMax: 256 } as const;

const bad = (why: string): never => {
  throw new XmlError(why);
};

const named = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
]);

/** Longest reference between `&` and `;`: `#x10ffff` with zeros ahead. */
const referenceCharactersMax = 16;

function reference(name: string): string {
  const known = named.get(name);
  if (known !== undefined) return known;
  const hex = /^#x([0-9a-fA-F]+)$/.exec(name);
  const decimal = /^#([0-9]+)$/.exec(name);
  const code = hex ? Number.parseInt(hex[1] as string, 16) : decimal ? Number(decimal[1]) : bad(`unknown entity &${name};`);
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) bad(`&${name}; is no character`);
  return String.fromCodePoint(code);
}

/** Text between tags: line ends as XML wants them, then references. */
function unescaped(raw: string): string {
  const text = raw.includes("\r") ? raw.replace(/\r\n?/g, "\n") : raw;
  let at = text.indexOf("&");
  if (at < 0) return text;
  let out = "";
  let from = 0;
  while (at >= 0) {
    const end = text.indexOf(";", at);
    if (end < 0 || end - at > referenceCharactersMax) bad("a bare &");
    out += text.slice(from, at) + reference(text.slice(at + 1, end));
    from = end + 1;
    at = text.indexOf("&", from);
  }
  return out + text.slice(from);
}

const isSpace = (code: number): boolean => code === 32 || code === 9 || code === 10 || code === 13;

function skipSpace(text: string, at: number): number {
  while (at < text.length && isSpace(text.charCodeAt(at))) at++;
  return at;
}

/** Where the name that begins at `at` ends. */
function nameEnd(text: string, at: number): number {
  let end = at;
  while (end < text.length) {
    const code = text.charCodeAt(end);
    const inName =
      (code >= 97 && code <= 122) ||
      (code >= 65 && code <= 90) ||
      code === 95 ||
      code === 58 ||
      code > 0x7f ||
      (end > at && ((code >= 48 && code <= 57) || code === 45 || code === 46));
    if (!inName) break;
    end++;
  }
  if (end === at) bad("a name is missing");
  if (end - at > xmlLimits.nameCharactersMax) bad("a name is too long");
  return end;
}

/** Behind the prefix, if there is one. */
function localName(name: string): string {
  const colon = name.indexOf(":");
  if (colon === 0 || colon === name.length - 1 || (colon > 0 && name.includes(":", colon + 1))) bad("a name with an empty part");
  return name.slice(colon + 1);
}

type Tag = { node: XmlNode; rawName: string; selfClosing: boolean; end: number };

/** The start tag whose `<` stands before `at`. */
function startTag(text: string, at: number): Tag {
  let end = nameEnd(text, at);
  const rawName = text.slice(at, end);
  const node: XmlNode = { name: localName(rawName), text: "", children: [] };
  const seen = new Set<string>();
  for (;;) {
    const next = skipSpace(text, end);
    const code = text[next];
    if (code === ">") return { node, rawName, selfClosing: false, end: next + 1 };
    if (code === "/") {
      if (text[next + 1] !== ">") bad("a stray /");
      return { node, rawName, selfClosing: true, end: next + 2 };
    }
    if (next === end || code === undefined) bad("a tag does not end");
    end = nameEnd(text, next);
    const name = text.slice(next, end);
    if (seen.has(name) || seen.size === xmlLimits.attributesMax) bad("an attribute twice, or too many");
    seen.add(name);
    let value = skipSpace(text, end);
    if (text[value] !== "=") bad("an attribute without a value");
    value = skipSpace(text, value + 1);
    const quote = text[value];
    if (quote !== '"' && quote !== "'") bad("an attribute without quotes");
    const close = text.indexOf(quote as string, value + 1);
    if (close < 0) bad("an attribute does not end");
    const raw = text.slice(value + 1, close);
    if (raw.includes("<")) bad("< in an attribute");
    if (name !== "xmlns" && !name.startsWith("xmlns:")) {
      node.attributes ??= [];
      node.attributes.push([localName(name), unescaped(raw)]);
    }
    end = close + 1;
  }
}

function decode(input: Uint8Array | string, bytesMax: number): string {
  const bytes = typeof input === "string" ? Buffer.from(input) : input;
  if (bytes.length > bytesMax) bad(`longer than ${bytesMax} bytes`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return bad("not UTF-8");
  }
}

/** The declaration, if there is one: where it ends. Only UTF-8 (or ASCII, its part) is read. */
function declaration(text: string): number {
  if (!/^<\?xml\s/.test(text)) return 0;
  const end = text.indexOf("?>");
  if (end < 0) bad("the declaration does not end");
  const encoding = /\sencoding\s*=\s*["']([^"']{0,40})["']/.exec(text.slice(5, Math.min(end, 200)));
  if (encoding && !/^(utf-?8|us-ascii)$/i.test(encoding[1] as string)) bad("only UTF-8 is read");
  return end + 2;
}

/** The root element. Throws XmlError for everything that is not a well-formed document within the limits. */
export function parseXml(input: Uint8Array | string, limits: { bytesMax: number; elementsMax: number }): XmlNode {
  const text = decode(input, limits.bytesMax);
  const open: Tag[] = [];
  let root: XmlNode | undefined;
  let elements = 0;
  let at = declaration(text);
  while (at < text.length) {
    const tag = text.indexOf("<", at);
    const raw = text.slice(at, tag < 0 ? text.length : tag);
    const parent = open.at(-1);
    if (raw.includes("]]>")) bad("]]> outside CDATA");
    if (parent) parent.node.text += unescaped(raw);
    else if (skipSpace(raw, 0) < raw.length) bad("text outside the root");
    if (tag < 0) break;
    at = tag + 1;
    if (text[at] === "/") {
      const end = nameEnd(text, at + 1);
      const close = skipSpace(text, end);
      if (text[close] !== ">" || open.pop()?.rawName !== text.slice(at + 1, end)) bad("tags do not match");
      at = close + 1;
    } else if (text.startsWith("!--", at)) {
      const end = text.indexOf("-->", at + 3);
      if (end < 0) bad("a comment does not end");
      at = end + 3;
    } else if (text.startsWith("![CDATA[", at)) {
      const end = text.indexOf("]]>", at);
      if (end < 0 || !parent) bad("CDATA does not end, or stands outside");
      (parent as Tag).node.text += text.slice(at + 8, end).replace(/\r\n?/g, "\n");
      at = end + 3;
    } else if (text[at] === "!" || text[at] === "?") {
      bad("document types and processing instructions are not read");
    } else {
      const start = startTag(text, at);
      if (++elements > limits.elementsMax) bad(`more than ${limits.elementsMax} elements`);
      if (parent) parent.node.children.push(start.node);
      else if (root) bad("two roots");
      else root = start.node;
      if (!start.selfClosing) {
        if (open.length === xmlLimits.depthMax) bad(`deeper than ${xmlLimits.depthMax}`);
        open.push(start);
      }
      at = start.end;
    }
  }
  if (open.length > 0) bad("an element does not end");
  return root ?? bad("no element");
}

export const xmlChildren = (node: XmlNode, name: string): XmlNode[] => node.children.filter((child) => child.name === name);
/** The first child of that name. */
export const xmlChild = (node: XmlNode, name: string): XmlNode | undefined => node.children.find((child) => child.name === name);
/** The text of the first child of that name, as it stands (keys may begin with blanks). */
export const xmlChildText = (node: XmlNode, name: string): string | undefined => xmlChild(node, name)?.text;
export const xmlAttribute = (node: XmlNode, name: string): string | undefined => node.attributes?.find(([key]) => key === name)?.[1];
/** The element written again, without attributes. */
export const xmlOf = (node: XmlNode): string => (node.children.length > 0 ? xmlElement(node.name, node.children.map(xmlOf).join("")) : xmlText(node.name, node.text));
