/** HCP's words: S3's with the rows that differ. https://docs.hitachivantara.com (HCP 9.7, "S3 compatible API error codes"). */
import type { ErrorTable, VendorAnswer } from "../error-table.ts";
import { blockersText, s3Errors } from "../s3/errors.ts";

/** There is no SlowDown here; a growing delay between attempts is what the manual asks for. */
const unavailable = (message: string, retryAfterS: number): VendorAnswer => ({ status: 503, code: "ServiceUnavailable", message, headers: ["retry-after", String(retryAfterS)] });
const retryText = "The server is temporarily unable to handle the request. Try again, gradually increasing the delay between attempts.";

export const hcpErrors = {
  ...s3Errors,
  // A name of one's own again is created quietly; the code stands in the manual's table under 200.
  bucketOwned: ({ bucket }) => ({ status: 200, code: "BucketAlreadyOwnedByYou", message: `You already own the bucket ${bucket}.` }),
  bucketNotEmpty: ({ blockers }) => ({ status: 409, code: "BucketNotEmpty", message: `The specified bucket is not empty (${blockersText(blockers)}).` }),
  tooManyBuckets: ({ limit }) => ({ status: 400, code: "InvalidRequest", message: `You have reached the maximum number of buckets (${limit}).` }),
  tooManyConfigurations: ({ limit }) => ({ status: 400, code: "InvalidRequest", message: `You have reached the maximum number of configurations (${limit}).` }),
  versionMissing: ({ key }) => ({ status: 404, code: "NoSuchKey", message: "The specified key does not exist.", elements: [["Key", key]] }),
  versionIsMarker: ({ key, versionId }) => ({
    status: 404,
    code: "NoSuchKey",
    message: "The specified key does not exist.",
    elements: [["Key", key]],
    headers: ["x-amz-delete-marker", "true", "x-amz-version-id", versionId],
  }),
  objectExists: () => ({ status: 409, code: "OperationAborted", message: "An object with this name exists and versioning is off for the bucket." }),
  // A delete is told from everything else that would remove the version (HCP 9.7: put and copy onto it are 403).
  versionLocked: ({ key, among }, operation) => {
    const message = among === undefined ? "The object is under retention or on hold." : `The object ${key} is under retention or on hold.`;
    return operation === "DeleteObject" || operation === "DeleteObjects" || among !== undefined
      ? { status: 409, code: "OperationAborted", message }
      : { status: 403, code: "AccessDenied", message };
  },
  conflict: { status: 409, code: "OperationAborted", message: "A conflicting operation is in progress against this resource. Try again." },
  diskFull: ({ freeBytes }) => ({ status: 413, code: "OutOfSpace", message: `There is not enough space left (${freeBytes} bytes free). Reading and deleting go on.` }),
  overloaded: ({ retryAfterS }) => unavailable(retryText, retryAfterS),
  draining: ({ retryAfterS }) => unavailable(retryText, retryAfterS),
} satisfies ErrorTable;
