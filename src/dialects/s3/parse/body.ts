import type { S3Call } from "../flavour.ts";
import { missingContentLength } from "../refusals.ts";

/** An upload says how long it is, or comes chunked: one with neither has no body that could be told from a broken one. */
export function requireLength(call: S3Call): void {
  const { headers } = call.request;
  if (headers["content-length"] === undefined && headers["transfer-encoding"] === undefined) missingContentLength();
}
