/** x-amz-copy-source, read in this one place: `/bucket/key`, `bucket/key`, escaped or not, with `?versionId=`. */
import type { ObjectAddress } from "../../../core/api.ts";
import type { BucketName, ObjectKey, TenantName, VersionSelector } from "../../../core/model.ts";
import { decodeUri } from "../../../lib/uri.ts";
import type { S3Call } from "../flavour.ts";
import { invalidArgument } from "../refusals.ts";
import { parseVersionId } from "./query.ts";
import { withTenant } from "./tenant.ts";

const header = "x-amz-copy-source";
const versionMark = "?versionId=";

export type CopySource = ObjectAddress & { version?: VersionSelector };

/**
 * The value is escaped as a whole, so a `?` of the key comes as `%3F` and a bare one begins the version. A slash that is escaped between bucket
 * and key separates them too: SDKs escape all of it.
 */
export function copySource(call: S3Call): CopySource {
  const text = call.request.headers[header] ?? "";
  const mark = text.lastIndexOf(versionMark);
  const rawPath = mark < 0 ? text : text.slice(0, mark);
  const path = decodeUri(rawPath.startsWith("/") ? rawPath.slice(1) : rawPath);
  const whole = path?.startsWith("/") && !rawPath.startsWith("/") ? path.slice(1) : path;
  const slash = whole?.indexOf("/") ?? -1;
  if (whole === undefined || slash < 1 || slash === whole.length - 1)
    return invalidArgument(header, text, "Copy Source must mention the source bucket and key: sourcebucket/sourcekey");
  const name = whole.slice(0, slash);
  const { bucketCase, tenantPrefix } = call.settings.flavour;
  const bucket = (bucketCase === "folded" ? name.toLowerCase() : name) as BucketName;
  const place = tenantPrefix ? withTenant(ownTenant(call), bucket) : { tenant: call.address.tenant, bucket };
  const source = { tenant: place.tenant, bucket: place.bucket, key: whole.slice(slash + 1) as ObjectKey };
  if (mark < 0) return source;
  return { ...source, version: parseVersionId(decodeUri(text.slice(mark + versionMark.length)) ?? "?", "versionId") };
}

/** That of a bucket without a tenant's name: the caller's, whatever the path names. */
const ownTenant = ({ address, context: { caller } }: S3Call): TenantName => (address.namesTenant && caller.kind !== "anonymous" ? caller.account.tenant : address.tenant);

/** x-amz-copy-source-range: `bytes=first-last`, both given; `end` excluded. */
export function copyRange(call: S3Call): { start: number; end: number } | undefined {
  const text = call.request.headers["x-amz-copy-source-range"];
  if (text === undefined) return undefined;
  const match = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(text);
  const start = Number(match?.[1]);
  const last = Number(match?.[2]);
  if (!match || last < start)
    return invalidArgument(
      "x-amz-copy-source-range",
      text,
      "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy",
    );
  return { start, end: last + 1 };
}
