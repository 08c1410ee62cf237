/** What of a request may be written down: no signature, token or key id. */
import { parseQuery } from "../lib/uri.ts";
import type { WireRequest } from "./wire.ts";

/** Lower case. Signatures, tokens, key ids, credentials, forms' policies. */
const secretParameters: ReadonlySet<string> = new Set([
  "signature",
  "x-amz-signature",
  "x-amz-credential",
  "x-amz-security-token",
  "x-oss-signature",
  "x-oss-credential",
  "x-oss-security-token",
  "x-oss-access-key-id",
  "security-token",
  "ossaccesskeyid",
  "awsaccesskeyid",
  "policy",
  "token",
]);

/** The query as on the wire, with the values of secret parameters replaced. A name that was itself escaped is judged decoded. */
export function redactedQuery(query: WireRequest["query"]): string {
  return query.map(({ name, rawName, rawValue, bare }) => (bare ? rawName : `${rawName}=${secretParameters.has(name.toLowerCase()) ? "REDACTED" : rawValue}`)).join("&");
}

/** An address as a header gives it (Referer): its query as above; of one that cannot be read nothing is left. */
export function redactedUrl(url: string): string {
  const at = url.indexOf("?");
  if (at < 0) return url;
  const query = parseQuery(url.slice(at + 1));
  return `${url.slice(0, at)}?${query === undefined ? "REDACTED" : redactedQuery(query)}`;
}
