/** What a bucket's lifecycle says: which objects a rule is about, and what becomes of them when. Times are whole days, or midnights. */
import type { StorageClass, Tags } from "../model.ts";

/** All of it must hold. Sizes are exclusive. `plain`: written without a filter of its own, as rules were before they had any. */
export type LifecycleFilter = { prefix?: string; tags: Tags; sizeAbove?: number; sizeBelow?: number; plain?: boolean };
/** Days since the version was written, or a midnight (milliseconds since 1970). */
export type LifecycleMoment = { days: number } | { atMs: number };
export type LifecycleRule = {
  id: string;
  enabled: boolean;
  filter: LifecycleFilter;
  /** `loneMarkers`: delete markers under which nothing is left. */
  expiration?: LifecycleMoment | { loneMarkers: boolean };
  transitions: (LifecycleMoment & { storageClass: StorageClass })[];
  /** Days since the version ceased to be the current one; the newest `keep` of those stay. */
  noncurrentExpiration?: { days: number; keep?: number };
  noncurrentTransitions: { days: number; keep?: number; storageClass: StorageClass }[];
  /** Days since an upload began. */
  abortUploadsDays?: number;
};
/** `smallObjects`: whether transitions without a size in their filter are about objects below 128 KiB: for none, or as each class says. */
export type Lifecycle = { rules: LifecycleRule[]; smallObjects: "stay" | "byClass" };
