/** The verbs of a retention of everything in a bucket, as the dialects see them: a part of `Core`. All throw bucketRetention and say why. */
import type { BucketAddress, Context } from "../api.ts";
import type { BucketRetention } from "../model.ts";

export type BucketRetentionVerbs = {
  /** `undefined`: there is none in force; one that lapsed unsealed is none. */
  get(context: Context, input: BucketAddress): Promise<BucketRetention | undefined>;
  /** Holds at once, for what is there too. Throws invalidArgument for days beyond `bucketRetentionLimits`. */
  begin(context: Context, input: BucketAddress & { days: number }): Promise<BucketRetention>;
  seal(context: Context, input: BucketAddress & { id: string }): Promise<void>;
  /** Of a sealed one; `days` in all. */
  extend(context: Context, input: BucketAddress & { id: string; days: number }): Promise<void>;
  /** Of one that is not sealed. */
  end(context: Context, input: BucketAddress): Promise<void>;
};
