/**
 * What the core can do, as the dialects see it. Shapes only; the rules live in core/<noun>/<verb>.ts, one verb a file, and core/core.ts binds
 * them to the ports. Every verb reads in one snapshot, checks every rule (existence, then access, then the rest), and commits one batch;
 * conflicts are retried with fresh reads in core/transact.ts and nowhere else.
 */

import type { AccessVerbs } from "./access/access-api.ts";
import type { Payment } from "./access/payer.ts";
import type { AnnotationVerbs } from "./annotations/api.ts";
import type { BinVerbs } from "./bin/api.ts";
import type { DocumentVerbs } from "./buckets/documents-api.ts";
import type { ChannelVerbs } from "./channels/api.ts";
import type { DeleteCondition, ReadConditions, WriteCondition } from "./conditions.ts";
import type { CustomerKey, EncryptionAsked, EncryptionShown, EncryptionVerbs } from "./encryption/api.ts";
import type { BlockersInFull } from "./errors.ts";
import type { StandInVerbs } from "./hosts/api.ts";
import type { IdentityVerbs } from "./identity/api.ts";
import type { JobVerbs } from "./jobs/api.ts";
import type { Due } from "./lifecycle/evaluate.ts";
import type { ListingVerbs } from "./listing/api.ts";
import type { LoggingVerbs } from "./logging/api.ts";
import type {
  Account,
  AccountId,
  BucketAcl,
  BucketEncryption,
  BucketName,
  BucketState,
  Caller,
  ChecksumAlgorithm,
  ChecksumValue,
  ContentHeaders,
  DefaultRetention,
  EventHold,
  LockAsked,
  Metadata,
  ObjectAcl,
  ObjectKey,
  Ownership,
  PublicAccess,
  Redundancy,
  Restored,
  StorageClass,
  Tags,
  TenantName,
  UploadId,
  Version,
  Versioning,
  VersionKind,
  VersionSelector,
} from "./model.ts";
import type { InPlaceVerbs } from "./objects/in-place-api.ts";
import type { ByteSource } from "./ports.ts";
import type { PurgeVerbs } from "./purge/api.ts";
import type { QueryVerbs } from "./query/api.ts";
import type { BucketRetentionVerbs } from "./retention/api.ts";
import type { SpaceVerbs } from "./space/api.ts";
import type { UploadVerbs } from "./uploads/api.ts";

export type { DeleteCondition, ReadConditions, WriteCondition } from "./conditions.ts";
export type { Identities, NewAccount } from "./identity/api.ts";

/**
 * What a request wants to do, in our words. `own*` needs the bucket's owner; `list`, `read*`, `write*` may be granted by an ACL.
 * One evaluation (core/access/evaluate.ts) answers for all of them.
 */
export type Capability =
  | "service.listBuckets"
  | "service.createBucket"
  | "service.own"
  | "bucket.own"
  | "bucket.list"
  | "bucket.readAcl"
  | "bucket.writeAcl"
  | "object.read"
  | "object.write"
  | "object.delete"
  | "object.readAcl"
  | "object.writeAcl"
  | "object.readTags"
  | "object.writeTags"
  | "upload.write"
  | "upload.read"
  | "upload.abort"
  | "admin";

/** Who asks, for what, until when. `action` is the vendor's name of the action, for policies and reasons. `payment`: see access/payer.ts. */
export type Context = {
  caller: Caller;
  capability: Capability;
  action: string;
  /** What else is known of the request, by the names policies use (core/access/policy); asked only where there is a policy. */
  facts?: ((name: string) => readonly string[] | undefined) | undefined;
  /** Is nobody there any more who waits for the answer? */
  signal: { readonly aborted: boolean };
  payment?: Payment;
  /** The point of access it comes through: asked besides the bucket (points/gate.ts). */
  point?: string;
  /** `clock.monotonicMs()` after which retries stop (503). */
  deadlineMs: number;
};

export type BucketAddress = { tenant: TenantName; bucket: BucketName };
export type ObjectAddress = BucketAddress & { key: ObjectKey };

/** As asked for in the header: `end` is the last byte, included; `suffix` = the last n bytes. */
export type RangeRequest = { start: number; end?: number } | { suffix: number };

/** What the client says its body hashes to; md5 and sha256 in lower-case hex, crc64 in decimal, checksum in base64. Asked for after the body's end (trailers). */
export type ExpectedDigests = { md5?: string; sha256?: string; crc64?: string; checksum?: { algorithm: ChecksumAlgorithm; value: string } };
/** A body on its way in. `length` is what will be stored; absent: unknown (chunked OSS uploads). `checksum`: computed and kept besides MD5 and CRC64. */
export type IncomingBody = { source: ByteSource; length?: number; checksum?: ChecksumAlgorithm; expected: () => ExpectedDigests };
/** What is computed and kept where neither the writer nor the upload asks for a checksum. */
export type DefaultChecksum = { defaultChecksum?: ChecksumAlgorithm };

/** `aclAsked`: the writer named the ACL, it is no default of the dialect. */
export type ObjectAttributes = {
  headers: ContentHeaders;
  metadata: Metadata;
  acl: ObjectAcl;
  aclAsked?: boolean;
  storageClass?: StorageClass;
  tags?: Tags;
  encryption?: EncryptionAsked;
};

/** A version as lists show it. */
export type ListedVersion = {
  key: ObjectKey;
  kind: VersionKind;
  sequence: number;
  isNull: boolean;
  isLatest: boolean;
  modifiedMs: number;
  size: number;
  etag: string;
  owner: AccountId;
  storageClass: StorageClass;
  form: "single" | "multipart";
  checksum?: { algorithm: ChecksumAlgorithm; type: "full" | "composite" };
  restored?: Restored;
};
/** In the order of the keys, prefixes among them. */
export type ListedItem = { version: ListedVersion } | { prefix: string };

export type Upload = {
  id: UploadId;
  key: ObjectKey;
  initiatedMs: number;
  initiator: AccountId;
  /** The user inside the account, when the initiator was one. */
  initiatorUser?: string;
  storageClass: StorageClass;
  checksum?: { algorithm: ChecksumAlgorithm; type: "full" | "composite" };
  encryption?: EncryptionShown;
};
export type Part = { number: number; size: number; etag: string; crc64: string; modifiedMs: number; checksum?: ChecksumValue };
/** `encryption`: the upload's. */
export type WrittenPart = Part & { encryption?: EncryptionShown };

/** `objects` are current and visible, `versions` older ones that are no markers, `markers` all delete markers; `bytes` is the size of all versions. `binned`: soft-deleted ones, in none of the others. */
export type Usage = {
  objects: number;
  versions: number;
  markers: number;
  bytes: number;
  uploads: number;
  parts: number;
  partBytes: number;
  channels: number;
  binned: number;
  binnedBytes: number;
};
export type BucketInfo = { state: BucketState; owner: Account };

/** A version that was written or found; `versioning` of the bucket decides which version headers a dialect shows; `varyOrigin`, of a read: as the state says; `expiration`: when the lifecycle ends it. */
export type VersionResult = { version: Version; versioning: Versioning; varyOrigin?: boolean; expiration?: Due };
export type DeleteResult = {
  versioning: Versioning;
  /** What was removed: a version (or marker) by id, or nothing (`undefined`). */
  removed?: { sequence: number; isNull: boolean; marker: boolean };
  /** The delete marker that was put instead. */
  marker?: { sequence: number; isNull: boolean };
};
export type DeleteEntry = { key: ObjectKey; version?: VersionSelector; condition?: DeleteCondition };
export type DeleteEntryResult = { key: ObjectKey; version?: VersionSelector } & ({ result: DeleteResult } | { error: unknown });

/** "initiator": only who began the upload may go on with it (accessDenied). Absent: whoever may write. */
export type UploadedBy = { by?: "initiator" };
export type CompletePart = { number: number; etag: string; checksum?: string };

export type Core = StandInVerbs & {
  access: AccessVerbs;
  buckets: {
    /** The caller's own buckets in byte order of their names. `after` is excluded. */
    /** `regions`: only those of these regions, an empty one for buckets that have none of their own. `tags`: with all of these, a value said or not; `group`: in this resource group, empty: in none; `tellsGroups`, `tellsTags`: each one's. */
    list(
      context: Context,
      input: {
        tenant: TenantName;
        prefix: string;
        after: string;
        limit: number;
        regions?: readonly string[];
        tags?: readonly { name: string; value?: string }[];
        group?: string;
        tellsGroups?: boolean;
        tellsTags?: boolean;
      },
    ): Promise<{ buckets: BucketState[]; owner: Account; truncated: boolean; groups?: string[]; tags?: Tags[] }>;
    /** `lock`: its versions may be locked, so versioning is enabled. Own already: `ifOwned` "refuse" fails with bucketOwned, "keep" changes nothing but an ACL that was given (`acl`). */
    create(
      context: Context,
      input: BucketAddress & {
        acl?: BucketAcl;
        storageClass: StorageClass;
        redundancy: Redundancy;
        region: string;
        overwrite: "allowed" | "refused";
        versioning?: Versioning;
        ownership?: Ownership;
        lock?: boolean;
        encryption?: BucketEncryption;
        ifOwned: "refuse" | "keep";
      },
    ): Promise<{ created: boolean; state: BucketState }>;
    /** One batch: see architecture 7. "end": open uploads go with the generation (S3); "refuse": they block (OSS, HCP). */
    delete(context: Context, input: BucketAddress & { openUploads: "refuse" | "end" }): Promise<void>;
    get(context: Context, input: BucketAddress): Promise<BucketInfo>;
    usage(context: Context, input: BucketAddress): Promise<BucketInfo & { usage: Usage }>;
    blockers(context: Context, input: BucketAddress): Promise<BlockersInFull>;
    setAcl(context: Context, input: BucketAddress & { acl: BucketAcl }): Promise<void>;
    setOwnership(context: Context, input: BucketAddress & { ownership: Ownership | undefined }): Promise<void>;
    setPublicAccess(context: Context, input: BucketAddress & { publicAccess: PublicAccess | undefined }): Promise<void>;
    setVersioning(context: Context, input: BucketAddress & { versioning: "enabled" | "suspended" }): Promise<void>;
    /** Versions may be locked from now on; `default`: what new ones get. Versioning must be enabled and stays so. */
    setLock(context: Context, input: BucketAddress & { default?: DefaultRetention; defaultHold?: EventHold }): Promise<void>;
    /** Of everything in it, by age. */
    retention: BucketRetentionVerbs;
  };
  objects: InPlaceVerbs & {
    put(context: Context, input: ObjectAddress & { body: IncomingBody; condition?: WriteCondition; lock?: LockAsked } & ObjectAttributes): Promise<VersionResult>;
    /** The metadata of a version, after its conditions. `partNumber`: the part's range of a multipart object. */
    head(
      context: Context,
      input: ObjectAddress & { version?: VersionSelector; conditions?: ReadConditions; partNumber?: number; customerKey?: CustomerKey },
    ): Promise<VersionResult & { range?: { start: number; end: number } }>;
    /** As head, with the bytes. `range`: served if satisfiable; else `onBadRange` decides. `body` must be closed. `end` is excluded. */
    open(
      context: Context,
      input: Parameters<Core["objects"]["head"]>[1] & { range?: RangeRequest; onBadRange: "fail" | "whole" },
    ): Promise<VersionResult & { range?: { start: number; end: number }; body: ByteSource; length: number }>;
    /** versionLocked while something holds it; `bypassGovernance`: see `Removal`. */
    delete(context: Context, input: ObjectAddress & { version?: VersionSelector; bypassGovernance?: boolean; condition?: DeleteCondition }): Promise<DeleteResult>;
    /** Entries keep their order in the answer; those of one key are folded, in order, into one change. At most `limits.deleteEntriesMax`. */
    deleteMany(context: Context, input: BucketAddress & { entries: DeleteEntry[]; bypassGovernance?: boolean }): Promise<DeleteEntryResult[]>;
    /** Server side: shares the content where the same key keeps both, else it is written anew. `attributes` absent = copied from the source (ACL never is). */
    copy(
      context: Context,
      input: ObjectAddress & {
        source: ObjectAddress & { version?: VersionSelector };
        /** For access to the source: capability object.read under this vendor action. */
        sourceAction: string;
        sourceConditions?: ReadConditions;
        condition?: WriteCondition;
        attributes?: { headers: ContentHeaders; metadata: Metadata };
        /** Of the copy, where its headers are the source's. */
        websiteRedirect?: string;
        /** Absent = copied from the source. */
        tags?: Tags;
        /** Absent = copied, by whoever may copy; else under these vendor actions, or not. A copy under a customer's key has none. */
        annotations?: { readAction: string; writeAction: string } | "exclude";
        acl: ObjectAcl;
        aclAsked?: boolean;
        storageClass?: StorageClass;
        /** The copy's checksum of the whole; absent = the source's own, if any. Reads the bytes when it is not known. */
        checksum?: ChecksumAlgorithm;
        /** Of the copy; the source's own never comes along, here and below. */
        lock?: LockAsked;
        encryption?: EncryptionAsked;
        sourceKey?: CustomerKey;
        /** S3 refuses a self-copy that changes nothing; OSS and HCP edit in place. */
        ontoItself: "refuse" | "allow";
      },
    ): Promise<VersionResult & { source: Version; sourceVersioning: Versioning }>;
    acl(context: Context, input: ObjectAddress & { version?: VersionSelector }): Promise<VersionResult & { bucketAcl: BucketAcl; owner: Account; bucketOwner: Account }>;
    setAcl(context: Context, input: ObjectAddress & { version?: VersionSelector; acl: ObjectAcl }): Promise<VersionResult>;
    /** The version with what holds it. lockMissing where the bucket has no locking, here and below. */
    lock(context: Context, input: ObjectAddress & { version?: VersionSelector }): Promise<VersionResult>;
    /** Absent: taken away. Making it weaker is versionLocked, as removing the version would be. */
    setLegalHold(context: Context, input: ObjectAddress & { version?: VersionSelector; legalHold: boolean }): Promise<VersionResult>;
    setTags(context: Context, input: ObjectAddress & { version?: VersionSelector; tags: Tags }): Promise<VersionResult>;
  };
  annotations: AnnotationVerbs;
  documents: DocumentVerbs;
  encryption: EncryptionVerbs;
  listing: ListingVerbs;
  uploads: UploadVerbs;
  identity: IdentityVerbs;
  jobs: JobVerbs;
  logging: LoggingVerbs;
  channels: ChannelVerbs;
  bin: BinVerbs;
  purge: PurgeVerbs;
  space: SpaceVerbs;
  query: QueryVerbs;
};

export const limits = {
  keyBytesMax: 4095,
  metadataBytesMax: 64 * 1024,
  deleteEntriesMax: 1000,
  partNumberMax: 10_000,
  objectBytesMax: 50 * 1024 ** 4,
  putBytesMax: 5 * 1024 ** 3,
  bucketsPerAccountMax: 1000,
  pageEntriesMax: 1000,
  /** How long a commit that meets others is tried again. */
  conflictMsMax: 10_000,
  /** Bodies up to this stand in the metadata record. */
  inlineBytesMax: 1024,
  /** A body is cut into blobs of at most this. */
  blobBytesMax: 64 * 1024 * 1024,
  /** What a body of unknown length is gathered into at a time. */
  unknownLengthPieceBytes: 4 * 1024 * 1024,
} as const;
