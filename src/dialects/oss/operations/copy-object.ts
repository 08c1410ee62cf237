import { isoTime } from "../../../lib/time.ts";
import { xmlText } from "../../../lib/xml.ts";
import { copyConditions, copySource, copySourceHeader } from "../copy-source.ts";
import { encryptionShown } from "../encryption.ts";
import { readConditionNames } from "../headers.ts";
import { newLockable, replacesMetadata } from "../object-input.ts";
import { ossOperation, page } from "../oss-operation.ts";
import { crcHeader, document, quotedEtag, versionHeaders, versionText } from "../replies.ts";
import { replacedTags } from "../tagging.ts";
import { refuseTrafficLimit } from "../traffic-limit.ts";

/** Server side: no bytes move. Copying an object onto itself is how its metadata, ACL and class are edited. */
export const CopyObject = ossOperation({
  name: "CopyObject",
  docs: page("copyobject"),
  route: { method: "PUT", target: "object", header: copySourceHeader, beside: ["callback"] },
  access: { action: "oss:PutObject", capability: "object.write" },
  input: (call) => {
    refuseTrafficLimit(call);
    const { headers, metadata, tags: _tags, ...target } = newLockable(call, readConditionNames);
    return {
      ...target,
      ...(replacesMetadata(call) ? { attributes: { headers, metadata } } : {}),
      ...replacedTags(call),
      source: copySource(call),
      sourceAction: "oss:GetObject",
      sourceConditions: copyConditions(call),
      ontoItself: "allow" as const,
    };
  },
  run: (core, input, { context }) => core.objects.copy(context, input),
  reply: (result) =>
    document("CopyObjectResult", xmlText("ETag", quotedEtag(result.version.etag)) + xmlText("LastModified", isoTime(result.version.modifiedMs)), [
      "ETag",
      quotedEtag(result.version.etag),
      ...crcHeader(result.version.crc64),
      ...(result.sourceVersioning === "off" ? [] : ["x-oss-copy-source-version-id", versionText(result.source)]),
      ...versionHeaders(result),
      ...encryptionShown(result.version.encryption),
    ]),
});
