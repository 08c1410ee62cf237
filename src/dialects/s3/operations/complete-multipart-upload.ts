import type { CompletePart, VersionResult, WriteCondition } from "../../../core/api.ts";
import type { PartEncryption } from "../../../core/encryption/api.ts";
import type { ChecksumClaim } from "../../../core/model.ts";
import { encodeUri } from "../../../lib/uri.ts";
import { xmlText } from "../../../lib/xml.ts";
import { parseXml, type XmlNode, xmlChildren, xmlChildText } from "../../../lib/xml-reader.ts";
import { operation } from "../../operation.ts";
import { expirationHeader } from "../documents/due.ts";
import { writtenEncryption } from "../documents/encryption.ts";
import { documentReply } from "../documents/render.ts";
import { writtenVersionHeader } from "../documents/versions.ts";
import { checksumContent } from "../documents/written.ts";
import { type S3Call, type S3Settings, s3Limits } from "../flavour.ts";
import { checksumAlgorithms, checksumElement, defaultChecksumOf, objectChecksum } from "../parse/checksums.ts";
import { bareEtag, writeCondition } from "../parse/conditions.ts";
import { partEncryption } from "../parse/encryption.ts";
import { newObjectOf, partNumberMax, uploadIdOf } from "../parse/query.ts";
import { invalidArgument, malformedXml } from "../refusals.ts";

type Input = {
  uploadId: string;
  parts: CompletePart[];
  condition?: WriteCondition;
  checksum: ChecksumClaim | undefined;
  size: number | undefined;
  encryption: PartEncryption;
};

const elementsMax = 8 * partNumberMax;

function partOf(node: XmlNode): CompletePart {
  const number = xmlChildText(node, "PartNumber")?.trim() ?? "";
  const etag = xmlChildText(node, "ETag")?.trim();
  if (etag === undefined || !/^\d{1,5}$/.test(number) || Number(number) < 1 || Number(number) > partNumberMax) return malformedXml();
  const checksum = checksumAlgorithms.map((algorithm) => xmlChildText(node, checksumElement(algorithm))).find((value) => value !== undefined);
  return { number: Number(number), etag: bareEtag(etag), ...(checksum === undefined ? {} : { checksum: checksum.trim() }) };
}

function partsOf(call: S3Call): CompletePart[] {
  const root = parseXml(call.document, { bytesMax: s3Limits.completeBytesMax, elementsMax });
  const nodes = xmlChildren(root, "Part");
  if (root.name !== "CompleteMultipartUpload" || nodes.length === 0 || nodes.length > partNumberMax) return malformedXml();
  return nodes.map(partOf);
}

function sizeOf(call: S3Call): number | undefined {
  const text = call.request.headers["x-amz-mp-object-size"];
  if (text === undefined) return undefined;
  return /^\d{1,15}$/.test(text) ? Number(text) : invalidArgument("x-amz-mp-object-size", text, "Value for x-amz-mp-object-size header is invalid");
}

/** Where the object is now: below the public address when there is one, else as the client reached it. */
function locationOf(call: S3Call): string {
  const { request, address, settings } = call;
  const path = encodeUri(address.key ?? "");
  if (settings.publicUrl !== "") return `${settings.publicUrl.replace(/\/$/, "")}/${address.bucket}/${path}`;
  const scheme = request.secure ? "https" : "http";
  return address.style === "host" ? `${scheme}://${request.hostHeader}/${path}` : `${scheme}://${request.hostHeader}/${address.bucket}/${path}`;
}

/** The parts named become the object, in order; bytes do not move. */
export const CompleteMultipartUpload = operation<S3Settings, Input, VersionResult>({
  name: "CompleteMultipartUpload",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html",
  route: { method: "POST", target: "object", select: ["uploadId"] },
  access: { action: "s3:PutObject", capability: "upload.write" },
  body: { document: s3Limits.completeBytesMax },
  input: (call) => ({
    uploadId: uploadIdOf(call),
    parts: partsOf(call),
    ...writeCondition(call),
    checksum: objectChecksum(call.request.headers),
    size: sizeOf(call),
    encryption: partEncryption(call),
  }),
  run: (core, { checksum, size, encryption, ...written }, call) =>
    core.uploads.complete(call.context, {
      ...newObjectOf(call),
      ...written,
      partSizeMinimum: call.settings.flavour.partBytesMin,
      ...call.settings.flavour.uploadedBy,
      ...(checksum === undefined ? {} : { checksum }),
      ...(size === undefined ? {} : { size }),
      ...encryption,
      ...defaultChecksumOf(call),
    }),
  reply: (result, call) => {
    const { bucket, key } = newObjectOf(call);
    const content =
      xmlText("Location", locationOf(call)) +
      xmlText("Bucket", bucket) +
      xmlText("Key", key) +
      xmlText("ETag", `"${result.version.etag}"`) +
      checksumContent(result.version.checksum);
    return documentReply(call, "CompleteMultipartUploadResult", content, [
      ...writtenVersionHeader(result, call.settings.flavour),
      ...writtenEncryption(call, result.version.encryption),
      ...expirationHeader(result.expiration),
    ]);
  },
});
