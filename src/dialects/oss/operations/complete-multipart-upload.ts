import type { CompletePart, VersionResult } from "../../../core/api.ts";
import type { Bytes } from "../../../core/ports.ts";
import { xmlText } from "../../../lib/xml.ts";
import { type XmlNode, xmlChildren, xmlChildText } from "../../../lib/xml-reader.ts";
import { invalidArgument, malformedXml } from "../answers.ts";
import { tell, toldReply } from "../callback/notify.ts";
import { callbackHeaders, callbackOf } from "../callback/parse.ts";
import { completeDocumentBytesMax, readDocument } from "../documents.ts";
import { encryptionShown, refuseEncryption } from "../encryption.ts";
import { objectAclHeader, overwriteCondition, parseEtags, refuseUnservedHeaders, refuseWriteConditions } from "../headers.ts";
import { encodingElement, namingOf } from "../listing.ts";
import { objectOf, originOf, ossOperation, page } from "../oss-operation.ts";
import { encodingParameter, uploadIdParameter } from "../parameters.ts";
import { crcHeader, document, quotedEtag, versionHeaders } from "../replies.ts";

const malformedEc = "0042-00000205";
const partBytesMin = 100 * 1024;

function partOf(node: XmlNode): CompletePart {
  const number = xmlChildText(node, "PartNumber")?.trim() ?? "";
  const etag = parseEtags(xmlChildText(node, "ETag") ?? "")[0];
  if (!/^[0-9]{1,5}$/.test(number) || etag === undefined) return malformedXml("A Part needs a PartNumber and an ETag.", malformedEc);
  return { number: Number(number), etag };
}

/** The parts named in the document; with `x-oss-complete-all: yes` all there are, and then there must be no document. */
function partsOf(body: Bytes, completeAll: string | undefined): CompletePart[] | "all" {
  if (completeAll !== undefined) {
    if (completeAll.toLowerCase() !== "yes") return invalidArgument("x-oss-complete-all", completeAll, "The value of x-oss-complete-all must be yes.");
    if (body.length > 0) return invalidArgument("x-oss-complete-all", completeAll, "The body should be empty if x-oss-complete-all specified.", "0042-00000216");
    return "all";
  }
  const parts = xmlChildren(readDocument(body, "CompleteMultipartUpload", { bytesMax: completeDocumentBytesMax, ec: malformedEc }), "Part");
  return parts.length === 0 ? malformedXml("There is no Part.", malformedEc) : parts.map(partOf);
}

const headersOf = (result: VersionResult): string[] => [
  "ETag",
  quotedEtag(result.version.etag),
  ...crcHeader(result.version.crc64),
  ...versionHeaders(result),
  ...encryptionShown(result.version.encryption),
];

export const CompleteMultipartUpload = ossOperation({
  name: "CompleteMultipartUpload",
  docs: page("completemultipartupload"),
  route: { method: "POST", target: "object", select: ["uploadId"], beside: ["callback"] },
  access: { action: "oss:PutObject", capability: "upload.write" },
  body: { document: completeDocumentBytesMax },
  input: (call) => {
    refuseEncryption(call);
    refuseUnservedHeaders(call, callbackHeaders);
    refuseWriteConditions(call);
    return {
      ...objectOf(call),
      uploadId: uploadIdParameter(call),
      parts: partsOf(call.document, call.request.headers["x-oss-complete-all"]),
      partSizeMinimum: partBytesMin,
      ...overwriteCondition(call),
      ...(call.request.headers["x-oss-object-acl"] === undefined ? {} : { acl: objectAclHeader(call) }),
      encoded: encodingParameter(call),
      callback: callbackOf(call),
    };
  },
  run: async (core, { encoded: _, callback, ...input }, call) => {
    const result = await core.uploads.complete(call.context, input);
    return { result, told: await tell(callback, call, "CompleteMultipartUpload", result, headersOf(result)) };
  },
  reply: ({ result, told }, call, { bucket, key, encoded }) =>
    toldReply(told, headersOf(result)) ??
    document(
      "CompleteMultipartUploadResult",
      encodingElement(encoded) +
        xmlText("Location", `${originOf(call)}${call.request.rawPath}`) +
        xmlText("Bucket", bucket) +
        xmlText("Key", namingOf(encoded)(key)) +
        xmlText("ETag", quotedEtag(result.version.etag)),
      headersOf(result),
    ),
});
