import type { Core } from "../../../core/api.ts";
import { xmlText } from "../../../lib/xml.ts";
import { operation } from "../../operation.ts";
import { abortHeaders } from "../documents/due.ts";
import { writtenEncryption } from "../documents/encryption.ts";
import { documentReply } from "../documents/render.ts";
import type { S3Settings } from "../flavour.ts";
import { withAcl } from "../parse/acl-request.ts";
import { checksumTypeName, uploadChecksum } from "../parse/checksums.ts";
import { type NewObject, newObject } from "../parse/new-object.ts";

type Input = NewObject & ReturnType<typeof uploadChecksum>;

/** Metadata, ACL and class of the object to be are given here. */
export const CreateMultipartUpload = operation<S3Settings, Input, Awaited<ReturnType<Core["uploads"]["create"]>>>({
  name: "CreateMultipartUpload",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html",
  route: { method: "POST", target: "object", select: ["uploads"] },
  access: { action: "s3:PutObject", capability: "upload.write" },
  input: (call) => ({ ...newObject(call), ...uploadChecksum(call.request.headers) }),
  run: (core, input, call) => withAcl(core, call, input, (object) => core.uploads.create(call.context, object)),
  reply: (upload, call, { bucket, key, checksum }) => {
    const headers = checksum === undefined ? [] : ["x-amz-checksum-algorithm", checksum.algorithm.toUpperCase(), "x-amz-checksum-type", checksumTypeName(checksum.type)];
    headers.push(...writtenEncryption(call, upload.encryption), ...abortHeaders(upload.abort));
    return documentReply(call, "InitiateMultipartUploadResult", xmlText("Bucket", bucket) + xmlText("Key", key) + xmlText("UploadId", upload.id), headers);
  },
});
