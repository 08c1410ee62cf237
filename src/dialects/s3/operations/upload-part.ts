import type { Core, ReadConditions, WrittenPart } from "../../../core/api.ts";
import type { CustomerKey, PartEncryption } from "../../../core/encryption/api.ts";
import { isoTime } from "../../../lib/time.ts";
import { xmlText } from "../../../lib/xml.ts";
import { operation } from "../../operation.ts";
import { encryptionHeaders } from "../documents/encryption.ts";
import { documentReply, emptyReply } from "../documents/render.ts";
import { versionHeader } from "../documents/versions.ts";
import type { S3Settings } from "../flavour.ts";
import { requireLength } from "../parse/body.ts";
import { checksumElement, checksumHeader, defaultChecksumOf } from "../parse/checksums.ts";
import { readConditions } from "../parse/conditions.ts";
import { type CopySource, copyRange, copySource } from "../parse/copy-source.ts";
import { partEncryption, sourceKey } from "../parse/encryption.ts";
import { objectOf, partNumberOf, uploadIdOf } from "../parse/query.ts";

type PartInput = { uploadId: string; partNumber: number } & PartEncryption;

export const UploadPart = operation<S3Settings, PartInput, WrittenPart>({
  name: "UploadPart",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html",
  route: { method: "PUT", target: "object", select: ["uploadId", "partNumber"] },
  access: { action: "s3:PutObject", capability: "upload.write" },
  body: "stream",
  input: (call) => {
    requireLength(call);
    return { uploadId: uploadIdOf(call), partNumber: partNumberOf(call), ...partEncryption(call) };
  },
  run: (core, input, call) =>
    core.uploads.putPart(call.context, { ...objectOf(call), ...input, ...call.settings.flavour.uploadedBy, body: call.incoming, ...defaultChecksumOf(call) }),
  reply: ({ etag, checksum, encryption }, call) =>
    emptyReply(200, ["etag", `"${etag}"`, ...(checksum === undefined ? [] : [checksumHeader(checksum.algorithm), checksum.value]), ...encryptionHeaders(call, encryption)]),
});

type CopyInput = PartInput & { sourceKey?: CustomerKey; source: CopySource; range: { start: number; end: number } | undefined; sourceConditions: ReadConditions | undefined };

/** A part that shares bytes of an object that is there. */
export const UploadPartCopy = operation<S3Settings, CopyInput, Awaited<ReturnType<Core["uploads"]["copyPart"]>>>({
  name: "UploadPartCopy",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html",
  route: { method: "PUT", target: "object", select: ["uploadId", "partNumber"], header: "x-amz-copy-source" },
  access: { action: "s3:PutObject", capability: "upload.write" },
  input: (call) => ({
    uploadId: uploadIdOf(call),
    partNumber: partNumberOf(call),
    source: copySource(call),
    range: copyRange(call),
    sourceConditions: readConditions(call, "x-amz-copy-source-"),
    ...partEncryption(call),
    ...sourceKey(call),
  }),
  run: (core, { source, range, sourceConditions, ...part }, call) =>
    core.uploads.copyPart(call.context, {
      ...objectOf(call),
      ...part,
      ...call.settings.flavour.uploadedBy,
      source,
      sourceAction: source.version === undefined ? "s3:GetObject" : "s3:GetObjectVersion",
      ...defaultChecksumOf(call),
      ...(range === undefined ? {} : { range }),
      ...(sourceConditions === undefined ? {} : { sourceConditions }),
    }),
  reply: (part, call) => {
    const from = versionHeader({ version: part.source, versioning: part.sourceVersioning }, call.settings.flavour, "x-amz-copy-source-version-id");
    const checksum = part.checksum === undefined ? "" : xmlText(checksumElement(part.checksum.algorithm), part.checksum.value);
    return documentReply(call, "CopyPartResult", xmlText("LastModified", isoTime(part.modifiedMs)) + xmlText("ETag", `"${part.etag}"`) + checksum, [
      ...from,
      ...encryptionHeaders(call, part.encryption),
    ]);
  },
});
