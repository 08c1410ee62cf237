/** Which bytes of a version a request means. */
import type { RangeRequest } from "../api.ts";
import { fail } from "../errors.ts";
import type { Version } from "../model.ts";

/** `end` is excluded. */
export type Span = { start: number; end: number };

/**
 * A Range header against a size (RFC 9110, 14.1.2). What cannot be satisfied: rangeUnsatisfiable, or with "whole" (OSS) `undefined`, which
 * is the whole object; OSS counts a range that goes past the end among those.
 */
export function resolveRange(range: RangeRequest, size: number, onBadRange: "fail" | "whole"): Span | undefined {
  const refuse = (asked: string): undefined => (onBadRange === "whole" ? undefined : fail("rangeUnsatisfiable", { range: asked, size }));
  if ("suffix" in range) {
    if (range.suffix === 0 || size === 0 || (onBadRange === "whole" && range.suffix > size)) return refuse(`bytes=-${range.suffix}`);
    return { start: Math.max(0, size - range.suffix), end: size };
  }
  const { start, end } = range;
  const asked = `bytes=${start}-${end ?? ""}`;
  if (start >= size || (end !== undefined && end < start)) return refuse(asked);
  if (onBadRange === "whole" && end !== undefined && end >= size) return undefined;
  return { start, end: end === undefined ? size : Math.min(end + 1, size) };
}

/** The bytes of a part of a multipart object; anything else is one part, number 1. Throws rangeUnsatisfiable. */
export function partSpan(version: Version, partNumber: number): Span {
  if (!version.parts) {
    if (partNumber === 1) return { start: 0, end: version.size };
    fail("rangeUnsatisfiable", { range: `part=${partNumber}`, size: version.size });
  }
  let start = 0;
  for (const [index, { size }] of version.parts.entries()) {
    // Readers count the parts of the object, which need not have the numbers they were uploaded with.
    if (index + 1 === partNumber) return { start, end: start + size };
    start += size;
  }
  return fail("rangeUnsatisfiable", { range: `part=${partNumber}`, size: version.size });
}
