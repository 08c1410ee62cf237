/**
 * The bytes of small contents that were read more than once lately, kept per thread. A content never changes and its id is never used again, so
 * nothing has to be told when it ends: whoever has its id found it in a version that is there. The bytes were verified when they were read.
 */
import type { ContentId } from "../model.ts";
import type { BlobStore, Bytes } from "../ports.ts";

export const hotBodyLimits = { bodyBytesMax: 16 * 1024, bytesMax: 16 * 1024 * 1024, seenMax: 8_192 } as const;

export type HotBodies = {
  find(id: ContentId): Bytes | undefined;
  /** The whole content was just read: the second time it is kept, as a copy. */
  read(id: ContentId, bytes: Bytes): void;
};

const caches = new WeakMap<BlobStore, HotBodies>();

export function hotBodies(blobs: BlobStore): HotBodies {
  let cache = caches.get(blobs);
  if (!cache) caches.set(blobs, (cache = openCache()));
  return cache;
}

function openCache(): HotBodies {
  // What is asked for again while it is half way out goes to the end again: as good as least recently used, and cheaper.
  let young = new Map<ContentId, Bytes>();
  let old = new Map<ContentId, Bytes>();
  let youngBytes = 0;
  let seen = new Set<ContentId>();
  const keep = (id: ContentId, bytes: Bytes): void => {
    if (youngBytes + bytes.length > hotBodyLimits.bytesMax / 2) {
      old = young;
      young = new Map();
      youngBytes = 0;
    }
    young.set(id, bytes);
    youngBytes += bytes.length;
  };
  return {
    find(id) {
      const bytes = young.get(id);
      if (bytes !== undefined) return bytes;
      const aged = old.get(id);
      if (aged !== undefined) keep(id, aged);
      return aged;
    },
    read(id, bytes) {
      if (bytes.length > hotBodyLimits.bodyBytesMax) return;
      if (seen.delete(id)) keep(id, Uint8Array.from(bytes));
      else {
        if (seen.size >= hotBodyLimits.seenMax) seen = new Set();
        seen.add(id);
      }
    },
  };
}
