import type { Notifications } from "../../../core/events/model.ts";
import type { ConfigDocument } from "../../../core/model.ts";
import { VendorError } from "../../error-table.ts";
import { operation } from "../../operation.ts";
import { documentAsKept, written } from "../documents/configuration.ts";
import { notificationContent, notificationDocumentLimits, notificationRoot, parseNotifications } from "../documents/notifications.ts";
import { documentReply, emptyReply } from "../documents/render.ts";
import type { S3Call, S3Settings } from "../flavour.ts";
import { bucketOf } from "../parse/query.ts";

const kind = "notifications" as const;

/** A bucket that tells nobody of anything says so with an empty document. */
export const GetBucketNotificationConfiguration = operation<S3Settings, void, ConfigDocument<"notifications"> | undefined>({
  name: "GetBucketNotificationConfiguration",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketNotificationConfiguration.html",
  route: { method: "GET", target: "bucket", select: ["notification"] },
  access: { action: "s3:GetBucketNotification", capability: "bucket.own" },
  input: () => undefined,
  run: (core, _, call) => core.documents.get(call.context, { ...bucketOf(call), kind }),
  reply: (document, call) => (document === undefined ? documentReply(call, notificationRoot, "") : documentAsKept(call, document, notificationRoot, notificationContent)),
});

/** Targets that the operator has not named, each with its own pair of elements, as the vendor words it. */
function judgeTargets(call: S3Call, { rules }: Notifications): void {
  if (call.request.headers["x-amz-skip-destination-validation"]?.toLowerCase() === "true") return;
  const unknown = [...new Set(rules.filter(({ target }) => !call.settings.webhooks.has(target)).map(({ named }) => named))];
  if (unknown.length === 0) return;
  const numbered = (name: string, index: number): string => (unknown.length === 1 ? name : `${name}${index + 1}`);
  throw new VendorError({
    status: 400,
    code: "InvalidArgument",
    message: "Unable to validate the following destination configurations",
    elements: unknown.flatMap((arn, index): [string, string][] => [
      [numbered("ArgumentName", index), arn],
      [numbered("ArgumentValue", index), "The destination does not exist: no webhook of this name is configured"],
    ]),
  });
}

/** Acted upon by whatever changes objects (core/events/emit.ts). An empty document ends it. */
export const PutBucketNotificationConfiguration = operation<S3Settings, ConfigDocument<"notifications">, void>({
  name: "PutBucketNotificationConfiguration",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html",
  route: { method: "PUT", target: "bucket", select: ["notification"] },
  access: { action: "s3:PutBucketNotification", capability: "bucket.own" },
  body: { document: notificationDocumentLimits.bytesMax },
  input: (call) => {
    const { notifications, named } = parseNotifications(call.document);
    judgeTargets(call, notifications);
    const document = written<typeof kind>(call, notifications);
    // Who leaves Ids out is told those that were made.
    return named ? document : { ...document, raw: "" };
  },
  run: (core, document, call) => {
    const address = { ...bucketOf(call), kind };
    const isEmpty = document.model.rules.length === 0 && !document.model.bus;
    return isEmpty ? core.documents.remove(call.context, address) : core.documents.put(call.context, { ...address, document });
  },
  reply: () => emptyReply(200),
});
