/** Where compaction put the blobs it moved, kept as rows of the metadata store (the MovedIndex that the volume store asks for). */
import { tables } from "../../core/keys.ts";
import type { BlobRef, Bytes, MetadataStore } from "../../core/ports.ts";

export function movedIndexIn(metadata: MetadataStore) {
  const commit = async (put: { ref: BlobRef; place: BlobRef }[], remove: readonly BlobRef[]): Promise<void> => {
    const outcome = await metadata.commit({
      expect: [],
      put: put.map(({ ref, place }) => ({ key: tables.moved.key(ref), value: place })),
      remove: remove.map((ref) => tables.moved.key(ref)),
      add: [],
    });
    if (!outcome.committed) throw new Error("a batch that expects nothing was refused");
  };
  return {
    async get(ref: BlobRef): Promise<Bytes | undefined> {
      const snapshot = await metadata.snapshot();
      try {
        return await snapshot.get(tables.moved.key(ref));
      } finally {
        snapshot.close();
      }
    },
    put: (entries: { ref: BlobRef; place: BlobRef }[]): Promise<void> => commit(entries, []),
    remove: (refs: BlobRef[]): Promise<void> => commit([], refs),
  };
}
