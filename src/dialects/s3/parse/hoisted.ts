/**
 * Presigned URLs may carry `x-amz-...` headers as parameters: the AWS SDK for JavaScript moves them there under V4, whose signature covers every
 * parameter (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html), botocore under V2, where they are signed as headers.
 */
import type { WireRequest } from "../../wire.ts";
import { headerNotImplemented } from "../refusals.ts";

const signing = new Set([
  "x-amz-algorithm",
  "x-amz-credential",
  "x-amz-date",
  "x-amz-expires",
  "x-amz-security-token",
  "x-amz-signature",
  "x-amz-signedheaders",
  "x-amz-s3session-token",
]);
/** Said of a body that was not there yet when the URL was signed. */
const ofBody = (name: string): boolean => name.startsWith("x-amz-checksum-") || name === "x-amz-sdk-checksum-algorithm" || name === "x-amz-content-sha256";
/** They choose the operation, which only a header does here. */
const choosing = ["x-amz-copy-source", "x-amz-write-offset-bytes"];

/** The request with such parameters among its headers; a header that is there stands. The same object when there are none. */
export function withHoistedHeaders(request: WireRequest): WireRequest {
  if (request.headers.authorization !== undefined || !request.query.some(({ name }) => name === "X-Amz-Signature" || name === "AWSAccessKeyId")) return request;
  const hoisted: [string, string][] = [];
  for (const { name, value } of request.query) {
    const lower = name.toLowerCase();
    if (!lower.startsWith("x-amz-") || signing.has(lower) || ofBody(lower) || request.headers[lower] !== undefined) continue;
    const chooses = choosing.find((start) => lower.startsWith(start));
    if (chooses !== undefined) headerNotImplemented(chooses);
    hoisted.push([lower, Buffer.from(value).toString("latin1")]);
  }
  if (hoisted.length === 0) return request;
  const headers = Object.assign(Object.create(null) as Record<string, string>, request.headers, Object.fromEntries(hoisted));
  return { ...request, headers, rawHeaders: [...request.rawHeaders, ...hoisted.flat()] };
}
