/** Locks of single versions (core/retention): the same that S3 puts and shows. */

import { xmlText } from "../../../lib/xml.ts";
import { refuse } from "../answers.ts";
import { smallDocumentBytesMax } from "../documents.ts";
import { bypassHeader, objectWormContent, parseLegalHold, parseObjectWorm, parseRetention, retentionContent, wormRoot } from "../object-worm.ts";
import { bucketOf, objectOf, ossOperation, page } from "../oss-operation.ts";
import { versionInput } from "../parameters.ts";
import { document, empty, versionHeaders } from "../replies.ts";

const body = { document: smallDocumentBytesMax };
/** The vendor's pages (2026-11-28: by invitation only) name no code for what is not there: that of the retention of whole buckets. */
const none = (what: string): never => refuse({ status: 404, code: "NoSuchWORMConfiguration", message: `The ${what} does not exist.` });

/** Needs versioning, which then stays; never taken away. Not beside a retention of the whole bucket. */
export const PutBucketObjectWormConfiguration = ossOperation({
  name: "PutBucketObjectWormConfiguration",
  docs: page("putbucketobjectwormconfiguration"),
  route: { method: "PUT", target: "bucket", select: ["objectWorm"] },
  access: { action: "oss:PutBucketObjectWormConfiguration", capability: "bucket.own" },
  body,
  input: (call) => ({ ...bucketOf(call), ...parseObjectWorm(call.document) }),
  run: async (core, input, { context }) => {
    if ((await core.buckets.retention.get(context, input)) !== undefined)
      refuse({ status: 409, code: "InvalidBucketState", message: "The bucket has a retention policy of its own." });
    await core.buckets.setLock(context, input);
  },
  reply: () => empty(200),
});

export const GetBucketObjectWormConfiguration = ossOperation({
  name: "GetBucketObjectWormConfiguration",
  docs: page("getbucketobjectwormconfiguration"),
  route: { method: "GET", target: "bucket", select: ["objectWorm"] },
  access: { action: "oss:GetBucketObjectWormConfiguration", capability: "bucket.own" },
  input: bucketOf,
  run: (core, input, { context }) => core.buckets.get(context, input),
  reply: ({ state: { lock } }) => (lock ? document(wormRoot, objectWormContent(lock.default)) : none("object WORM configuration")),
});

export const PutObjectRetention = ossOperation({
  name: "PutObjectRetention",
  docs: page("putobjectretention"),
  route: { method: "PUT", target: "object", select: ["retention"] },
  access: { action: "oss:PutObjectRetention", capability: "bucket.own" },
  body,
  input: (call) => ({ ...objectOf(call), ...versionInput(call), ...parseRetention(call.document), ...bypassHeader(call) }),
  run: (core, input, { context }) => core.objects.setRetention(context, input),
  reply: (result) => empty(200, versionHeaders(result)),
});

export const GetObjectRetention = ossOperation({
  name: "GetObjectRetention",
  docs: page("getobjectretention"),
  route: { method: "GET", target: "object", select: ["retention"] },
  access: { action: "oss:GetObjectRetention", capability: "bucket.own" },
  input: (call) => ({ ...objectOf(call), ...versionInput(call) }),
  run: (core, input, { context }) => core.objects.lock(context, input),
  reply: (result) => {
    const { retention } = result.version;
    return retention ? document("Retention", retentionContent(retention), versionHeaders(result)) : none("retention of the object");
  },
});

export const PutObjectLegalHold = ossOperation({
  name: "PutObjectLegalHold",
  docs: page("putobjectlegalhold"),
  route: { method: "PUT", target: "object", select: ["legalHold"] },
  access: { action: "oss:PutObjectLegalHold", capability: "bucket.own" },
  body,
  input: (call) => ({ ...objectOf(call), ...versionInput(call), legalHold: parseLegalHold(call.document) }),
  run: (core, input, { context }) => core.objects.setLegalHold(context, input),
  reply: (result) => empty(200, versionHeaders(result)),
});

export const GetObjectLegalHold = ossOperation({
  name: "GetObjectLegalHold",
  docs: page("getobjectlegalhold"),
  route: { method: "GET", target: "object", select: ["legalHold"] },
  access: { action: "oss:GetObjectLegalHold", capability: "bucket.own" },
  input: (call) => ({ ...objectOf(call), ...versionInput(call) }),
  run: (core, input, { context }) => core.objects.lock(context, input),
  reply: (result) => {
    const { legalHold } = result.version;
    return legalHold === undefined ? none("legal hold of the object") : document("LegalHold", xmlText("Status", legalHold ? "ON" : "OFF"), versionHeaders(result));
  },
});
