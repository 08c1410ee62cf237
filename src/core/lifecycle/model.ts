/** What a bucket's lifecycle says: which objects a rule is about, and what becomes of them when. Times are whole days, or midnights. */
import type { StorageClass, Tags } from "../model.ts";

/**
 * All of it must hold. Sizes are exclusive. `plain`: written without a filter of its own, as rules were before they had any. `not`: what fits one of
 * these (its prefix and its tags) is left out.
 */
export type LifecycleFilter = { prefix?: string; tags: Tags; sizeAbove?: number; sizeBelow?: number; plain?: boolean; not?: { prefix?: string; tags: Tags }[] };
/** Days since the version was written, or a midnight (milliseconds since 1970); `beforeMs`: at once, but only what was written before that midnight. */
export type LifecycleMoment = { days: number } | { atMs: number } | { beforeMs: number };
/** `bytesMin`: smaller ones stay. `sinceAccess`: days since it was last read, which nobody counts: such a move is kept and told, and never due. */
export type LifecycleMove = { storageClass: StorageClass; bytesMin?: number; sinceAccess?: { returns: boolean } };
export type LifecycleRule = {
  id: string;
  enabled: boolean;
  filter: LifecycleFilter;
  /** `loneMarkers`: delete markers under which nothing is left. */
  expiration?: LifecycleMoment | { loneMarkers: boolean };
  transitions: (LifecycleMoment & LifecycleMove)[];
  /** Days since the version ceased to be the current one; the newest `keep` of those stay. */
  noncurrentExpiration?: { days: number; keep?: number };
  noncurrentTransitions: ({ days: number; keep?: number } & LifecycleMove)[];
  /** Days since an upload began; or those that began before that midnight. */
  abortUploadsDays?: number;
  abortUploadsBeforeMs?: number;
};
/** `smallObjects`: whether transitions without a size in their filter are about objects below 128 KiB: for none, or as each class says. */
export type Lifecycle = { rules: LifecycleRule[]; smallObjects: "stay" | "byClass" };
