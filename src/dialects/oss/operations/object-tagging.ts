import { tagLimits } from "../../../core/tags.ts";
import { smallDocumentBytesMax } from "../documents.ts";
import { objectOf, ossOperation, page } from "../oss-operation.ts";
import { versionInput } from "../parameters.ts";
import { document, empty, versionHeaders } from "../replies.ts";
import { taggingDocument, tagSetContent } from "../tagging.ts";

/** The whole set at once. */
export const PutObjectTagging = ossOperation({
  name: "PutObjectTagging",
  docs: page("putobjecttagging"),
  route: { method: "PUT", target: "object", select: ["tagging"] },
  access: { action: "oss:PutObjectTagging", capability: "object.writeTags" },
  body: { document: smallDocumentBytesMax },
  input: (call) => ({ ...objectOf(call), ...versionInput(call), tags: taggingDocument(call.document, tagLimits.perObjectMax) }),
  run: (core, input, { context }) => core.objects.setTags(context, input),
  reply: (result) => empty(200, versionHeaders(result)),
});

export const GetObjectTagging = ossOperation({
  name: "GetObjectTagging",
  docs: page("getobjecttagging"),
  route: { method: "GET", target: "object", select: ["tagging"] },
  access: { action: "oss:GetObjectTagging", capability: "object.readTags" },
  input: (call) => ({ ...objectOf(call), ...versionInput(call) }),
  run: (core, input, { context }) => core.objects.entry(context, input),
  reply: (result) => document("Tagging", tagSetContent(result.version.tags ?? []), versionHeaders(result)),
});

export const DeleteObjectTagging = ossOperation({
  name: "DeleteObjectTagging",
  docs: page("deleteobjecttagging"),
  route: { method: "DELETE", target: "object", select: ["tagging"] },
  access: { action: "oss:DeleteObjectTagging", capability: "object.writeTags" },
  input: (call) => ({ ...objectOf(call), ...versionInput(call), tags: [] }),
  run: (core, input, { context }) => core.objects.setTags(context, input),
  reply: (result) => empty(204, versionHeaders(result)),
});
