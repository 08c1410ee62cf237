/** Soft delete, as the admin API sees it: a bucket's setting, what is in its bin, and having it back. All of it for the root account. */
import type { BucketAddress, Context, ListedVersion, ObjectAddress, VersionResult } from "../api.ts";

/** `replaced`: another object came in its place, it was not deleted. */
export type BinnedShown = Pick<ListedVersion, "key" | "kind" | "sequence" | "size" | "etag" | "modifiedMs" | "storageClass"> & {
  deletedMs: number;
  untilMs: number;
  replaced: boolean;
};
/** `keepMs` absent: nothing new is kept. `binned`, `binnedBytes`: what is kept by now. `active`: false where versions are kept instead. */
export type BinShown = { keepMs?: number; active: boolean; binned: number; binnedBytes: number };

export type BinVerbs = {
  /** What is deleted or replaced from now on can be had back for so long; 0 or undefined: not at all. conflict where there is versioning. What is in the bin keeps its time. */
  setKeep(context: Context, input: BucketAddress & { keepMs: number | undefined }): Promise<BinShown>;
  get(context: Context, input: BucketAddress): Promise<BinShown>;
  /** By key, of each the newest first, after `after`. */
  list(
    context: Context,
    input: BucketAddress & { prefix: string; after?: { key: string; sequence: number } | undefined; limit: number },
  ): Promise<{ binned: BinnedShown[]; truncated: boolean }>;
  /**
   * Puts it back under its key, as the newest there is. versionMissing; nameTaken while the key has an object, unless told to `replace` that (which goes the way
   * of everything that is replaced).
   */
  restore(context: Context, input: ObjectAddress & { sequence: number; replace?: boolean; reason?: string }): Promise<VersionResult>;
};
