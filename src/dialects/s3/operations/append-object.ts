import type { VersionResult, WriteCondition } from "../../../core/api.ts";
import { operation } from "../../operation.ts";
import { emptyReply } from "../documents/render.ts";
import { writtenHeaders } from "../documents/written.ts";
import type { S3Call, S3Settings } from "../flavour.ts";
import { withAcl } from "../parse/acl-request.ts";
import { requireLength } from "../parse/body.ts";
import { defaultChecksumOf } from "../parse/checksums.ts";
import { writeCondition } from "../parse/conditions.ts";
import { type NewObject, newObject } from "../parse/new-object.ts";
import { headerNotImplemented, invalidArgument } from "../refusals.ts";

const header = "x-amz-write-offset-bytes";

function offsetOf(call: S3Call): number {
  const text = call.request.headers[header] ?? "";
  return /^\d{1,15}$/.test(text) ? Number(text) : invalidArgument(header, text, "The write offset must be a number of bytes");
}

/**
 * PutObject at an offset. Deviation, 2026-11-28: S3 has it in directory buckets only, for every object; here in every bucket, for objects that were begun so.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/directory-buckets-objects-append.html
 */
export const AppendObject = operation<S3Settings, NewObject & { condition?: WriteCondition; offset: number }, VersionResult>({
  name: "PutObject",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html",
  route: { method: "PUT", target: "object", header },
  access: { action: "s3:PutObject", capability: "object.write" },
  body: "stream",
  input: (call) => {
    if (call.request.headers["x-amz-copy-source"] !== undefined) headerNotImplemented(header);
    requireLength(call);
    return { ...newObject(call), ...writeCondition(call), offset: offsetOf(call) };
  },
  run: (core, input, call) => withAcl(core, call, input, (object) => core.objects.append(call.context, { ...object, body: call.incoming, ...defaultChecksumOf(call) })),
  reply: (result, call) => emptyReply(200, [...writtenHeaders(call, result), "x-amz-object-size", String(result.version.size)]),
});
