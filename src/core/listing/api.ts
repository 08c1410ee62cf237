/** What lists a bucket: its objects, its versions, its open uploads, page by page. */
import type { BucketAddress, Context, ListedItem, Upload } from "../api.ts";
import type { Account, AccountId } from "../model.ts";

export type ListingVerbs = {
  /** Current objects after `after` (a key or a common prefix that was given before; excluded, with all it covers). `limit` 0 gives an empty page. */
  objects(
    context: Context,
    input: BucketAddress & { prefix: string; delimiter: string; after: string; limit: number },
  ): Promise<{ items: ListedItem[]; truncated: boolean; owners: Map<AccountId, Account> }>;
  /** All versions and markers. With `versionAfter`, goes on inside `keyAfter`, after that sequence in the order asked for. */
  versions(
    context: Context,
    input: BucketAddress & { prefix: string; delimiter: string; keyAfter: string; versionAfter?: number; limit: number; order: "newestFirst" | "oldestFirst" },
  ): Promise<{ items: ListedItem[]; truncated: boolean; owners: Map<AccountId, Account> }>;
  /** Open uploads by key, then by id (time of initiation). */
  uploads(
    context: Context,
    input: BucketAddress & { prefix: string; delimiter: string; keyAfter: string; uploadAfter: string; limit: number },
  ): Promise<{ items: ({ upload: Upload } | { prefix: string })[]; truncated: boolean; owners: Map<AccountId, Account> }>;
};
