/** Named texts beside a version: https://docs.aws.amazon.com/AmazonS3/latest/userguide/annotations-overview.html */
import type { AnnotationVerbs } from "../../../core/annotations/api.ts";
import { annotationLimits } from "../../../core/annotations/rows.ts";
import type { VersionResult } from "../../../core/api.ts";
import { fail } from "../../../core/errors.ts";
import type { Annotation, VersionSelector } from "../../../core/model.ts";
import { httpDate, isoTime } from "../../../lib/time.ts";
import { xmlElement, xmlText } from "../../../lib/xml.ts";
import { operation } from "../../operation.ts";
import { encryptionHeaders } from "../documents/encryption.ts";
import { documentReply, emptyReply } from "../documents/render.ts";
import { versionHeader } from "../documents/versions.ts";
import type { S3Call, S3Settings } from "../flavour.ts";
import { requireLength } from "../parse/body.ts";
import { checksumHeader, checksumTypeName, withDefaultChecksum } from "../parse/checksums.ts";
import { parseEtags } from "../parse/conditions.ts";
import { bypassHeader } from "../parse/lock.ts";
import { objectOf, param, versionOf } from "../parse/query.ts";
import { versionMeant } from "../parse/reading.ts";
import { invalidArgument } from "../refusals.ts";

const docs = (name: string): string => `https://docs.aws.amazon.com/AmazonS3/latest/API/API_${name}.html`;

/** The vendor keeps names that begin with its own for itself; what else a name may be is the core's rule. */
const reserved = /^(?:aws|s3)/i;
function nameOf(call: S3Call): string {
  const name = param(call, "annotationName") ?? invalidArgument("annotationName", "null", "The annotation name must be specified");
  return reserved.test(name) ? fail("annotationInvalid", { what: "name", value: name }) : name;
}

type Naming = { version: VersionSelector; name: string };
type Writing = Naming & { ifMatch?: string[]; bypassGovernance?: boolean };

function writingOf(call: S3Call): Writing {
  const etags = call.request.headers["x-amz-object-if-match"];
  return { version: versionOf(call), name: nameOf(call), ...(etags === undefined ? {} : { ifMatch: parseEtags(etags) }), ...bypassHeader(call) };
}

const objectVersion = (call: S3Call, found: VersionResult): string[] => versionHeader(found, call.settings.flavour, "x-amz-object-version-id");
const checksumOf = ({ checksum }: Annotation): string[] =>
  checksum === undefined ? [] : [checksumHeader(checksum.algorithm), checksum.value, "x-amz-checksum-type", checksumTypeName(checksum.type)];

export const PutObjectAnnotation = operation<S3Settings, Writing, Awaited<ReturnType<AnnotationVerbs["put"]>>>({
  name: "PutObjectAnnotation",
  docs: docs("PutObjectAnnotation"),
  route: { method: "PUT", target: "object", select: ["annotation"] },
  access: { action: "s3:PutObjectAnnotation", capability: "object.writeTags" },
  body: "stream",
  input: (call) => {
    requireLength(call);
    return writingOf(call);
  },
  run: async (core, input, call) =>
    core.annotations.put(call.context, { ...objectOf(call), ...input, version: await versionMeant(core, call, input.version), body: withDefaultChecksum(call) }),
  reply: (result, call) => {
    const { annotation, version } = result;
    return documentReply(call, "PutObjectAnnotationOutput", xmlText("Key", version.key) + xmlText("AnnotationName", annotation.name), [
      "etag",
      `"${annotation.etag}"`,
      ...objectVersion(call, result),
      ...checksumOf(annotation),
      ...encryptionHeaders(call, annotation.encryption),
    ]);
  },
});

export const GetObjectAnnotation = operation<S3Settings, Naming, Awaited<ReturnType<AnnotationVerbs["open"]>>>({
  name: "GetObjectAnnotation",
  docs: docs("GetObjectAnnotation"),
  route: { method: "GET", target: "object", select: ["annotation"], parameter: "annotationName" },
  access: { action: "s3:GetObjectAnnotation", capability: "object.readTags" },
  input: (call) => ({ version: versionOf(call), name: nameOf(call) }),
  run: async (core, input, call) => core.annotations.open(call.context, { ...objectOf(call), ...input, version: await versionMeant(core, call, input.version) }),
  reply: (result, call) => {
    const { annotation, body } = result;
    const isAsked = call.request.headers["x-amz-checksum-mode"]?.toUpperCase() === "ENABLED";
    const headers = ["last-modified", httpDate(annotation.modifiedMs), "etag", `"${annotation.etag}"`, "content-type", "binary/octet-stream"];
    headers.push("content-length", String(annotation.size), ...objectVersion(call, result), ...(isAsked ? checksumOf(annotation) : []));
    headers.push(...encryptionHeaders(call, annotation.encryption));
    return { status: 200, headers, body: { source: body, length: annotation.size } };
  },
});

type Listing = { version: VersionSelector; prefix: string; after: string; limit: number; token: string | undefined };

function limitOf(call: S3Call): number {
  const name = "max-annotation-results";
  const text = param(call, name);
  if (text === undefined) return annotationLimits.perVersionMax;
  const limit = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return limit >= 1 && limit <= annotationLimits.perVersionMax ? limit : invalidArgument(name, text, `The value must be between 1 and ${annotationLimits.perVersionMax}`);
}

/** A token is the last name of the page before, in base64. */
const tokenOf = (name: string): string => Buffer.from(name).toString("base64url");
function afterOf(token: string | undefined): string {
  if (token === undefined) return "";
  const name = Buffer.from(token, "base64url").toString("utf8");
  return token !== "" && tokenOf(name) === token ? name : invalidArgument("continuation-token", token, "The continuation token provided is incorrect");
}

export const ListObjectAnnotations = operation<S3Settings, Listing, Awaited<ReturnType<AnnotationVerbs["list"]>>>({
  name: "ListObjectAnnotations",
  docs: docs("ListObjectAnnotations"),
  route: { method: "GET", target: "object", select: ["annotation"] },
  access: { action: "s3:ListObjectAnnotations", capability: "object.readTags" },
  input: (call) => {
    const token = param(call, "continuation-token");
    return { version: versionOf(call), prefix: param(call, "annotation-prefix") ?? "", after: afterOf(token), limit: limitOf(call), token };
  },
  run: async (core, { token: _token, ...input }, call) =>
    core.annotations.list(call.context, { ...objectOf(call), ...input, version: await versionMeant(core, call, input.version) }),
  reply: (result, call, { prefix, limit, token }) => {
    const { annotations, truncated, version } = result;
    const entries = annotations.map(({ name, modifiedMs, etag, checksum, size }) =>
      xmlElement(
        "AnnotationEntry",
        xmlText("AnnotationName", name) +
          xmlText("LastModified", isoTime(modifiedMs)) +
          xmlText("ETag", `"${etag}"`) +
          xmlText("ChecksumAlgorithm", checksum?.algorithm.toUpperCase()) +
          xmlText("Size", size),
      ),
    );
    const last = annotations.at(-1);
    const content =
      xmlElement("Annotations", entries.join("")) +
      xmlText("Bucket", call.address.bucket) +
      xmlText("Key", version.key) +
      xmlText("AnnotationPrefix", prefix === "" ? undefined : prefix) +
      xmlText("MaxAnnotationResults", limit) +
      xmlText("AnnotationCount", annotations.length) +
      xmlText("ContinuationToken", token) +
      xmlText("NextContinuationToken", truncated && last ? tokenOf(last.name) : undefined);
    return documentReply(call, "ListObjectAnnotationsOutput", content, objectVersion(call, result));
  },
});

/** One that is not there is no error. */
export const DeleteObjectAnnotation = operation<S3Settings, Writing, VersionResult>({
  name: "DeleteObjectAnnotation",
  docs: docs("DeleteObjectAnnotation"),
  route: { method: "DELETE", target: "object", select: ["annotation"] },
  access: { action: "s3:DeleteObjectAnnotation", capability: "object.writeTags" },
  input: writingOf,
  run: async (core, input, call) => core.annotations.remove(call.context, { ...objectOf(call), ...input, version: await versionMeant(core, call, input.version) }),
  reply: (result, call) => emptyReply(204, objectVersion(call, result)),
});
