/** What one request sees: one snapshot, begun after its caller was authenticated, and what it read from it. */
import { authorizeBucket } from "./access/evaluate.ts";
import type { BucketAddress, Context } from "./api.ts";
import { fail } from "./errors.ts";
import { asBuffer, generationOf, tables } from "./keys.ts";
import type { Account, AccountId, BucketState } from "./model.ts";
import { type Bytes, type Cursor, type KeyRange, type Ports, type Snapshot, StoreRefused } from "./ports.ts";
import { decodeAccount, decodeBucketState } from "./records.ts";
import { decodedOnce, isCachedRow, type RowCache, rowCache } from "./row-cache.ts";

/** A bucket's state with the row it came from, which every write under the bucket expects. */
export type BucketHandle = { state: BucketState; stateKey: Bytes; stateValue: Bytes };

export class View {
  readonly ports: Ports;
  readonly #cache: RowCache | undefined;
  readonly #stamp: number | undefined;
  readonly #rows = new Map<string, Bytes | undefined>();
  #snapshot: Promise<Snapshot> | undefined;
  #closed = false;

  private constructor(ports: Ports) {
    this.ports = ports;
    this.#cache = rowCache(ports.metadata);
    this.#stamp = this.#cache?.stamp();
  }
  /** Must be closed. Its snapshot begins with the first row that is not kept by the row cache. */
  static async open(ports: Ports): Promise<View> {
    return new View(ports);
  }
  async get(key: Bytes): Promise<Bytes | undefined> {
    const name = asBuffer(key).toString("latin1");
    if (this.#rows.has(name)) return this.#rows.get(name);
    const cache = this.#stamp !== undefined && isCachedRow(key) ? this.#cache : undefined;
    const kept = cache?.find(this.#stamp as number, name);
    const value = kept ? kept.value : await (await this.#begun()).get(key);
    if (!kept) cache?.keep(this.#stamp as number, name, value);
    this.#rows.set(name, value);
    return value;
  }
  scan(range: KeyRange & { reverse?: boolean; keysOnly?: boolean }): Cursor {
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
    this.#snapshot ??= this.ports.metadata.snapshot();
    return this.#snapshot;
  }

  /** The first row of a range. */
  async first(range: KeyRange & { reverse?: boolean }): Promise<{ key: Bytes; value: Bytes } | undefined> {
    const cursor = this.scan(range);
    const [entry] = await cursor.next(1);
    cursor.close();
    return entry;
  }
  /** The live bucket of this name, whoever asks. */
  async findBucket(address: BucketAddress): Promise<BucketHandle | undefined> {
    const pointer = await this.get(tables.name.key(address.tenant, address.bucket));
    if (pointer === undefined) return undefined;
    const stateKey = tables.state.key(generationOf(pointer));
    const stateValue = await this.get(stateKey);
    if (stateValue === undefined) throw new Error(`The name of bucket ${address.bucket} points at a generation without a state`);
    const state = stateOf(stateValue);
    return state.status === "live" ? { state, stateKey, stateValue } : undefined;
  }
  /** The bucket, if it is there (bucketMissing) and the caller may do what the context says to it (accessDenied). */
  async bucket(context: Context, address: BucketAddress): Promise<BucketHandle> {
    const handle = await this.findBucket(address);
    if (handle === undefined) fail("bucketMissing", { bucket: address.bucket });
    await authorizeBucket(this, context, handle.state);
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

/** Runs a read on a fresh view, closed in every case; begun again on a fresh one when the store took the snapshot back for its age. */
export async function onView<T>(ports: Ports, read: (view: View) => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      const view = await View.open(ports);
      try {
        return await read(view);
      } finally {
        view.close();
      }
    } catch (error) {
      if (!(error instanceof StoreRefused) || error.reason !== "timeout") throw error;
      if (tried === snapshotsTriedMax) fail("overloaded", { retryAfterS: 1 });
    }
  }
}
