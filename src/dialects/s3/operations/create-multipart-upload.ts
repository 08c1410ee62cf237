import type { Core, ObjectAttributes } from "../../../core/api.ts";
import type { ChecksumAlgorithm, Lock } from "../../../core/model.ts";
import { xmlText } from "../../../lib/xml.ts";
import { operation } from "../../operation.ts";
import { abortHeaders } from "../documents/due.ts";
import { writtenEncryption } from "../documents/encryption.ts";
import { documentReply } from "../documents/render.ts";
import type { S3Settings } from "../flavour.ts";
import { newObjectAcl, type WrittenAcl, withAcl } from "../parse/acl-request.ts";
import { contentHeaders, storageClass, userMetadata } from "../parse/attributes.ts";
import { checksumTypeName, uploadChecksum } from "../parse/checksums.ts";
import { encryptionAsked } from "../parse/encryption.ts";
import { lockHeaders } from "../parse/lock.ts";
import { newObjectOf } from "../parse/query.ts";
import { taggingHeader } from "../parse/tagging.ts";

type Input = { attributes: Omit<ObjectAttributes, "acl"> & { acl: WrittenAcl }; checksum: { algorithm: ChecksumAlgorithm; type: "full" | "composite" } | undefined; lock?: Lock };

/** Metadata, ACL and class of the object to be are given here. */
export const CreateMultipartUpload = operation<S3Settings, Input, Awaited<ReturnType<Core["uploads"]["create"]>>>({
  name: "CreateMultipartUpload",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html",
  route: { method: "POST", target: "object", select: ["uploads"] },
  access: { action: "s3:PutObject", capability: "upload.write" },
  input: (call) => {
    newObjectOf(call);
    const attributes = {
      headers: contentHeaders(call),
      metadata: userMetadata(call),
      ...newObjectAcl(call),
      ...storageClass(call),
      ...taggingHeader(call),
      ...encryptionAsked(call),
    };
    return { attributes, checksum: uploadChecksum(call.request.headers), ...lockHeaders(call) };
  },
  run: (core, { attributes: written, checksum, lock }, call) =>
    withAcl(core, call, written, (attributes) =>
      core.uploads.create(call.context, { ...newObjectOf(call), ...attributes, ...(checksum === undefined ? {} : { checksum }), ...(lock === undefined ? {} : { lock }) }),
    ),
  reply: (upload, call, { checksum }) => {
    const { bucket, key } = newObjectOf(call);
    const headers = checksum === undefined ? [] : ["x-amz-checksum-algorithm", checksum.algorithm.toUpperCase(), "x-amz-checksum-type", checksumTypeName(checksum.type)];
    headers.push(...writtenEncryption(call, upload.encryption), ...abortHeaders(upload.abort));
    return documentReply(call, "InitiateMultipartUploadResult", xmlText("Bucket", bucket) + xmlText("Key", key) + xmlText("UploadId", upload.id), headers);
  },
});
