/** The Readers port: each thread publishes when its oldest running reader began; the remover looks at all of them. */
import type { Readers } from "../../core/ports.ts";
import { type SharedMemory, sharedSlots } from "./shared.ts";

/** `thread` is this thread's slot. A slot holds microseconds of the monotonic clock, 0 when nobody reads. */
export function createReaders(memory: SharedMemory, thread: number): Readers {
  const { longs } = memory;
  const slot = sharedSlots.readers + thread;
  if (slot >= longs.length) throw new Error(`no reader slot for thread ${thread}`);
  // in the order of their beginning: the first is the oldest
  const running = new Set<{ startUs: bigint }>();
  return {
    begin() {
      const reader = { startUs: process.hrtime.bigint() / 1_000n };
      running.add(reader);
      if (running.size === 1) Atomics.store(longs, slot, reader.startUs);
      return () => {
        if (!running.delete(reader)) return;
        const oldest: { startUs: bigint } | undefined = running.values().next().value;
        Atomics.store(longs, slot, oldest?.startUs ?? 0n);
      };
    },
    oldestMs() {
      let oldest = Number.POSITIVE_INFINITY;
      for (let index = sharedSlots.readers; index < longs.length; index++) {
        const startUs = Atomics.load(longs, index);
        if (startUs !== 0n) oldest = Math.min(oldest, Number(startUs) / 1_000);
      }
      return oldest;
    },
  };
}
