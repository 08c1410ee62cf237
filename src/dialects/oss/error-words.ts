/** The longer of OSS's words for domain errors (errors.ts): what depends on more than one field of them. */
import type { Blockers, DomainErrors } from "../../core/errors.ts";
import type { VendorAnswer } from "../error-table.ts";

export const noSuchUploadEc = new Map([
  ["UploadPart", "0042-00000104"],
  ["UploadPartCopy", "0042-00000311"],
  ["AbortMultipartUpload", "0042-00000002"],
]);

export const unavailable = (retryAfterS: number): VendorAnswer => ({
  status: 503,
  code: "ServiceUnavailable",
  message: "Please reduce your request rate.",
  headers: ["Retry-After", String(retryAfterS)],
});

const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`;

/** What there is of everything in the way. Deviation, 2026-11-21: an element of our own, the vendor gives no counts. */
function blockersText(b: Blockers): string {
  const counts = [
    b.objects > 0 ? counted(b.objects, "object") : "",
    b.versions > 0 ? counted(b.versions, "noncurrent version") : "",
    b.markers > 0 ? counted(b.markers, "delete marker") : "",
    b.uploads > 0 ? counted(b.uploads, "multipart upload") : "",
    b.channels > 0 ? counted(b.channels, "live channel") : "",
    b.points ? counted(b.points, "access point") : "",
  ].filter((part) => part !== "");
  return counts.join(", ");
}

function notEmptySentence(b: Blockers): string {
  if (b.objects > 0) return "The bucket has objects. Please delete them first.";
  if (b.versions > 0 || b.markers > 0) return "The bucket has object versions or delete markers. Please delete them first.";
  if (b.uploads > 0) return "The bucket has Multipart Uploads. Please abort them first.";
  if (b.channels > 0) return "The bucket has live channels. Please delete them first.";
  if (b.points) return "The bucket has access points. Please delete them first.";
  return "The bucket you tried to delete is not empty.";
}

export function notEmpty(bucket: string, b: Blockers): VendorAnswer {
  const elements: [string, string][] = [["BucketName", bucket]];
  const counts = blockersText(b);
  if (counts !== "") elements.push(["Blockers", counts]);
  if (b.exampleKey !== undefined) elements.push(["Key", b.exampleKey]);
  if (b.exampleUpload) elements.push(["UploadKey", b.exampleUpload.key], ["UploadId", b.exampleUpload.uploadId]);
  return { status: 409, code: "BucketNotEmpty", message: notEmptySentence(b), ec: "0015-00000301", elements };
}

export const versionHeaders = (versionId: string): string[] => ["x-oss-delete-marker", "true", "x-oss-version-id", versionId];

export const logTargetWords = {
  missing: "The target bucket for logging does not exist.",
  owner: "The owner for the bucket to be logged and the target bucket must be the same.",
  region: "The target bucket for logging is in another region.",
  permission: "The target bucket does not let the logs in.",
  acls: "The ACLs of the target bucket are disabled.",
  lock: "The target bucket for logging has a default retention.",
  payer: "The target bucket for logging lets its requesters pay.",
} as const;
export const wormAnswers: Record<DomainErrors["bucketRetention"]["why"], VendorAnswer> = {
  missing: { status: 404, code: "NoSuchWORMConfiguration", message: "The WORM Configuration does not exist." },
  exists: { status: 409, code: "WORMConfigurationAlreadyExists", message: "The WORM Configuration already exists." },
  sealed: { status: 403, code: "WORMConfigurationLocked", message: "The WORM Configuration is already locked." },
  unsealed: { status: 400, code: "InvalidWORMConfiguration", message: "The WORM Configuration is not locked yet." },
  shorter: { status: 400, code: "InvalidWORMConfiguration", message: "The retention period can only be extended." },
};

/** ECs by which policy denied: the user's own, the bucket's, both. */
export function deniedByPolicy(reason: string): VendorAnswer | undefined {
  if (!reason.startsWith("denied by ")) return undefined;
  const [ofBucket, ofUser] = [reason.includes("bucket policy: "), /(?:user|role) policy /.test(reason)];
  return { status: 403, code: "AccessDenied", message: "Access denied by bucket policy.", ec: `0003-0000020${ofBucket && ofUser ? 3 : ofUser ? 1 : 2}` };
}

/** https://www.alibabacloud.com/help/en/oss/developer-reference/putcname, and as its SDK suites assert it. */
export const hostAnswers = {
  unverified: {
    status: 403,
    code: "NeedVerifyDomainOwnership",
    message: "The ownership of the domain is not verified: its TXT record does not hold the token of CreateCnameToken.",
    ec: "0018-00000115",
  },
  tokenMissing: { status: 404, code: "CnameTokenNotFound", message: "The CNAME token does not exist or has expired." },
  taken: { status: 409, code: "CnameAlreadyExists", message: "The domain is bound to another bucket." },
  tooMany: { status: 400, code: "TooManyCname", message: "The bucket has as many domains as it can have." },
  certificate: { status: 409, code: "CertificateNotMatch", message: "The certificate in force is not PreviousCertId." },
} as const;

/** https://www.alibabacloud.com/help/en/oss/developer-reference/createaccesspoint */
export const pointAnswers = {
  missing: { status: 404, code: "NoSuchAccessPoint", message: "The specified access point does not exist." },
  exists: { status: 409, code: "AccessPointAlreadyExist", message: "The account has an access point of this name already." },
  tooMany: { status: 400, code: "TooManyAccessPoints", message: "The bucket has as many access points as it can have." },
} as const;
