import type { ObjectAttributes, VersionResult, WriteCondition } from "../../../core/api.ts";
import type { Lock } from "../../../core/model.ts";
import { operation } from "../../operation.ts";
import { emptyReply } from "../documents/render.ts";
import { writtenHeaders } from "../documents/written.ts";
import type { S3Call, S3Settings } from "../flavour.ts";
import { newObjectAcl, type WrittenAcl, withAcl } from "../parse/acl-request.ts";
import { contentHeaders, storageClass, userMetadata } from "../parse/attributes.ts";
import { requireLength } from "../parse/body.ts";
import { defaultChecksumOf } from "../parse/checksums.ts";
import { writeCondition } from "../parse/conditions.ts";
import { encryptionAsked } from "../parse/encryption.ts";
import { lockHeaders } from "../parse/lock.ts";
import { newObjectOf } from "../parse/query.ts";
import { taggingHeader } from "../parse/tagging.ts";
import { headerNotImplemented, invalidArgument } from "../refusals.ts";

const header = "x-amz-write-offset-bytes";

type Input = { offset: number; attributes: Omit<ObjectAttributes, "acl"> & { acl: WrittenAcl }; condition: WriteCondition | undefined; lock?: Lock };

function offsetOf(call: S3Call): number {
  const text = call.request.headers[header] ?? "";
  return /^\d{1,15}$/.test(text) ? Number(text) : invalidArgument(header, text, "The write offset must be a number of bytes");
}

/**
 * PutObject at an offset. Deviation, 2026-11-28: S3 has it in directory buckets only, for every object; here in every bucket, for objects that were begun so.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/directory-buckets-objects-append.html
 */
export const AppendObject = operation<S3Settings, Input, VersionResult>({
  name: "PutObject",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html",
  route: { method: "PUT", target: "object", header },
  access: { action: "s3:PutObject", capability: "object.write" },
  body: "stream",
  input: (call) => {
    if (call.request.headers["x-amz-copy-source"] !== undefined) headerNotImplemented(header);
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
    return { offset: offsetOf(call), attributes, condition: writeCondition(call), ...lockHeaders(call) };
  },
  run: (core, { offset, attributes: written, condition, lock }, call) =>
    withAcl(core, call, written, (attributes) =>
      core.objects.append(call.context, {
        ...newObjectOf(call),
        ...attributes,
        offset,
        body: call.incoming,
        ...defaultChecksumOf(call),
        ...(condition === undefined ? {} : { condition }),
        ...(lock === undefined ? {} : { lock }),
      }),
    ),
  reply: (result, call) => emptyReply(200, [...writtenHeaders(call, result), "x-amz-object-size", String(result.version.size)]),
});
