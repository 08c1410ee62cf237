import { refuse } from "../answers.ts";
import { configurationReply, written } from "../configuration.ts";
import { corsContent, parseCors } from "../cors-document.ts";
import { smallDocumentBytesMax } from "../documents.ts";
import { bucketOf, ossOperation, page } from "../oss-operation.ts";
import { empty } from "../replies.ts";

const kind = "cors" as const;

export const PutBucketCors = ossOperation({
  name: "PutBucketCors",
  docs: page("putbucketcors"),
  route: { method: "PUT", target: "bucket", select: ["cors"] },
  access: { action: "oss:PutBucketCors", capability: "bucket.own" },
  body: { document: smallDocumentBytesMax },
  input: (call) => {
    const document = written<"cors">(parseCors(call.document), call.document);
    // Whether answers vary is read back where it was not said, too.
    return { ...bucketOf(call), kind, document: document.raw.includes("<ResponseVary") ? document : { ...document, raw: "" } };
  },
  run: (core, input, { context }) => core.documents.put(context, input),
  reply: () => empty(200),
});

export const GetBucketCors = ossOperation({
  name: "GetBucketCors",
  docs: page("getbucketcors"),
  route: { method: "GET", target: "bucket", select: ["cors"] },
  access: { action: "oss:GetBucketCors", capability: "bucket.own" },
  input: (call) => ({ ...bucketOf(call), kind }),
  run: (core, input, { context }) => core.documents.get(context, input),
  reply: (kept, _call, { bucket }) =>
    kept === undefined
      ? refuse({ status: 404, code: "NoSuchCORSConfiguration", message: "The CORS Configuration does not exist.", elements: [["BucketName", bucket]] })
      : configurationReply(kept, "CORSConfiguration", corsContent),
});

export const DeleteBucketCors = ossOperation({
  name: "DeleteBucketCors",
  docs: page("deletebucketcors"),
  route: { method: "DELETE", target: "bucket", select: ["cors"] },
  access: { action: "oss:DeleteBucketCors", capability: "bucket.own" },
  input: (call) => ({ ...bucketOf(call), kind }),
  run: (core, input, { context }) => core.documents.remove(context, input),
  reply: () => empty(204),
});
