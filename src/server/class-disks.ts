/** What the threads go by of the folders of storage classes: whether each is there, and its free space, measured by the main thread. */
import type { Log, Shelf } from "../core/ports.ts";
import type { ShelfGuard } from "../storage/blobs/volumes/shelves.ts";
import { type ClassFolder, folderId } from "./class-folders.ts";
import { type DiskWatch, diskLimits, freeBytesOf } from "./disk.ts";
import type { GaugeRow } from "./metrics.ts";
import { type SharedMemory, shelfSlot } from "./ports/shared.ts";

/** Below anything that bodies in flight could bring the free space to. */
const gone = -(1n << 62n);

export function createShelfGuard({ longs }: SharedMemory, reserveBytes: number): ShelfGuard {
  const free = (shelf: Shelf): bigint => Atomics.load(longs, shelfSlot(shelf));
  return {
    isThere: (shelf) => free(shelf) !== gone,
    admits(shelf, bytes) {
      if (free(shelf) - BigInt(bytes) < BigInt(reserveBytes)) return false;
      Atomics.sub(longs, shelfSlot(shelf), BigInt(bytes));
      return true;
    },
  };
}

/** The folders that are missing now, for readiness. */
export const missingFolders = ({ longs }: SharedMemory, folders: readonly ClassFolder[]): ClassFolder[] =>
  folders.filter(({ shelf }) => Atomics.load(longs, shelfSlot(shelf)) === gone);

/** For the main thread. Each change is logged once. */
export function watchClassDisks(
  memory: SharedMemory,
  { folders, reserveBytes, log, free = freeBytesOf }: { folders: readonly ClassFolder[]; reserveBytes: number; log: Log; free?: (folder: string) => Promise<number> },
): DiskWatch {
  const states = new Map<Shelf, "there" | "low" | "missing">();
  const measureOne = async ({ shelf, path, id, classes }: ClassFolder): Promise<void> => {
    const bytes = isHere(path, id) ? await free(path).catch(() => undefined) : undefined;
    Atomics.store(memory.longs, shelfSlot(shelf), bytes === undefined ? gone : BigInt(bytes));
    const state = bytes === undefined ? "missing" : bytes < reserveBytes ? "low" : "there";
    const before = states.get(shelf) ?? "there";
    states.set(shelf, state);
    if (state === before) return;
    const fields = { folder: path, classes: classes.join(" "), freeBytes: bytes };
    if (state === "there") log.info("folders.recovered", fields);
    else log.warn(`folders.${state}`, fields);
  };
  const measure = async (): Promise<void> => {
    for (const folder of folders) await measureOne(folder);
  };
  const timer = setInterval(() => void measure(), diskLimits.measureMs).unref();
  if (folders.length === 0) clearInterval(timer);
  return { measure, stop: () => clearInterval(timer) };
}

function isHere(folder: string, id: string): boolean {
  try {
    return folderId(folder) === id;
  } catch {
    return false;
  }
}

export function classDiskRows({ longs }: SharedMemory, folders: readonly ClassFolder[]): GaugeRow[] {
  return folders.map(({ shelf, classes }) => {
    const free = Atomics.load(longs, shelfSlot(shelf));
    return {
      name: "amphora_class_disk_free_bytes",
      help: "Free space of the disk of a storage class's folder, less what was promised to bodies since it was measured; -1: the folder is missing.",
      type: "gauge",
      value: free === gone ? -1 : Number(free),
      labels: { folder: String(shelf), classes: classes.join(" ") },
    };
  });
}
