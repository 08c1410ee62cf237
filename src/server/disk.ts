/**
 * The free space all threads go by. The main thread measures; every admitted body is taken off at once, so that many requests between two
 * measurements cannot eat the reserve. Below the reserve, what stores something is refused before its body is read; deletes and reclaim go on.
 */
import { closeSync, fsyncSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "../core/ports.ts";
import { type SharedMemory, sharedSlots } from "./ports/shared.ts";

export type DiskGauge = {
  freeBytes(): number;
  /** May a body of this many bytes (undefined: unknown) be taken in? Takes it off the free space when it may. */
  admit(contentLength: number | undefined): boolean;
};

/** What a body of unknown length is counted with. */
const unknownLengthBytes = 4 * 1024 * 1024;

export function createDiskGauge(memory: SharedMemory, reserveBytes: number): DiskGauge {
  const { longs } = memory;
  const free = (): number => Number(Atomics.load(longs, sharedSlots.freeBytes));
  return {
    freeBytes: free,
    admit(contentLength) {
      const bytes = contentLength ?? unknownLengthBytes;
      if (free() - bytes < reserveBytes) return false;
      if (bytes > 0) Atomics.sub(longs, sharedSlots.freeBytes, BigInt(bytes));
      return true;
    },
  };
}

export const diskLimits = { measureMs: 1_000, measureLowMs: 200, ballastBytes: 32 * 1024 * 1024 } as const;

export type DiskWatch = { measure(): Promise<void>; stop(): void };

/**
 * For the main thread. Keeps `<folder>/ballast`: room that is given back when somebody else has filled the disk to the last block, so that a
 * delete can still be written down; it is laid up again when there is space for the reserve and for it.
 */
export function watchDisk(
  memory: SharedMemory,
  { folder, reserveBytes, log, free = freeBytesOf }: { folder: string; reserveBytes: number; log: Log; free?: (folder: string) => Promise<number> },
): DiskWatch {
  const ballast = join(folder, "ballast");
  const ballastBytes = Math.min(diskLimits.ballastBytes, reserveBytes);
  let low = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const measure = async (): Promise<void> => {
    const bytes = await free(folder);
    Atomics.store(memory.longs, sharedSlots.freeBytes, BigInt(bytes));
    const isLow = bytes < reserveBytes;
    if (isLow !== low) {
      low = isLow;
      if (low) log.warn("disk.low", { freeBytes: bytes, reserveBytes });
      else log.info("disk.recovered", { freeBytes: bytes, reserveBytes });
    }
    if (ballastBytes === 0) return;
    if (bytes < ballastBytes / 2) rmSync(ballast, { force: true });
    else if (bytes > reserveBytes + 2 * ballastBytes) layUp(ballast, ballastBytes);
  };
  const round = (): void => {
    measure()
      .catch((error: unknown) => log.error("disk.unmeasured", error))
      .finally(() => {
        if (!stopped) timer = setTimeout(round, low ? diskLimits.measureLowMs : diskLimits.measureMs).unref();
      });
  };
  timer = setTimeout(round, diskLimits.measureMs).unref();
  return {
    measure,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

export async function freeBytesOf(folder: string): Promise<number> {
  const figures = await statfs(folder);
  return figures.bavail * figures.bsize;
}

/** Written, not only reserved: a hole would give nothing back. */
function layUp(path: string, bytes: number): void {
  if (statSync(path, { throwIfNoEntry: false })?.size === bytes) return;
  const file = openSync(path, "w", 0o600);
  try {
    const block = Buffer.alloc(1024 * 1024);
    for (let at = 0; at < bytes; at += block.length) writeSync(file, block, 0, Math.min(block.length, bytes - at), at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
