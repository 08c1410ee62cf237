/**
 * `tenant:bucket`: a bucket of that tenant, whoever asks; nothing before the colon means the tenant of requests that name none. No bucket's own
 * name holds a colon. https://docs.ceph.com/en/latest/radosgw/multitenancy/
 */

import type { BucketName, TenantName } from "../../../core/model.ts";
import { defaultTenant } from "../../addressing.ts";

export function withTenant(tenant: TenantName, bucket: BucketName): { tenant: TenantName; bucket: BucketName; namesTenant?: true } {
  const colon = bucket.indexOf(":");
  if (colon < 0) return { tenant, bucket };
  return { tenant: colon === 0 ? defaultTenant : (bucket.slice(0, colon) as TenantName), bucket: bucket.slice(colon + 1) as BucketName, namesTenant: true };
}
