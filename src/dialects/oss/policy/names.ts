/**
 * The names of RAM policies and ours: condition keys, and which actions there are.
 * https://www.alibabacloud.com/help/en/oss/user-guide/authorization-syntax-and-elements
 */

/** Condition keys -> facts. The one behind `amphora:` says what a policy of another vendor's grammar does (docs/decisions/0015). */
const facts: readonly [key: string, fact: string][] = [
  ["acs:SourceIp", "request.ip"],
  ["acs:SecureTransport", "request.secure"],
  ["acs:UserAgent", "request.agent"],
  ["acs:Referer", "request.referer"],
  ["acs:CurrentTime", "time.now"],
  ["acs:AccessId", "caller.key"],
  ["acs:SourceVpc", "source.network"],
  ["acs:SourceVpce", "source.endpoint"],
  ["acs:MFAPresent", "absent.acs:mfapresent"],
  ["oss:Prefix", "list.prefix"],
  ["oss:Delimiter", "list.delimiter"],
  ["oss:x-oss-acl", "header.x-amz-acl"],
  ["oss:x-oss-object-acl", "header.x-amz-acl"],
  ["amphora:BucketOwner", "caller.isOwner"],
];
const byKey = new Map(facts.map(([key, fact]) => [key.toLowerCase(), fact]));
const byFact = new Map([...facts].reverse().map(([key, fact]) => [fact, key]));
const ofTag = /^oss:(existing|request)objecttag\/(.+)$/i;

/** The fact behind a condition key; undefined: no key of OSS's, or one that nothing here could judge. */
export function factOf(key: string): string | undefined {
  const tag = ofTag.exec(key);
  if (tag) return tag[1]?.toLowerCase() === "existing" ? `object.tag/${tag[2]}` : `request.tag/${tag[2]}`;
  return byKey.get(key.toLowerCase());
}
/** The condition key of a fact; undefined: OSS has none. */
export function keyOf(fact: string): string | undefined {
  if (fact.startsWith("object.tag/")) return `oss:ExistingObjectTag/${fact.slice("object.tag/".length)}`;
  if (fact.startsWith("request.tag/")) return `oss:RequestObjectTag/${fact.slice("request.tag/".length)}`;
  return byFact.get(fact);
}

/** Of OSS's actions: those that requests are here. */
export const ossActions = `AbortBucketWorm AbortMultipartUpload CompleteBucketWorm CopyObject DeleteBucket DeleteBucketCors DeleteBucketEncryption DeleteBucketInventory
DeleteBucketLifecycle DeleteBucketPolicy DeleteBucketPublicAccessBlock DeleteBucketTagging DeleteBucketWebsite DeleteObject DeleteObjectTagging DeleteObjectVersion
DeleteObjectVersionTagging ExtendBucketWorm ForceDeleteBucket GetBucketAcl GetBucketCors GetBucketEncryption GetBucketInfo GetBucketInventory GetBucketLifecycle GetBucketLocation GetBucketLogging
GetBucketPolicy GetBucketPolicyStatus GetBucketPublicAccessBlock GetBucketReferer GetBucketRequestPayment GetBucketStat GetBucketTagging GetBucketTransferAcceleration
GetBucketVersioning GetBucketWebsite GetBucketWorm GetObject GetObjectAcl GetObjectTagging GetObjectVersion GetObjectVersionAcl GetObjectVersionTagging InitiateBucketWorm
ListBucketInventory ListBuckets ListLiveChannel ListMultipartUploads ListObjectVersions ListObjects ListParts PutBucket PutBucketAcl PutBucketCors PutBucketEncryption
PutBucketInventory PutBucketLifecycle PutBucketLogging PutBucketPolicy PutBucketPublicAccessBlock PutBucketReferer PutBucketRequestPayment PutBucketTagging
PutBucketTransferAcceleration PutBucketVersioning PutBucketWebsite PutObject PutObjectAcl PutObjectTagging PutObjectVersionAcl PutObjectVersionTagging RestoreObject
RestoreObjectVersion`.split(/\s+/);
