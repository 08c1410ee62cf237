/** Where the bytes are, and having those back that nobody needs. All of it for the root account. */
import type { Context } from "../api.ts";
import type { BlobSpace } from "../ports.ts";

/** Of buckets in one state. `bytes`: of all versions, `partBytes`: of open uploads, `binnedBytes`: of what soft delete keeps. */
export type SpaceOf = {
  buckets: number;
  objects: number;
  versions: number;
  markers: number;
  uploads: number;
  bytes: number;
  partBytes: number;
  binned: number;
  binnedBytes: number;
};

/**
 * `live`: buckets as they are. `trash`: detached ones that can be had back; `nextMs` to `lastMs`: when their bytes begin to go. `reclaiming`: those that are
 * being taken apart. `waiting`: contents that nobody names any more and whose bytes go with the next passes, unless a reader holds them (`more`: there
 * are more than were counted). `disk`: what the blob store has in files, where it can tell; its dead bytes go with the volume they are in.
 */
export type SpaceReport = {
  live: SpaceOf;
  trash: SpaceOf & { nextMs?: number; lastMs?: number };
  reclaiming: SpaceOf;
  waiting: { contents: number; bytes: number; more: boolean };
  disk?: BlobSpace;
  reclaim?: ReclaimRow;
};

/** The last time somebody asked for everything to be reclaimed at once, and what came of it. `asked` and `done` count. */
export type ReclaimRow = {
  asked: number;
  done: number;
  askedMs: number;
  by: string;
  reason: string;
  startedMs?: number;
  endedMs?: number;
  /** What the files held less afterwards. */
  freedBytes?: number;
  copiedBytes?: number;
  volumes?: number;
  error?: string;
};

export type SpaceVerbs = {
  report(context: Context): Promise<SpaceReport>;
  /** Asks for it; the row's `done` reaches this `asked` when it is over. Asked again meanwhile, it is done once more. */
  reclaimNow(context: Context, input: { reason?: string }): Promise<ReclaimRow>;
};
