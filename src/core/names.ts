/**
 * The parsers that make the brands. Their limits are the widest any dialect allows: a dialect adds its own rule where a name is made;
 * reading, listing and deleting accept every name that exists. All throw invalidArgument.
 */
import { limits } from "./api.ts";
import { fail } from "./errors.ts";
import { escapeText } from "./keys.ts";
import type { BucketName, ObjectKey, TenantName, UploadId } from "./model.ts";

export const nameLimits = {
  bucketCharactersMax: 255,
  /** A NUL takes two bytes in a row's key; this keeps every key within `metadataLimits.keyBytesMax`. */
  escapedKeyBytesMax: 5 * 1024,
} as const;

const refuse = (argument: string, value: string, why: string): never => fail("invalidArgument", { argument, value: value.slice(0, 64), why });

/** Part of a host name: 1 to 63 lower-case letters, digits and inner hyphens. */
export function parseTenantName(value: string): TenantName {
  if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(value)) refuse("tenant", value, "1 to 63 lower-case letters, digits and inner hyphens");
  return value as TenantName;
}
/** 1 to 255 of letters, digits, `.`, `_` and `-`, not beginning with `-` or `.` (`/-/` is the server's own). */
export function parseBucketName(value: string): BucketName {
  if (value.length > nameLimits.bucketCharactersMax || !/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(value)) {
    refuse("bucket", value, "1 to 255 letters, digits, '.', '_' and '-', the first no '-' or '.'");
  }
  return value as BucketName;
}
/** 1 to `limits.keyBytesMax` bytes of well-formed Unicode; any character. */
export function parseObjectKey(value: string): ObjectKey {
  if (value === "") refuse("key", value, "a key is not empty");
  if (!value.isWellFormed()) refuse("key", "", "a key is well-formed Unicode");
  if (Buffer.byteLength(value, "utf8") > limits.keyBytesMax) refuse("key", value, `a key has at most ${limits.keyBytesMax} bytes`);
  if (value.includes("\0") && escapeText(value).length > nameLimits.escapedKeyBytesMax) refuse("key", "", "a key has fewer NUL characters");
  return value as ObjectKey;
}
/** `undefined` unless it is one of ours: 32 upper-case hex digits. What is no id names no upload, which is for the verb to say. */
export const readUploadId = (value: string): UploadId | undefined => (/^[0-9A-F]{32}$/.test(value) ? (value as UploadId) : undefined);
