import type { DeleteResult, ObjectAddress } from "../../../core/api.ts";
import type { VersionSelector } from "../../../core/model.ts";
import type { ForcedPurge } from "../../../core/purge/api.ts";
import { invalidArgument } from "../answers.ts";
import { isForced, jobHeader } from "../force.ts";
import { bypassHeader } from "../object-worm.ts";
import { objectOf, ossOperation, page } from "../oss-operation.ts";
import { versionInput } from "../parameters.ts";
import { deleteHeaders, empty } from "../replies.ts";

type Input = ObjectAddress & { version?: VersionSelector; bypassGovernance?: boolean } & { forced: boolean };

/** 204 also when there was nothing. A forced one is about everything under the key: 202 while a job (its id in a header) goes on with it. */
export const DeleteObject = ossOperation<Input, DeleteResult | ForcedPurge>({
  name: "DeleteObject",
  docs: page("deleteobject"),
  route: { method: "DELETE", target: "object" },
  access: { action: "oss:DeleteObject", capability: "object.delete" },
  input: (call) => {
    const input = { ...objectOf(call), ...versionInput(call), ...bypassHeader(call), forced: isForced(call) };
    return input.forced && input.version !== undefined ? invalidArgument("versionId", String(input.version), "A forced delete names a prefix, no version.") : input;
  },
  run: (core, { forced, ...input }, { context }) => (forced ? core.purge.forcePurge(context, { ...input, prefix: input.key }) : core.objects.delete(context, input)),
  reply: (result) => {
    if ("versioning" in result) return empty(204, deleteHeaders(result));
    return result.job === undefined ? empty(204) : empty(202, [jobHeader, result.job]);
  },
});
