import type { DeleteCondition, DeleteResult } from "../../../core/api.ts";
import type { VersionSelector } from "../../../core/model.ts";
import type { ForcedPurge } from "../../../core/purge/api.ts";
import { operation } from "../../operation.ts";
import { emptyReply } from "../documents/render.ts";
import { deleteHeaders } from "../documents/versions.ts";
import type { S3Call, S3Settings } from "../flavour.ts";
import { deleteCondition } from "../parse/conditions.ts";
import { isForced, jobHeader } from "../parse/force.ts";
import { bypassHeader } from "../parse/lock.ts";
import { bucketOf, objectOf, versionOf } from "../parse/query.ts";
import { invalidRequest } from "../refusals.ts";

type Input = { version: VersionSelector; bypassGovernance?: boolean; condition?: DeleteCondition } | { prefix: string };

/** A forced delete is about everything under the key, and about nothing more exact. */
function prefixOf(call: S3Call): string | undefined {
  if (!isForced(call)) return undefined;
  const { version, condition } = { version: versionOf(call), ...deleteCondition(call) };
  return version === undefined && condition === undefined ? objectOf(call).key : invalidRequest("A forced delete names a prefix, no version and no condition.");
}

/** 204 whether it was there or not, unless a condition asks that it was. Of a forced one 202 while a job (its id in a header) goes on with it. */
export const DeleteObject = operation<S3Settings, Input, DeleteResult | ForcedPurge>({
  name: "DeleteObject",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html",
  route: { method: "DELETE", target: "object" },
  access: { action: "s3:DeleteObject", capability: "object.delete" },
  input: (call) => {
    const prefix = prefixOf(call);
    return prefix === undefined ? { version: versionOf(call), ...bypassHeader(call), ...deleteCondition(call) } : { prefix };
  },
  run: (core, input, call) =>
    "prefix" in input ? core.purge.forcePurge(call.context, { ...bucketOf(call), ...input }) : core.objects.delete(call.context, { ...objectOf(call), ...input }),
  reply: (result, call) => {
    if ("versioning" in result) return emptyReply(204, deleteHeaders(result, call.settings.flavour));
    return result.job === undefined ? emptyReply(204) : emptyReply(202, [jobHeader, result.job]);
  },
});
