/** The nouns. Brands are made only by the parsers of core/names.ts and by the core itself. */
import type { Policy } from "./access/policy/model.ts";
import type { Website } from "./buckets/website-model.ts";
import type { Notifications } from "./events/model.ts";
import type { Inventory } from "./inventory/model.ts";
import type { Lifecycle } from "./lifecycle/model.ts";
import type { Logging } from "./logging/model.ts";
import type { BlobRef, Bytes } from "./ports.ts";
import type { RowIndex } from "./query/model.ts";

export type { AccessKey, Caller, Group, PolicyHolder, Role, Session, SharedPolicy, User, UserPolicy } from "./identity/model.ts";

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
export type CannedAcl = "private" | "publicRead" | "publicReadWrite" | "authenticatedRead" | "bucketOwnerRead" | "bucketOwnerFullControl";
export type Permission = "read" | "write" | "readAcl" | "writeAcl" | "full";
/** "everyone": with or without a signature; "accounts": whoever signs as an account; "logDelivery": the server, when it writes logs. */
export type GranteeGroup = "everyone" | "accounts" | "logDelivery";
export type Grant = { permission: Permission } & ({ account: AccountId } | { group: GranteeGroup });
/** What no canned ACL stands for; those are kept by their names (access/acl.ts `settleAcl`). */
export type GrantList = { grants: Grant[] };
export type BucketAcl = CannedAcl | GrantList;
/** `inherit`: as the bucket's (OSS "default"). */
export type ObjectAcl = BucketAcl | "inherit";
export type StorageClass = "standard" | "reduced" | "infrequent" | "infrequentOneZone" | "intelligent" | "archiveInstant" | "archive" | "coldArchive" | "deepColdArchive";
export type Redundancy = "local" | "zone";
/**
 * Who owns what others write into a bucket, and whether ACLs count. "bucketOwnerOnly": the bucket's owner owns everything and no ACL is
 * consulted; "bucketOwnerIfGranted": it owns what was written with the ACL bucketOwnerFullControl; "writer": whoever wrote it.
 */
export type Ownership = "bucketOwnerOnly" | "bucketOwnerIfGranted" | "writer";
/** What keeps a bucket from being opened to everybody. `restrictPublic`: a public policy gives nothing to other accounts. */
export type PublicAccess = { refuseAcls: boolean; ignoreAcls: boolean; refusePolicies: boolean; restrictPublic: boolean };
/** Names are unique; the order is the writer's. */
export type Tags = [name: string, value: string][];

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
  acl: BucketAcl;
  storageClass: StorageClass;
  redundancy: Redundancy;
  /** Where the bucket says it is, as its maker named it (S3 LocationConstraint); empty: the server's region. */
  region: string;
  /** HCP flavour: may an object be replaced while versioning is off? */
  overwrite: "allowed" | "refused";
  /** There: versions may be locked, and versioning stays enabled. */
  lock?: { default?: DefaultRetention; defaultHold?: EventHold };
  /** Absent: as "writer", and nobody has said so. */
  ownership?: Ownership | undefined;
  /** Absent: nothing is kept closed. */
  publicAccess?: PublicAccess | undefined;
  /** What its owner's account keeps closed in all its buckets, carried into each of them (buckets/public-access.ts). */
  accountAccess?: PublicAccess | undefined;
  /** How what is written without a word about it is encrypted. Absent: not at all. */
  encryption?: BucketEncryption | undefined;
  /** Objects are answered as differing by origin, even to who names none (`Cors.varyAlways`). */
  varyOrigin?: boolean | undefined;
  /** There is a `Referer` document that refuses something. */
  checksReferer?: boolean | undefined;
  /** Accounts other than the owner's are let in only if they say that they pay. */
  requesterPays?: boolean | undefined;
  /** Nothing in it leaves before its age says so (retention/age.ts). */
  retention?: BucketRetention | undefined;
  /** There is a policy document. */
  policy?: boolean | undefined;
  /** How long it stays in the trash once it is purged; 0: not at all. Absent: as the server says. */
  trashKeepMs?: number | undefined;
  /** How long what is deleted or replaced can be had back, where versioning is off (bin/). Absent: not at all. */
  binKeepMs?: number | undefined;
  /** The lifecycle has rules in force by which current versions expire, or uploads are given up: there is something to look up. */
  expires?: boolean | undefined;
  abortsUploads?: boolean | undefined;
  /** There is a `Logging` document: requests are written down. */
  logs?: boolean | undefined;
  /** Of connections that are encrypted: which versions of TLS are let in. Absent: all. */
  tlsVersions?: string[] | undefined;
  /** How much it may hold; absent: anything. */
  capacityBytes?: number | undefined;
  /** There is a `Notifications` document with rules: changes are told. */
  notifies?: boolean | undefined;
};

/** Patterns hold at most one `*`. Methods in upper case; `allowedHeaders` is compared whatever the case. */
export type CorsRule = { id?: string; origins: string[]; methods: string[]; allowedHeaders: string[]; exposedHeaders: string[]; maxAgeSeconds?: number };
/** The first rule that fits decides. `varyAlways`: answers say that they differ by origin even when no rule fits. */
export type Cors = { rules: CorsRule[]; varyAlways: boolean };

/**
 * Which pages may show what is in the bucket, by what a browser says it came from (`*` any characters, `?` one; a pattern is the beginning of what
 * it fits). `deny` comes first; an empty `allow` allows everything else.
 */
export type Referer = { allowEmpty: boolean; allow: string[]; deny: string[]; truncateQuery: boolean; truncatePath: boolean };

/** Who pays for requests and what they send. */
export type Payment = { payer: "owner" | "requester" };
/** Kept and told; there is no network of the store's own that it could switch on. */
export type Acceleration = { status: "enabled" | "suspended" };

/** What a bucket can be told as a whole, one model a kind. */
export type DocumentModels = {
  tags: Tags;
  cors: Cors;
  website: Website;
  encryption: BucketEncryption;
  referer: Referer;
  payment: Payment;
  acceleration: Acceleration;
  policy: Policy;
  lifecycle: Lifecycle;
  logging: Logging;
  notifications: Notifications;
  accessMonitor: { enabled: boolean };
  archiveRead: { enabled: boolean };
  tls: { versions: string[] };
  resourceGroup: { id: string };
  /** There: what was retained goes by itself once that is over (lifecycle/disposition.ts). */
  disposition: { enabled: true };
  capacity: { bytes?: number };
};
export type DocumentKind = keyof DocumentModels;
/** `writer`: the dialect that wrote it, which reads its own text (`raw`) back; an empty `raw`: rendered from the model for everybody. */
export type ConfigDocument<K extends DocumentKind = DocumentKind> = { model: DocumentModels[K]; writer: string; raw: string };

/** What a bucket can be told several times, each under an id; the core keeps it for whoever wrote it. */
export type NamedKind = "analytics" | "inventory" | "metrics" | "style" | "tiering";
/** `inventory`: of that kind; absent where a version of this server that made no reports kept it. */
export type NamedDocument = { id: string; writer: string; raw: string; inventory?: Inventory };

/** "governance": who owns the bucket may lift it by saying so; "compliance": nobody may, until it lapses. */
export type RetentionMode = "governance" | "compliance";
/** The version cannot be removed before `untilMs` (milliseconds since 1970, judged by the retention clock). */
export type Retention = { mode: RetentionMode; untilMs: number };
/** What a new version gets that names no retention of its own; years are calendar years. */
export type DefaultRetention = { mode: RetentionMode; count: number; unit: "days" | "years" };
/** Of everything in a bucket: `days` after it was written. Not `sealed`: it lapses a day after `createdMs`, and can be ended before. */
export type BucketRetention = { id: string; days: number; createdMs: number; sealed: boolean };
/** The version is held until an event is told of, and from then on retained for so long. */
export type EventHold = Pick<DefaultRetention, "count" | "unit">;
/** What keeps a version from being removed. A legal hold that was lifted stays as `false`. */
export type Lock = { retention?: Retention; legalHold?: boolean; eventHold?: EventHold };
/** As a writer asks for it. "default": held, for as long as the bucket says; "none": not held, whatever the bucket says. */
export type LockAsked = Omit<Lock, "eventHold"> & { eventHold?: EventHold | "default" | "none" };

/**
 * Whose key keeps an object's own key: "store": the store's; "key": one that has a name and can be disabled (`keyName`: as it was named, empty: the
 * store's default); "customer": one that the store never keeps. `perBucket` is remembered for who asks. `layers`: what is sealed is sealed again, under a
 * second key that the store's keeps. `cipher`: AES where absent. `refusesCustomerKeys`: nothing new is written under a customer's key.
 */
export type BucketEncryption = ({ mode: "store" } | { mode: "key"; keyName: string; perBucket?: boolean; layers?: 2 }) & { cipher?: "sm4"; refusesCustomerKeys?: true };
/**
 * `wrapped` and `streams` (the ids of the sealed streams, one a part, in order) in base64; `keyId`: of the named key; `customer`: MD5 of the
 * customer's; `outer`: the second layer's key, wrapped.
 */
export type Encryption = {
  mode: "store" | "key" | "customer";
  wrapped: string;
  streams: string;
  keyId?: string;
  keyName?: string;
  perBucket?: boolean;
  context?: string;
  customer?: string;
  layers?: 2;
  outer?: string;
  cipher?: "sm4";
};

/** A version of an archive class is readable from `readyMs` on, before `untilMs`. */
export type Restored = { readyMs: number; untilMs: number };
export type LinkTarget = { key: ObjectKey; bucket?: BucketName };

export type VersionKind = "object" | "marker" | "appendable" | "symlink";
export type ChecksumAlgorithm = "crc32" | "crc32c" | "crc64nvme" | "sha1" | "sha256" | "sha512" | "md5" | "xxhash64" | "xxhash3" | "xxhash128";
/** Values in base64, as S3 writes them; a composite one carries its `-parts` suffix. */
export type ChecksumValue = { algorithm: ChecksumAlgorithm; value: string; type: "full" | "composite" };
/** What a client says of a whole object that it made of parts; without a type it means that of the upload. */
export type ChecksumClaim = Omit<ChecksumValue, "type"> & Partial<Pick<ChecksumValue, "type">>;
/** Headers about the content, kept as the writer sent them. */
export type ContentHeaders = {
  contentType?: string;
  cacheControl?: string;
  contentDisposition?: string;
  contentEncoding?: string;
  contentLanguage?: string;
  expires?: string;
  /** Where a website sends who asks for it; a copy does not take it along. */
  websiteRedirect?: string;
};
/** User metadata without the vendor's prefix, in the order and case sent. */
export type Metadata = [name: string, value: string][];

/** A run of a blob. `offset` is within the blob. `from`: the blob is that content's, which this one borrows (a row use/from/content keeps it). */
export type Extent = { ref: BlobRef; offset: number; length: number; from?: ContentId };
/** The bytes of a version: in the record itself, in a few extents there, or in pages under the content's id. */
export type Content = {
  id: ContentId;
  inline?: Bytes;
  extents?: Extent[];
  paged?: boolean /** How many bytes are stored, where encryption made them more. */;
  sealedBytes?: number;
};
/** Sizes of the parts of a multipart object, in order, for reads by part number. */
export type PartBoundary = { number: number; size: number; checksum?: string };

/** The annotations of one version: rows under `set`, so many, whose plain bytes are so many. */
export type Annotated = { set: ContentId; count: number; bytes: number };
/** A named text beside a version, with bytes and a key of its own. `etag`, `checksum`: of its bytes. */
export type Annotation = { name: string; modifiedMs: number; size: number; etag: string; checksum?: ChecksumValue; encryption?: Encryption; content: Content };

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
  tags?: Tags;
  /** CRC-64/XZ of the whole content, unsigned decimal. */
  crc64?: string;
  checksum?: ChecksumValue;
  parts?: PartBoundary[];
  encryption?: Encryption;
  annotations?: Annotated;
  content?: Content;
  /** Of a symlink: what it stands for. `bucket` absent: in the same one. */
  link?: LinkTarget;
  /** Of an archive class: when it can be read, until when. */
  restored?: Restored;
  /** Of an appendable object: since when nothing more is taken. */
  sealedMs?: number;
  rows?: RowIndex;
} & Lock;

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
  /** What stays closed in all of its buckets. */
  publicAccess?: PublicAccess;
  epoch: number;
  createdMs: number;
};
