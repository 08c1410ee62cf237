/** The headers of GetObject and HeadObject. */

import type { VersionResult } from "../../../core/api.ts";
import type { Version } from "../../../core/model.ts";
import { httpDate, isoTime } from "../../../lib/time.ts";
import { retentionModeName } from "../../lock-text.ts";
import type { S3Call } from "../flavour.ts";
import { storageClassName } from "../parse/attributes.ts";
import { checksumHeader, checksumTypeName } from "../parse/checksums.ts";
import { eventHoldShown } from "../parse/lock.ts";
import { param } from "../parse/query.ts";
import { invalidRequest } from "../refusals.ts";
import { expirationHeader } from "./due.ts";
import { encryptionHeaders } from "./encryption.ts";
import { isHeaderText, metadataHeaders } from "./metadata.ts";
import { versionHeader } from "./versions.ts";

/** response-content-type and its like, and the header each replaces. */
const overrides = [
  ["response-content-type", "content-type"],
  ["response-cache-control", "cache-control"],
  ["response-content-disposition", "content-disposition"],
  ["response-content-encoding", "content-encoding"],
  ["response-content-language", "content-language"],
  ["response-expires", "expires"],
] as const;

/** Asked for by whom nobody knows, they would let anybody make this server say anything. */
export function refuseAnonymousOverrides(call: S3Call): void {
  if (call.context.caller.kind !== "anonymous") return;
  if (overrides.some(([name]) => param(call, name) !== undefined)) invalidRequest("Request specific response headers cannot be used for anonymous GET requests.");
}

/** The version's own, as they are when the query replaces none. */
function storedHeaders({ headers }: Version): string[] {
  const { contentType, cacheControl, contentDisposition, contentEncoding, contentLanguage, expires } = headers;
  const named = ["content-type", contentType ?? "binary/octet-stream"];
  if (cacheControl !== undefined) named.push("cache-control", cacheControl);
  if (contentDisposition !== undefined) named.push("content-disposition", contentDisposition);
  if (contentEncoding !== undefined) named.push("content-encoding", contentEncoding);
  if (contentLanguage !== undefined) named.push("content-language", contentLanguage);
  if (expires !== undefined) named.push("expires", expires);
  return named;
}

function contentHeaders(call: S3Call, version: Version): string[] {
  if (call.request.query.length === 0) return storedHeaders(version);
  const { headers } = version;
  const named: Record<string, string | undefined> = {
    "content-type": headers.contentType ?? "binary/octet-stream",
    "cache-control": headers.cacheControl,
    "content-disposition": headers.contentDisposition,
    "content-encoding": headers.contentEncoding,
    "content-language": headers.contentLanguage,
    expires: headers.expires,
  };
  for (const [name, header] of overrides) {
    const value = param(call, name);
    if (value === undefined) continue;
    const text = isHeaderText(value) ? value : Buffer.from(value).toString("latin1");
    if (isHeaderText(text)) named[header] = text;
    else invalidRequest(`${name} holds characters that no header can`);
  }
  return Object.entries(named).flatMap(([name, value]) => (value === undefined ? [] : [name, value]));
}

function checksumHeaders(call: S3Call, { checksum, parts }: Version, partNumber: number | undefined, whole: boolean): string[] {
  if (checksum === undefined || call.request.headers["x-amz-checksum-mode"]?.toUpperCase() !== "ENABLED") return [];
  // Readers count the parts of the object, which need not have the numbers they were uploaded with.
  const part = partNumber === undefined ? undefined : parts?.[partNumber - 1];
  const value = part === undefined ? (whole ? checksum.value : undefined) : part.checksum;
  return value === undefined ? [] : [checksumHeader(checksum.algorithm), value, "x-amz-checksum-type", checksumTypeName(checksum.type)];
}

/** What holds the version; nobody's business where nobody says who he is. */
function lockHeaders(call: S3Call, { retention, legalHold, eventHold }: Version): string[] {
  if (call.context.caller.kind === "anonymous") return [];
  const headers = retention ? ["x-amz-object-lock-mode", retentionModeName(retention.mode), "x-amz-object-lock-retain-until-date", isoTime(retention.untilMs)] : [];
  if (legalHold !== undefined) headers.push("x-amz-object-lock-legal-hold", legalHold ? "ON" : "OFF");
  headers.push(...eventHoldShown(eventHold));
  return headers;
}

/** `range`: what of the object is sent, `end` excluded. */
export function objectHeaders(call: S3Call, result: VersionResult, range: { start: number; end: number } | undefined, partNumber: number | undefined): string[] {
  const { version } = result;
  const headers = ["last-modified", httpDate(version.modifiedMs), "etag", `"${version.etag}"`, "accept-ranges", "bytes", ...contentHeaders(call, version)];
  headers.push("content-length", String(range === undefined ? version.size : range.end - range.start));
  if (range !== undefined) headers.push("content-range", `bytes ${range.start}-${range.end - 1}/${version.size}`);
  headers.push(...versionHeader(result, call.settings.flavour), ...checksumHeaders(call, version, partNumber, range === undefined || range.end - range.start === version.size));
  if (partNumber !== undefined && version.parts !== undefined && version.parts.length > 0) headers.push("x-amz-mp-parts-count", String(version.parts.length));
  if (version.headers.websiteRedirect !== undefined) headers.push("x-amz-website-redirect-location", version.headers.websiteRedirect);
  if (result.varyOrigin && !call.settings.flavour.headers.includes("vary")) headers.push("vary", "Origin");
  // Deviation, 2026-11-21: S3 shows the count only to who may read the tags; here it goes to whoever may read the object.
  if (version.tags !== undefined) headers.push("x-amz-tagging-count", String(version.tags.length));
  if (version.storageClass !== "standard") headers.push("x-amz-storage-class", storageClassName(version.storageClass));
  if (version.encryption !== undefined) headers.push(...encryptionHeaders(call, version.encryption));
  if (result.expiration !== undefined) headers.push(...expirationHeader(result.expiration));
  headers.push(...lockHeaders(call, version));
  if (version.metadata.length > 0) headers.push(...metadataHeaders(version.metadata, call.settings.flavour));
  return headers;
}
