/** The query as V2 and V4 sign it: all parameters but the signature, encoded, sorted by code point, `k` when the value is empty. */
import { encodeUri } from "../../../lib/uri.ts";
import type { QueryParameter } from "../../wire.ts";

export function canonicalQuery(query: readonly QueryParameter[]): string {
  const pairs: [name: string, value: string][] = [];
  for (const { name, value } of query) if (name !== "x-oss-signature") pairs.push([encodeUri(name), encodeUri(value)]);
  pairs.sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0));
  return pairs.map(([name, value]) => (value === "" ? name : `${name}=${value}`)).join("&");
}
