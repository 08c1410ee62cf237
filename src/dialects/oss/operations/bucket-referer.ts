import { configurationReply, written } from "../configuration.ts";
import { smallDocumentBytesMax } from "../documents.ts";
import { bucketOf, ossOperation, page } from "../oss-operation.ts";
import { noReferer, parseReferer, refererContent } from "../referer-document.ts";
import { document, empty } from "../replies.ts";

const kind = "referer" as const;

/** Judged before every request that no header signs (dialects/referer.ts). There is no deleting: empty lists are put. */
export const PutBucketReferer = ossOperation({
  name: "PutBucketReferer",
  docs: page("putbucketreferer"),
  route: { method: "PUT", target: "bucket", select: ["referer"] },
  access: { action: "oss:PutBucketReferer", capability: "bucket.own" },
  body: { document: smallDocumentBytesMax },
  input: (call) => {
    const document = written<"referer">(parseReferer(call.document), call.document);
    // What is not said is read back as what it is by default.
    return { ...bucketOf(call), kind, document: document.raw.includes("AllowTruncateQueryString") ? document : { ...document, raw: "" } };
  },
  run: (core, input, { context }) => core.documents.put(context, input),
  reply: () => empty(200),
});

export const GetBucketReferer = ossOperation({
  name: "GetBucketReferer",
  docs: page("getbucketreferer"),
  route: { method: "GET", target: "bucket", select: ["referer"] },
  access: { action: "oss:GetBucketReferer", capability: "bucket.own" },
  input: (call) => ({ ...bucketOf(call), kind }),
  run: (core, input, { context }) => core.documents.get(context, input),
  reply: (kept) => (kept === undefined ? document("RefererConfiguration", refererContent(noReferer)) : configurationReply(kept, "RefererConfiguration", refererContent)),
});
