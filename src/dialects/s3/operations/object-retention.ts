import type { VersionResult } from "../../../core/api.ts";
import type { Retention, VersionSelector } from "../../../core/model.ts";
import { isoTime } from "../../../lib/time.ts";
import { xmlText } from "../../../lib/xml.ts";
import { xmlChildText } from "../../../lib/xml-reader.ts";
import { operation } from "../../operation.ts";
import { documentReply, emptyReply } from "../documents/render.ts";
import type { S3Call, S3Settings } from "../flavour.ts";
import { bypassHeader, lockDocument, lockDocumentBytesMax, retentionDate, retentionMode, retentionModeName } from "../parse/lock.ts";
import { objectOf, versionOf } from "../parse/query.ts";
import { malformedXml, noObjectLock } from "../refusals.ts";

export const GetObjectRetention = operation<S3Settings, { version: VersionSelector }, VersionResult>({
  name: "GetObjectRetention",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectRetention.html",
  route: { method: "GET", target: "object", select: ["retention"] },
  access: { action: "s3:GetObjectRetention", capability: "bucket.own" },
  input: (call) => ({ version: versionOf(call) }),
  run: (core, input, call) => core.objects.lock(call.context, { ...objectOf(call), ...input }),
  reply: ({ version: { retention } }, call) => {
    if (!retention) return noObjectLock();
    return documentReply(call, "Retention", xmlText("Mode", retentionModeName(retention.mode)) + xmlText("RetainUntilDate", isoTime(retention.untilMs)));
  },
});

/** An empty document takes the retention away. */
function retentionOf(call: S3Call): { retention?: Retention } {
  const root = lockDocument(call, "Retention", ["Mode", "RetainUntilDate"]);
  if (root.children.length === 0) return {};
  const mode = retentionMode(xmlChildText(root, "Mode")?.trim()) ?? malformedXml();
  const untilMs = retentionDate(xmlChildText(root, "RetainUntilDate")?.trim() ?? "") ?? malformedXml();
  return { retention: { mode, untilMs } };
}

export const PutObjectRetention = operation<S3Settings, { version: VersionSelector; retention?: Retention; bypassGovernance?: boolean }, VersionResult>({
  name: "PutObjectRetention",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectRetention.html",
  route: { method: "PUT", target: "object", select: ["retention"] },
  access: { action: "s3:PutObjectRetention", capability: "bucket.own" },
  body: { document: lockDocumentBytesMax },
  input: (call) => ({ version: versionOf(call), ...retentionOf(call), ...bypassHeader(call) }),
  run: (core, input, call) => core.objects.setRetention(call.context, { ...objectOf(call), ...input }),
  reply: () => emptyReply(200),
});
