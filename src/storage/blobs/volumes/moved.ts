import type { BlobRef, Bytes } from "../../../core/ports.ts";

/**
 * Where compaction put a record: the reference the core knows -> the reference of its newest place. `put` and `remove` are flushed when they
 * resolve; `get` sees every `put` and `remove` that resolved before, on any thread. At most a few hundred entries a call.
 */
export type MovedIndex = {
  get(ref: BlobRef): Promise<Bytes | undefined>;
  put(entries: { ref: BlobRef; place: BlobRef }[]): Promise<void>;
  remove(refs: BlobRef[]): Promise<void>;
};

export const memoryMovedIndex = (): MovedIndex & { size(): number } => {
  const places = new Map<string, Bytes>();
  const key = (ref: BlobRef): string => Buffer.from(ref).toString("hex");
  return {
    get: async (ref) => places.get(key(ref)),
    put: async (entries) => {
      for (const { ref, place } of entries) places.set(key(ref), place);
    },
    remove: async (refs) => {
      for (const ref of refs) places.delete(key(ref));
    },
    size: () => places.size,
  };
};
