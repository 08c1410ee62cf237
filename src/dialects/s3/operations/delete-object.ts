import type { DeleteCondition, DeleteResult } from "../../../core/api.ts";
import type { VersionSelector } from "../../../core/model.ts";
import { operation } from "../../operation.ts";
import { emptyReply } from "../documents/render.ts";
import { deleteHeaders } from "../documents/versions.ts";
import type { S3Settings } from "../flavour.ts";
import { deleteCondition } from "../parse/conditions.ts";
import { bypassHeader } from "../parse/lock.ts";
import { objectOf, versionOf } from "../parse/query.ts";

/** 204 whether it was there or not, unless a condition asks that it was. */
export const DeleteObject = operation<S3Settings, { version: VersionSelector; bypassGovernance?: boolean; condition?: DeleteCondition }, DeleteResult>({
  name: "DeleteObject",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html",
  route: { method: "DELETE", target: "object" },
  access: { action: "s3:DeleteObject", capability: "object.delete" },
  input: (call) => ({ version: versionOf(call), ...bypassHeader(call), ...deleteCondition(call) }),
  run: (core, input, call) => core.objects.delete(call.context, { ...objectOf(call), ...input }),
  reply: (result, call) => emptyReply(204, deleteHeaders(result, call.settings.flavour)),
});
