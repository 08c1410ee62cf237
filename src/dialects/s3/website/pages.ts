/** What a website's host answers where there is no page to show: S3's own HTML, and redirects. */
import { STATUS_CODES } from "node:http";
import { encodeUriPath } from "../../../lib/uri.ts";
import { escapeXml } from "../../../lib/xml.ts";
import type { VendorAnswer } from "../../error-table.ts";
import type { Reply } from "../../wire.ts";

/** Of one answer. `inner`: why the bucket's own error page could not be shown. */
export type ErrorPage = { answer: VendorAnswer; requestId: string; hostId: string; inner?: VendorAnswer };

const item = (name: string, value: string): string => `<li>${name}: ${escapeXml(value)}</li>\n`;
const items = ({ code, message, elements = [] }: VendorAnswer): string =>
  item("Code", code) + item("Message", message) + elements.map(([name, value]) => item(escapeXml(name), value)).join("");

export function errorPage({ answer, requestId, hostId, inner }: ErrorPage): string {
  const title = `${answer.status} ${STATUS_CODES[answer.status] ?? ""}`.trim();
  const nested = inner === undefined ? "" : `<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>\n<ul>\n${items(inner)}</ul>\n`;
  const ids = item("RequestId", requestId) + item("HostId", hostId);
  return `<html>\n<head><title>${title}</title></head>\n<body>\n<h1>${title}</h1>\n<ul>\n${items(answer)}${ids}</ul>\n${nested}<hr/>\n</body>\n</html>\n`;
}

const isPlain = (text: string): boolean => /^[\x20-\x7e]*$/.test(text);

/** The error said in headers too, for HEAD and where the page is the bucket's own. */
export const errorHeaders = ({ code, message, elements = [], headers = [] }: VendorAnswer): string[] => [
  "x-amz-error-code",
  code,
  "x-amz-error-message",
  message,
  ...elements.flatMap(([name, value]) => [`x-amz-error-detail-${name}`, isPlain(value) ? value : encodeUriPath(value)]),
  ...headers,
];

export const htmlType = ["content-type", "text/html; charset=utf-8"] as const;

/** A path that names this key; one that begins with a slash must not read as a host. */
export const pathOfKey = (key: string): string => `/${key.startsWith("/") ? `%2F${encodeUriPath(key.slice(1))}` : encodeUriPath(key)}`;

/** The owner's own words, in which `#!/`, queries and escapes have their meaning: only what no header or address can hold is escaped. */
export const asWritten = (text: string): string => text.replace(/[^\x21-\x7e]+|["<>\\^`{|}]/g, (part) => encodeURIComponent(part.toWellFormed()));

export const redirect = (status: number, location: string): Reply => ({ status, headers: ["location", location], body: "" });
