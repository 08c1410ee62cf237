/** Emptying and deleting what is full, as the admin API sees it. All but what is forced through a dialect is for the root account. */
import type { BucketAddress, Context, Usage } from "../api.ts";
import type { ShownJob } from "../jobs/api.ts";
import type { BucketName, BucketState, Generation, ObjectKey, TenantName } from "../model.ts";

export const purgeKinds = ["current", "noncurrent", "markers", "uploads", "binned"] as const;
/**
 * "current": the newest version of each key; "noncurrent": older versions; "markers": delete markers, wherever they stand; "uploads": open ones; "binned":
 * soft-deleted objects (bin/).
 */
export type PurgeKind = (typeof purgeKinds)[number];
export type PurgeScope = { kinds: PurgeKind[]; prefix: string /** Written (begun, deleted) before: milliseconds since 1970. */; beforeMs?: number };
/** What a purge found; `locked` ones are left. `sample`: the first of them. */
export type PurgeResult = { found: Record<PurgeKind, number>; sample: PurgeSample[] };
export type PurgeSample = { kind: PurgeKind; key: ObjectKey; sequence?: number; size?: number; locked?: true };

/** What is said before anything is destroyed: the bucket's name, again. */
export type Confirmed = { confirm: string; reason?: string };

/** A generation that was detached from its name. `untilMs`: when its bytes begin to go. */
export type TrashRow = { tenant: TenantName; name: BucketName; deletedMs: number; untilMs: number; by: string; reason: string };
export type Trashed = TrashRow & { generation: Generation; owner: string; usage: Usage };
/** `generation`: of what was detached; `untilMs`: how long it can be had back; absent: not at all. */
export type Detached = { generation: Generation; untilMs?: number; usage: Usage };
/** `job`: the id of what goes on with the rest; absent: all of it went. */
export type ForcedPurge = { job?: string };
/** What detaching would do. `locked`: the first version that forbids it. */
export type DetachPlan = { usage: Usage; keepMs: number; locked?: { key: ObjectKey; sequence: number; untilMs: number | undefined } };

export type PurgeVerbs = {
  /** A job that removes for good what is in the scope, version by version, and leaves what is locked. `dryRun`: only counts. invalidArgument without the name. */
  purge(context: Context, input: BucketAddress & PurgeScope & Confirmed & { dryRun: boolean }): Promise<ShownJob>;
  /** The bucket with everything in it goes at once, into the trash. versionLocked names what forbids it. */
  deleteBucket(context: Context, input: BucketAddress & Confirmed): Promise<Detached>;
  /** The same, but the name, its configuration and its owner stay, over nothing. */
  emptyBucket(context: Context, input: BucketAddress & Confirmed): Promise<Detached>;
  /** What either would do. */
  plan(context: Context, input: BucketAddress): Promise<DetachPlan>;
  /** A delete through a dialect that takes what is in the way with it: into the trash. For who owns the bucket, or may by a policy (ForceDeleteBucket); versionLocked. */
  forceDelete(context: Context, input: BucketAddress & { openUploads: "refuse" | "end" }): Promise<void>;
  /** For the same: what is under a prefix goes for good. */
  forcePurge(context: Context, input: BucketAddress & { prefix: string }): Promise<ForcedPurge>;
  /** How long this bucket stays in the trash: 0 not at all, absent as the server says. */
  setTrashKeep(context: Context, input: BucketAddress & { keepMs: number | undefined }): Promise<BucketState>;
  /** By generation, after `after`. */
  trash(context: Context, input: { after?: Generation; limit: number }): Promise<{ trashed: Trashed[]; truncated: boolean }>;
  /** Under its name or another. nameTaken for one that is taken, with a free one; trashMissing. */
  restore(context: Context, input: { generation: Generation; tenant?: TenantName; bucket?: BucketName; reason?: string }): Promise<BucketState>;
  /** Its bytes begin to go now. */
  emptyTrash(context: Context, input: { generation: Generation } & Confirmed): Promise<void>;
};
