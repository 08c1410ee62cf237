import type { VersionResult, WriteCondition } from "../../../core/api.ts";
import { operation } from "../../operation.ts";
import { emptyReply } from "../documents/render.ts";
import { writtenHeaders } from "../documents/written.ts";
import type { S3Settings } from "../flavour.ts";
import { withAcl } from "../parse/acl-request.ts";
import { requireLength } from "../parse/body.ts";
import { withDefaultChecksum } from "../parse/checksums.ts";
import { writeCondition } from "../parse/conditions.ts";
import { type NewObject, newObject } from "../parse/new-object.ts";

export const PutObject = operation<S3Settings, NewObject & { condition?: WriteCondition }, VersionResult>({
  name: "PutObject",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html",
  route: { method: "PUT", target: "object" },
  access: { action: "s3:PutObject", capability: "object.write" },
  body: "stream",
  input: (call) => {
    requireLength(call);
    return { ...newObject(call), ...writeCondition(call) };
  },
  run: (core, input, call) => withAcl(core, call, input, (object) => core.objects.put(call.context, { ...object, body: withDefaultChecksum(call) })),
  reply: (result, call) => emptyReply(200, writtenHeaders(call, result)),
});
