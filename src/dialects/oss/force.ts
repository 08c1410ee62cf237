/**
 * A delete that takes what is in the way with it: a header of ours, which OSS's signatures always cover, with the bucket's name to confirm. The server hears it
 * where it is told to (`--force-delete`).
 */
import type { Call } from "../operation.ts";
import { invalidArgument, unservedHeader } from "./answers.ts";
import type { OssSettings } from "./settings.ts";

export const purgeHeader = "x-oss-amphora-purge";
/** Of an answer: the job that goes on with what was begun. */
export const jobHeader = "x-oss-amphora-job";

export function isForced({ request: { headers }, settings, address }: Call<OssSettings>): boolean {
  const purge = headers[purgeHeader];
  if (purge === undefined) return false;
  if (!settings.forceDelete) unservedHeader(purgeHeader);
  if (purge !== address.bucket) invalidArgument(purgeHeader, purge, `To confirm, the value is the name of the bucket, ${address.bucket}.`);
  return true;
}
