/** Percent encoding, strict both ways: what is decoded is well-formed Unicode or nothing at all. */

/** Structurally the `QueryParameter` of dialects/wire.ts. */
export type QueryPair = { name: string; value: string; rawName: string; rawValue: string; bare: boolean };

/** Requests with more are refused. */
export const queryParametersMax = 200;

/** Is there anything but ASCII? (Node hands bytes over 0x7f on as Latin-1 characters.) */
function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

/** Bytes that came bare, as their escapes; `undefined` when a character is no byte. */
function escapeBareBytes(text: string): string | undefined {
  let escaped = "";
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0xff) return undefined;
    escaped += code < 0x80 ? text[i] : `%${code.toString(16).toUpperCase()}`;
  }
  return escaped;
}

/** A path or a part of one. `undefined` for a bad escape or for bytes that are no UTF-8 (overlong forms and surrogates included); `+` stays `+`. */
export function decodeUri(raw: string): string | undefined {
  const text = isAscii(raw) ? raw : escapeBareBytes(raw);
  if (text === undefined || !text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** A name or value of a query: as `decodeUri`, but `+` is a space (as oss2, Java, Go and browsers write it; a plus sign comes as `%2B`). */
export const decodeQueryText = (raw: string): string | undefined => decodeUri(raw.includes("+") ? raw.replaceAll("+", " ") : raw);

/** In order, nothing merged; empty pieces (`&&`) are left out. `undefined` when a piece cannot be decoded or there are more than `queryParametersMax`. */
export function parseQuery(rawQuery: string): QueryPair[] | undefined {
  const pairs: QueryPair[] = [];
  if (rawQuery === "") return pairs;
  for (let from = 0; from <= rawQuery.length; ) {
    let to = rawQuery.indexOf("&", from);
    if (to < 0) to = rawQuery.length;
    if (to > from) {
      const piece = rawQuery.slice(from, to);
      const equals = piece.indexOf("=");
      const rawName = equals < 0 ? piece : piece.slice(0, equals);
      const rawValue = equals < 0 ? "" : piece.slice(equals + 1);
      const name = decodeQueryText(rawName);
      const value = decodeQueryText(rawValue);
      if (name === undefined || value === undefined || pairs.length === queryParametersMax) return undefined;
      pairs.push({ name, value, rawName, rawValue, bare: equals < 0 });
    }
    from = to + 1;
  }
  return pairs;
}

const escapeMore = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
const plain = /^[A-Za-z0-9\-._~]*$/;
const plainPath = /^[A-Za-z0-9\-._~/]*$/;

/** Everything but `A-Z a-z 0-9 - . _ ~` as upper-case escapes (RFC 3986 unreserved): S3 and OSS canonical queries, OSS `encoding-type=url`. */
export function encodeUri(text: string): string {
  return plain.test(text) ? text : encodeURIComponent(text.toWellFormed()).replace(/[!'()*]/g, escapeMore);
}

/** The same with `/` kept: canonical paths, S3 `encoding-type=url`. */
export function encodeUriPath(text: string): string {
  return plainPath.test(text) ? text : encodeUri(text).replaceAll("%2F", "/");
}
