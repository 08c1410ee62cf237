/** Jobs as the admin API sees them. All of it for the root account. */
import type { BucketAddress, Context } from "../api.ts";
import type { InventoryStatus } from "../inventory/report.ts";
import type { LifecycleReport } from "../lifecycle/report.ts";
import type { Job } from "./model.ts";

/** `rate`: examined a second of its active time. `percent` and `etaMs` (from now): where it is known how much there is. */
export type ShownJob = Omit<Job, "cursor" | "input"> & { input: unknown; rate: number; percent?: number; etaMs?: number };

export type JobVerbs = {
  /** Open ones first, then those that ended, the newest first; at most `limit`. */
  list(context: Context, input: { limit: number; open?: boolean }): Promise<ShownJob[]>;
  /** jobMissing, here and below. */
  get(context: Context, job: string): Promise<ShownJob>;
  /** conflict for a job that ended, here and below; what is so already changes nothing. */
  pause(context: Context, input: { job: string; reason?: string }): Promise<ShownJob>;
  resume(context: Context, input: { job: string; reason?: string }): Promise<ShownJob>;
  /** What was done stays done. */
  cancel(context: Context, input: { job: string; reason?: string }): Promise<ShownJob>;
  /** What the last run of a bucket's lifecycle came to, and the run that goes on. */
  lifecycle(context: Context, input: BucketAddress): Promise<LifecycleReport>;
  /** Whether what was retained goes by itself once that is over, in the runs of the bucket's lifecycle. */
  setDisposition(context: Context, input: BucketAddress & { enabled: boolean; reason?: string }): Promise<void>;
  /** Runs the bucket's lifecycle now; `dryRun`: counts what it would do, and does nothing. conflict while a run goes on, or without rules. */
  runLifecycle(context: Context, input: BucketAddress & { dryRun?: boolean; reason?: string }): Promise<ShownJob>;
  /** The bucket's inventories, each with what its last report came to. */
  inventories(context: Context, input: BucketAddress): Promise<InventoryStatus[]>;
  /** Makes a report now, whether the inventory is enabled or not. conflict while one is made, or without that inventory. */
  runInventory(context: Context, input: BucketAddress & { id: string; reason?: string }): Promise<ShownJob>;
};
