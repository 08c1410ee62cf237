import type { Versioning } from "../../../core/model.ts";
import { xmlText } from "../../../lib/xml.ts";
import { xmlChildText } from "../../../lib/xml-reader.ts";
import { malformedXml } from "../answers.ts";
import { readDocument, smallDocumentBytesMax } from "../documents.ts";
import { bucketOf, ossOperation, page } from "../oss-operation.ts";
import { document, empty } from "../replies.ts";

const texts: Record<Versioning, string | undefined> = { off: undefined, enabled: "Enabled", suspended: "Suspended" };
/** Absent when it was never set. */
export const versioningText = (versioning: Versioning): string | undefined => texts[versioning];

export const PutBucketVersioning = ossOperation({
  name: "PutBucketVersioning",
  docs: page("putbucketversioning"),
  route: { method: "PUT", target: "bucket", select: ["versioning"] },
  access: { action: "oss:PutBucketVersioning", capability: "bucket.own" },
  body: { document: smallDocumentBytesMax },
  input: (call) => {
    const status = xmlChildText(readDocument(call.document, "VersioningConfiguration"), "Status")?.trim();
    if (status !== "Enabled" && status !== "Suspended") return malformedXml("Status must be Enabled or Suspended.");
    return { ...bucketOf(call), versioning: status === "Enabled" ? ("enabled" as const) : ("suspended" as const) };
  },
  run: (core, input, { context }) => core.buckets.setVersioning(context, input),
  reply: () => empty(200),
});

export const GetBucketVersioning = ossOperation({
  name: "GetBucketVersioning",
  docs: page("getbucketversioning"),
  route: { method: "GET", target: "bucket", select: ["versioning"] },
  access: { action: "oss:GetBucketVersioning", capability: "bucket.own" },
  input: bucketOf,
  run: (core, input, { context }) => core.buckets.get(context, input),
  reply: ({ state }) => document("VersioningConfiguration", xmlText("Status", versioningText(state.versioning))),
});
