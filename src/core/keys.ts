/**
 * The key schema: every row the core keeps, built and read here and nowhere else. A key is one tag byte (the table) and its components. Fixed ones are raw
 * (generations 12 bytes, contents and uploads 16, numbers 8 big-endian, `~` inverted so that the newest comes first); text is UTF-8 with 0x00 escaped as
 * 0x00 0xff and ended by 0x00 0x00. So keys sort as their components do, in the order of the raw bytes, and none is another's prefix.
 */
import { prefixEnd } from "../lib/bytes.ts";
import type { AccountId, BucketName, ContentId, Generation, ObjectKey, TenantName, UploadId } from "./model.ts";
import type { BlobRef, Bytes, KeyRange } from "./ports.ts";

/** The escaped bytes of a text without their end: the beginning of every text that starts with it. */
export function escapeText(text: string): Bytes {
  const raw = Buffer.from(text, "utf8");
  if (raw.indexOf(0) === -1) return raw;
  const out: number[] = [];
  for (const byte of raw) byte === 0 ? out.push(0, 0xff) : out.push(byte);
  return Buffer.from(out);
}

type Read<T> = { value: T; next: number };
/** `write` puts the value's bytes into `scratch` from `at` on and gives where the next component begins. */
type Codec<T> = { write(value: T, at: number): number; read(bytes: Buffer, at: number): Read<T> };

// Keys are made many times in each request: components are written here, one behind the other, and copied out once.
let scratch = Buffer.allocUnsafeSlow(16 * 1024);
function room(at: number, bytes: number): void {
  if (at + bytes <= scratch.length) return;
  const larger = Buffer.allocUnsafeSlow(2 * (at + bytes));
  scratch.copy(larger, 0, 0, at);
  scratch = larger;
}
/** What was written up to `end`, as bytes of its own. */
function written(end: number): Buffer {
  const out = Buffer.allocUnsafe(end);
  scratch.copy(out, 0, 0, end);
  return out;
}
const bytesOf = <T>(codec: Codec<T>, value: T): Buffer => written(codec.write(value, 0));

const text = <T extends string>(): Codec<T> => ({
  write(value, at) {
    room(at, value.length * 3 + 2);
    let end = at;
    if (value.indexOf("\0") === -1) end += scratch.write(value, at, "utf8");
    else {
      const escaped = escapeText(value);
      room(at, escaped.length + 2);
      scratch.set(escaped, at);
      end += escaped.length;
    }
    scratch[end] = 0;
    scratch[end + 1] = 0;
    return end + 2;
  },
  read(bytes, at) {
    let zero = bytes.indexOf(0, at);
    if (zero === -1) throw new Error("A text component has no end");
    if (bytes[zero + 1] === 0) return { value: bytes.toString("utf8", at, zero) as T, next: zero + 2 };
    const pieces: Buffer[] = [];
    let from = at;
    while (bytes[zero + 1] === 0xff) {
      pieces.push(bytes.subarray(from, zero + 1));
      from = zero + 2;
      zero = bytes.indexOf(0, from);
      if (zero === -1) throw new Error("A text component has no end");
    }
    pieces.push(bytes.subarray(from, zero));
    return { value: Buffer.concat(pieces).toString("utf8") as T, next: zero + 2 };
  },
});
const hex = <T extends string>(byteCount: number, upper: boolean): Codec<T> => ({
  write(value, at) {
    room(at, byteCount);
    if (value.length !== byteCount * 2 || scratch.write(value, at, byteCount, "hex") !== byteCount) throw new Error(`Not an id of ${byteCount} bytes: ${value}`);
    return at + byteCount;
  },
  read(bytes, at) {
    const digits = bytes.toString("hex", at, at + byteCount);
    if (digits.length !== byteCount * 2) throw new Error("An id component is cut short");
    return { value: (upper ? digits.toUpperCase() : digits) as T, next: at + byteCount };
  },
});
/** 8 bytes; `Infinity` is the end of time. */
const number: Codec<number> = {
  write(value, at) {
    room(at, 8);
    if (value === Number.POSITIVE_INFINITY) scratch.fill(0xff, at, at + 8);
    else {
      scratch.writeUInt32BE(Math.floor(value / 2 ** 32), at);
      scratch.writeUInt32BE(value % 2 ** 32, at + 4);
    }
    return at + 8;
  },
  read(bytes, at) {
    const high = bytes.readUInt32BE(at);
    const low = bytes.readUInt32BE(at + 4);
    return { value: high === 0xffffffff && low === 0xffffffff ? Number.POSITIVE_INFINITY : high * 2 ** 32 + low, next: at + 8 };
  },
};
const invert = (raw: Bytes): Buffer => Buffer.from(raw.map((byte) => 0xff - byte));
const inverted: Codec<number> = {
  write(value, at) {
    const end = number.write(value, at);
    for (let place = at; place < end; place++) scratch[place] = 0xff - (scratch[place] as number);
    return end;
  },
  read: (bytes, at) => ({ value: number.read(invert(bytes.subarray(at, at + 8)), 0).value, next: at + 8 }),
};
const rest: Codec<Bytes> = {
  write(value, at) {
    room(at, value.length);
    scratch.set(value, at);
    return at + value.length;
  },
  read: (bytes, at) => ({ value: bytes.subarray(at), next: bytes.length }),
};

/** Partial tuples from the left. */
type Leading<T extends unknown[]> = T extends [infer A, ...infer R] ? [] | [A] | [A, ...Leading<R>] : [];

export type Table<T extends unknown[]> = {
  tag: number;
  key(...values: T): Bytes;
  read(key: Bytes): T;
  /** Every row that begins with these components. */
  range(...values: Leading<T>): KeyRange;
  /** Every row that begins with these components, the last of which, a text, is only the beginning of one. */
  under(...values: Leading<T>): KeyRange;
};

function table<T extends unknown[]>(tag: number, ...codecs: { [K in keyof T]: Codec<T[K]> }): Table<T> {
  const prefix = (values: readonly unknown[]): Bytes => {
    scratch[0] = tag;
    let end = 1;
    for (let i = 0; i < values.length; i++) end = (codecs[i] as Codec<unknown>).write(values[i], end);
    return written(end);
  };
  return {
    tag,
    key: (...values) => prefix(values),
    read(key) {
      const bytes = asBuffer(key);
      if (bytes[0] !== tag) throw new Error(`A key of table ${bytes[0]} was read as one of ${tag}`);
      const values: unknown[] = [];
      let at = 1;
      for (const codec of codecs as Codec<unknown>[]) {
        const { value, next } = codec.read(bytes, at);
        values.push(value);
        at = next;
      }
      if (at !== bytes.length) throw new Error(`A key of table ${tag} has the wrong length`);
      return values as T;
    },
    range: (...values) => rangeOf(prefix(values)),
    under: (...values) => {
      const all = values as readonly unknown[];
      return rangeOf(Buffer.concat([prefix(all.slice(0, -1)), escapeText(String(all[all.length - 1]))]));
    },
  };
}

export const asBuffer = (bytes: Bytes): Buffer => (Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));

/** Every key that begins with `prefix`. */
export function rangeOf(prefix: Bytes): KeyRange {
  const to = prefixEnd(prefix);
  if (to === undefined) throw new Error("Nothing comes after a prefix of 0xff");
  return { from: prefix, to };
}

const generation = hex<Generation>(12, false);
const content = hex<ContentId>(16, true);
const upload = hex<UploadId>(16, true);

export const tables = {
  /** The sequence clock's high-water mark, and other single rows of the machine. */
  machine: table<[name: string]>(0x01, text()),
  /** -> the bucket's generation */
  name: table<[TenantName, BucketName]>(0x10, text<TenantName>(), text<BucketName>()),
  /** An account's buckets, for its list. Value: the generation. */
  owned: table<[AccountId, TenantName, BucketName]>(0x11, text<AccountId>(), text<TenantName>(), text<BucketName>()),
  state: table<[Generation]>(0x12, generation),
  /** A configuration document of a bucket, by its kind. */
  document: table<[Generation, kind: string]>(0x13, generation, text()),
  /** The visible newest version. */
  current: table<[Generation, ObjectKey]>(0x20, generation, text<ObjectKey>()),
  /** Headers, metadata and part boundaries that are too long for the version's record. */
  detail: table<[Generation, ObjectKey, sequence: number]>(0x22, generation, text<ObjectKey>(), number),
  /** One row for each locked version. */
  locked: table<[Generation, untilMs: number, ObjectKey, sequence: number]>(0x23, generation, number, text<ObjectKey>(), number),
  /** Deleted and replaced objects that can still be had back (bin/), of each key the newest first. */
  binned: table<[Generation, ObjectKey, sequence: number]>(0x24, generation, text<ObjectKey>(), inverted),
  upload: table<[Generation, ObjectKey, UploadId]>(0x25, generation, text<ObjectKey>(), upload),
  /** Number 0 is the stamp, which changes with every part. */
  part: table<[UploadId, partNumber: number]>(0x26, upload, number),
  channel: table<[Generation, name: string]>(0x27, generation, text()),
  /** What a completed upload was answered, for 24 h. */
  answer: table<[UploadId]>(0x28, upload),
  /** When it is forgotten, soonest first. */
  answerEnd: table<[untilMs: number, UploadId]>(0x29, number, upload),
  /** A page of a content's extents, by the offset of its first byte. */
  content: table<[ContentId, offset: number]>(0x30, content, number),
  /** Who uses a content; `user` is made by `versionUser` and its kin. */
  use: table<[ContentId, user: Bytes]>(0x31, content, rest),
  /** A use of this content was removed: the remover looks whether any is left. */
  dead: table<[ContentId]>(0x32, content),
  /** Blobs that nothing names any more (replaced parts), under a random id. */
  dropped: table<[id: ContentId]>(0x33, content),
  /** Blobs that nothing names any more and that somebody may still be reading, hundreds in a row, under a random id. */
  released: table<[id: ContentId]>(0x3d, content),
  /** Where compaction moved a blob. The blob store's own. */
  moved: table<[BlobRef]>(0x34, rest),
  /** Uploads that were completed or aborted and still have part rows. */
  ended: table<[UploadId]>(0x35, upload),
  /** Generations whose rows and bytes are to be reclaimed. */
  deadGeneration: table<[Generation]>(0x36, generation),
  /** Background work that an operator can see (jobs/model.ts): `open`, `ended`, and what a bucket's last run of its rules came to (`report`, by generation). */
  job: table<[list: string, id: string]>(0x37, text(), text()),
  /** Events on their way to a target, in the order of their sequencers. */
  outbox: table<[target: string, sequencer: number, id: ContentId]>(0x38, text(), number, content),
  /** Generations that were detached and can still be had back (purge/trash.ts). */
  trash: table<[Generation]>(0x39, generation),
  /** What stands beside a version (`Annotated.set`), by its name. */
  annotation: table<[set: ContentId, name: string]>(0x3a, content, text()),
  /** Sets whose version is gone and which may still have rows. */
  endedAnnotations: table<[set: ContentId]>(0x3b, content),
  /** When a binned object goes for good, soonest first. */
  binEnd: table<[untilMs: number, Generation, ObjectKey, sequence: number]>(0x3c, number, generation, text<ObjectKey>(), number),
  tenant: table<[TenantName]>(0x40, text<TenantName>()),
  account: table<[AccountId]>(0x41, text<AccountId>()),
  /** -> the account's id, by a field that is unique in its tenant. */
  accountBy: table<[field: string, TenantName, value: string]>(0x42, text(), text<TenantName>(), text()),
  user: table<[AccountId, name: string]>(0x43, text<AccountId>(), text()),
  accessKey: table<[id: string]>(0x44, text()),
  keyOfAccount: table<[AccountId, keyId: string]>(0x45, text<AccountId>(), text()),
  holder: table<[AccountId, kind: "group" | "role" | "policy", name: string]>(0x49, text<AccountId>(), text<"group" | "role" | "policy">(), text()),
  /** An encryption key by its id; by `alias/name` the id that is meant. */
  encryptionKey: table<[name: string]>(0x47, text()),
  alias: table<[name: string]>(0x48, text()),
  hcpUser: table<[TenantName, username: string]>(0x46, text<TenantName>(), text()),
} as const;

// A chain's other rows: rest/gen/key/0 is the delete marker on top, rest/gen/key/1/~seq an older version. The newest comes first.
const restTag = 0x21;
const restOf = table<[Generation, ObjectKey]>(restTag, generation, text<ObjectKey>());
const topPlace = Buffer.from([0]);
const olderPlace = Buffer.from([1]);

export const topKey = (gen: Generation, key: ObjectKey): Bytes => Buffer.concat([restOf.key(gen, key), topPlace]);
export const olderKey = (gen: Generation, key: ObjectKey, sequence: number): Bytes => Buffer.concat([restOf.key(gen, key), olderPlace, bytesOf(inverted, sequence)]);
/** The older versions of one key, without the marker on top. */
export const olderRange = (gen: Generation, key: ObjectKey): KeyRange => rangeOf(Buffer.concat([restOf.key(gen, key), olderPlace]));
/** Everything of a key, of a prefix (`restUnder`) or of a generation that is not `current`. */
export const restRange = (gen: Generation, key?: ObjectKey): KeyRange =>
  key === undefined ? rangeOf(Buffer.concat([Buffer.from([restTag]), generationBytes(gen)])) : restOf.range(gen, key);
export const restUnder = (gen: Generation, prefix: string): KeyRange => restOf.under(gen, prefix as ObjectKey);
/** `sequence` absent: the marker on top. */
export function readRestKey(row: Bytes): { generation: Generation; key: ObjectKey; sequence?: number } {
  const bytes = asBuffer(row);
  const key = text<ObjectKey>().read(bytes, 13);
  const gen = generation.read(bytes, 1).value;
  if (bytes[0] !== restTag) throw new Error(`A key of table ${bytes[0]} was read as one of ${restTag}`);
  if (bytes[key.next] === 0 && bytes.length === key.next + 1) return { generation: gen, key: key.value };
  if (bytes[key.next] !== 1 || bytes.length !== key.next + 9) throw new Error("A key of `rest` has the wrong form");
  return { generation: gen, key: key.value, sequence: inverted.read(bytes, key.next + 1).value };
}
/** The object key of a row of `current`; faster than `tables.current.read` where a list reads nothing else. */
export const currentKeyText = (row: Bytes): ObjectKey => text<ObjectKey>().read(asBuffer(row), 13).value;

// Users of a content. The first byte tells the kind.
const userOf = {
  version: table<[Generation, ObjectKey, sequence: number]>(0x76, generation, text<ObjectKey>(), number),
  binned: table<[Generation, ObjectKey, sequence: number]>(0x62, generation, text<ObjectKey>(), number),
  upload: table<[UploadId, partNumber: number]>(0x75, upload, number),
  content: table<[ContentId]>(0x63, content),
  annotation: table<[set: ContentId, name: string]>(0x6e, content, text()),
};
export const versionUser = (gen: Generation, key: ObjectKey, sequence: number): Bytes => userOf.version.key(gen, key, sequence);
export const binnedUser = (gen: Generation, key: ObjectKey, sequence: number): Bytes => userOf.binned.key(gen, key, sequence);
/** A part of an open upload that was copied from elsewhere borrows its source. */
export const uploadUser = (id: UploadId, partNumber: number): Bytes => userOf.upload.key(id, partNumber);
/** The uses of a content by one kind of user. */
export const usesBy = (id: ContentId, kind: "version" | "binned" | "annotation"): KeyRange => rangeOf(tables.use.key(id, Buffer.from([userOf[kind].tag])));
/** What parts of this upload, or of the object it became, borrow from a content. */
export const usesByUpload = (source: ContentId, id: UploadId): KeyRange => rangeOf(tables.use.key(source, userOf.upload.range(id).from));
/** A content some of whose extents (`Extent.from`) are another's. */
export const contentUser = (id: ContentId): Bytes => userOf.content.key(id);
export const annotationUser = (set: ContentId, name: string): Bytes => userOf.annotation.key(set, name);
export type ContentUser =
  | { kind: "version" | "binned"; generation: Generation; key: ObjectKey; sequence: number }
  | { kind: "upload"; upload: UploadId; partNumber: number }
  | { kind: "content"; content: ContentId }
  | { kind: "annotation"; set: ContentId; name: string };
export function readUser(user: Bytes): ContentUser {
  switch (user[0]) {
    case userOf.version.tag:
    case userOf.binned.tag: {
      const kind = user[0] === userOf.version.tag ? "version" : "binned";
      const [gen, key, sequence] = userOf[kind].read(user);
      return { kind, generation: gen, key, sequence };
    }
    case userOf.upload.tag: {
      const [id, partNumber] = userOf.upload.read(user);
      return { kind: "upload", upload: id, partNumber };
    }
    case userOf.content.tag:
      return { kind: "content", content: userOf.content.read(user)[0] };
    case userOf.annotation.tag: {
      const [set, name] = userOf.annotation.read(user);
      return { kind: "annotation", set, name };
    }
    default:
      throw new Error(`No kind of user has tag ${user[0]}`);
  }
}

/**
 * What is counted in each generation: `objects` are rows of `current`, `versions` older versions that are no markers, `markers` all delete
 * markers wherever they stand; `bytes` is the size of all versions together. What is binned is counted in `binned` and `binnedBytes` alone.
 */
export const counterKinds = ["objects", "versions", "markers", "bytes", "uploads", "parts", "partBytes", "channels", "binned", "binnedBytes"] as const;
export type CounterKind = (typeof counterKinds)[number];
let known: { gen: Generation; keys: Bytes[] } | undefined; // whoever changes many objects of a generation asks again and again
export function counterKey(gen: Generation, kind: CounterKind): Bytes {
  if (known?.gen !== gen) known = { gen, keys: counterKinds.map((_, place) => Buffer.concat([generationBytes(gen), Buffer.from([place])])) };
  return known.keys[counterKinds.indexOf(kind)] as Bytes;
}
export const counterRange = (gen: Generation): KeyRange => rangeOf(generationBytes(gen));
export function readCounterKey(counter: Bytes): { generation: Generation; kind: CounterKind } {
  const kind = counterKinds[counter[12] ?? -1];
  if (kind === undefined || counter.length !== 13) throw new Error("No such counter");
  return { generation: generation.read(asBuffer(counter), 0).value, kind };
}

/** The 16 raw bytes under which a content's blobs are owned in the blob store. */
export const ownerBytes = (id: ContentId | UploadId): Bytes => Buffer.from(id, "hex");
export const ownerId = (bytes: Bytes): ContentId => asBuffer(bytes).toString("hex").toUpperCase() as ContentId;
export const generationBytes = (gen: Generation): Bytes => bytesOf(generation, gen);
export const generationOf = (bytes: Bytes): Generation => generation.read(asBuffer(bytes), 0).value;
