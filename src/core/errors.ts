/**
 * Every way the rules can say no, once, with what a caller may be told. A dialect's table must have a row for each (`ErrorTable`), or it does
 * not compile. Code switches on `kind`, never on a message.
 */
import type { BucketName, ObjectKey, RetentionMode, StorageClass, UploadId } from "./model.ts";
import type { QueryFault } from "./query/faults.ts";

const payload = <T>(): T => undefined as T;

/** What keeps a bucket from being deleted; exact counts from the counters, examples from the ranges. */
export type Blockers = {
  objects: number;
  versions: number;
  markers: number;
  uploads: number;
  channels: number;
  /** Points of access. */
  points?: number;
  /** The first key in the way, and the oldest open upload. */
  exampleKey?: ObjectKey;
  exampleUpload?: { key: ObjectKey; uploadId: UploadId; initiatedMs: number };
};

/** `blocks`: is a delete refused where open uploads end with the bucket, and where they keep it. `locked`: the first version that nothing can remove yet. */
export type BlockersInFull = Blockers & {
  bytes: number;
  parts: number;
  partBytes: number;
  blocks: { openUploadsEnd: boolean; openUploadsRefuse: boolean };
  examples: { kind: "object" | "version" | "marker"; key: ObjectKey; sequence: number; isNull: boolean; modifiedMs: number; size: number }[];
  oldestUploads: { key: ObjectKey; uploadId: UploadId; initiatedMs: number }[];
  locked?: { key: ObjectKey; sequence: number; untilMs?: number };
};

export const domainErrors = {
  accessDenied: payload<{ reason: string }>(),
  bucketMissing: payload<{ bucket: BucketName | string }>(),
  /** Somebody else's. */
  bucketTaken: payload<{ bucket: BucketName }>(),
  /** The caller's own already, and this door says so. */
  bucketOwned: payload<{ bucket: BucketName }>(),
  bucketNotEmpty: payload<{ bucket: BucketName; blockers: Blockers }>(),
  tooManyBuckets: payload<{ limit: number }>(),
  /** Of one kind in a bucket. */
  tooManyConfigurations: payload<{ limit: number }>(),
  keyMissing: payload<{ key: ObjectKey }>(),
  versionMissing: payload<{ key: ObjectKey; versionId: string }>(),
  /** The version asked for, or the current one, is a delete marker. `current`: the request named no version. */
  versionIsMarker: payload<{ key: ObjectKey; versionId: string; sequence: number; current: boolean }>(),
  uploadMissing: payload<{ uploadId: string; key?: ObjectKey }>(),
  partMissing: payload<{ partNumber: number; etag: string; uploadId: UploadId }>(),
  partOrder: payload<{ uploadId: UploadId }>(),
  partTooSmall: payload<{ partNumber: number; size: number; minimum: number; etag: string }>(),
  entityTooLarge: payload<{ size: number; limit: number }>(),
  /** `of`: it was asked of the source of a copy or a rename, or of the object that an annotation is about. */
  preconditionFailed: payload<{ condition: string; of?: "source" | "object" }>(),
  /** A read whose conditions say the client's copy is good. Validators for the 304. */
  notModified: payload<{ etag: string; modifiedMs: number; versionId: string | undefined }>(),
  /** Put-if-absent found something (OSS forbid-overwrite, HCP without versioning). */
  objectExists: payload<{ key: ObjectKey }>(),
  rangeUnsatisfiable: payload<{ range: string; size: number }>(),
  digestMismatch: payload<{ algorithm: string; expected: string; actual: string }>(),
  /** The parts of an upload are not as many bytes as the caller says. */
  uploadSize: payload<{ claimed: number; actual: number }>(),
  /** The body ended early, or went on. */
  bodyLength: payload<{ expected: number; received: number }>(),
  /** A value that no dialect could take; `argument` is the vendor's name of it where a parser knows it. */
  invalidArgument: payload<{ argument: string; value: string; why: string }>(),
  /** Copying an object onto itself without changing anything. */
  copyOntoItself: payload<{ key: ObjectKey }>(),
  /** An append elsewhere than at the object's end. */
  appendOffset: payload<{ key: ObjectKey; offset: number; size: number }>(),
  notAppendable: payload<{ key: ObjectKey }>(),
  /** The object to be appended to is kept by another kind of key than the request asks for. */
  encryptionMismatch: payload<Record<string, never>>(),
  tooManyAppends: payload<{ key: ObjectKey; limit: number }>(),
  /** A token that stood for another request came again. */
  tokenReused: payload<{ token: string }>(),
  /** The bucket's ownership leaves no room for ACLs: none can be set. */
  aclsDisabled: payload<{ bucket: BucketName }>(),
  /** ACLs cannot be turned off, or left off, while the bucket's own ACL grants something to others. */
  aclsInUse: payload<{ bucket: BucketName }>(),
  /** `count` and `limit` when there are too many. */
  tagsInvalid: payload<{ why: string; name?: string; tooMany?: { count: number; limit: number } }>(),
  annotationMissing: payload<{ name: string }>(),
  /** What no annotation can be: too long a name, a name that is reserved or holds other characters, no text, too long a one, on what cannot have any. */
  annotationInvalid: payload<{ what: "nameTooLong" | "name" | "prefix" | "text" | "empty" | "tooLarge" | "customerKey"; value: string }>(),
  tooManyAnnotations: payload<{ limit: number }>(),
  /** Removing a version, or weakening its retention, while something holds it. `among`: it is one of many that were to be removed together. */
  versionLocked: payload<{ key: ObjectKey; versionId: string; by: "hold" | RetentionMode; untilMs: number | undefined; among?: true }>(),
  /** What a bucket's retention of everything cannot: there is none (of this name), there is one, it is sealed, or not yet, or would become shorter. */
  bucketRetention: payload<{ bucket: BucketName; why: "missing" | "exists" | "sealed" | "unsealed" | "shorter" }>(),
  /** A lock is asked for or about where the bucket has none. */
  lockMissing: payload<{ bucket: BucketName }>(),
  /** Locking goes with versioning enabled: it cannot be switched on without, nor versioning be suspended under it. */
  lockNeedsVersioning: payload<{ bucket: BucketName }>(),
  /** What is asked for is encrypted with a customer's key: without it, with one where there is none to be used, with another. */
  customerKeyMissing: payload<Record<string, never>>(),
  customerKeyUnused: payload<Record<string, never>>(),
  customerKeyWrong: payload<Record<string, never>>(),
  /** The bucket lets nothing new be written under a customer's key. */
  customerKeyBlocked: payload<Record<string, never>>(),
  /** The key of what is kept so cannot be exchanged for another. */
  encryptionFixed: payload<{ kept: "plain" | "customer" | "twice" }>(),
  /** No encryption key is called so. */
  encryptionKeyMissing: payload<{ keyName: string }>(),
  encryptionKeyDisabled: payload<{ keyId: string }>(),
  /** Logs cannot be written there: no such bucket, another's, one elsewhere; one that does not let the writer in, has ACLs off that are asked for, or keeps or charges for what is written. */
  logTargetInvalid: payload<{ target: string; why: "missing" | "owner" | "region" | "permission" | "acls" | "lock" | "payer" }>(),
  /** A host name that cannot stand for the bucket, or does not yet. `certificate`: another is there than was said. */
  hostRefused: payload<{ host: string; why: "unverified" | "tokenMissing" | "taken" | "tooMany" | "certificate" }>(),
  /** The bucket holds as much as it may. */
  capacityExceeded: payload<{ bucket: BucketName; capacityBytes: number }>(),
  pointRefused: payload<{ point: string; why: "missing" | "exists" | "tooMany" }>(),
  /** Reports cannot be written there: no such bucket, another's, one elsewhere. */
  inventoryTargetInvalid: payload<{ target: string; why: "missing" | "owner" | "region" }>(),
  /** A query, or the data it meets, is not as it should be: what exactly, core/query/faults.ts names. */
  queryFault: payload<{ fault: QueryFault; why: string }>(),
  notSupported: payload<{ what: string }>(),
  conflict: payload<{ what: string }>(),
  accountMissing: payload<{ name: string }>(),
  /** To be read, it has to be restored first. */
  objectArchived: payload<{ key: ObjectKey; storageClass: StorageClass }>(),
  /** Nothing is to be restored of it. */
  notArchived: payload<{ key: ObjectKey }>(),
  restoreOngoing: payload<{ key: ObjectKey }>(),
  /** `key` is a symlink whose target is not there, or is a symlink itself. */
  linkTargetMissing: payload<{ key: ObjectKey; target: ObjectKey }>(),
  linkToLink: payload<{ key: ObjectKey; target: ObjectKey }>(),
  channelMissing: payload<{ channel: string }>(),
  /** Nothing of the channel was recorded in the span that a playlist is asked of. */
  segmentsMissing: payload<{ channel: string }>(),
  jobMissing: payload<{ job: string }>(),
  /** `free`: a name that is not; `holder`: whose it is. */
  nameTaken: payload<{ what: string; name: string; holder?: string; free?: string }>(),
  trashMissing: payload<{ generation: string }>(),
  diskFull: payload<{ freeBytes: number }>(),
  overloaded: payload<{ retryAfterS: number }>(),
  draining: payload<{ retryAfterS: number }>(),
} as const;

export type DomainErrors = typeof domainErrors;
export type ErrorKind = keyof DomainErrors;

export class DomainError<K extends ErrorKind = ErrorKind> extends Error {
  override name = "DomainError";
  readonly kind: K;
  readonly detail: DomainErrors[K];
  constructor(kind: K, detail: DomainErrors[K], options?: ErrorOptions) {
    super(kind, options);
    this.kind = kind;
    this.detail = detail;
  }
}
export function fail<K extends ErrorKind>(kind: K, detail: DomainErrors[K]): never {
  throw new DomainError(kind, detail);
}
export const isDomainError = <K extends ErrorKind>(error: unknown, kind?: K): error is DomainError<K> =>
  error instanceof DomainError && (kind === undefined || error.kind === kind);
