/** The Random port: the system's generator, drawn in slabs because a call costs more than the bytes. */
import { randomFillSync } from "node:crypto";
import type { Random } from "../../core/ports.ts";

const slabBytes = 4096;

export function createRandom(): Random {
  const slab = Buffer.alloc(slabBytes);
  let used = slabBytes;
  return {
    bytes(count) {
      if (count > slabBytes / 4) return randomFillSync(new Uint8Array(count));
      if (used + count > slabBytes) {
        randomFillSync(slab);
        used = 0;
      }
      const bytes = Uint8Array.prototype.slice.call(slab, used, used + count);
      // what was given out is not kept
      slab.fill(0, used, used + count);
      used += count;
      return bytes;
    },
  };
}
