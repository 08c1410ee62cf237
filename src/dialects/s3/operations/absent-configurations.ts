/**
 * Reads of settings that no bucket can have yet: what a bucket without the setting answers is the truth. Their PUT and DELETE are not declared
 * and answer NotImplemented by name; with the first of those, its read moves to a file of its own.
 */
import type { BucketInfo, Core } from "../../../core/api.ts";
import { xmlElement, xmlText } from "../../../lib/xml.ts";
import { VendorError } from "../../error-table.ts";
import { operation } from "../../operation.ts";
import { documentReply } from "../documents/render.ts";
import type { S3Call, S3Settings } from "../flavour.ts";
import { bucketOf, objectOf, versionOf } from "../parse/query.ts";
import { invalidRequest } from "../refusals.ts";

const docs = (name: string): string => `https://docs.aws.amazon.com/AmazonS3/latest/API/API_${name}.html`;

function bucketRead(name: string, select: string, reply: (info: BucketInfo, call: S3Call) => ReturnType<typeof documentReply>, action = `s3:${name}`) {
  return operation<S3Settings, void, BucketInfo>({
    name,
    docs: docs(name),
    route: { method: "GET", target: "bucket", select: [select] },
    access: { action, capability: "bucket.own" },
    input: () => undefined,
    run: (core, _, call) => core.buckets.get(call.context, bucketOf(call)),
    reply,
  });
}

const absent = (name: string, select: string, code: string, message: string) =>
  bucketRead(name, select, ({ state }) => {
    throw new VendorError({ status: 404, code, message, elements: [["BucketName", state.name]] });
  });

const standing = (name: string, select: string, root: string, content = "") => bucketRead(name, select, (_, call) => documentReply(call, root, content));

export const GetBucketPolicy = absent("GetBucketPolicy", "policy", "NoSuchBucketPolicy", "The bucket policy does not exist");
export const GetBucketTagging = absent("GetBucketTagging", "tagging", "NoSuchTagSet", "The TagSet does not exist");
export const GetBucketCors = absent("GetBucketCors", "cors", "NoSuchCORSConfiguration", "The CORS configuration does not exist");
export const GetBucketLifecycleConfiguration = absent("GetBucketLifecycleConfiguration", "lifecycle", "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist");
export const GetBucketEncryption = absent(
  "GetBucketEncryption",
  "encryption",
  "ServerSideEncryptionConfigurationNotFoundError",
  "The server side encryption configuration was not found",
);
export const GetBucketWebsite = absent("GetBucketWebsite", "website", "NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration");
export const GetBucketReplication = absent("GetBucketReplication", "replication", "ReplicationConfigurationNotFoundError", "The replication configuration was not found");
export const GetObjectLockConfiguration = absent(
  "GetObjectLockConfiguration",
  "object-lock",
  "ObjectLockConfigurationNotFoundError",
  "Object Lock configuration does not exist for this bucket",
);
export const GetBucketOwnershipControls = absent(
  "GetBucketOwnershipControls",
  "ownershipControls",
  "OwnershipControlsNotFoundError",
  "The bucket ownership controls were not found",
);
export const GetPublicAccessBlock = absent(
  "GetPublicAccessBlock",
  "publicAccessBlock",
  "NoSuchPublicAccessBlockConfiguration",
  "The public access block configuration was not found",
);

export const GetBucketAccelerateConfiguration = standing("GetBucketAccelerateConfiguration", "accelerate", "AccelerateConfiguration");
export const GetBucketLogging = standing("GetBucketLogging", "logging", "BucketLoggingStatus");
export const GetBucketNotificationConfiguration = standing("GetBucketNotificationConfiguration", "notification", "NotificationConfiguration");
export const GetBucketRequestPayment = standing("GetBucketRequestPayment", "requestPayment", "RequestPaymentConfiguration", xmlText("Payer", "BucketOwner"));

/** Public by its ACL, as long as there are no policies. */
export const GetBucketPolicyStatus = bucketRead("GetBucketPolicyStatus", "policyStatus", ({ state }, call) =>
  documentReply(call, "PolicyStatus", xmlText("IsPublic", state.acl === "publicRead" || state.acl === "publicReadWrite" || state.acl === "authenticatedRead")),
);

/** No object has tags yet. */
export const GetObjectTagging = operation<S3Settings, void, Awaited<ReturnType<Core["objects"]["head"]>>>({
  name: "GetObjectTagging",
  docs: docs("GetObjectTagging"),
  route: { method: "GET", target: "object", select: ["tagging"] },
  access: { action: "s3:GetObjectTagging", capability: "object.read" },
  input: () => undefined,
  run: (core, _, call) => core.objects.head(call.context, { ...objectOf(call), version: versionOf(call) }),
  reply: (_, call) => documentReply(call, "Tagging", xmlElement("TagSet", "")),
});

/** No bucket can have Object Lock yet, so no object can have a date or a hold. */
const lockRead = (name: string, select: string) =>
  operation<S3Settings, void, unknown>({
    name,
    docs: docs(name),
    route: { method: "GET", target: "object", select: [select] },
    access: { action: `s3:${name}`, capability: "object.read" },
    input: () => undefined,
    run: (core, _, call) => core.objects.head(call.context, { ...objectOf(call), version: versionOf(call) }),
    reply: () => invalidRequest("Bucket is missing Object Lock Configuration"),
  });
export const GetObjectRetention = lockRead("GetObjectRetention", "retention");
export const GetObjectLegalHold = lockRead("GetObjectLegalHold", "legal-hold");
