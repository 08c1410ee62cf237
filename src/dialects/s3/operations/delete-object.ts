import type { DeleteResult } from "../../../core/api.ts";
import type { VersionSelector } from "../../../core/model.ts";
import { operation } from "../../operation.ts";
import { emptyReply } from "../documents/render.ts";
import { deleteHeaders } from "../documents/versions.ts";
import type { S3Settings } from "../flavour.ts";
import { bypassHeader } from "../parse/lock.ts";
import { objectOf, versionOf } from "../parse/query.ts";
import { headerNotImplemented } from "../refusals.ts";

/** Conditions of a delete, which the core does not judge yet. */
const conditions = ["if-match", "x-amz-if-match-size", "x-amz-if-match-last-modified-time"];

/** 204 whether it was there or not. */
export const DeleteObject = operation<S3Settings, { version: VersionSelector; bypassGovernance?: boolean }, DeleteResult>({
  name: "DeleteObject",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html",
  route: { method: "DELETE", target: "object" },
  access: { action: "s3:DeleteObject", capability: "object.delete" },
  input: (call) => {
    for (const name of conditions) if (call.request.headers[name] !== undefined) headerNotImplemented(name);
    return { version: versionOf(call), ...bypassHeader(call) };
  },
  run: (core, input, call) => core.objects.delete(call.context, { ...objectOf(call), ...input }),
  reply: (result, call) => emptyReply(204, deleteHeaders(result, call.settings.flavour)),
});
