/** The Range header (RFC 9110 section 14.2), bytes only. */

/** `end` is the last byte asked for, included, as in the header; absent: to the end of the object. `suffix`: the last n bytes. */
export type ByteRange = { start: number; end?: number } | { suffix: number };

/** More digits than any object can have. */
const digitsMax = 18;

function number(text: string): number | undefined {
  if (text === "" || text.length > digitsMax) return undefined;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 48 || code > 57) return undefined;
  }
  return Math.min(Number(text), Number.MAX_SAFE_INTEGER);
}

/**
 * What a Range header asks for. "invalid": not a byte range, or its end lies before its start (to be ignored or refused, as the vendor does);
 * "multiple": several ranges, which no dialect here serves.
 */
export function parseRange(header: string): ByteRange | "invalid" | "multiple" {
  const text = header.trim();
  if (text.slice(0, 6).toLowerCase() !== "bytes=") return "invalid";
  const spec = text.slice(6).trim();
  if (spec.includes(",")) return "multiple";
  const dash = spec.indexOf("-");
  if (dash < 0) return "invalid";
  const first = spec.slice(0, dash).trim();
  const last = spec.slice(dash + 1).trim();
  if (first === "") {
    const suffix = number(last);
    return suffix === undefined ? "invalid" : { suffix };
  }
  const start = number(first);
  if (start === undefined) return "invalid";
  if (last === "") return { start };
  const end = number(last);
  return end === undefined || end < start ? "invalid" : { start, end };
}
