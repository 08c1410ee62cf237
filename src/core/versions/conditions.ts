/** Conditions of reads (RFC 9110, 13.2.2), and of the source of a copy. */
import type { ReadConditions } from "../api.ts";
import { fail } from "../errors.ts";
import type { Version } from "../model.ts";

/** Dialects write ETags in their own case; `*` is any. */
export const sameEtag = (asked: string, etag: string): boolean => asked === "*" || asked.toLowerCase() === etag.toLowerCase();

export const wholeSeconds = (ms: number): number => Math.floor(ms / 1000) * 1000;

/**
 * If-Match before If-Unmodified-Since, then If-None-Match before If-Modified-Since: a date is looked at only when the ETag condition of its
 * pair is absent. Throws preconditionFailed, or notModified (`versionId`: the sequence in decimal, absent for a null version); for the source and
 * the target of a copy or a rename everything that does not hold is preconditionFailed.
 */
export function judgeRead(version: Version, conditions: ReadConditions | undefined, what: "read" | "source" | "target"): void {
  if (!conditions) return;
  const { ifMatch, ifNoneMatch, ifModifiedSinceMs, ifUnmodifiedSinceMs } = conditions;
  const modifiedMs = wholeSeconds(version.modifiedMs);
  const failed = (condition: string): never => fail("preconditionFailed", { condition, ...(what === "source" ? { of: what } : {}) });
  if (ifMatch) {
    if (!ifMatch.some((etag) => sameEtag(etag, version.etag))) failed("If-Match");
  } else if (ifUnmodifiedSinceMs !== undefined && modifiedMs > ifUnmodifiedSinceMs) {
    failed("If-Unmodified-Since");
  }
  const isFresh = ifNoneMatch ? ifNoneMatch.some((etag) => sameEtag(etag, version.etag)) : ifModifiedSinceMs !== undefined && modifiedMs <= ifModifiedSinceMs;
  if (!isFresh) return;
  if (what !== "read") failed(ifNoneMatch ? "If-None-Match" : "If-Modified-Since");
  fail("notModified", { etag: version.etag, modifiedMs: version.modifiedMs, versionId: version.isNull ? undefined : String(version.sequence) });
}
