/**
 * Deletes that take what is in the way with them: MinIO's header, and one of ours, which says the bucket's name. Either is under the request's signature, or
 * the request is refused (signing/v4.ts, v2.ts). The server hears them where it is told to (`--force-delete`): else MinIO's means nothing, as to S3.
 * https://github.com/minio/minio-go/blob/master/api-remove.go (RemoveBucketOptions, RemoveObjectOptions.ForceDelete)
 */
import { minioForce } from "../../wire.ts";
import type { S3Call } from "../flavour.ts";
import { headerNotImplemented, invalidArgument, invalidRequest } from "../refusals.ts";

export const purgeHeader = "x-amz-amphora-purge";
/** Of an answer: the job that goes on with what was begun. */
export const jobHeader = "x-amz-amphora-job";

/** As MinIO reads it. */
const truths = new Map<string, boolean>([
  ...["1", "t", "T", "TRUE", "true", "True"].map((word) => [word, true] as const),
  ...["0", "f", "F", "FALSE", "false", "False"].map((word) => [word, false] as const),
]);

export function isForced({ request: { headers }, settings, address }: S3Call): boolean {
  const [purge, force] = [headers[purgeHeader], headers[minioForce]];
  if (purge !== undefined) {
    if (!settings.forceDelete) headerNotImplemented(purgeHeader);
    if (purge !== address.bucket) invalidArgument(purgeHeader, purge, `To confirm, the value is the name of the bucket, ${address.bucket}.`);
    return true;
  }
  if (force === undefined || !settings.forceDelete) return false;
  return truths.get(force) ?? invalidRequest(`The value of ${minioForce} is true or false.`);
}
