/**
 * Domain errors in OSS's words. Messages and ECs: facts from the vendor's troubleshooting pages and from what its SDK suites assert; where the
 * same code has one EC per operation, the operation's name decides.
 */
import { refererReason } from "../../core/buckets/referer.ts";
import type { DomainErrors, ErrorKind } from "../../core/errors.ts";
import { httpDate } from "../../lib/time.ts";
import { answerFor, type ErrorTable, type VendorAnswer } from "../error-table.ts";
import { deniedByPolicy, hostAnswers, logTargetWords, noSuchUploadEc, notEmpty, pointAnswers, unavailable, versionHeaders, wormAnswers } from "./error-words.ts";
import { invalidBucketName, isBucketName } from "./names.ts";
import { queryAnswer } from "./query-faults.ts";

export const ossErrors = {
  // The reason of the evaluation is for the log, not for whoever asks; but where a page stands is no secret.
  accessDenied: ({ reason }) => {
    if (reason === refererReason) return { status: 403, code: "AccessDenied", message: "You are denied by bucket referer policy." };
    return deniedByPolicy(reason) ?? { status: 403, code: "AccessDenied", message: "You have no right to access this object because of bucket acl.", ec: "0003-00000001" };
  },
  // A name that this vendor never allows cannot be missing either: it is wrong. One that exists through another dialect never gets here.
  bucketMissing: ({ bucket }) =>
    isBucketName(bucket)
      ? { status: 404, code: "NoSuchBucket", message: "The specified bucket does not exist.", ec: "0015-00000101", elements: [["BucketName", bucket]] }
      : invalidBucketName(bucket),
  bucketTaken: ({ bucket }) => ({
    status: 409,
    code: "BucketAlreadyExists",
    message: "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.",
    ec: "0015-00000104",
    elements: [["BucketName", bucket]],
  }),
  bucketOwned: ({ bucket }) => ({
    status: 409,
    code: "BucketAlreadyExists",
    message: "The bucket you tried to create already exists, and you own it.",
    ec: "0015-00000104",
    elements: [["BucketName", bucket]],
  }),
  bucketNotEmpty: ({ bucket, blockers }) => notEmpty(bucket, blockers),
  tooManyBuckets: ({ limit }) => ({ status: 400, code: "TooManyBuckets", message: `You have attempted to create more buckets than allowed: ${limit}.` }),
  tooManyConfigurations: ({ limit }) => ({ status: 400, code: "TooManyConfigurations", message: `The bucket has ${limit} configurations of this kind, which is all it can have.` }),
  keyMissing: ({ key }) => ({ status: 404, code: "NoSuchKey", message: "The specified key does not exist.", ec: "0026-00000001", elements: [["Key", key]] }),
  versionMissing: ({ key, versionId }) => ({
    status: 404,
    code: "NoSuchVersion",
    message: "The specified version does not exist.",
    elements: [
      ["Key", key],
      ["VersionId", versionId],
    ],
  }),
  versionIsMarker: ({ key, versionId, current }) =>
    current
      ? { status: 404, code: "NoSuchKey", message: "The specified key does not exist.", ec: "0026-00000001", headers: versionHeaders(versionId), elements: [["Key", key]] }
      : {
          status: 405,
          code: "MethodNotAllowed",
          message: "The specified method is not allowed against this resource.",
          ec: "0003-00000016",
          headers: versionHeaders(versionId),
          elements: [
            ["Method", "GET"],
            ["ResourceType", "DeleteMarker"],
            ["VersionId", versionId],
          ],
        },
  uploadMissing: ({ uploadId }, operation) => {
    const ec = noSuchUploadEc.get(operation ?? "");
    return {
      status: 404,
      code: "NoSuchUpload",
      message: "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
      ...(ec === undefined ? {} : { ec }),
      elements: [["UploadId", uploadId]],
    };
  },
  partMissing: ({ partNumber, etag, uploadId }) => ({
    status: 400,
    code: "InvalidPart",
    message: "One or more of the specified parts could not be found or the specified entity tag might not have matched the part's entity tag.",
    elements: [
      ["UploadId", uploadId],
      ["PartNumber", String(partNumber)],
      ["ETag", etag.toUpperCase()],
    ],
  }),
  partOrder: ({ uploadId }) => ({
    status: 400,
    code: "InvalidPartOrder",
    message: "The list of parts was not in ascending order. The parts list must be specified in order by part number.",
    elements: [["UploadId", uploadId]],
  }),
  partTooSmall: ({ partNumber, size, minimum, etag }) => ({
    status: 400,
    code: "EntityTooSmall",
    message: "Your proposed upload smaller than the minimum allowed size.",
    elements: [
      ["PartNumber", String(partNumber)],
      ["ETag", etag.toUpperCase()],
      ["MinSizeAllowed", String(minimum)],
      ["ProposedSize", String(size)],
    ],
  }),
  entityTooLarge: ({ size, limit }) => ({
    status: 400,
    code: "EntityTooLarge",
    message: "Your proposed upload exceeds the maximum allowed size.",
    elements: [
      ["MaxSizeAllowed", String(limit)],
      ["ProposedSize", String(size)],
    ],
  }),
  // A copy from a source that is as its asker knows it is answered like a read of one (2026-11-28: ali-oss's tests want it).
  preconditionFailed: ({ condition, of }) =>
    of === "source" && (condition === "If-None-Match" || condition === "If-Modified-Since")
      ? { status: 304, code: "NotModified", message: "" }
      : {
          status: 412,
          code: "PreconditionFailed",
          message: "At least one of the pre-conditions you specified did not hold.",
          elements: [["Condition", condition]],
        },
  notModified: ({ etag, modifiedMs, versionId }) => ({
    status: 304,
    code: "NotModified",
    message: "",
    headers: ["ETag", `"${etag.toUpperCase()}"`, "Last-Modified", httpDate(modifiedMs), ...(versionId === undefined ? [] : ["x-oss-version-id", versionId])],
  }),
  objectExists: ({ key }) => ({
    status: 409,
    code: "FileAlreadyExists",
    message: "The object you specified already exists and can not be overwritten.",
    elements: [["Key", key]],
  }),
  rangeUnsatisfiable: ({ range, size }) => ({
    status: 416,
    code: "InvalidRange",
    message: "The requested range cannot be satisfied.",
    headers: ["Content-Range", `bytes */${size}`],
    elements: [
      ["ActualObjectSize", String(size)],
      ["RangeRequested", range],
    ],
  }),
  digestMismatch: ({ algorithm, expected, actual }) =>
    algorithm === "crc64"
      ? {
          status: 400,
          code: "InvalidCRC64",
          message: "The CRC64 you specified did not match what we received.",
          elements: [
            ["ClientComputedCRC64", expected],
            ["ServerComputedCRC64", actual],
          ],
        }
      : {
          status: 400,
          code: "InvalidDigest",
          message: `The ${algorithm === "md5" ? "Content-MD5" : algorithm} you specified did not match what we received.`,
          elements: [
            ["ExpectedDigest", expected],
            ["CalculatedDigest", actual],
          ],
        },
  uploadSize: ({ claimed, actual }) => ({ status: 400, code: "InvalidRequest", message: `The parts of the upload have ${actual} bytes, not ${claimed}.` }),
  bodyLength: ({ expected, received }) => ({
    status: 400,
    code: "IncompleteBody",
    message: "The number of bytes specified by the Content-Length HTTP header was not received.",
    elements: [
      ["ExpectedLength", String(expected)],
      ["ReceivedLength", String(received)],
    ],
  }),
  invalidArgument: ({ argument, value, why }) => ({
    status: 400,
    code: "InvalidArgument",
    message: why,
    elements: [
      ["ArgumentName", argument],
      ["ArgumentValue", value],
    ],
  }),
  copyOntoItself: () => ({
    status: 400,
    code: "InvalidRequest",
    message: "This copy request is illegal because it is trying to copy an object to itself without changing anything.",
  }),
  appendOffset: ({ size }) => ({
    status: 409,
    code: "PositionNotEqualToLength",
    message: "Position is not equal to file length",
    headers: ["x-oss-next-append-position", String(size)],
  }),
  notAppendable: { status: 409, code: "ObjectNotAppendable", message: "The object is not appendable" },
  encryptionMismatch: { status: 400, code: "InvalidArgument", message: "The object is encrypted in another way than the request asks for." },
  tooManyAppends: ({ limit }) => ({ status: 409, code: "InvalidObjectState", message: `The object has been appended to ${limit} times, which is as often as it can be.` }),
  tokenReused: { status: 400, code: "InvalidRequest", message: "The token stood for another request before." },
  // This vendor has no word for buckets without ACLs, which only other dialects make.
  aclsDisabled: ({ bucket }) => ({
    status: 400,
    code: "InvalidRequest",
    message: "The ACLs of this bucket are disabled by its ownership controls.",
    elements: [["BucketName", bucket]],
  }),
  aclsInUse: ({ bucket }) => ({ status: 400, code: "InvalidRequest", message: "The bucket has an ACL that grants access to others.", elements: [["BucketName", bucket]] }),
  tagsInvalid: ({ why, name }) => ({ status: 400, code: "InvalidTag", message: why, ...(name === undefined ? {} : { elements: [["TagKey", name]] }) }),
  bucketRetention: ({ bucket, why }) => ({ ...wormAnswers[why], elements: [["BucketName", bucket]] }),
  // OSS has no annotations: it copies and removes those that S3 made, and never asks for one.
  annotationMissing: { status: 404, code: "NoSuchKey", message: "The object has no such annotation." },
  annotationInvalid: { status: 400, code: "InvalidArgument", message: "No annotation can be so." },
  tooManyAnnotations: { status: 400, code: "InvalidArgument", message: "The object has as many annotations as it can have." },
  versionLocked: ({ key }) => ({
    status: 409,
    code: "FileImmutable",
    message: "The object you specified is immutable.",
    elements: [["Key", key]],
  }),
  hostRefused: ({ host, why }) => ({ ...hostAnswers[why], elements: [["Cname", host]] }),
  capacityExceeded: { status: 403, code: "QuotaExceeded", message: "The bucket holds as much as its storage capacity allows." },
  pointRefused: ({ point, why }) => ({ ...pointAnswers[why], elements: [["AccessPoint", point]] }),
  inventoryTargetInvalid: ({ target, why }) => ({
    status: 400,
    code: "InvalidArgument",
    message: why === "missing" ? "The destination bucket does not exist." : "The destination bucket must have the owner and the region of the bucket that is inventoried.",
    elements: [
      ["ArgumentName", "Bucket"],
      ["ArgumentValue", target],
    ],
  }),
  logTargetInvalid: ({ target, why }) => ({
    status: 400,
    code: "InvalidTargetBucketForLogging",
    message: logTargetWords[why],
    ...(why === "missing" ? { ec: "0032-00000008" } : {}),
    elements: [["TargetBucket", target]],
  }),
  lockMissing: { status: 400, code: "InvalidRequest", message: "The bucket has no object lock." },
  lockNeedsVersioning: { status: 409, code: "InvalidBucketState", message: "The bucket's objects may be locked, so its versioning cannot be suspended." },
  // Deviation, 2026-11-28: OSS has no keys of customers; an object that S3 wrote with one can be read through S3 alone.
  customerKeyMissing: { status: 400, code: "InvalidRequest", message: "The object is encrypted with a key that its writer keeps. It cannot be read through this API." },
  customerKeyUnused: { status: 400, code: "InvalidRequest", message: "The encryption parameters are not applicable to this object." },
  customerKeyWrong: { status: 403, code: "AccessDenied", message: "The encryption key is not the one the object was stored with." },
  customerKeyBlocked: { status: 403, code: "AccessDenied", message: "The bucket takes no objects under keys that their writers keep." },
  encryptionFixed: { status: 400, code: "InvalidRequest", message: "The encryption of this object cannot be changed." },
  encryptionKeyMissing: ({ keyName }) => ({ status: 404, code: "KmsKeyNotExist", message: `The KMS key ${keyName} does not exist.` }),
  encryptionKeyDisabled: ({ keyId }) => ({ status: 403, code: "KmsKeyNotEnabled", message: `The KMS key ${keyId} is not enabled.` }),
  queryFault: ({ fault, why }) => queryAnswer(fault, why),
  notSupported: ({ what }) => ({ status: 501, code: "NotImplemented", message: `This server does not serve "${what}".`, elements: [["Operation", what]] }),
  conflict: ({ what }, operation) =>
    operation === "PutBucketInventory"
      ? { status: 409, code: "InventoryAlreadyExist", message: "An inventory configuration of this id already exists." }
      : { status: 409, code: "OperationConflict", message: `A conflicting operation is in progress: ${what}.` },
  objectArchived: { status: 403, code: "InvalidObjectState", message: "The operation is not valid for the object's state", ec: "0026-00000601" },
  notArchived: { status: 400, code: "OperationNotSupported", message: "The operation is not supported for this resource", ec: "0016-00000702" },
  restoreOngoing: (_, operation) =>
    operation === "CleanRestoredObject"
      ? { status: 409, code: "ArchiveRestoreNotFinished", message: "The archive file's restore is not finished.", ec: "0016-00000719" }
      : { status: 409, code: "RestoreAlreadyInProgress", message: "The restore operation is in progress.", ec: "0016-00000701" },
  linkTargetMissing: ({ target }) => ({ status: 404, code: "SymlinkTargetNotExist", message: "The symlink target object does not exist", elements: [["Key", target]] }),
  linkToLink: ({ target }) => ({ status: 400, code: "InvalidTargetType", message: "The symlink's target object type is invalid", elements: [["Key", target]] }),
  channelMissing: ({ channel }) => ({ status: 404, code: "NoSuchLiveChannel", message: "The specified live channel does not exist.", elements: [["Channel", channel]] }),
  segmentsMissing: ({ channel }) => ({
    status: 400,
    code: "InvalidArgument",
    message: "No ts file found in specified time span.",
    ec: "0044-00000308",
    elements: [["Channel", channel]],
  }),
  trashMissing: ({ generation }) => ({ status: 404, code: "NoSuchTrash", message: `There is nothing of generation ${generation} in the trash.` }),
  jobMissing: ({ job }) => ({ status: 404, code: "NoSuchJob", message: `There is no job ${job}.` }),
  accountMissing: ({ name }) => ({ status: 404, code: "NoSuchUser", message: "The specified user does not exist.", elements: [["UserName", name]] }),
  nameTaken: ({ what, name }) => ({ status: 409, code: "ObjectAlreadyExists", message: `The ${what} exists already.`, elements: [["Name", name]] }),
  diskFull: () => ({
    status: 503,
    code: "ServiceUnavailable",
    message: "The disk of this server is full: objects can be read and deleted, not written.",
    headers: ["Retry-After", "30"],
  }),
  overloaded: ({ retryAfterS }) => unavailable(retryAfterS),
  draining: ({ retryAfterS }) => unavailable(retryAfterS),
} satisfies ErrorTable;

/** The row of a domain error, filled in. `operation`: the vendor's name, where the same error has one EC per operation. */
export function ossAnswer<K extends ErrorKind>(kind: K, detail: DomainErrors[K], operation: string | undefined): VendorAnswer {
  return answerFor(ossErrors, kind, detail, operation);
}
