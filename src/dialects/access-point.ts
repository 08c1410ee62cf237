/** Requests that name a point of access where others name a bucket. */
import type { Core } from "../core/api.ts";
import type { BucketName } from "../core/model.ts";
import type { ListedPoint } from "../core/points/api.ts";
import type { Address } from "./operation.ts";

/** What every alias ends with: https://www.alibabacloud.com/help/en/oss/user-guide/access-points-overview */
export const aliasEnd = "-ossalias";

/** The address with the bucket that the alias stands for, at once where that is kept; signatures are still over the alias. An alias of nothing is a bucket that is not there. */
export function throughPoint(core: Pick<Core, "points">, address: Address): Address | Promise<Address> {
  if (address.bucket === undefined || !address.bucket.endsWith(aliasEnd)) return address;
  const placed = (found: ListedPoint | undefined): Address =>
    found === undefined
      ? address
      : { ...address, tenant: found.tenant, namesTenant: true, bucket: found.bucket, point: { name: found.point.name, alias: found.point.alias as BucketName } };
  const found = core.points.find(address.bucket);
  return found instanceof Promise ? found.then(placed) : placed(found);
}
