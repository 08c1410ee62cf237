import type { Core } from "../../../core/api.ts";
import type { Tags } from "../../../core/model.ts";
import { isoTime } from "../../../lib/time.ts";
import { xmlText } from "../../../lib/xml.ts";
import { operation } from "../../operation.ts";
import { expirationHeader } from "../documents/due.ts";
import { writtenEncryption } from "../documents/encryption.ts";
import { documentReply } from "../documents/render.ts";
import { versionHeader, writtenVersionHeader } from "../documents/versions.ts";
import { checksumContent } from "../documents/written.ts";
import type { S3Call, S3Settings } from "../flavour.ts";
import { type WrittenAcl, withAcl } from "../parse/acl-request.ts";
import { contentHeaders, userMetadata, websiteRedirect } from "../parse/attributes.ts";
import { parseAlgorithm } from "../parse/checksums.ts";
import { readConditions, writeCondition } from "../parse/conditions.ts";
import { copySource } from "../parse/copy-source.ts";
import { sourceKey } from "../parse/encryption.ts";
import { newObjectTarget } from "../parse/new-object.ts";
import { taggingHeader } from "../parse/tagging.ts";
import { invalidArgument } from "../refusals.ts";

type Input = Omit<Parameters<Core["objects"]["copy"]>[1], "acl"> & { acl: WrittenAcl };
type Copied = Awaited<ReturnType<Core["objects"]["copy"]>>;

function replaces(call: S3Call): boolean {
  const directive = call.request.headers["x-amz-metadata-directive"] ?? "COPY";
  if (directive !== "COPY" && directive !== "REPLACE") return invalidArgument("x-amz-metadata-directive", directive, "Unknown metadata directive.");
  return directive === "REPLACE";
}

/** COPY (by default) keeps the source's tags, REPLACE takes the header's: none when there is none. */
function replacedTags(call: S3Call): { tags?: Tags } {
  const directive = call.request.headers["x-amz-tagging-directive"] ?? "COPY";
  if (directive !== "COPY" && directive !== "REPLACE") return invalidArgument("x-amz-tagging-directive", directive, "Unknown tagging directive.");
  return directive === "REPLACE" ? { tags: [], ...taggingHeader(call) } : {};
}

/** COPY (by default) takes the source's annotations along, for who may read them there and write them here; EXCLUDE leaves them. */
function annotationsAsked(call: S3Call): Input["annotations"] & {} {
  const name = "x-amz-object-annotation-directive";
  const directive = call.request.headers[name] ?? "COPY";
  if (directive !== "COPY" && directive !== "EXCLUDE") return invalidArgument(name, directive, "Unknown annotation directive.");
  return directive === "EXCLUDE" ? "exclude" : { readAction: "s3:GetObjectAnnotation", writeAction: "s3:PutObjectAnnotation" };
}

/** Server side: the copy shares the source's bytes. */
export const CopyObject = operation<S3Settings, Input, Copied>({
  name: "CopyObject",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html",
  route: { method: "PUT", target: "object", header: "x-amz-copy-source" },
  access: { action: "s3:PutObject", capability: "object.write" },
  input: (call) => {
    const source = copySource(call);
    // Deviation, 2026-11-28: S3 gives a copy whose source has no checksum a CRC64NVME; here it has none either, since its bytes are not read.
    const algorithm = call.request.headers["x-amz-checksum-algorithm"];
    const sourceConditions = readConditions(call, "x-amz-copy-source-");
    const redirect = websiteRedirect(call);
    return {
      ...newObjectTarget(call),
      source,
      sourceAction: source.version === undefined ? "s3:GetObject" : "s3:GetObjectVersion",
      ...(sourceConditions === undefined ? {} : { sourceConditions }),
      ...writeCondition(call),
      ...(replaces(call) ? { attributes: { headers: contentHeaders(call), metadata: userMetadata(call) } } : {}),
      ...(redirect === undefined ? {} : { websiteRedirect: redirect }),
      ...replacedTags(call),
      annotations: annotationsAsked(call),
      ...(algorithm === undefined ? {} : { checksum: parseAlgorithm(algorithm) }),
      ...sourceKey(call),
      ontoItself: call.settings.flavour.copyOntoItself,
    };
  },
  run: (core, input, call) => withAcl(core, call, input, (copy) => core.objects.copy(call.context, copy)),
  reply: (copied, call) => {
    const { flavour } = call.settings;
    const from = versionHeader({ version: copied.source, versioning: copied.sourceVersioning }, flavour, "x-amz-copy-source-version-id");
    const content = xmlText("LastModified", isoTime(copied.version.modifiedMs)) + xmlText("ETag", `"${copied.version.etag}"`) + checksumContent(copied.version.checksum);
    return documentReply(call, "CopyObjectResult", content, [
      ...from,
      ...writtenVersionHeader(copied, flavour),
      ...writtenEncryption(call, copied.version.encryption),
      ...expirationHeader(copied.expiration),
    ]);
  },
});
