/** Answers that are compressed on their way, for who asks: https://help.aliyun.com/zh/oss/developer-reference/getobject */
import type { VersionResult } from "../../core/api.ts";
import type { WireRequest } from "../wire.ts";

const types: ReadonlySet<string> = new Set([
  "text/cache-manifest",
  "text/xml",
  "text/css",
  "text/html",
  "text/plain",
  "text/json",
  "application/javascript",
  "application/x-javascript",
  "application/rss+xml",
  "application/json",
]);
const bytesMin = 1024;

/** Does the client take gzip? `gzip;q=0` says no. */
function takesGzip(header: string | undefined): boolean {
  for (const piece of (header ?? "").split(",")) {
    const [name = "", ...parameters] = piece.split(";").map((part) => part.trim().toLowerCase());
    if (name === "gzip") return !parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter));
  }
  return false;
}

/** Text of 1 KiB and more, whole, that is not encoded already. `contentType`: as it is answered. */
export function isCompressed({ headers }: WireRequest, { version, range }: VersionResult & { range?: unknown }, contentType: string | undefined): boolean {
  if (range !== undefined || headers.range !== undefined || version.size < bytesMin || version.headers.contentEncoding !== undefined) return false;
  const type = (contentType ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  return types.has(type) && takesGzip(headers["accept-encoding"]);
}

/** What is said of the bytes as they are kept is not said of others. */
const ofBytes: ReadonlySet<string> = new Set(["etag", "content-md5", "accept-ranges"]);

export function compressedHeaders(headers: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) if (!ofBytes.has((headers[i] as string).toLowerCase())) kept.push(headers[i] as string, headers[i + 1] as string);
  return [...kept, "Content-Encoding", "gzip", "Vary", "Accept-Encoding"];
}
