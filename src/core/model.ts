/** The nouns. Brands are made only by the parsers of core/names.ts and by the core itself. */
import type { BlobRef, Bytes } from "./ports.ts";

declare const brand: unique symbol;
export type Brand<T, B extends string> = T & { readonly [brand]: B };

export type TenantName = Brand<string, "TenantName">;
export type BucketName = Brand<string, "BucketName">;
/** Well-formed Unicode; its order is that of its UTF-8 bytes. */
export type ObjectKey = Brand<string, "ObjectKey">;
/** 24 hex digits, never used again. */
export type Generation = Brand<string, "Generation">;
/** 32 upper-case hex digits; the completed object's content has the same id. */
export type UploadId = Brand<string, "UploadId">;
/** 32 upper-case hex digits. */
export type ContentId = Brand<string, "ContentId">;
export type AccountId = Brand<string, "AccountId">;

export type Versioning = "off" | "enabled" | "suspended";
export type CannedAcl =
  | "private"
  | "publicRead"
  | "publicReadWrite"
  | "authenticatedRead"
  | "bucketOwnerRead"
  | "bucketOwnerFullControl";
/** `inherit`: as the bucket's (OSS "default"). */
export type ObjectAcl = CannedAcl | "inherit";
export type StorageClass =
  | "standard"
  | "reduced"
  | "infrequent"
  | "infrequentOneZone"
  | "intelligent"
  | "archiveInstant"
  | "archive"
  | "coldArchive"
  | "deepColdArchive";
export type Redundancy = "local" | "zone";

/** The record that every request under a bucket reads and every write expects. */
export type BucketState = {
  tenant: TenantName;
  name: BucketName;
  generation: Generation;
  status: "live" | "trash" | "reclaiming";
  owner: AccountId;
  createdMs: number;
  /** Changes with every change of configuration. */
  epoch: number;
  versioning: Versioning;
  acl: CannedAcl;
  storageClass: StorageClass;
  redundancy: Redundancy;
  /** Where the bucket says it is, as its maker named it (S3 LocationConstraint); empty: the server's region. */
  region: string;
  /** HCP flavour: may an object be replaced while versioning is off? */
  overwrite: "allowed" | "refused";
};

export type VersionKind = "object" | "marker" | "appendable" | "symlink";
export type ChecksumAlgorithm = "crc32" | "crc32c" | "crc64nvme" | "sha1" | "sha256";
/** Values in base64, as S3 writes them; a composite one carries its `-parts` suffix. */
export type ChecksumValue = { algorithm: ChecksumAlgorithm; value: string; type: "full" | "composite" };
/** Headers about the content, kept as the writer sent them. */
export type ContentHeaders = {
  contentType?: string;
  cacheControl?: string;
  contentDisposition?: string;
  contentEncoding?: string;
  contentLanguage?: string;
  expires?: string;
};
/** User metadata without the vendor's prefix, in the order and case sent. */
export type Metadata = [name: string, value: string][];

/** A run of a blob. `offset` is within the blob. `from`: the blob is that content's, which this one borrows (a row use/from/content keeps it). */
export type Extent = { ref: BlobRef; offset: number; length: number; from?: ContentId };
/** The bytes of a version: in the record itself, in a few extents there, or in pages under the content's id. */
export type Content = { id: ContentId; inline?: Bytes; extents?: Extent[]; paged?: boolean };
/** Sizes of the parts of a multipart object, in order, for reads by part number. */
export type PartBoundary = { number: number; size: number; checksum?: string };

export type Version = {
  kind: VersionKind;
  key: ObjectKey;
  sequence: number;
  /** The "null" version of S3 and OSS (made while versioning was not enabled). HCP shows its sequence. */
  isNull: boolean;
  modifiedMs: number;
  size: number;
  /** Lower-case hex MD5, or `<hex>-<parts>`; empty for markers. Without quotes. */
  etag: string;
  owner: AccountId;
  storageClass: StorageClass;
  /** How it came to be: decides ETag and Content-MD5 rules. */
  form: "single" | "multipart";
  headers: ContentHeaders;
  metadata: Metadata;
  acl: ObjectAcl;
  /** CRC-64/XZ of the whole content, unsigned decimal. */
  crc64?: string;
  checksum?: ChecksumValue;
  parts?: PartBoundary[];
  content?: Content;
};

/** How a request names a version: absent = the current one. A number is a sequence. */
export type VersionSelector = number | "null" | undefined;

export type Tenant = { name: TenantName; createdMs: number };
export type HcpAccount = { username: string; passwordMd5: string; allowNamespaceManagement: boolean };
export type Account = {
  id: AccountId;
  tenant: TenantName;
  name: string;
  /** 64 hex digits (S3 canonical id). */
  canonicalId: string;
  /** Digits (OSS UID). */
  uid: string;
  /** 12 digits (AWS account id). */
  accountId: string;
  displayName: string;
  email: string;
  root: boolean;
  hcp?: { username: string; allowNamespaceManagement: boolean };
  epoch: number;
  createdMs: number;
};
export type User = { account: AccountId; name: string; createdMs: number };
/** `user` absent: the key is the account's own. */
export type AccessKey = { id: string; secret: string; account: AccountId; user?: string; status: "active" | "inactive"; createdMs: number };

/** Who is asking, after authentication. */
export type Caller = { kind: "anonymous" } | { kind: "account"; account: Account; accessKeyId: string } | { kind: "user"; account: Account; user: string; accessKeyId: string };
