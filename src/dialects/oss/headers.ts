/** Parsers of request headers, and the words of the vendor for ACLs and storage classes. */
import { nearestCanned } from "../../core/access/acl.ts";
import type { ReadConditions, WriteCondition } from "../../core/api.ts";
import type { CannedAcl, ContentHeaders, Metadata, ObjectAcl, Redundancy, StorageClass } from "../../core/model.ts";
import { parseHttpDate } from "../../lib/time.ts";
import type { WireRequest } from "../wire.ts";
import { invalidArgument, missingArgument, refuse, unservedHeader } from "./answers.ts";

type Requested = { request: WireRequest };

const bucketAcls = new Map<string, CannedAcl>([
  ["private", "private"],
  ["public-read", "publicRead"],
  ["public-read-write", "publicReadWrite"],
]);
/**
 * What this vendor has no word for (2026-11-28: grants to single accounts, or to every account, which S3 and HCP set) reads as the nearest that
 * promises everybody no more. The ACL holds in full all the same: whom S3 granted something, OSS serves.
 */
export function aclText(acl: ObjectAcl): string {
  if (acl === "inherit") return "default";
  const nearest = nearestCanned(acl);
  for (const [text, value] of bucketAcls) if (value === nearest) return text;
  return "private";
}

export function bucketAclHeader(call: Requested): CannedAcl | undefined {
  const value = call.request.headers["x-oss-acl"];
  if (value === undefined) return undefined;
  return bucketAcls.get(value) ?? invalidArgument("x-oss-acl", value, "The specified bucket acl is not valid.");
}

function objectAcl(value: string): ObjectAcl {
  if (value === "default") return "inherit";
  return bucketAcls.get(value) ?? invalidArgument("x-oss-object-acl", value, "The specified object acl is not valid.");
}
/** Absent: as the bucket's. */
export const objectAclHeader = (call: Requested): ObjectAcl => objectAcl(call.request.headers["x-oss-object-acl"] ?? "default");
/** Of a new object: the ACL, and whether it was asked for ("default" asks for nothing of its own). */
export function newObjectAcl(call: Requested): { acl: ObjectAcl; aclAsked: boolean } {
  const acl = objectAclHeader(call);
  return { acl, aclAsked: acl !== "inherit" };
}
export function requiredObjectAcl(call: Requested): ObjectAcl {
  return objectAcl(call.request.headers["x-oss-object-acl"] ?? missingArgument("x-oss-object-acl"));
}

const storageClasses = new Map<string, StorageClass>([
  ["Standard", "standard"],
  ["IA", "infrequent"],
  ["Archive", "archive"],
  ["ColdArchive", "coldArchive"],
  ["DeepColdArchive", "deepColdArchive"],
]);
/** Classes that only S3 has, by the nearest of ours. */
const nearestClass: Partial<Record<StorageClass, string>> = { reduced: "Standard", intelligent: "Standard", infrequentOneZone: "IA", archiveInstant: "IA" };
export function storageClassText(storageClass: StorageClass): string {
  for (const [text, value] of storageClasses) if (value === storageClass) return text;
  return nearestClass[storageClass] ?? "Standard";
}
export function parseStorageClass(argument: string, value: string): StorageClass {
  return storageClasses.get(value) ?? invalidArgument(argument, value, "The specified storage class is not valid.");
}
export function storageClassHeader(call: Requested): { storageClass?: StorageClass } {
  const value = call.request.headers["x-oss-storage-class"];
  return value === undefined ? {} : { storageClass: parseStorageClass("x-oss-storage-class", value) };
}

export const redundancyText = (redundancy: Redundancy): string => (redundancy === "zone" ? "ZRS" : "LRS");
export function parseRedundancy(value: string): Redundancy {
  if (value === "LRS") return "local";
  return value === "ZRS" ? "zone" : invalidArgument("DataRedundancyType", value, "The specified data redundancy type is not valid.");
}

/** Our names of the content headers and the wire's. */
export const contentHeaderNames: readonly [keyof ContentHeaders, string][] = [
  ["contentType", "Content-Type"],
  ["cacheControl", "Cache-Control"],
  ["contentDisposition", "Content-Disposition"],
  ["contentEncoding", "Content-Encoding"],
  ["contentLanguage", "Content-Language"],
  ["expires", "Expires"],
];
export function contentHeaders(call: Requested): ContentHeaders {
  const found: ContentHeaders = {};
  for (const [field, name] of contentHeaderNames) {
    const value = call.request.headers[name.toLowerCase()];
    if (value !== undefined && value !== "") found[field] = value;
  }
  return found;
}

export const metadataPrefix = "x-oss-meta-";
export const metadataBytesMax = 8 * 1024;
/** Names in lower case (headers have no case), in the order sent. All names and values together: 8 KiB. */
export function userMetadata(call: Requested): Metadata {
  const found: Metadata = [];
  let bytes = 0;
  for (const [name, value] of Object.entries(call.request.headers)) {
    if (!name.startsWith(metadataPrefix) || value === undefined) continue;
    const short = name.slice(metadataPrefix.length);
    if (short === "") invalidArgument(name, value, "The metadata name can not be empty.");
    bytes += name.length + Buffer.byteLength(value, "latin1");
    found.push([short, value]);
  }
  if (bytes > metadataBytesMax) {
    refuse({
      status: 400,
      code: "InvalidArgument",
      message: `The total size of user metadata must not exceed ${metadataBytesMax} bytes.`,
      elements: [["MetadataSize", String(bytes)]],
    });
  }
  return found;
}

/** What would change the meaning of any write and is not acted upon yet: refused by name, whatever the operation. */
const unservedWriteHeaders = [
  "x-oss-tagging",
  "x-oss-server-side-encryption",
  "x-oss-server-side-encryption-key-id",
  "x-oss-server-side-data-encryption",
  "x-oss-callback",
  "x-oss-callback-var",
  "x-oss-symlink-target",
  "x-oss-symlink-target-bucket",
  "x-oss-object-worm-mode",
  "x-oss-object-worm-retain-until-date",
  "x-oss-object-worm-legal-hold",
  "x-oss-persistent-headers",
  "x-oss-bucket-tagging",
  "x-oss-resource-group-id",
  "x-oss-bucket-object-worm-enabled",
] as const;
/** `served`: those that the operation acts upon. */
export function refuseUnservedHeaders(call: Requested, served: readonly string[] = []): void {
  const { headers } = call.request;
  for (const name of unservedWriteHeaders) if (headers[name] !== undefined && !served.includes(name)) unservedHeader(name);
  if (!served.includes("x-oss-callback") && call.request.query.some(({ name }) => name === "callback")) unservedHeader("callback");
  const hns = headers["x-oss-hns-status"];
  if (hns !== undefined && hns.toLowerCase() !== "disabled") unservedHeader("x-oss-hns-status");
}

/** A PUT of an object has no conditions here (x-oss-forbid-overwrite is the vendor's way): refused, not ignored. `served`: as in refuseUnservedHeaders. */
export const readConditionNames = ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since"] as const;
export function refuseWriteConditions(call: Requested, served: readonly string[] = []): void {
  for (const name of readConditionNames) {
    if (call.request.headers[name] !== undefined && !served.includes(name)) {
      refuse({ status: 400, code: "NotImplemented", message: "A header you provided implies functionality that is not implemented.", elements: [["Header", name]] });
    }
  }
}

/** x-oss-forbid-overwrite: the vendor's put-if-absent. */
export function overwriteCondition(call: Requested): { condition?: WriteCondition } {
  const value = call.request.headers["x-oss-forbid-overwrite"];
  if (value === undefined || value.toLowerCase() === "false") return {};
  if (value.toLowerCase() !== "true") return invalidArgument("x-oss-forbid-overwrite", value, "The value of x-oss-forbid-overwrite must be true or false.");
  return { condition: { forbidOverwrite: true } };
}

/** Bare and in lower case, as the core keeps them; `*` as it is. */
export function parseEtags(value: string): string[] {
  return value.split(",").flatMap((piece) => {
    const trimmed = piece.trim().replace(/^W\//, "");
    const bare = trimmed.length > 1 && trimmed.startsWith('"') && trimmed.endsWith('"') ? trimmed.slice(1, -1) : trimmed;
    return bare === "" ? [] : [bare.toLowerCase()];
  });
}

/** The four conditions of a read; `prefix` names those of a copy's source. Dates that are none are ignored, as HTTP says. */
export function readConditions(call: Requested, prefix = ""): ReadConditions {
  const { headers } = call.request;
  const conditions: ReadConditions = {};
  const match = headers[`${prefix}if-match`];
  if (match !== undefined) conditions.ifMatch = parseEtags(match);
  const noneMatch = headers[`${prefix}if-none-match`];
  if (noneMatch !== undefined) conditions.ifNoneMatch = parseEtags(noneMatch);
  const modified = headers[`${prefix}if-modified-since`];
  const modifiedMs = modified === undefined ? undefined : parseHttpDate(modified);
  if (modifiedMs !== undefined) conditions.ifModifiedSinceMs = modifiedMs;
  const unmodified = headers[`${prefix}if-unmodified-since`];
  const unmodifiedMs = unmodified === undefined ? undefined : parseHttpDate(unmodified);
  if (unmodifiedMs !== undefined) conditions.ifUnmodifiedSinceMs = unmodifiedMs;
  return conditions;
}
