/**
 * The memory that all threads of one server see: its state, its clock, its free disk space, and who is reading. Fixed when the process
 * starts; every slot is read and written through Atomics.
 */
export const serverStates = ["starting", "serving", "draining"] as const;
export type ServerState = (typeof serverStates)[number];

const longs = { sequence: 0, mark: 1, freeBytes: 2, state: 3, watched: 4, commits: 5, readers: 6 } as const;

export type SharedMemory = { buffer: SharedArrayBuffer; longs: BigInt64Array };

/** One reader slot for each thread. */
export function createSharedMemory(threads: number): SharedMemory {
  return openSharedMemory(new SharedArrayBuffer((longs.readers + threads) * BigInt64Array.BYTES_PER_ELEMENT));
}
export function openSharedMemory(buffer: SharedArrayBuffer): SharedMemory {
  return { buffer, longs: new BigInt64Array(buffer) };
}

export const sharedSlots = longs;

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
export function watchedRowsChanging(memory: SharedMemory): void {
  Atomics.add(memory.longs, longs.watched, 1n);
}
