/** The pieces that every list shares. */
import type { ListedItem, ListedVersion } from "../../../core/api.ts";
import type { Account, AccountId } from "../../../core/model.ts";
import { isoTime } from "../../../lib/time.ts";
import { encodeUriPath } from "../../../lib/uri.ts";
import { xmlElement, xmlText } from "../../../lib/xml.ts";
import { storageClassName } from "../parse/attributes.ts";
import { checksumTypeName } from "../parse/checksums.ts";
import { ownerIn } from "./owners.ts";

/** Keys, prefixes, delimiters and markers are escaped when the request asked for `encoding-type=url`. */
export type KeyText = (text: string) => string;
export const keyText = (encoding: "url" | undefined): KeyText => (encoding === "url" ? encodeUriPath : (text) => text);

export function checksumElements(checksum: ListedVersion["checksum"]): string {
  return checksum === undefined ? "" : xmlText("ChecksumAlgorithm", checksum.algorithm.toUpperCase()) + xmlText("ChecksumType", checksumTypeName(checksum.type));
}

/** What `<Contents>` and `<Version>` have in common after their first elements. */
export function versionElements(version: ListedVersion): string {
  return `${xmlText("LastModified", isoTime(version.modifiedMs))}<ETag>&quot;${version.etag}&quot;</ETag>${checksumElements(version.checksum)}${xmlText("Size", version.size)}`;
}

export function contents(items: readonly ListedItem[], key: KeyText, owners: ReadonlyMap<AccountId, Account> | undefined): string {
  let xml = "";
  for (const item of items) {
    if (!("version" in item)) continue;
    const { version } = item;
    const owner = owners === undefined ? "" : ownerIn(owners, version.owner);
    xml += `<Contents>${xmlText("Key", key(version.key))}${versionElements(version)}${owner}${xmlText("StorageClass", storageClassName(version.storageClass))}</Contents>`;
  }
  return xml;
}

export function commonPrefixes(items: readonly (object | { prefix: string })[], key: KeyText): string {
  let xml = "";
  for (const item of items) if ("prefix" in item) xml += xmlElement("CommonPrefixes", xmlText("Prefix", key(item.prefix)));
  return xml;
}

/** Where the next page begins: the last item of this one. */
export function lastOf(items: readonly ListedItem[]): string | undefined {
  const last = items.at(-1);
  return last === undefined ? undefined : "version" in last ? last.version.key : last.prefix;
}
