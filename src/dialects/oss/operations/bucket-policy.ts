import { isPublicPolicy } from "../../../core/access/policy/public.ts";
import type { ConfigDocument } from "../../../core/model.ts";
import { xmlText } from "../../../lib/xml.ts";
import { refuse } from "../answers.ts";
import { isOwnText, written } from "../configuration.ts";
import { bucketOf, ossOperation, page } from "../oss-operation.ts";
import { parameter } from "../parameters.ts";
import { ossPolicyLimits, parsePolicy } from "../policy/parse.ts";
import { renderPolicy } from "../policy/render.ts";
import { document, empty } from "../replies.ts";

const kind = "policy" as const;

const missing = (bucket: string): never => refuse({ status: 404, code: "NoSuchBucketPolicy", message: "The bucket policy does not exist.", elements: [["BucketName", bucket]] });

/** `?policy&comp=callback` is another thing, which no bucket has here. */
const isCallback = (call: Parameters<typeof parameter>[0]): boolean => parameter(call, "comp") === "callback";
const unservedCallback = (): never =>
  refuse({ status: 501, code: "NotImplemented", message: "This server does not serve callback policies.", elements: [["Operation", "policy"]] });

/** Judged whole before anything is stored; a public one is refused where public access is blocked. */
export const PutBucketPolicy = ossOperation({
  name: "PutBucketPolicy",
  docs: page("putbucketpolicy"),
  route: { method: "PUT", target: "bucket", select: ["policy"] },
  access: { action: "oss:PutBucketPolicy", capability: "bucket.own" },
  // A little more than is taken, so that what is too long is refused in the policy's own words.
  body: { document: ossPolicyLimits.bytesMax * 4 },
  input: (call) => (isCallback(call) ? unservedCallback() : bucketOf(call)),
  run: async (core, address, { context, document: sent, settings }) => {
    const { owner } = await core.buckets.get(context, address);
    const model = parsePolicy(sent, { bucket: address.bucket, owner: owner.uid, region: settings.region });
    await core.documents.put(context, { ...address, kind, document: written<"policy">(model, sent) });
  },
  reply: () => empty(200),
});

/** As it was written, to the byte; another vendor's in this grammar, or a refusal that says what of it cannot be told. */
export const GetBucketPolicy = ossOperation({
  name: "GetBucketPolicy",
  docs: page("getbucketpolicy"),
  route: { method: "GET", target: "bucket", select: ["policy"] },
  access: { action: "oss:GetBucketPolicy", capability: "bucket.own" },
  input: (call) => ({ ...bucketOf(call), kind }),
  run: async (core, input, call) => {
    const found = await core.documents.get(call.context, input);
    if (isCallback(call)) refuse({ status: 404, code: "BucketCallbackPolicyNotExist", message: "The bucket callback policy does not exist." });
    return found;
  },
  reply: (kept: ConfigDocument<"policy"> | undefined, _call, { bucket }) => {
    if (kept === undefined) return missing(bucket);
    return { status: 200, headers: ["Content-Type", "application/json"], body: isOwnText(kept) ? kept.raw : renderPolicy(kept.model) };
  },
});

export const DeleteBucketPolicy = ossOperation({
  name: "DeleteBucketPolicy",
  docs: page("deletebucketpolicy"),
  route: { method: "DELETE", target: "bucket", select: ["policy"] },
  access: { action: "oss:DeleteBucketPolicy", capability: "bucket.own" },
  input: (call) => (isCallback(call) ? unservedCallback() : { ...bucketOf(call), kind }),
  run: (core, input, { context }) => core.documents.remove(context, input),
  reply: () => empty(204),
});

/** Of the policy alone; without one nothing is public by it. */
export const GetBucketPolicyStatus = ossOperation({
  name: "GetBucketPolicyStatus",
  docs: page("getbucketpolicystatus"),
  route: { method: "GET", target: "bucket", select: ["policyStatus"] },
  access: { action: "oss:GetBucketPolicyStatus", capability: "bucket.own" },
  input: (call) => ({ ...bucketOf(call), kind }),
  run: (core, input, { context }) => core.documents.get(context, input),
  reply: (kept) => document("PolicyStatus", xmlText("IsPublic", kept !== undefined && isPublicPolicy(kept.model))),
});
