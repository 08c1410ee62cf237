/** The one place that writes XML, and (xml-reader.ts) reads it. Documents are strings put together from these pieces. */

/** What XML 1.0 cannot carry: "reference" writes `&#x1;` as OSS and S3 do (readers of theirs take it), "replace" writes U+FFFD. */
export type Forbidden = "reference" | "replace";

const special = /[&<>"\r\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff\ud800-\udfff]/;
const specials = /[&<>"\r\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

function escapeOne(character: string): string {
  switch (character) {
    case "&":
      return "&amp;";
    case "<":
      return "&lt;";
    case ">":
      return "&gt;";
    case '"':
      return "&quot;";
    case "\r":
      return "&#13;";
    default:
      return `&#x${character.charCodeAt(0).toString(16)};`;
  }
}
const replaceOne = (character: string): string =>
  character === "\r" || character === "&" || character === "<" || character === ">" || character === '"' ? escapeOne(character) : "\ufffd";

/** Text for an element or a double-quoted attribute. Lone surrogates become U+FFFD. */
export function escapeXml(text: string, forbidden: Forbidden = "reference"): string {
  if (!special.test(text)) return text;
  return text.toWellFormed().replace(specials, forbidden === "replace" ? replaceOne : escapeOne);
}

/** `<name>text</name>`; `undefined` writes nothing. */
export function xmlText(name: string, value: string | number | bigint | boolean | undefined, forbidden: Forbidden = "reference"): string {
  if (value === undefined) return "";
  return `<${name}>${typeof value === "string" ? escapeXml(value, forbidden) : value}</${name}>`;
}

/** `<name>content</name>` around pieces that are XML already. */
export const xmlElement = (name: string, content: string): string => `<${name}>${content}</${name}>`;

/** A whole document. `xmlns`: the default namespace of the root. */
export function xmlDocument(root: string, content: string, options: { xmlns?: string } = {}): string {
  const xmlns = options.xmlns === undefined ? "" : ` xmlns="${escapeXml(options.xmlns)}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${xmlns}>${content}</${root}>`;
}
