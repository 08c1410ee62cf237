/** What the core refuses, for the admin API: the kind is the code, in JSON. */
import type { ErrorKind } from "../../core/errors.ts";
import { isDomainError } from "../../core/errors.ts";
import { StoreOutcomeUnknown, StoreRefused } from "../../core/ports.ts";
import { isAuthFailure } from "../signing-failure.ts";
import type { Reply } from "../wire.ts";
import { AdminError } from "./admin-operation.ts";

/** A status for every domain error, or it does not compile. */
export const adminStatuses = {
  accessDenied: 403,
  bucketMissing: 404,
  bucketTaken: 409,
  bucketOwned: 409,
  bucketNotEmpty: 409,
  tooManyBuckets: 409,
  tooManyConfigurations: 409,
  keyMissing: 404,
  versionMissing: 404,
  versionIsMarker: 404,
  uploadMissing: 404,
  aclsDisabled: 400,
  aclsInUse: 400,
  tagsInvalid: 400,
  annotationMissing: 404,
  annotationInvalid: 400,
  tooManyAnnotations: 400,
  partMissing: 400,
  partOrder: 400,
  partTooSmall: 400,
  entityTooLarge: 413,
  preconditionFailed: 412,
  notModified: 304,
  objectExists: 409,
  rangeUnsatisfiable: 416,
  digestMismatch: 400,
  uploadSize: 400,
  bodyLength: 400,
  invalidArgument: 400,
  copyOntoItself: 400,
  appendOffset: 409,
  notAppendable: 409,
  tooManyAppends: 409,
  encryptionMismatch: 400,
  tokenReused: 400,
  versionLocked: 409,
  bucketRetention: 409,
  lockMissing: 400,
  hostRefused: 409,
  inventoryTargetInvalid: 400,
  pointRefused: 409,
  capacityExceeded: 409,
  logTargetInvalid: 400,
  lockNeedsVersioning: 409,
  customerKeyMissing: 400,
  customerKeyUnused: 400,
  customerKeyWrong: 403,
  customerKeyBlocked: 403,
  encryptionFixed: 400,
  encryptionKeyMissing: 404,
  encryptionKeyDisabled: 409,
  queryFault: 400,
  notSupported: 501,
  conflict: 409,
  accountMissing: 404,
  objectArchived: 409,
  notArchived: 400,
  restoreOngoing: 409,
  linkTargetMissing: 404,
  linkToLink: 400,
  channelMissing: 404,
  segmentsMissing: 400,
  jobMissing: 404,
  trashMissing: 404,
  nameTaken: 409,
  diskFull: 507,
  overloaded: 503,
  draining: 503,
} as const satisfies Record<ErrorKind, number>;

export function jsonReply(status: number, json: unknown, headers: string[] = []): Reply {
  return { status, headers: ["Content-Type", "application/json", "Cache-Control", "no-store", ...headers], body: `${JSON.stringify(json)}\n` };
}
export function errorReply(status: number, kind: string, message: string, detail?: unknown): Reply {
  return { ...jsonReply(status, { error: kind, message, ...(detail === undefined ? {} : { detail }) }), errorCode: kind };
}

/** undefined: a defect of ours. */
export function replyToError(error: unknown): Reply | undefined {
  if (error instanceof AdminError) return errorReply(error.status, error.kind, error.message);
  // why a signature failed is told in S3's words to S3 clients; here the kind is enough
  if (isAuthFailure(error)) return errorReply(403, "notAuthenticated", `the signature was refused: ${error.kind}`);
  if (isDomainError(error)) return errorReply(adminStatuses[error.kind], error.kind, wordsOf(error.kind, error.detail), error.detail);
  if (error instanceof StoreRefused || error instanceof StoreOutcomeUnknown) return { ...errorReply(503, "unavailable", "the store does not take this now"), close: true };
  return undefined;
}

function wordsOf(kind: ErrorKind, detail: unknown): string {
  const fields = Object.entries((detail ?? {}) as Record<string, unknown>)
    .filter(([, value]) => typeof value === "string" || typeof value === "number")
    .map(([name, value]) => `${name} ${String(value)}`);
  const words = kind.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return fields.length === 0 ? words : `${words}: ${fields.join(", ")}`;
}
