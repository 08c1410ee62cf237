/** What the three lists of objects share: names (encoded when asked for), entries, owners. */
import type { ListedItem, ListedVersion } from "../../core/api.ts";
import type { Account, AccountId } from "../../core/model.ts";
import { isoTime } from "../../lib/time.ts";
import { encodeUri } from "../../lib/uri.ts";
import { xmlElement, xmlText } from "../../lib/xml.ts";
import { storageClassText } from "./headers.ts";
import { objectType, ownerElement, quotedEtag } from "./replies.ts";
import { restoreText } from "./restore.ts";

export const pageByDefault = 100;

export type Naming = (text: string) => string;
/** `encoding-type=url`: keys, prefixes, markers and delimiters come percent-encoded. */
export const namingOf = (encoded: boolean): Naming => (encoded ? encodeUri : (text) => text);

export const encodingElement = (encoded: boolean): string => (encoded ? xmlText("EncodingType", "url") : "");

export const prefixElement = (prefix: string, naming: Naming): string => xmlElement("CommonPrefixes", xmlText("Prefix", naming(prefix)));

/** What is common to `Contents` and `Version`, after their key and version. */
export function entryElements(version: ListedVersion, owner: Account | undefined, nowMs: number): string {
  return (
    xmlText("LastModified", isoTime(version.modifiedMs)) +
    xmlText("ETag", quotedEtag(version.etag)) +
    xmlText("Type", objectType(version)) +
    xmlText("Size", version.size) +
    xmlText("StorageClass", storageClassText(version.storageClass)) +
    (version.restored === undefined ? "" : xmlText("RestoreInfo", restoreText(version.restored, nowMs))) +
    ownerElement(owner)
  );
}

export const nameOfItem = (item: ListedItem): string => ("prefix" in item ? item.prefix : item.version.key);

/** `Contents` and `CommonPrefixes`, objects first as the vendor does. `owners` absent: entries do not name them. */
export function contentsElements(items: readonly ListedItem[], owners: Map<AccountId, Account> | undefined, naming: Naming, nowMs: number): string {
  let objects = "";
  let prefixes = "";
  for (const item of items) {
    if ("prefix" in item) prefixes += prefixElement(item.prefix, naming);
    else objects += xmlElement("Contents", xmlText("Key", naming(item.version.key)) + entryElements(item.version, owners?.get(item.version.owner), nowMs));
  }
  return objects + prefixes;
}
