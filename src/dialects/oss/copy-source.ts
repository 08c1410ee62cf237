/** Where a copy takes its bytes from: `x-oss-copy-source: /bucket/percent-encoded-key[?versionId=...]`. Read in this one place. */
import type { ReadConditions } from "../../core/api.ts";
import type { BucketName, ObjectKey, TenantName, VersionSelector } from "../../core/model.ts";
import { decodeUri } from "../../lib/uri.ts";
import { bucketNameBytesMax } from "../addressing.ts";
import type { WireRequest } from "../wire.ts";
import { invalidArgument } from "./answers.ts";
import { readConditions } from "./headers.ts";
import { parseVersionId } from "./parameters.ts";

export const copySourceHeader = "x-oss-copy-source";
const versionMark = "?versionId=";

export type CopySource = { tenant: TenantName; bucket: BucketName; key: ObjectKey; version?: VersionSelector };

/** The leading slash may be missing; the bucket ends at the first slash on the wire. */
export function copySource(call: { request: WireRequest; address: { tenant: TenantName } }): CopySource {
  const header = call.request.headers[copySourceHeader] ?? "";
  const bad = (): never => invalidArgument(copySourceHeader, header, "Copy Source must mention the source bucket and key: /sourcebucket/sourcekey.");
  const mark = header.lastIndexOf(versionMark);
  const path = mark < 0 ? header : header.slice(0, mark);
  const plain = path.startsWith("/") ? path.slice(1) : path;
  const slash = plain.indexOf("/");
  if (slash <= 0) return bad();
  const bucket = decodeUri(plain.slice(0, slash));
  const key = decodeUri(plain.slice(slash + 1));
  if (bucket === undefined || bucket === "" || Buffer.byteLength(bucket) > bucketNameBytesMax || key === undefined || key === "") return bad();
  const source: CopySource = { tenant: call.address.tenant, bucket: bucket as BucketName, key: key as ObjectKey };
  if (mark >= 0) source.version = parseVersionId("versionId", header.slice(mark + versionMark.length));
  return source;
}

/** Plain conditional headers of a copy speak of its source, too (2026-11-28: ali-oss's tests send them); those that name the source come first. */
export const copyConditions = (call: { request: WireRequest }): ReadConditions => ({ ...readConditions(call), ...readConditions(call, `${copySourceHeader}-`) });
