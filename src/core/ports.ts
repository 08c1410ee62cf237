/**
 * What the core needs from below: an ordered metadata store, a blob store, clocks, randomness, a log.
 * Nothing here knows what a bucket is, and nothing above knows what SQLite or a volume is.
 */
import type { InventoryForms } from "./inventory/form.ts";

export type Bytes = Uint8Array;

/** A half-open range of keys, `from` included, `to` excluded, in byte order. */
export type KeyRange = { from: Bytes; to: Bytes };
export type Entry = { key: Bytes; value: Bytes };

/** A cursor over one snapshot. Entries come in the order of the scan; `seek` moves forward (backward when reversed), never back. */
export interface Cursor {
  /** The next `n` entries, fewer only at the end of the range. `value` is empty when the scan was `keysOnly`. */
  next(n: number): Promise<Entry[]>;
  /** The next entry read is the first at or after `key` (at or before it when reversed). */
  seek(key: Bytes): void;
  close(): void;
}

/** One consistent view. It lives at most `snapshotMsMax` or `snapshotRowsMax` (the store may refuse to read after that). */
export interface Snapshot {
  get(key: Bytes): Promise<Bytes | undefined>;
  scan(range: KeyRange & { reverse?: boolean; keysOnly?: boolean }): Cursor;
  /** The exact value of a counter in this snapshot; 0 when it was never added to. */
  sum(counter: Bytes): Promise<number>;
  /** Every counter whose name lies in the range, for `check`. */
  counters(range: KeyRange): Promise<{ counter: Bytes; value: number }[]>;
  close(): void;
}

/** What a batch takes for granted. Judged in commit order against all batches ahead; absence (`is: undefined`) binds as strongly as a value. */
export type Expectation = { key: Bytes; is: Bytes | undefined } | { empty: KeyRange };

/** One atomic change. No key may stand twice in `put` and `remove` together: the store throws a plain Error (a defect of ours) if one does. */
export type Batch = {
  expect: Expectation[];
  put: Entry[];
  remove: Bytes[];
  add: { counter: Bytes; delta: number }[];
  /** Counters that cease to exist. */
  drop?: Bytes[];
  /** Whole ranges that go, before anything is put. */
  clear?: Cleared[];
};

/**
 * Every row of a range, of which there must be `rows` when the batch's turn comes (else a conflict, named by `from`). For rows that nobody looks for
 * any more: it costs a fraction of removing them one by one, and `watched` and `watchedRow` tell nothing of it.
 */
export type Cleared = { range: KeyRange; rows: number };

/** `conflicts`: the keys (or `from` of the ranges) whose expectation failed, cleared ranges included; answered after the flush of what the batch lost to. */
export type CommitOutcome = { committed: true } | { committed: false; conflicts: Bytes[] };

export interface MetadataStore {
  /** Begins after the call: sees every commit acknowledged before it, on every thread. */
  snapshot(): Promise<Snapshot>;
  /** Optional. One row in a snapshot of its own: cheaper than `snapshot` where nothing else is read. */
  get?(key: Bytes): Promise<Bytes | undefined>;
  /**
   * Resolves once the batch is flushed to disk (or lost to another). Throws `StoreRefused` when nothing happened (full disk, closing) and
   * `StoreOutcomeUnknown` when it cannot tell (an I/O error at COMMIT): then nothing the batch names may be removed, nor the batch repeated.
   */
  commit(batch: Batch): Promise<CommitOutcome>;
  /**
   * Optional. A number that changes before and after every commit that touches one of the rows the store was told to watch, on every thread,
   * and is odd in between: rows read by a snapshot begun at an even number are the same for every reader who sees that number.
   */
  watched?(): number;
  /** Optional. As `watched`, for the one row of this key, if it is one of those that the store was told to watch row by row. Rows may share a number. */
  watchedRow?(key: Bytes): number;
  /** A turn in the fair queue of `key`; release it in every case. Throws `StoreRefused` when the deadline passes first. */
  turn(key: Bytes, deadlineMs: number): Promise<() => void>;
  close(): Promise<void>;
}

/** A batch has as many operations as it has parts, and a cleared range as many as it has rows. */
export const metadataLimits = {
  keyBytesMax: 6 * 1024,
  valueBytesMax: 1024 * 1024,
  batchOperationsMax: 8_192,
  batchBytesMax: 16 * 1024 * 1024,
  snapshotMsMax: 1_000,
  snapshotRowsMax: 10_000,
} as const;

/** Nothing of the batch or the blob happened. `full`: a full disk. `failed`: an I/O error before COMMIT. `timeout`: a deadline, a full queue, or a snapshot past its limits. */
export class StoreRefused extends Error {
  override name = "StoreRefused";
  readonly reason: "full" | "closing" | "timeout" | "failed";
  constructor(reason: "full" | "closing" | "timeout" | "failed", message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
/** It may or may not have happened. The process stops acknowledging and exits; the next start recovers. */
export class StoreOutcomeUnknown extends Error {
  override name = "StoreOutcomeUnknown";
}
/** Bytes that do not match their checksum. Never sent to anybody. */
export class StoreCorrupt extends Error {
  override name = "StoreCorrupt";
}
/** The blob was removed, or there never was one of that reference. */
export class BlobGone extends Error {
  override name = "BlobGone";
}
/** A source gave fewer or more bytes than were announced; nothing was stored. */
export class BodyLengthError extends Error {
  override name = "BodyLengthError";
  readonly expected: number;
  /** What had come when it was noticed. */
  readonly received: number;
  constructor(expected: number, received: number) {
    super(`expected ${expected} bytes, received ${received < expected ? "only " : ""}${received}`);
    this.expected = expected;
    this.received = received;
  }
}

/**
 * A stream that is pulled. `read` gives the next chunk, `undefined` at the end, and throws when the source fails or breaks its promise
 * (aborted, shorter or longer than announced, bad checksum). A chunk stays valid until the read AFTER the next one is called, so that a
 * reader may hold one chunk while the next is fetched. `close` may be called at any time, more than once, and frees what is held.
 */
export interface ByteSource {
  read(): Promise<Bytes | undefined>;
  close(): void;
}

/** Opaque to the core, unguessable, never used again. At most 40 bytes. */
export type BlobRef = Bytes & { readonly blobRef?: never };
export type BlobListing = { ref: BlobRef; owner: Bytes; size: number };

/** What a blob store has in files: bytes of the files, of live and of removed blobs in them. `open`: names of the volumes that still grow. `shelves`: the same one by one, of several. */
export type BlobSpace = {
  fileBytes: number;
  liveBytes: number;
  deadBytes: number;
  volumes: number;
  open: string[];
  shelves?: ({ shelf: Shelf } & Omit<BlobSpace, "open" | "shelves">)[];
};
/** Which of the store's folders a blob lies in, told by its reference for good. 0: the store's own, the only one where nothing else is said. */
export type Shelf = number;

export interface BlobStore {
  /**
   * Stores exactly `length` bytes for `owner` (16 bytes: the content or upload they belong to); flushed when it resolves. Throws what the source
   * throws, `StoreRefused("full")`, or `StoreOutcomeUnknown` after a failed flush; on a throw nothing stays that `remove` would have to know.
   * `shelf`: where; a shelf without room is full before a byte of the source is read.
   */
  write(source: ByteSource, options: { owner: Bytes; length: number; shelf?: Shelf }): Promise<BlobRef>;
  /** Optional. On which shelf a blob lies; a store without it has one. */
  shelfOf?(ref: BlobRef): Shelf;
  /** The bytes `start` (included) to `end` (excluded) of a blob, each verified against its checksum before it is handed out (`StoreCorrupt`). */
  read(ref: BlobRef, range: { start: number; end: number }): ByteSource;
  /** Idempotent, flushed when it resolves. The bytes are never readable through a new `read` afterwards. */
  remove(refs: readonly BlobRef[]): Promise<void>;
  /** The batch that names this blob is committed, or will never be: its epoch may end. Each written ref is settled exactly once. */
  settled(ref: BlobRef): void;
  /** Epochs that have ended (each of their writes is settled) and were not yet marked swept. */
  endedEpochs(): Promise<string[]>;
  /** The live blobs of an epoch, a page at a time. */
  list(epoch: string): AsyncIterable<BlobListing[]>;
  markSwept(epoch: string): Promise<void>;
  /** Every epoch that has ended, swept or not, for `check`. A store without it is checked in what is still to be swept. */
  epochs?(): Promise<string[]>;
  /** Optional. All of it, whoever wrote it; not cheap. */
  space?(): Promise<BlobSpace>;
  close(): Promise<void>;
}

export interface Clock {
  /** Milliseconds since 1970 as the machine tells them: for dates in answers and for judging request dates. */
  wallMs(): number;
  /** Milliseconds that never go back, across restarts either: for sequences. */
  sequenceMs(): number;
  /** Milliseconds of a clock that no one sets: for deadlines and for ordering readers against the remover. The same on every thread. */
  monotonicMs(): number;
}

export interface Random {
  bytes(count: number): Bytes;
}

/** Who is reading bytes right now, on every thread: what is dead is removed only when every reader that began before it died has ended. */
export interface Readers {
  /** Call BEFORE the snapshot is taken; call the result when the last byte was sent or the reader gave up. */
  begin(): () => void;
  /** `monotonicMs` at which the oldest running reader began; `Infinity` when there is none. */
  oldestMs(): number;
}

export type LogFields = Record<string, string | number | boolean | null | undefined>;
/** Structured; never given a secret, a signature or a token. */
export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, error: unknown, fields?: LogFields): void;
}

/** 32 bytes, under which all keys of the store are kept. `id` tells it from others. `anyName`: names that nobody made are encryption keys too. */
export type MasterKey = { id: string; bytes: Bytes; anyName?: boolean };

/** The text records of a host name; none where there are none, or nobody answers in time. */
export type HostProofs = { texts(host: string): Promise<string[]> };

/**
 * `slot` (0 to 63, absent: 0) is this thread's or node's own among all that write to the store: it keeps their sequences apart. `dayMs`: how long a
 * lifecycle's day is, where it is shorter than a day. `trashKeepMs`: how long purged buckets stay in the trash (absent: not at all).
 * `inventoryForms`: whose words reports can be in; background threads alone need them. `hosts`: what shows that a host name is the caller's (absent: nothing does).
 * `transitionBytesMin`: smaller objects are left in their class by transitions that name no size (absent: as the lifecycle has it). `shelves`: where the
 * blobs of a storage class are written, by its name (absent of it: to shelf 0); without it there is one shelf, and nobody asks.
 */
export type Ports = {
  metadata: MetadataStore;
  blobs: BlobStore;
  clock: Clock;
  random: Random;
  readers: Readers;
  log: Log;
  slot?: number;
  master?: MasterKey;
  dayMs?: number;
  trashKeepMs?: number;
  inventoryForms?: InventoryForms;
  hosts?: HostProofs | "trusted";
  transitionBytesMin?: number;
  shelves?: ReadonlyMap<string, Shelf>;
};
