/** Conditional headers. Dates that cannot be read are ignored, as RFC 9110 says. */
import type { DeleteCondition, RangeRequest, ReadConditions, WriteCondition } from "../../../core/api.ts";
import { parseRange } from "../../../lib/ranges.ts";
import { parseHttpDate, parseIsoTime } from "../../../lib/time.ts";
import type { S3Call } from "../flavour.ts";
import { headerNotImplemented, invalidArgument } from "../refusals.ts";
import { param } from "./query.ts";

/** `"a", W/"b", c` -> bare ETags; a list of more is cut. */
const etagsMax = 100;
export function parseEtags(text: string): string[] {
  return text
    .split(",", etagsMax)
    .map((piece) => bareEtag(piece.trim()))
    .filter((etag) => etag !== "");
}
export function bareEtag(text: string): string {
  const strong = text.startsWith("W/") ? text.slice(2) : text;
  return strong.length >= 2 && strong.startsWith('"') && strong.endsWith('"') ? strong.slice(1, -1) : strong;
}

/** `prefix`: empty, or `x-amz-copy-source-` for the conditions on a copy's source. */
export function readConditions(call: S3Call, prefix = ""): ReadConditions | undefined {
  const { headers } = call.request;
  const conditions: ReadConditions = {};
  const match = headers[`${prefix}if-match`];
  const noneMatch = headers[`${prefix}if-none-match`];
  const modified = headers[`${prefix}if-modified-since`];
  const unmodified = headers[`${prefix}if-unmodified-since`];
  if (match !== undefined) conditions.ifMatch = parseEtags(match);
  if (noneMatch !== undefined) conditions.ifNoneMatch = parseEtags(noneMatch);
  const modifiedMs = modified === undefined ? undefined : parseHttpDate(modified);
  const unmodifiedMs = unmodified === undefined ? undefined : parseHttpDate(unmodified);
  if (modifiedMs !== undefined) conditions.ifModifiedSinceMs = modifiedMs;
  if (unmodifiedMs !== undefined) conditions.ifUnmodifiedSinceMs = unmodifiedMs;
  return Object.keys(conditions).length === 0 ? undefined : conditions;
}

/** If-None-Match (`*` or ETags) and If-Match of a write. */
export function writeCondition(call: S3Call): { condition?: WriteCondition } {
  const { headers } = call.request;
  const condition: WriteCondition = {};
  const noneMatch = headers["if-none-match"];
  const match = headers["if-match"];
  if (noneMatch !== undefined) {
    const etags = parseEtags(noneMatch);
    if (etags.includes("*")) condition.ifAbsent = true;
    else condition.ifNoneMatch = etags;
  }
  if (match !== undefined) condition.ifMatch = parseEtags(match);
  return noneMatch === undefined && match === undefined ? {} : { condition };
}

/** What a delete asks of the object, of each under its own name: a header's, or that of an element of DeleteObjects. */
export function deleteConditionOf(
  asked: { etag: string | undefined; size: string | undefined; time: string | undefined },
  names: { size: string; time: string },
  named: boolean,
): { condition?: DeleteCondition } {
  const { etag, size, time } = asked;
  if (etag === undefined && size === undefined && time === undefined) return {};
  const condition: DeleteCondition = {};
  if (etag !== undefined) {
    condition.ifMatch = parseEtags(etag);
    condition.readAction = named ? "s3:GetObjectVersion" : "s3:GetObject";
  }
  if (size !== undefined) condition.ifSize = /^\d{1,15}$/.test(size) ? Number(size) : invalidArgument(names.size, size, "The size must be a number of bytes");
  // Unlike the dates of a read, this one guards a delete: it is not ignored when it cannot be read.
  if (time !== undefined)
    condition.ifModifiedMs = parseHttpDate(time) ?? parseIsoTime(time) ?? invalidArgument(names.time, time, "The time is neither an HTTP nor an ISO 8601 date");
  return { condition };
}

/** Conditions that S3 does not know of a delete: who sends one counts on it, so it is not ignored. */
const unknownOfDeletes = ["if-none-match", "if-unmodified-since", "if-modified-since"];

export function deleteCondition(call: S3Call): { condition?: DeleteCondition } {
  const { headers } = call.request;
  for (const name of unknownOfDeletes) if (headers[name] !== undefined) headerNotImplemented(name);
  const names = { size: "x-amz-if-match-size", time: "x-amz-if-match-last-modified-time" };
  return deleteConditionOf({ etag: headers["if-match"], size: headers[names.size], time: headers[names.time] }, names, param(call, "versionId") !== undefined);
}

/** A Range that can be served; what is malformed or names several is as if it were not there. The text of it is for the refusal. */
export function rangeOf(call: S3Call): RangeRequest | undefined {
  const text = call.request.headers.range;
  if (text === undefined) return undefined;
  const range = parseRange(text);
  return typeof range === "string" ? undefined : range;
}
