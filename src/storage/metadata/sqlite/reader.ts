/**
 * Reads: a pool of read-only connections of this thread, one connection per open snapshot (a read transaction belongs to its connection). The pages of a
 * cursor are separate statements inside the transaction, so nothing unfinished stays on a connection when it goes back.
 */
import { type Bytes, type Cursor, type Entry, type KeyRange, metadataLimits, type Snapshot, StoreRefused } from "../../../core/ports.ts";
import { compareBytes, successor } from "../../../lib/bytes.ts";
import { copyBytes } from "../keys.ts";
import { type Connection, openConnection } from "./connection.ts";
import { readFailure } from "./failures.ts";
import { counterValue, keyCheck, unseal, verifyKey } from "./seal.ts";
import { boundOf } from "./tables.ts";

export const readerLimits = {
  /** Open snapshots per thread; more wait for one to end, which takes `snapshotMsMax` at most. */
  connectionsMax: 128,
  waitingMax: 16_384,
  countersMax: 10_000,
} as const;

const sweepMs = 100;
/** How long one transaction may serve single rows: a reader inside the WAL keeps it from being reset. */
const sharedMsMax = 25;

export type ReaderLimits = { snapshotMsMax: number; snapshotRowsMax: number; connectionsMax: number };
export type Reader = {
  snapshot(): Promise<Snapshot>;
  /** One row: a statement outside a transaction is a snapshot of its own, without the three statements that begin and end one. */
  get(key: Bytes): Promise<Bytes | undefined>;
  /** Snapshots that are open now, connections, and whether a transaction for single rows is open. */
  stats(): { open: number; connections: number; waiting: number; shares: boolean };
  close(): void;
};

/**
 * @param folder of an engine that is open, on this or another thread.
 * @param commits counts the commits that may have been answered: while it stands still, single rows are read in one transaction.
 */
export function openReader(folder: string, options: Partial<ReaderLimits> = {}, commits?: () => number): Reader {
  const limits = { ...metadataLimits, ...readerLimits, ...options };
  const idle: Connection[] = [];
  const open = new Set<OpenSnapshot>();
  const waiting: { resolve: (connection: Connection) => void; reject: (error: Error) => void }[] = [];
  let connections = 0;
  let closed = false;
  let sweeper: NodeJS.Timeout | undefined;

  function giveBack(connection: Connection, snapshot: OpenSnapshot): void {
    open.delete(snapshot);
    let healthy = true;
    try {
      connection.end.run();
    } catch {
      healthy = false;
    }
    if (!healthy || closed) discard(connection);
    else idle.push(connection);
    serveWaiting();
    if (open.size === 0 && sweeper !== undefined) {
      clearInterval(sweeper);
      sweeper = undefined;
    }
  }
  function discard(connection: Connection): void {
    connections--;
    connection.db.close();
  }
  function serveWaiting(): void {
    while (waiting.length > 0 && (idle.length > 0 || connections < limits.connectionsMax)) {
      const next = waiting.shift();
      try {
        next?.resolve(idle.pop() ?? connect());
      } catch (error) {
        next?.reject(error as Error);
      }
    }
  }
  function connect(): Connection {
    try {
      const connection = openConnection(folder);
      connections++;
      return connection;
    } catch (error) {
      throw readFailure(error);
    }
  }
  function begin(connection: Connection): void {
    try {
      connection.begin.run();
      // BEGIN alone takes no snapshot; this touches the table without reading a page of it.
      connection.touch.get();
    } catch (error) {
      discard(connection);
      throw readFailure(error);
    }
  }
  function beginSnapshot(connection: Connection): Snapshot {
    begin(connection);
    const snapshot = openSnapshot(connection, limits, giveBack);
    open.add(snapshot);
    sweeper ??= setInterval(sweep, sweepMs).unref();
    return snapshot;
  }
  function sweep(): void {
    const nowMs = performance.now();
    for (const snapshot of open) if (nowMs - snapshot.beganMs > limits.snapshotMsMax) snapshot.expire();
  }

  async function snapshot(): Promise<Snapshot> {
    if (closed) throw new StoreRefused("closing", "the store is closed");
    if (idle.length > 0 || connections < limits.connectionsMax) return beginSnapshot(idle.pop() ?? connect());
    if (waiting.length >= limits.waitingMax) throw new StoreRefused("timeout", `more than ${limits.waitingMax} wait for a snapshot`);
    return beginSnapshot(await new Promise<Connection>((resolve, reject) => waiting.push({ resolve, reject })));
  }
  /**
   * A transaction that many single reads share, as long as no commit was answered since before it began: whatever a reader may know of is in
   * it. That spares each of them the locks of the WAL. Between commits that follow one another closely nothing is shared.
   */
  let shared: { connection: Connection; at: number } | undefined;
  let lastAt = Number.NaN;
  let sharedTimer: NodeJS.Timeout | undefined;
  function endShared(): void {
    if (shared === undefined) return;
    const { connection } = shared;
    shared = undefined;
    clearTimeout(sharedTimer);
    try {
      connection.end.run();
      idle.push(connection);
    } catch {
      discard(connection);
    }
    serveWaiting();
  }
  function sharedConnection(): Connection | undefined {
    if (commits === undefined) return undefined;
    const at = commits();
    if (shared?.at === at) return shared.connection;
    endShared();
    const steady = at === lastAt;
    lastAt = at;
    const connection = steady ? idle.pop() : undefined;
    if (connection === undefined) return undefined;
    begin(connection);
    shared = { connection, at };
    sharedTimer = setTimeout(endShared, sharedMsMax).unref();
    return connection;
  }
  /** Outside the shared transaction, the connection is idle again before anybody else could ask for it. */
  function readOne(connection: Connection, key: Bytes): Bytes | undefined {
    try {
      const row = connection.get.get(key) as unknown as unknown[] | undefined;
      return row && unseal(keyCheck(key), row[0]);
    } catch (error) {
      throw readFailure(error);
    }
  }

  return {
    snapshot,
    async get(key) {
      if (closed) throw new StoreRefused("closing", "the store is closed");
      const ready = sharedConnection() ?? idle[idle.length - 1];
      if (ready !== undefined) return readOne(ready, key);
      if (connections < limits.connectionsMax) {
        const made = connect();
        idle.push(made);
        return readOne(made, key);
      }
      const view = await snapshot();
      try {
        return await view.get(key);
      } finally {
        view.close();
      }
    },
    stats: () => ({ open: open.size, connections, waiting: waiting.length, shares: shared !== undefined }),
    close() {
      closed = true;
      for (const { reject } of waiting.splice(0)) reject(new StoreRefused("closing", "the store is closed"));
      endShared();
      for (const snapshot of open) snapshot.close();
      for (const connection of idle.splice(0)) discard(connection);
    },
  };
}

type OpenSnapshot = Snapshot & { readonly beganMs: number; expire(): void };
/** Runs a read of so many rows at most, or throws why not. */
type Reading = <T>(read: () => T, rowsOf: (result: T) => number) => T;

function openSnapshot(connection: Connection, limits: ReaderLimits, giveBack: (connection: Connection, snapshot: OpenSnapshot) => void): OpenSnapshot {
  const beganMs = performance.now();
  let rows = 0;
  let state: "open" | "closed" | "expired" = "open";
  const end = (next: "closed" | "expired"): void => {
    if (state !== "open") return;
    state = next;
    giveBack(connection, snapshot);
  };
  const reading: Reading = (read, rowsOf) => {
    if (state === "open" && performance.now() - beganMs > limits.snapshotMsMax) end("expired");
    if (state === "expired") throw new StoreRefused("timeout", `a snapshot lives ${limits.snapshotMsMax} ms: begin another`);
    if (state === "closed") throw new Error("a snapshot was read after its close");
    if (rows >= limits.snapshotRowsMax) throw new StoreRefused("timeout", `a snapshot may read ${limits.snapshotRowsMax} rows: begin another`);
    try {
      const result = read();
      rows += rowsOf(result);
      return result;
    } catch (error) {
      throw readFailure(error);
    }
  };
  const one = (): number => 1;

  const snapshot: OpenSnapshot = {
    beganMs,
    expire: () => end("expired"),
    async get(key) {
      const row = reading(() => connection.get.get(key), one) as unknown as unknown[] | undefined;
      return row && unseal(keyCheck(key), row[0]);
    },
    scan: (range) => openCursor(connection, range, reading),
    async sum(counter) {
      const row = reading(() => connection.sum.get(counter), one) as unknown as unknown[] | undefined;
      return row === undefined ? 0 : counterValue(unseal(keyCheck(counter), row[0]));
    },
    async counters(range) {
      const found = reading(
        () => connection.counters.all(boundOf(range.from), boundOf(range.to), readerLimits.countersMax + 1),
        (all) => all.length,
      ) as unknown as unknown[][];
      if (found.length > readerLimits.countersMax) throw new RangeError(`more than ${readerLimits.countersMax} counters in the range: ask for a part of it`);
      return found.map(([name, stored]) => {
        const counter = name as Bytes;
        return { counter, value: counterValue(unseal(keyCheck(counter), stored)) };
      });
    },
    close: () => end("closed"),
  };
  return snapshot;
}

const noBytes = new Uint8Array(0);

function openCursor(connection: Connection, range: KeyRange & { reverse?: boolean; keysOnly?: boolean }, reading: Reading): Cursor {
  const reverse = range.reverse === true;
  const keysOnly = range.keysOnly === true;
  const { page } = connection;
  const statement = reverse ? (keysOnly ? page.reverseKeys : page.reverse) : keysOnly ? page.forwardKeys : page.forward;
  let from = boundOf(range.from);
  let to = boundOf(range.to);
  let closed = false;

  return {
    async next(n) {
      if (closed) throw new Error("a cursor was read after its close");
      if (n < 1) return [];
      const rows = reading(
        () => statement.all(from, to, n),
        (all) => all.length,
      ) as unknown as [key: unknown, rest: unknown][];
      const entries: Entry[] = new Array(rows.length);
      for (let i = 0; i < rows.length; i++) {
        const [key, rest] = rows[i] as [unknown, unknown];
        entries[i] = keysOnly ? { key: verifyKey(key, rest), value: noBytes } : { key: key as Bytes, value: unseal(keyCheck(key as Bytes), rest) };
      }
      const last = entries[rows.length - 1];
      if (last !== undefined && reverse) to = last.key;
      else if (last !== undefined) from = successor(last.key);
      return entries;
    },
    seek(key) {
      if (reverse) {
        const bound = successor(key);
        if (compareBytes(bound, to) < 0) to = bound;
      } else if (compareBytes(key, from) > 0) from = copyBytes(key);
    },
    close() {
      closed = true;
    },
  };
}
