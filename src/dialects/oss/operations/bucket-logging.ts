import { configurationReply, written } from "../configuration.ts";
import { smallDocumentBytesMax } from "../documents.ts";
import { loggingContent, loggingRoot, parseLogging } from "../logging-document.ts";
import { bucketOf, ossOperation, page } from "../oss-operation.ts";
import { document, empty } from "../replies.ts";

const kind = "logging" as const;

/** Acted upon by whoever answers requests (dialects/request-log.ts). */
export const PutBucketLogging = ossOperation({
  name: "PutBucketLogging",
  docs: page("putbucketlogging"),
  route: { method: "PUT", target: "bucket", select: ["logging"] },
  access: { action: "oss:PutBucketLogging", capability: "bucket.own" },
  body: { document: smallDocumentBytesMax },
  input: (call) => ({ ...bucketOf(call), kind, logging: parseLogging(call.document), raw: call.document }),
  run: (core, { logging, raw, ...address }, { context }) =>
    logging === undefined ? core.documents.remove(context, address) : core.documents.put(context, { ...address, document: written<"logging">(logging, raw) }),
  reply: () => empty(200),
});

/** A bucket that logs nothing says so with an empty document. */
export const GetBucketLogging = ossOperation({
  name: "GetBucketLogging",
  docs: page("getbucketlogging"),
  route: { method: "GET", target: "bucket", select: ["logging"] },
  access: { action: "oss:GetBucketLogging", capability: "bucket.own" },
  input: (call) => ({ ...bucketOf(call), kind }),
  run: (core, input, { context }) => core.documents.get(context, input),
  reply: (kept) => (kept === undefined ? document(loggingRoot, "") : configurationReply(kept, loggingRoot, loggingContent)),
});

export const DeleteBucketLogging = ossOperation({
  name: "DeleteBucketLogging",
  docs: page("deletebucketlogging"),
  route: { method: "DELETE", target: "bucket", select: ["logging"] },
  access: { action: "oss:DeleteBucketLogging", capability: "bucket.own" },
  input: (call) => ({ ...bucketOf(call), kind }),
  run: (core, input, { context }) => core.documents.remove(context, input),
  reply: () => empty(204),
});
