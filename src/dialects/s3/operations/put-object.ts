import type { ObjectAttributes, VersionResult, WriteCondition } from "../../../core/api.ts";
import type { Lock } from "../../../core/model.ts";
import { operation } from "../../operation.ts";
import { emptyReply } from "../documents/render.ts";
import { writtenHeaders } from "../documents/written.ts";
import type { S3Settings } from "../flavour.ts";
import { newObjectAcl, type WrittenAcl, withAcl } from "../parse/acl-request.ts";
import { contentHeaders, storageClass, userMetadata } from "../parse/attributes.ts";
import { requireLength } from "../parse/body.ts";
import { withDefaultChecksum } from "../parse/checksums.ts";
import { writeCondition } from "../parse/conditions.ts";
import { encryptionAsked } from "../parse/encryption.ts";
import { lockHeaders } from "../parse/lock.ts";
import { newObjectOf } from "../parse/query.ts";
import { taggingHeader } from "../parse/tagging.ts";

type Input = { attributes: Omit<ObjectAttributes, "acl"> & { acl: WrittenAcl }; condition: WriteCondition | undefined; lock?: Lock };

export const PutObject = operation<S3Settings, Input, VersionResult>({
  name: "PutObject",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html",
  route: { method: "PUT", target: "object" },
  access: { action: "s3:PutObject", capability: "object.write" },
  body: "stream",
  input: (call) => {
    requireLength(call);
    newObjectOf(call);
    const attributes = {
      headers: contentHeaders(call),
      metadata: userMetadata(call),
      ...newObjectAcl(call),
      ...storageClass(call),
      ...taggingHeader(call),
      ...encryptionAsked(call),
    };
    return { attributes, condition: writeCondition(call), ...lockHeaders(call) };
  },
  run: (core, { attributes: written, condition, lock }, call) =>
    withAcl(core, call, written, (attributes) =>
      core.objects.put(call.context, {
        ...newObjectOf(call),
        ...attributes,
        body: withDefaultChecksum(call),
        ...(condition === undefined ? {} : { condition }),
        ...(lock === undefined ? {} : { lock }),
      }),
    ),
  reply: (result, call) => emptyReply(200, writtenHeaders(call, result)),
});
