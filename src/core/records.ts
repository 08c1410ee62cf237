/**
 * The values of the rows. Each begins with a format byte. A version's record begins with the fixed fields that lists need (`decodeListed`
 * reads no further); what is long and lists do not need (headers, metadata, part boundaries) goes to the `detail` row beyond `extrasBytesMax`.
 * Small rows that are no hot path are JSON behind the format byte; unknown fields of it are kept out of the way, so that formats can grow.
 */
import { annotatedBytes, decodeAnnotated, encodeAnnotated } from "./annotations/annotated-bytes.ts";
import type { ListedVersion } from "./api.ts";
import { decodeEtag, encodeEtag } from "./etag-bytes.ts";
import { decodeExtents, encodeExtents } from "./extent-bytes.ts";
import { decodeGrants, encodeGrants } from "./grant-rows.ts";
import { asBuffer } from "./keys.ts";
import type {
  Account,
  AccountId,
  Annotated,
  BucketState,
  ChecksumAlgorithm,
  ChecksumValue,
  Content,
  ContentHeaders,
  ContentId,
  Encryption,
  Extent,
  LinkTarget,
  Lock,
  Metadata,
  ObjectAcl,
  ObjectKey,
  PartBoundary,
  StorageClass,
  Tags,
  Version,
  VersionKind,
} from "./model.ts";
import type { Bytes } from "./ports.ts";
import type { RowIndex } from "./query/model.ts";
import { at, indexOf, readNumber, writeNumber } from "./record-fields.ts";
import { decodeLock, encodeLock, heldLockBytes, lockBytes } from "./retention/lock-bytes.ts";

const format = 1;
export const recordLimits = {
  /** Headers, metadata and the like up to this stay in the version's record. */
  extrasBytesMax: 500,
  /** More extents than this go to pages. */
  inlineExtentsMax: 8,
  extentsPerPage: 256,
} as const;

const kinds: readonly VersionKind[] = ["object", "marker", "appendable", "symlink"];
const classes: readonly StorageClass[] = ["standard", "reduced", "infrequent", "infrequentOneZone", "intelligent", "archiveInstant", "archive", "coldArchive", "deepColdArchive"];
const acls: readonly ("grants" | Exclude<ObjectAcl, object>)[] = [
  "inherit",
  "private",
  "publicRead",
  "publicReadWrite",
  "authenticatedRead",
  "bucketOwnerRead",
  "bucketOwnerFullControl",
  "grants",
];
/** Records hold the place in this list: it only grows at its end. */
const algorithms: readonly ChecksumAlgorithm[] = ["crc32", "crc32c", "crc64nvme", "sha1", "sha256", "sha512", "md5", "xxhash64", "xxhash3", "xxhash128"];

/** JSON behind a format byte. */
export const encodeJson = (value: unknown): Bytes => Buffer.concat([Buffer.from([format]), Buffer.from(JSON.stringify(value), "utf8")]);
/** The caller vouches for the type: only this file's writers made the row, and the store verified its checksum. */
export function decodeJson<T>(value: Bytes): T {
  checkFormat(value);
  return JSON.parse(asBuffer(value).toString("utf8", 1)) as T;
}
export function checkFormat(value: Bytes): void {
  if (value[0] !== format) throw new Error(`A record has format ${value[0]}, this program reads ${format}`);
}

export const encodeBucketState = (state: BucketState): Bytes => encodeJson(state);
export const decodeBucketState = (value: Bytes): BucketState => decodeJson<BucketState>(value);
export const encodeAccount = (account: Account): Bytes => encodeJson(account);
export const decodeAccount = (value: Bytes): Account => decodeJson<Account>(value);
/** The value of a row whose key says it all. */
export const presence: Bytes = Buffer.from([format]);

// ---- extents

/** A page of a content: row content/id/offset. */
export const encodePage = (extents: readonly Extent[]): Bytes => Buffer.concat([presence, encodeExtents(extents)]);
export function decodePage(value: Bytes): Extent[] {
  checkFormat(value);
  return decodeExtents(value, 1).extents;
}
/** Row dead/content: what is to be removed when no use is left. Extents that are borrowed (`from`) are not its own. */
export function encodeDead(content: Content): Bytes {
  return Buffer.concat([Buffer.from([format, content.paged ? 1 : 0]), encodeExtents(content.extents ?? [])]);
}
export function decodeDead(value: Bytes): { extents: Extent[]; paged: boolean } {
  checkFormat(value);
  return { extents: decodeExtents(value, 2).extents, paged: value[1] === 1 };
}

// ---- versions
const flag = { isNull: 1, multipart: 2, detail: 4, content: 8, inline: 16, paged: 32, nullSequence: 64, lock: 128 } as const;
const fixedBytes = 40;

/**
 * In the kind's byte, so that a program that knows nothing of encryption refuses the record and does not take sealed bytes for the object's: how
 * many they are stands in 8 bytes behind the lock.
 */
const sealedKind = 0x80;
/** There as well: a version that knows when it was restored, in 16 bytes behind the ETag, where lists find them. */
const restoredKind = 0x10;
/** Likewise: which annotations a version has stands behind that (set, count, bytes), and a program that would leave them behind refuses the record. */
const annotatedKind = 0x40;
/** Likewise: the lock has an event hold behind it. */
const heldKind = 0x20;
const encodeNumber = (value: number): Buffer => {
  const out = Buffer.alloc(8);
  writeNumber(out, value, 0);
  return out;
};

/**
 * A version as stored. `nullSequence` stands in the head of a chain only: the sequence of the chain's null version, the head itself included.
 * `hasDetail`: its headers, metadata and parts are in the detail row (they are empty in what `decodeVersion` gives without it).
 */
export type StoredVersion = { version: Version; nullSequence: number | undefined; hasDetail: boolean };

type PartRow = [number: number, size: number, checksum?: string];
type Extras = { l?: LinkTarget; s?: number; e?: Encryption; r?: RowIndex; h?: ContentHeaders; m?: Metadata; c?: string; k?: [string]; t?: Tags; p?: PartRow[] };

function extrasOf(version: Version): Extras {
  const extras: Extras = {};
  if (Object.keys(version.headers).length > 0) extras.h = version.headers;
  if (version.metadata.length > 0) extras.m = version.metadata;
  if (version.crc64 !== undefined) extras.c = version.crc64;
  if (version.checksum !== undefined) extras.k = [version.checksum.value];
  if (version.tags !== undefined && version.tags.length > 0) extras.t = version.tags;
  if (version.encryption !== undefined) extras.e = version.encryption;
  if (version.link !== undefined) extras.l = version.link;
  if (version.sealedMs !== undefined) extras.s = version.sealedMs;
  if (version.rows !== undefined) extras.r = version.rows;
  if (version.parts !== undefined) extras.p = version.parts.map(({ number, size, checksum }) => (checksum === undefined ? [number, size] : [number, size, checksum]));
  return extras;
}

/** The record and, when its extras are long, the detail row's value. */
export function encodeVersion(version: Version, nullSequence: number | undefined): { record: Bytes; detail: Bytes | undefined } {
  const json = Buffer.from(JSON.stringify(extrasOf(version)), "utf8");
  const detail = json.length > recordLimits.extrasBytesMax ? Buffer.concat([presence, json]) : undefined;
  const content = version.content;
  const isLockGiven = version.retention !== undefined || version.legalHold !== undefined || version.eventHold !== undefined;
  const etag = encodeEtag(version.etag);
  const owner = Buffer.from(version.owner, "utf8");
  if (owner.length > 255 || etag.length > 255) throw new Error("An owner or ETag is too long for a record");
  const head = Buffer.alloc(fixedBytes);
  head[0] = format;
  head[1] =
    indexOf(kinds, version.kind) |
    (content?.sealedBytes === undefined ? 0 : sealedKind) |
    (version.restored === undefined ? 0 : restoredKind) |
    (version.annotations === undefined ? 0 : annotatedKind) |
    (version.eventHold ? heldKind : 0);
  head[2] =
    (version.isNull ? flag.isNull : 0) |
    (version.form === "multipart" ? flag.multipart : 0) |
    (detail ? flag.detail : 0) |
    (content ? flag.content : 0) |
    (content?.inline ? flag.inline : 0) |
    (content?.paged ? flag.paged : 0) |
    (nullSequence === undefined ? 0 : flag.nullSequence) |
    (isLockGiven ? flag.lock : 0);
  head[3] = indexOf(classes, version.storageClass);
  head[4] = indexOf(acls, typeof version.acl === "object" ? "grants" : version.acl);
  head[5] = version.checksum === undefined ? 0 : 1 + indexOf(algorithms, version.checksum.algorithm) * 2 + (version.checksum.type === "composite" ? 1 : 0);
  head[6] = owner.length;
  head[7] = etag.length;
  writeNumber(head, version.sequence, 8);
  writeNumber(head, version.modifiedMs, 16);
  writeNumber(head, version.size, 24);
  if (nullSequence !== undefined) writeNumber(head, nullSequence, 32);
  const parts: Bytes[] = [head, owner, etag];
  if (version.restored !== undefined) parts.push(encodeNumber(version.restored.readyMs), encodeNumber(version.restored.untilMs));
  if (isLockGiven) parts.push(encodeLock(version));
  if (typeof version.acl === "object") parts.push(encodeGrants(version.acl));
  if (content?.sealedBytes !== undefined) parts.push(encodeNumber(content.sealedBytes));
  if (version.annotations !== undefined) parts.push(encodeAnnotated(version.annotations));
  if (content) {
    parts.push(Buffer.from(content.id, "hex"), encodeExtents(content.extents ?? []));
    if (content.inline) {
      const length = Buffer.allocUnsafe(4);
      length.writeUInt32BE(content.inline.length, 0);
      parts.push(length, content.inline);
    }
  }
  if (!detail) parts.push(json);
  return { record: Buffer.concat(parts), detail };
}

/** The same record with another (or no) null sequence: for a version that becomes, or ceases to be, the head of its chain. */
export function withNullSequence(record: Bytes, nullSequence: number | undefined): Bytes {
  const out = Buffer.from(record);
  const flags = (record[2] ?? 0) & ~flag.nullSequence;
  out[2] = nullSequence === undefined ? flags : flags | flag.nullSequence;
  writeNumber(out, nullSequence ?? 0, 32);
  return out;
}

function decodeContent(raw: Buffer, start: number): { content: Content; next: number } {
  const flags = raw[2] ?? 0;
  const content: Content = { id: raw.toString("hex", start, start + 16).toUpperCase() as ContentId };
  const { extents, next } = decodeExtents(raw, start + 16);
  if (extents.length > 0) content.extents = extents;
  if (flags & flag.paged) content.paged = true;
  if (!(flags & flag.inline)) return { content, next };
  const inlineEnd = next + 4 + raw.readUInt32BE(next);
  content.inline = raw.subarray(next + 4, inlineEnd);
  return { content, next: inlineEnd };
}

/** Most often there are few, or none: `{}`. */
const extrasIn = (raw: Buffer, place: number): Extras => (raw.length - place === 2 ? {} : (JSON.parse(raw.toString("utf8", place)) as Extras));

/** All of a version but what its detail row holds; give that row's value when it was read. */
export function decodeVersion(key: ObjectKey, value: Bytes, detail?: Bytes): StoredVersion {
  const raw = asBuffer(value);
  const { kind, sequence, isNull, modifiedMs, size, etag, owner, storageClass, form, checksum, restored } = decodeListed(key, value, false);
  const flags = raw[2] ?? 0;
  let place = fixedBytes + (raw[6] ?? 0) + (raw[7] ?? 0) + (restored ? 16 : 0);
  const isHeld = ((raw[1] ?? 0) & heldKind) !== 0;
  const lock: Lock | undefined = flags & flag.lock ? decodeLock(raw, place, isHeld) : undefined;
  if (lock) place += isHeld ? heldLockBytes : lockBytes;
  const named = at(acls, raw[4], "ACL");
  let acl: ObjectAcl;
  if (named === "grants") ({ acl, next: place } = decodeGrants(raw, place));
  else acl = named;
  const sealedBytes = (raw[1] ?? 0) & sealedKind ? readNumber(raw, place) : undefined;
  if (sealedBytes !== undefined) place += 8;
  const annotations = (raw[1] ?? 0) & annotatedKind ? decodeAnnotated(raw, place) : undefined;
  if (annotations) place += annotatedBytes;
  let content: Content | undefined;
  if (flags & flag.content) {
    ({ content, next: place } = decodeContent(raw, place));
    if (sealedBytes !== undefined) content.sealedBytes = sealedBytes;
  }
  const hasDetail = (flags & flag.detail) !== 0;
  const extras = hasDetail ? (detail === undefined ? {} : decodeJson<Extras>(detail)) : extrasIn(raw, place);
  const version: Version = { key, kind, sequence, isNull, modifiedMs, size, etag, owner, storageClass, form, acl, headers: extras.h ?? {}, metadata: extras.m ?? [] };
  if (lock) Object.assign(version, lock);
  if (restored) version.restored = restored;
  if (extras.c !== undefined) version.crc64 = extras.c;
  if (checksum !== undefined) version.checksum = { ...checksum, value: extras.k?.[0] ?? "" } satisfies ChecksumValue;
  if (extras.t !== undefined) version.tags = extras.t;
  if (extras.p !== undefined) version.parts = extras.p.map(([number, size, sum]): PartBoundary => (sum === undefined ? { number, size } : { number, size, checksum: sum }));
  if (extras.e !== undefined) version.encryption = extras.e;
  if (extras.l !== undefined) version.link = extras.l;
  if (extras.s !== undefined) version.sealedMs = extras.s;
  if (extras.r !== undefined) version.rows = extras.r;
  if (content) version.content = content;
  if (annotations) version.annotations = annotations;
  return { version, nullSequence: flags & flag.nullSequence ? readNumber(raw, 32) : undefined, hasDetail };
}

/** What goes with a version: its bytes, and what stands beside it. Much of the record is not read. */
export function decodeHeld(value: Bytes): { sequence: number; content: Content | undefined; annotations: Annotated | undefined } {
  const raw = asBuffer(value);
  checkFormat(raw);
  const kind = raw[1] ?? 0;
  const flags = raw[2] ?? 0;
  let place = fixedBytes + (raw[6] ?? 0) + (raw[7] ?? 0) + (kind & restoredKind ? 16 : 0);
  if (flags & flag.lock) place += kind & heldKind ? heldLockBytes : lockBytes;
  if (at(acls, raw[4], "ACL") === "grants") place = decodeGrants(raw, place).next;
  if (kind & sealedKind) place += 8;
  const annotations = kind & annotatedKind ? decodeAnnotated(raw, place) : undefined;
  if (annotations) place += annotatedBytes;
  return { sequence: readNumber(raw, 8), content: flags & flag.content ? decodeContent(raw, place).content : undefined, annotations };
}

/** The fields that lists show, without reading further into the record. */
export function decodeListed(key: ObjectKey, value: Bytes, isLatest: boolean): ListedVersion {
  const raw = asBuffer(value);
  checkFormat(raw);
  const flags = raw[2] ?? 0;
  const ownerEnd = fixedBytes + (raw[6] ?? 0);
  const sum = raw[5] ?? 0;
  const listed: ListedVersion = {
    key,
    kind: at(kinds, (raw[1] ?? 0) & ~(sealedKind | restoredKind | annotatedKind | heldKind), "kind"),
    sequence: readNumber(raw, 8),
    isNull: (flags & flag.isNull) !== 0,
    isLatest,
    modifiedMs: readNumber(raw, 16),
    size: readNumber(raw, 24),
    etag: decodeEtag(raw, ownerEnd, raw[7] ?? 0),
    owner: raw.toString("utf8", fixedBytes, ownerEnd) as AccountId,
    storageClass: at(classes, raw[3], "storage class"),
    form: flags & flag.multipart ? "multipart" : "single",
  };
  if ((raw[1] ?? 0) & restoredKind) {
    const behind = ownerEnd + (raw[7] ?? 0);
    listed.restored = { readyMs: readNumber(raw, behind), untilMs: readNumber(raw, behind + 8) };
  }
  if (sum !== 0) listed.checksum = { algorithm: at(algorithms, (sum - 1) >> 1, "checksum"), type: (sum - 1) & 1 ? "composite" : "full" };
  return listed;
}
/** When a version was written; nothing else of its record is read. */
export function modifiedMsIn(value: Bytes): number {
  checkFormat(value);
  return readNumber(asBuffer(value), 16);
}
