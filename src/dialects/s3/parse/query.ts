/** What stands in the query and the path, as the operations take it. Each function throws the vendor's refusal. */
import type { BucketAddress, ObjectAddress } from "../../../core/api.ts";
import type { VersionSelector } from "../../../core/model.ts";
import type { S3Call } from "../flavour.ts";
import { invalidArgument, keyTooLong } from "../refusals.ts";

/** The first value of that name. */
export const param = (call: S3Call, name: string): string | undefined => call.request.query.find((parameter) => parameter.name === name)?.value;

export function bucketOf(call: S3Call): BucketAddress {
  const { tenant, bucket } = call.address;
  if (bucket === undefined) throw new Error("an operation on a bucket was reached without one");
  return { tenant, bucket };
}

export function objectOf(call: S3Call): ObjectAddress {
  const { key } = call.address;
  if (key === undefined) throw new Error("an operation on an object was reached without a key");
  return { ...bucketOf(call), key };
}

/** Where a key is made: its length counts. Reading and deleting take every key there is. */
export function newObjectOf(call: S3Call): ObjectAddress {
  const address = objectOf(call);
  const size = Buffer.byteLength(address.key);
  const { keyBytesMax } = call.settings.flavour;
  if (size > keyBytesMax) keyTooLong(size, keyBytesMax);
  return address;
}

const sequenceMax = Number.MAX_SAFE_INTEGER;

/** `null`, or a sequence in decimal. */
export function parseVersionId(text: string, argument: string): VersionSelector {
  if (text === "null") return "null";
  const sequence = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!(sequence <= sequenceMax)) return invalidArgument(argument, text, text === "" ? "Version id cannot be the empty string" : "Invalid version id specified");
  return sequence;
}

export function versionOf(call: S3Call): VersionSelector {
  const text = param(call, "versionId");
  return text === undefined ? undefined : parseVersionId(text, "versionId");
}

export const pageMax = 1000;

/** max-keys and its like: 1000 when absent; more is clamped, or refused where the flavour says so (`refuseOver`). */
export function pageSize(call: S3Call, name: string, refuseOver = false): number {
  const text = param(call, name);
  if (text === undefined) return pageMax;
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= 2 ** 31 - 1)) return invalidArgument(name, text, `Provided ${name} not an integer or within integer range`);
  if (value > pageMax && refuseOver && call.settings.flavour.pageOverMax === "refuse")
    return invalidArgument(name, text, `Argument ${name} must be an integer between 0 and ${pageMax}`);
  return Math.min(value, pageMax);
}

/** A part number to go on after, 0 when absent. */
export function partMarker(call: S3Call): number {
  const text = param(call, "part-number-marker");
  if (text === undefined || text === "") return 0;
  if (!/^\d{1,10}$/.test(text)) return invalidArgument("part-number-marker", text, "Provided part-number-marker not an integer or within integer range");
  return Number(text);
}

export const partNumberMax = 10_000;

export function partNumberOf(call: S3Call): number {
  const text = param(call, "partNumber") ?? "";
  const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= 1 && value <= partNumberMax)) return invalidArgument("partNumber", text, `Part number must be an integer between 1 and ${partNumberMax}, inclusive`);
  return value;
}

export const uploadIdOf = (call: S3Call): string => param(call, "uploadId") ?? "";

export function encodingOf(call: S3Call): "url" | undefined {
  const text = param(call, "encoding-type");
  if (text === undefined || text === "") return undefined;
  if (text.toLowerCase() !== "url") return invalidArgument("encoding-type", text, "Invalid Encoding Method specified in Request");
  return "url";
}
