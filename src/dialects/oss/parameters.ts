/** Parsers of query parameters. Of parameters given twice the first one counts, as at the vendor. */

import { limits } from "../../core/api.ts";
import type { VersionSelector } from "../../core/model.ts";
import type { QueryParameter } from "../wire.ts";
import { invalidArgument } from "./answers.ts";

type Queried = { request: { query: readonly QueryParameter[] } };

export function parameter(call: Queried, name: string): string | undefined {
  return call.request.query.find((pair) => pair.name === name)?.value;
}

/** Longest marker, prefix or delimiter: that of the longest object name any dialect can make, so that every key can be a marker. */
const textBytesMax = 1023;

/** Free text of a list request; absent is empty. */
export function textParameter(call: Queried, name: string, bytesMax: number = textBytesMax): string {
  const value = parameter(call, name) ?? "";
  if (Buffer.byteLength(value) > bytesMax) invalidArgument(name, value, `The length of ${name} must be less than ${bytesMax + 1}.`);
  return value;
}

/** Markers may be any key there is. Deviation, 2026-11-21: the vendor refuses more than 1023 bytes, but other dialects make longer keys, and a list must be able to go on after one. */
export const markerParameter = (call: Queried, name: string): string => textParameter(call, name, limits.keyBytesMax);

function wholeNumber(text: string): number | undefined {
  return /^[0-9]{1,10}$/.test(text) ? Number(text) : undefined;
}

/** `max-keys` and its kin: `minimum` to 1000. */
export function countParameter(call: Queried, name: string, byDefault: number, minimum = 0): number {
  const value = parameter(call, name);
  if (value === undefined || value === "") return byDefault;
  const count = wholeNumber(value);
  if (count === undefined || count < minimum || count > limits.pageEntriesMax) {
    return invalidArgument(name, value, `Argument ${name} must be an integer between ${minimum} and ${limits.pageEntriesMax}.`);
  }
  return count;
}

export function encodingParameter(call: Queried): boolean {
  const value = parameter(call, "encoding-type");
  if (value === undefined || value === "") return false;
  if (value !== "url") invalidArgument("encoding-type", value, "Invalid Encoding Method specified in Request.");
  return true;
}

export function partNumberParameter(call: Queried): number {
  const value = parameter(call, "partNumber") ?? "";
  const number = wholeNumber(value);
  if (number === undefined || number < 1 || number > limits.partNumberMax) {
    return invalidArgument("partNumber", value, `Part number must be an integer between 1 and ${limits.partNumberMax}, inclusive.`);
  }
  return number;
}

export const uploadIdParameter = (call: Queried): string => parameter(call, "uploadId") ?? "";

/** Sequences are milliseconds since 1970 times 64 and more: none has fewer digits, and none is past 2^53. */
const versionDigits = /^[1-9][0-9]{14,15}$/;

/** What `version-id` texts mean: a sequence in decimal, or "null". */
export function parseVersionId(argument: string, value: string): Exclude<VersionSelector, undefined> {
  if (value === "null") return "null";
  if (!versionDigits.test(value) || !Number.isSafeInteger(Number(value))) return invalidArgument(argument, value, "Invalid version id specified.");
  return Number(value);
}

export function versionParameter(call: Queried): VersionSelector {
  const value = parameter(call, "versionId");
  return value === undefined ? undefined : parseVersionId("versionId", value);
}

/** For inputs with optional fields: `{}` when there is nothing to say. */
export function versionInput(call: Queried): { version?: VersionSelector } {
  const version = versionParameter(call);
  return version === undefined ? {} : { version };
}
