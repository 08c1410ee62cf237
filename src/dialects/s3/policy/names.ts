/**
 * The names of S3's policies and ours: condition keys, and which actions there are.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
 */

/** Condition keys (lower case) -> facts. Those behind `amphora:` say what only other vendors' policies do (docs/decisions/0015). */
const facts: Record<string, string> = {
  "aws:sourceip": "request.ip",
  "aws:securetransport": "request.secure",
  "aws:useragent": "request.agent",
  "aws:referer": "request.referer",
  "aws:currenttime": "time.now",
  "aws:epochtime": "time.seconds",
  "aws:username": "caller.user",
  "aws:userid": "caller.id",
  "aws:principaltype": "caller.kind",
  "amphora:bucketowner": "caller.isOwner",
  "amphora:accesskeyid": "caller.key",
  "aws:principalarn": "caller.principal",
  "aws:principalaccount": "caller.account",
  "aws:principalorgid": "caller.organization",
  "aws:sourcearn": "source.resource",
  "aws:sourceaccount": "source.account",
  "aws:sourceowner": "source.owner",
  "aws:sourcevpc": "source.network",
  "aws:sourcevpce": "source.endpoint",
  "s3:dataaccesspointarn": "accessPoint.name",
  "s3:dataaccesspointaccount": "accessPoint.account",
  "s3:resourceaccount": "bucket.account",
  "aws:resourceaccount": "bucket.account",
  "s3:prefix": "list.prefix",
  "s3:delimiter": "list.delimiter",
  "s3:max-keys": "list.limit",
  "s3:versionid": "object.versionId",
  "s3:locationconstraint": "request.region",
  "s3:signatureversion": "signature.version",
  "s3:signatureage": "signature.ageMs",
  "s3:authtype": "signature.place",
  "s3:tlsversion": "request.tlsVersion",
  "s3:requestobjecttagkeys": "request.tagKeys",
  "s3:object-lock-mode": "header.x-amz-object-lock-mode",
  "s3:object-lock-retain-until-date": "header.x-amz-object-lock-retain-until-date",
  "s3:object-lock-legal-hold": "header.x-amz-object-lock-legal-hold",
  "s3:object-lock-remaining-retention-days": "lock.remainingDays",
  "s3:if-match": "condition.ifMatch",
  "s3:if-none-match": "condition.ifNoneMatch",
  "s3:objectcreationoperation": "request.createsObject",
};
/** Keys that are a header's name behind `s3:`. */
const ofHeader =
  /^s3:(x-amz-(?:acl|grant-(?:read|write|read-acp|write-acp|full-control)|copy-source|metadata-directive|object-if-match|content-sha256|storage-class|website-redirect-location|object-ownership|server-side-encryption|server-side-encryption-aws-kms-key-id|server-side-encryption-customer-algorithm))$/;
/** Keys of what is not served, or tagged, here: they never have a value. */
const withoutValue =
  /^(aws:[a-z0-9]+(\/.+)?|s3:(buckettag|accesspointtag)\/.+|s3:(accessgrantsinstancearn|accesspointnetworkorigin|destinationregion|existingjoboperation|existingjobpriority|inventoryaccessibleoptionalfields|isreplicationpauserequest|jobsuspendedcause|requestjoboperation|requestjobpriority))$/;
const ofTag = /^s3:(existing|request)objecttag\/(.+)$/i;

/** The fact behind a condition key; undefined: no key of S3's. */
export function factOf(key: string): string | undefined {
  const tag = ofTag.exec(key);
  // The vendor's key is compared without regard to case, the tag's name is not.
  if (tag) return tag[1]?.toLowerCase() === "existing" ? `object.tag/${tag[2]}` : `request.tag/${tag[2]}`;
  const lower = key.toLowerCase();
  const known = facts[lower];
  if (known !== undefined && Object.hasOwn(facts, lower)) return known;
  const header = ofHeader.exec(lower)?.[1];
  if (header !== undefined) return `header.${header}`;
  return withoutValue.test(lower) ? `absent.${lower}` : undefined;
}

const keys = new Map(Object.entries(facts).map(([key, fact]) => [fact, key]));
/** The condition key of a fact. */
export function keyOf(fact: string): string {
  const known = keys.get(fact);
  if (known !== undefined) return known;
  if (fact.startsWith("header.")) return `s3:${fact.slice("header.".length)}`;
  if (fact.startsWith("object.tag/")) return `s3:ExistingObjectTag/${fact.slice("object.tag/".length)}`;
  if (fact.startsWith("request.tag/")) return `s3:RequestObjectTag/${fact.slice("request.tag/".length)}`;
  return fact.replace(/^absent\./, "");
}

const actions =
  `DeleteObjectAnnotation GetObjectAnnotation ListObjectAnnotations PutObjectAnnotation AbortMultipartUpload BypassGovernanceRetention CreateBucket DeleteBucket DeleteBucketOwnershipControls DeleteBucketPolicy DeleteBucketWebsite DeleteObject
DeleteObjectTagging DeleteObjectVersion DeleteObjectVersionTagging ForceDeleteBucket GetAccelerateConfiguration GetAnalyticsConfiguration GetBucketAcl GetBucketCORS GetBucketLocation GetBucketLogging
GetBucketNotification GetBucketObjectLockConfiguration GetBucketOwnershipControls GetBucketPolicy GetBucketPolicyStatus GetBucketPublicAccessBlock GetBucketRequestPayment
GetBucketTagging GetBucketVersioning GetBucketWebsite GetEncryptionConfiguration GetIntelligentTieringConfiguration GetInventoryConfiguration GetLifecycleConfiguration
GetMetricsConfiguration GetObject GetObjectAcl GetObjectAttributes GetObjectLegalHold GetObjectRetention GetObjectTagging GetObjectTorrent GetObjectVersion GetObjectVersionAcl
GetObjectVersionAttributes GetObjectVersionForReplication GetObjectVersionTagging GetObjectVersionTorrent GetReplicationConfiguration InitiateReplication ListAllMyBuckets ListBucket
ListBucketMultipartUploads ListBucketVersions ListMultipartUploadParts ObjectOwnerOverrideToBucketOwner PauseReplication PutAccelerateConfiguration PutAnalyticsConfiguration
PutBucketAcl PutBucketCORS PutBucketLogging PutBucketNotification PutBucketObjectLockConfiguration PutBucketOwnershipControls PutBucketPolicy PutBucketPublicAccessBlock
PutBucketRequestPayment PutBucketTagging PutBucketVersioning PutBucketWebsite PutEncryptionConfiguration PutIntelligentTieringConfiguration PutInventoryConfiguration
PutLifecycleConfiguration PutMetricsConfiguration PutObject PutObjectAcl PutObjectLegalHold PutObjectRetention PutObjectTagging PutObjectVersionAcl PutObjectVersionTagging
PutReplicationConfiguration ReplicateDelete ReplicateObject ReplicateTags RestoreObject`
    .split(/\s+/)
    .map((name) => name.toLowerCase());
/** Of S3's actions, in lower case. */
export const s3Actions: readonly string[] = actions;
