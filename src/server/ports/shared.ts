/**
 * The memory that all threads of one server see: its state, its clock, its free disk space, and who is reading. Fixed when the process
 * starts; every slot is read and written through Atomics.
 */
import { shelvesMax } from "../../storage/blobs/volumes/format.ts";

export const serverStates = ["starting", "serving", "draining"] as const;
export type ServerState = (typeof serverStates)[number];

/** `shelves`: the free bytes of each folder beside the store's own, from shelf 1 on; -1 of one that is missing. */
const longs = { sequence: 0, mark: 1, freeBytes: 2, state: 3, watched: 4, commits: 5, begun: 6, ended: 7, shelves: 8, readers: 8 + (shelvesMax - 1) } as const;

/** Rows that are watched one by one share so many numbers. */
const rowNumbers = 4_096;

export type SharedMemory = { buffer: SharedArrayBuffer; longs: BigInt64Array; rows: Int32Array };

/** One reader slot for each thread. */
export function createSharedMemory(threads: number): SharedMemory {
  return openSharedMemory(new SharedArrayBuffer((longs.readers + threads) * BigInt64Array.BYTES_PER_ELEMENT + rowNumbers * Int32Array.BYTES_PER_ELEMENT));
}
export function openSharedMemory(buffer: SharedArrayBuffer): SharedMemory {
  const rowsAt = buffer.byteLength - rowNumbers * Int32Array.BYTES_PER_ELEMENT;
  return { buffer, longs: new BigInt64Array(buffer, 0, rowsAt / BigInt64Array.BYTES_PER_ELEMENT), rows: new Int32Array(buffer, rowsAt) };
}

export const sharedSlots = longs;
export const shelfSlot = (shelf: number): number => longs.shelves + shelf - 1;

export const serverState = (memory: SharedMemory): ServerState => serverStates[Number(Atomics.load(memory.longs, longs.state))] as ServerState;
export function setServerState(memory: SharedMemory, state: ServerState): void {
  Atomics.store(memory.longs, longs.state, BigInt(serverStates.indexOf(state)));
}

/** The count behind `MetadataStore.watched`. */
export const watchedRows = (memory: SharedMemory): number => Number(Atomics.load(memory.longs, longs.watched));
/** Groups that were committed and may have been answered, modulo 2^53: while it stands still, what was read once is what would be read again. */
export const committedGroups = (memory: SharedMemory): number => Number(Atomics.load(memory.longs, longs.commits));
export function groupCommitted(memory: SharedMemory): void {
  Atomics.add(memory.longs, longs.commits, 1n);
}
/** Requests of clients, on all threads: how many began, how many ended. */
export type Load = { began(): void; ended(): void };
export const createLoad = ({ longs: slots }: SharedMemory): Load => ({
  began: () => void Atomics.add(slots, longs.begun, 1n),
  ended: () => void Atomics.add(slots, longs.ended, 1n),
});
/** Tells whether a request was served at any time since it was last asked. */
export function watchLoad({ longs: slots }: SharedMemory): () => boolean {
  let before = -1n;
  return () => {
    const begun = Atomics.load(slots, longs.begun);
    const wasBusy = begun !== before || begun !== Atomics.load(slots, longs.ended);
    before = begun;
    return wasBusy;
  };
}
export function watchedRowsChanging(memory: SharedMemory): void {
  Atomics.add(memory.longs, longs.watched, 1n);
}

/** How many of a key's bytes, from its end, decide which number it has: keys of one bucket differ there. */
const hashedBytes = 32;
function numberOf(key: Uint8Array): number {
  let hash = 0x811c9dc5 ^ key.length;
  for (let at = Math.max(0, key.length - hashedBytes); at < key.length; at++) hash = Math.imul(hash ^ (key[at] as number), 0x01000193);
  return (hash ^ (hash >>> 15)) & (rowNumbers - 1);
}
/** The count behind `MetadataStore.watchedRow`. */
export const watchedRow = (memory: SharedMemory, key: Uint8Array): number => Atomics.load(memory.rows, numberOf(key));
/** Call with the same rows before and after they change. */
export function watchedRowChanging(memory: SharedMemory, keys: readonly Uint8Array[]): void {
  const first = keys.length === 1 ? keys[0] : undefined;
  if (first !== undefined) Atomics.add(memory.rows, numberOf(first), 1);
  else for (const number of new Set(keys.map(numberOf))) Atomics.add(memory.rows, number, 1);
}
