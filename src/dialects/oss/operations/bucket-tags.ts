import type { ConfigDocument } from "../../../core/model.ts";
import { anyText } from "../../../core/tags.ts";
import { configurationReply, written } from "../configuration.ts";
import { smallDocumentBytesMax } from "../documents.ts";
import { bucketOf, ossOperation, page } from "../oss-operation.ts";
import { parameter } from "../parameters.ts";
import { document, empty } from "../replies.ts";
import { bucketTagsMax, taggingDocument, tagSetContent } from "../tagging.ts";

const kind = "tags" as const;

export const PutBucketTags = ossOperation({
  name: "PutBucketTags",
  docs: page("putbuckettags"),
  route: { method: "PUT", target: "bucket", select: ["tagging"] },
  access: { action: "oss:PutBucketTagging", capability: "bucket.own" },
  body: { document: smallDocumentBytesMax },
  input: (call) => ({ ...bucketOf(call), kind, document: written<"tags">(taggingDocument(call.document, bucketTagsMax, anyText), call.document) }),
  run: (core, input, { context }) => core.documents.put(context, input),
  reply: () => empty(200),
});

/** Without tags: an empty set, no error. */
export const GetBucketTags = ossOperation({
  name: "GetBucketTags",
  docs: page("getbuckettags"),
  route: { method: "GET", target: "bucket", select: ["tagging"] },
  access: { action: "oss:GetBucketTagging", capability: "bucket.own" },
  input: (call) => ({ ...bucketOf(call), kind }),
  run: (core, input, { context }) => core.documents.get(context, input),
  reply: (kept) => (kept === undefined ? document("Tagging", tagSetContent([])) : configurationReply(kept, "Tagging", tagSetContent)),
});

/** What is left without these names, for everybody to be rendered. */
function without(before: ConfigDocument<"tags"> | undefined, names: readonly string[]): ConfigDocument<"tags"> | undefined {
  if (before === undefined || names.length === 0) return undefined;
  const model = before.model.filter(([name]) => !names.includes(name));
  if (model.length === before.model.length) return before;
  return model.length === 0 ? undefined : { model, writer: before.writer, raw: "" };
}

/** `?tagging=k1,k2` removes those; without a value, all of them. */
export const DeleteBucketTags = ossOperation({
  name: "DeleteBucketTags",
  docs: page("deletebuckettags"),
  route: { method: "DELETE", target: "bucket", select: ["tagging"] },
  access: { action: "oss:DeleteBucketTagging", capability: "bucket.own" },
  input: (call) => ({ ...bucketOf(call), names: (parameter(call, "tagging") ?? "").split(",").filter((name) => name !== "") }),
  run: (core, { names, ...address }, { context }) => core.documents.edit(context, { ...address, kind }, (before) => without(before, names)),
  reply: () => empty(204),
});
