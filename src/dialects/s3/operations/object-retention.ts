import type { VersionResult } from "../../../core/api.ts";
import type { EventHold, Retention, VersionSelector } from "../../../core/model.ts";
import { isoTime } from "../../../lib/time.ts";
import { xmlElement, xmlText } from "../../../lib/xml.ts";
import { type XmlNode, xmlChild, xmlChildText } from "../../../lib/xml-reader.ts";
import { retentionDate, retentionMode, retentionModeName } from "../../lock-text.ts";
import { operation } from "../../operation.ts";
import { documentReply, emptyReply } from "../documents/render.ts";
import type { S3Call, S3Settings } from "../flavour.ts";
import { bypassHeader, eventHoldContent, eventHoldOf, lockDocument, lockDocumentBytesMax } from "../parse/lock.ts";
import { objectOf, versionOf } from "../parse/query.ts";
import { malformedXml, noObjectLock } from "../refusals.ts";

export const GetObjectRetention = operation<S3Settings, { version: VersionSelector }, VersionResult>({
  name: "GetObjectRetention",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectRetention.html",
  route: { method: "GET", target: "object", select: ["retention"] },
  access: { action: "s3:GetObjectRetention", capability: "bucket.own" },
  input: (call) => ({ version: versionOf(call) }),
  run: (core, input, call) => core.objects.lock(call.context, { ...objectOf(call), ...input }),
  reply: ({ version: { retention, eventHold } }, call) => {
    if (!retention && !eventHold) return noObjectLock();
    const dated = retention ? xmlText("Mode", retentionModeName(retention.mode)) + xmlText("RetainUntilDate", isoTime(retention.untilMs)) : "";
    return documentReply(call, "Retention", dated + (eventHold ? xmlText("EventHold", "ON") + xmlElement("EventHoldDuration", eventHoldContent(eventHold)) : ""));
  },
});

type Asked = { retention?: Retention; eventHold?: EventHold | "released" };

/** `EventHold` ON with a duration, or OFF, which releases: the duration begins. */
function eventHoldAsked(root: XmlNode): Pick<Asked, "eventHold"> {
  const status = xmlChildText(root, "EventHold")?.trim();
  const duration = xmlChild(root, "EventHoldDuration");
  if (status === undefined && duration === undefined) return {};
  if (status === "OFF" && duration === undefined) return { eventHold: "released" };
  return status === "ON" && duration !== undefined ? { eventHold: eventHoldOf(duration) } : malformedXml();
}

/** An empty document takes the retention away; one about an event hold alone leaves it. */
function retentionOf(call: S3Call): Asked {
  const root = lockDocument(call, "Retention", ["Mode", "RetainUntilDate", "EventHold", "EventHoldDuration"]);
  const hold = eventHoldAsked(root);
  if (!root.children.some(({ name }) => name === "Mode" || name === "RetainUntilDate")) return hold;
  const mode = retentionMode(xmlChildText(root, "Mode")?.trim()) ?? malformedXml();
  const untilMs = retentionDate(xmlChildText(root, "RetainUntilDate")?.trim() ?? "") ?? malformedXml();
  return { retention: { mode, untilMs }, ...hold };
}

export const PutObjectRetention = operation<S3Settings, Asked & { version: VersionSelector; bypassGovernance?: boolean }, VersionResult>({
  name: "PutObjectRetention",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectRetention.html",
  route: { method: "PUT", target: "object", select: ["retention"] },
  access: { action: "s3:PutObjectRetention", capability: "bucket.own" },
  body: { document: lockDocumentBytesMax },
  input: (call) => ({ version: versionOf(call), ...retentionOf(call), ...bypassHeader(call) }),
  run: (core, input, call) => core.objects.setRetention(call.context, { ...objectOf(call), ...input }),
  reply: () => emptyReply(200),
});
