import { isPublicAcl } from "../../../core/access/acl.ts";
import { aclInForce } from "../../../core/access/ownership.ts";
import { isPublicPolicy } from "../../../core/access/policy/public.ts";
import type { ConfigDocument } from "../../../core/model.ts";
import { xmlText } from "../../../lib/xml.ts";
import { operation } from "../../operation.ts";
import { missing } from "../documents/configuration.ts";
import { documentReply, emptyReply } from "../documents/render.ts";
import type { S3Settings } from "../flavour.ts";
import { bucketOf } from "../parse/query.ts";
import { parsePolicy, policyLimits } from "../policy/parse.ts";
import { renderPolicy } from "../policy/render.ts";

const absent = { code: "NoSuchBucketPolicy", message: "The bucket policy does not exist" };
/** Flavours of this dialect write the same grammar. */
const sameGrammar: readonly string[] = ["s3", "hcp"];

/** As it was written, to the byte; another vendor's, in this grammar. */
export const GetBucketPolicy = operation<S3Settings, void, ConfigDocument<"policy"> | undefined>({
  name: "GetBucketPolicy",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html",
  route: { method: "GET", target: "bucket", select: ["policy"] },
  access: { action: "s3:GetBucketPolicy", capability: "bucket.own" },
  input: () => undefined,
  run: (core, _, call) => core.documents.get(call.context, { ...bucketOf(call), kind: "policy" }),
  reply: (document, call) => {
    if (document === undefined) return missing(call, absent);
    return { status: 200, headers: ["content-type", "application/json"], body: sameGrammar.includes(document.writer) ? document.raw : renderPolicy(document.model) };
  },
});

/** Judged whole before anything is stored; a public one is refused where the bucket's public access block says so. */
export const PutBucketPolicy = operation<S3Settings, ConfigDocument<"policy">, void>({
  name: "PutBucketPolicy",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html",
  route: { method: "PUT", target: "bucket", select: ["policy"] },
  access: { action: "s3:PutBucketPolicy", capability: "bucket.own" },
  // A little more than is taken, so that what is too long is refused in the policy's own words.
  body: { document: policyLimits.bytesMax * 4 },
  input: (call) => ({
    model: parsePolicy(call.document, { bucket: bucketOf(call).bucket }),
    writer: call.settings.flavour.name,
    raw: Buffer.from(call.document).toString("utf8"),
  }),
  run: (core, document, call) => core.documents.put(call.context, { ...bucketOf(call), kind: "policy", document }),
  reply: () => emptyReply(204),
});

export const DeleteBucketPolicy = operation<S3Settings, void, void>({
  name: "DeleteBucketPolicy",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html",
  route: { method: "DELETE", target: "bucket", select: ["policy"] },
  access: { action: "s3:DeleteBucketPolicy", capability: "bucket.own" },
  input: () => undefined,
  run: (core, _, call) => core.documents.remove(call.context, { ...bucketOf(call), kind: "policy" }),
  reply: () => emptyReply(204),
});

/** Public by its policy or by its ACL. Without a policy the ACL alone answers, where the vendor says NoSuchBucketPolicy (2026-11: Ceph's suite asks so). */
export const GetBucketPolicyStatus = operation<S3Settings, void, boolean>({
  name: "GetBucketPolicyStatus",
  docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicyStatus.html",
  route: { method: "GET", target: "bucket", select: ["policyStatus"] },
  access: { action: "s3:GetBucketPolicyStatus", capability: "bucket.own" },
  input: () => undefined,
  run: async (core, _, call) => {
    const { state } = await core.buckets.get(call.context, bucketOf(call));
    if (isPublicAcl(aclInForce(state, state.acl))) return true;
    const policy = state.policy ? await core.documents.get(call.context, { ...bucketOf(call), kind: "policy" }) : undefined;
    return policy !== undefined && isPublicPolicy(policy.model);
  },
  reply: (isPublic, call) => documentReply(call, "PolicyStatus", xmlText("IsPublic", isPublic)),
});
