/** What one request sees: one snapshot, begun after its caller was authenticated, and what it read from it. */

import { compareBytes, equalBytes } from "../lib/bytes.ts";
import { authorizeBucket } from "./access/evaluate.ts";
import type { BucketAddress, Context } from "./api.ts";
import { fail } from "./errors.ts";
import { type HotRow, hotRows, isHotRow } from "./hot-rows.ts";
import { asBuffer, generationOf, tables } from "./keys.ts";
import type { Account, AccountId, BucketState, ObjectKey } from "./model.ts";
import { type Bytes, type Cursor, type KeyRange, type Ports, type Snapshot, StoreRefused } from "./ports.ts";
import { decodeAccount, decodeBucketState } from "./records.ts";
import { decodedOnce, isCachedRow, type RowCache, rowCache } from "./row-cache.ts";

/** A bucket's state with the row it came from, which every write under the bucket expects. */
export type BucketHandle = { state: BucketState; stateKey: Bytes; stateValue: Bytes };

/** Under which name a bucket's handle is kept (`View.made`). */
export const bucketMade = ({ tenant, bucket }: BucketAddress): string => `bucket ${tenant} ${bucket}`;

export type ViewOptions = { startsAlone?: boolean; rowByRow?: boolean };

export class View {
  readonly ports: Ports;
  readonly #cache: RowCache | undefined;
  readonly #stamp: number | undefined;
  readonly #rows = new Map<string, Bytes | undefined>();
  #snapshot: Promise<Snapshot> | undefined;
  #closed = false;
  /** The first row is read without a snapshot, as long as nothing else is read: `#lone` is that row. */
  readonly #startsAlone: boolean;
  #lone: { key: Bytes; value: Bytes | undefined } | undefined;
  #loneRead: Promise<Bytes | undefined> | undefined;
  /** The lone row, where it is kept for the next view. */
  #hot: HotRow | undefined;
  /** Each row is read by itself, without a snapshot; only `get` works. */
  readonly #rowByRow: boolean;
  #readRows = 0;
  /** Ranges that were read as a whole. */
  readonly #ahead: (KeyRange & { rows: ReadonlyMap<string, Bytes> })[] = [];

  private constructor(ports: Ports, { startsAlone = false, rowByRow = false }: ViewOptions) {
    this.ports = ports;
    this.#startsAlone = startsAlone && ports.metadata.get !== undefined;
    this.#rowByRow = rowByRow && ports.metadata.get !== undefined;
    this.#cache = rowCache(ports.metadata);
    this.#stamp = this.#cache?.stamp();
  }
  /**
   * Must be closed. Its snapshot begins with the first row that is not kept by the row cache. `startsAlone`: most often that row is all that is
   * read; should another follow after it has changed, that read throws `ViewMoved` (`onView` begins again). `rowByRow`: for a change that
   * expects every row it reads, the first time it is tried: no snapshot is taken, rows may come from different moments, and everything but
   * `get` throws `ViewMoved` (`transact` begins again on a snapshot).
   */
  static open(ports: Ports, options: ViewOptions = {}): View {
    return new View(ports, options);
  }
  get(key: Bytes): Promise<Bytes | undefined> {
    const cache = this.#stamp !== undefined && isCachedRow(key) ? this.#cache : undefined;
    if (cache === undefined && this.#rowByRow) return this.#getNamed(key, cache);
    if (cache === undefined && this.#isAlone()) return this.#readLone(key);
    return this.#loneRead !== undefined && this.#lone !== undefined && equalBytes(this.#lone.key, key) ? this.#loneRead : this.#getNamed(key, cache);
  }
  async #getNamed(key: Bytes, cache: RowCache | undefined): Promise<Bytes | undefined> {
    const name = asBuffer(key).toString("latin1");
    if (this.#rows.has(name)) return this.#rows.get(name);
    for (const range of this.#ahead) if (isWithin(key, range)) return range.rows.get(name);
    const kept = cache?.find(this.#stamp as number, name);
    const value = kept ? kept.value : await this.#readBegun(key);
    if (!kept) cache?.keep(this.#stamp as number, name, value);
    this.#rows.set(name, value);
    return value;
  }
  /** How many rows were read that the row cache does not keep. */
  get readRows(): number {
    return this.#readRows;
  }
  /**
   * For many reads that lie close together: a whole range at once, if it has no more rows than `most`. What is then read of it one by one comes from
   * memory, and where it was empty scans do too.
   */
  async readAhead(range: KeyRange, most: number): Promise<void> {
    const cursor = this.scan(range);
    const rows = await cursor.next(most + 1);
    cursor.close();
    if (rows.length > most) return;
    this.#ahead.push({ ...range, rows: new Map(rows.map(({ key, value }) => [asBuffer(key).toString("latin1"), value])) });
  }
  scan(range: KeyRange & { reverse?: boolean; keysOnly?: boolean }): Cursor {
    for (const { from, to, rows } of this.#ahead) if (rows.size === 0 && compareBytes(from, range.from) <= 0 && compareBytes(range.to, to) <= 0) return emptyCursor;
    return laterCursor(this.#begun().then((snapshot) => snapshot.scan(range)));
  }
  async sum(counter: Bytes): Promise<number> {
    return (await this.#begun()).sum(counter);
  }
  async counters(range: KeyRange): Promise<{ counter: Bytes; value: number }[]> {
    return (await this.#begun()).counters(range);
  }
  close(): void {
    this.#closed = true;
    this.#snapshot?.then(
      (snapshot) => snapshot.close(),
      () => {},
    );
  }
  #begun(): Promise<Snapshot> {
    if (this.#closed) throw new Error("A view was read after its close");
    if (this.#rowByRow) return Promise.reject(new ViewMoved());
    this.#snapshot ??= this.#lone ? this.#beginAround(this.#lone) : this.ports.metadata.snapshot();
    return this.#snapshot;
  }
  async #readBegun(key: Bytes): Promise<Bytes | undefined> {
    this.#readRows++;
    if (this.#rowByRow && this.ports.metadata.get !== undefined) return this.ports.metadata.get(key);
    return (await this.#begun()).get(key);
  }
  #isAlone(): boolean {
    return this.#startsAlone && this.#snapshot === undefined && this.#lone === undefined && !this.#closed;
  }
  #readLone(key: Bytes): Promise<Bytes | undefined> {
    const lone: { key: Bytes; value: Bytes | undefined } = { key, value: undefined };
    // A read that comes before this one has ended finds a snapshot to wait for.
    this.#lone = lone;
    const rows = isHotRow(key) ? hotRows(this.ports.metadata) : undefined;
    this.#hot = rows?.find(key);
    if (this.#hot !== undefined) {
      lone.value = this.#hot.value;
      this.#loneRead = Promise.resolve(lone.value);
      return this.#loneRead;
    }
    const keep = rows?.reading(key);
    this.#loneRead = (this.ports.metadata.get?.(key) ?? Promise.resolve(undefined)).then((value) => {
      lone.value = value;
      this.#hot = keep?.(value);
      return value;
    });
    return this.#loneRead;
  }
  /** What `decode` makes of a row's value; of one that is kept it is made once. Shared: nobody may change it. */
  decoded<T extends object>(value: Bytes, decode: (value: Bytes) => T): T {
    const hot = this.#hot;
    if (hot === undefined || hot.value !== value) return decode(value);
    return (hot.made ??= decode(value)) as T;
  }
  /** A snapshot in which the row read before it is as it was: everything this view has seen comes from it. */
  async #beginAround(lone: { key: Bytes; value: Bytes | undefined }): Promise<Snapshot> {
    await this.#loneRead;
    const snapshot = await this.ports.metadata.snapshot();
    const now = await snapshot.get(lone.key);
    if (now === undefined ? lone.value === undefined : lone.value !== undefined && equalBytes(now, lone.value)) return snapshot;
    snapshot.close();
    throw new ViewMoved();
  }

  /** Makes something of kept rows alone, or gives what was made of the same rows before. `make` may give undefined, which is not kept. */
  made<T extends object>(name: string, make: () => Promise<T | undefined>): Promise<T | undefined> {
    const stamp = this.#stamp;
    const cache = this.#cache;
    if (stamp === undefined || cache === undefined) return make();
    const known = cache.findMade(stamp, name);
    if (known !== undefined) return Promise.resolve(known as T);
    return make().then((made) => {
      if (made !== undefined) cache.keepMade(stamp, name, made);
      return made;
    });
  }

  /** The first row of a range. */
  async first(range: KeyRange & { reverse?: boolean }): Promise<{ key: Bytes; value: Bytes } | undefined> {
    const cursor = this.scan(range);
    const [entry] = await cursor.next(1);
    cursor.close();
    return entry;
  }
  /** The live bucket of this name, whoever asks. */
  findBucket(address: BucketAddress): Promise<BucketHandle | undefined> {
    return this.made(bucketMade(address), () => this.#readBucket(address));
  }
  async #readBucket(address: BucketAddress): Promise<BucketHandle | undefined> {
    const pointer = await this.get(tables.name.key(address.tenant, address.bucket));
    if (pointer === undefined) return undefined;
    const stateKey = tables.state.key(generationOf(pointer));
    const stateValue = await this.get(stateKey);
    if (stateValue === undefined) throw new Error(`The name of bucket ${address.bucket} points at a generation without a state`);
    const state = stateOf(stateValue);
    return state.status === "live" ? { state, stateKey, stateValue } : undefined;
  }
  /** The bucket, if it is there (bucketMissing) and the caller may do what the context says to it (accessDenied). */
  async bucket(context: Context, address: BucketAddress & { key?: ObjectKey }): Promise<BucketHandle> {
    const handle = await this.findBucket(address);
    if (handle === undefined) fail("bucketMissing", { bucket: address.bucket });
    await authorizeBucket(this, context, handle.state, address.key);
    return handle;
  }
  async account(id: AccountId): Promise<Account | undefined> {
    const value = await this.get(tables.account.key(id));
    return value === undefined ? undefined : accountOf(value);
  }
  /** The account that owns something. Accounts that own buckets cannot be deleted; owners of single objects can: a nameless one stands in. */
  async owner(id: AccountId): Promise<Account> {
    const found = await this.account(id);
    if (found) return found;
    const gone = { id, tenant: "default" as Account["tenant"], name: id, canonicalId: id.padStart(64, "0").slice(-64), uid: "0", accountId: "000000000000" };
    return { ...gone, displayName: id, email: "", root: false, epoch: 0, createdMs: 0 };
  }
}

const isWithin = (key: Bytes, { from, to }: KeyRange): boolean => compareBytes(from, key) <= 0 && compareBytes(key, to) < 0;
const emptyCursor: Cursor = { next: async () => [], seek() {}, close() {} };

const stateOf = decodedOnce(decodeBucketState);
const accountOf = decodedOnce(decodeAccount);

/** A cursor of a snapshot that may still be beginning. */
function laterCursor(opening: Promise<Cursor>): Cursor {
  opening.catch(() => {});
  return {
    next: async (n) => (await opening).next(n),
    seek: (key) =>
      void opening.then(
        (cursor) => cursor.seek(key),
        () => {},
      ),
    close: () =>
      void opening.then(
        (cursor) => cursor.close(),
        () => {},
      ),
  };
}

/** A busy machine may keep a read from finishing within `metadataLimits.snapshotMsMax`. */
const snapshotsTriedMax = 3;

/** What a view began with changed before the rest was read. */
export class ViewMoved extends Error {
  override name = "ViewMoved";
}

/**
 * Runs a read on a fresh view, closed in every case; begun again on a fresh one when the store took the snapshot back for its age.
 * `startsAlone`: see `View.open`.
 */
export async function onView<T>(ports: Ports, read: (view: View) => Promise<T>, options: { startsAlone?: boolean } = {}): Promise<T> {
  let startsAlone = options.startsAlone === true;
  for (let tried = 1; ; ) {
    try {
      const view = View.open(ports, { startsAlone });
      try {
        return await read(view);
      } finally {
        view.close();
      }
    } catch (error) {
      if (error instanceof ViewMoved) {
        startsAlone = false;
        continue;
      }
      if (!(error instanceof StoreRefused) || error.reason !== "timeout") throw error;
      if (tried++ === snapshotsTriedMax) fail("overloaded", { retryAfterS: 1 });
    }
  }
}
