/** Pieces of answers that several operations share. */
import type { DeleteResult, VersionResult } from "../../core/api.ts";
import type { Account, Encryption, Version } from "../../core/model.ts";
import { httpDate } from "../../lib/time.ts";
import { encodeUri } from "../../lib/uri.ts";
import { xmlDocument, xmlElement, xmlText } from "../../lib/xml.ts";
import type { Reply } from "../wire.ts";
import { encryptionShown } from "./encryption.ts";
import { contentHeaderNames, metadataPrefix, storageClassText } from "./headers.ts";
import { lockShown } from "./object-worm.ts";
import { restoreText } from "./restore.ts";

export const empty = (status: number, headers: string[] = []): Reply => ({ status, headers });
export const document = (root: string, content: string, headers: string[] = []): Reply => ({
  status: 200,
  headers: ["Content-Type", "application/xml", ...headers],
  body: xmlDocument(root, content),
});

export const quotedEtag = (etag: string): string => `"${etag.toUpperCase()}"`;

/** A version as clients name it: its sequence in decimal, or "null" when it was made while versioning was not enabled. */
export const versionText = (version: { sequence: number; isNull: boolean }): string => (version.isNull ? "null" : String(version.sequence));

/** Shown once a bucket has had versioning. */
export function versionHeaders({ version, versioning }: Pick<VersionResult, "version" | "versioning">): string[] {
  return versioning === "off" ? [] : ["x-oss-version-id", versionText(version)];
}

export function deleteHeaders({ versioning, removed, marker }: DeleteResult): string[] {
  if (marker) return ["x-oss-delete-marker", "true", "x-oss-version-id", versionText(marker)];
  if (!removed || versioning === "off") return [];
  return [...(removed.marker ? ["x-oss-delete-marker", "true"] : []), "x-oss-version-id", versionText(removed)];
}

/** The MD5 of the bytes in base64 where the ETag is one: objects of one PUT. */
export function contentMd5(version: Pick<Version, "form" | "kind" | "etag"> & { encryption?: Pick<Encryption, "mode"> }): string[] {
  // The ETag of what a named or a customer's key hides says nothing of the bytes.
  const isPlain = version.encryption === undefined || version.encryption.mode === "store";
  const isMd5 = isPlain && version.form === "single" && version.kind !== "appendable" && /^[0-9a-f]{32}$/.test(version.etag);
  return isMd5 ? ["Content-MD5", Buffer.from(version.etag, "hex").toString("base64")] : [];
}

export const crcHeader = (crc64: string | undefined): string[] => (crc64 === undefined ? [] : ["x-oss-hash-crc64ecma", crc64]);

/** Where the next append goes on, or since when there is none. */
export const appendHeaders = ({ size, sealedMs }: Pick<Version, "size" | "sealedMs">): string[] => [
  "x-oss-next-append-position",
  String(size),
  ...(sealedMs === undefined ? [] : ["x-oss-sealed-time", httpDate(sealedMs)]),
];

export function objectType(version: Pick<Version, "form" | "kind">): string {
  if (version.kind === "appendable") return "Appendable";
  if (version.kind === "symlink") return "Symlink";
  return version.form === "multipart" ? "Multipart" : "Normal";
}

/** Headers carry bytes: text beyond Latin-1 goes as its UTF-8, as Node reads it in. */
const wireText = (text: string): string => {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0xff) return Buffer.from(text, "utf8").toString("latin1");
  return text;
};

/** All that GET and HEAD say about a version; `overrides`: header name (lower case) to value, from `response-*`. */
export function objectHeaders(result: VersionResult, nowMs: number, overrides: ReadonlyMap<string, string> = new Map()): string[] {
  const { version } = result;
  const headers: string[] = [];
  for (const [field, name] of contentHeaderNames) {
    const value = overrides.get(name.toLowerCase()) ?? version.headers[field] ?? (field === "contentType" ? "application/octet-stream" : undefined);
    if (value !== undefined) headers.push(name, wireText(value));
  }
  headers.push("Accept-Ranges", "bytes", "ETag", quotedEtag(version.etag), "Last-Modified", httpDate(version.modifiedMs));
  headers.push("x-oss-object-type", objectType(version), "x-oss-storage-class", storageClassText(version.storageClass));
  headers.push(...crcHeader(version.crc64), ...contentMd5(version), ...versionHeaders(result));
  if (version.restored !== undefined) headers.push("x-oss-restore", restoreText(version.restored, nowMs));
  if (version.kind === "appendable") headers.push(...appendHeaders(version));
  if (version.encryption !== undefined) headers.push(...encryptionShown(version.encryption));
  headers.push(...lockShown(version));
  const due = result.expiration;
  if (due !== undefined) headers.push("x-oss-expiration", `expiry-date="${httpDate(due.atMs)}", rule-id="${encodeUri(due.ruleId)}"`);
  if (result.varyOrigin) headers.push("Vary", "Origin");
  if (version.tags !== undefined) headers.push("x-oss-tagging-count", String(version.tags.length));
  for (const [name, value] of version.metadata) headers.push(`${metadataPrefix}${name.toLowerCase()}`, wireText(value));
  return headers;
}

export const ownerElement = (owner: Pick<Account, "uid" | "displayName"> | undefined): string =>
  owner === undefined ? "" : xmlElement("Owner", xmlText("ID", owner.uid) + xmlText("DisplayName", owner.displayName));

export const aclDocument = (owner: Account, grant: string, headers: string[] = []): Reply =>
  document("AccessControlPolicy", ownerElement(owner) + xmlElement("AccessControlList", xmlText("Grant", grant)), headers);
