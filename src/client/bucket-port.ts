/** One bucket somewhere, as what empties it sees it. Three services stand behind this port. */

export const purgeKinds = ["current", "noncurrent", "markers", "uploads", "channels"] as const;
/** "current": the newest version of each key, with its id; "noncurrent": older ones; "markers": delete markers; "uploads": open ones; "channels": OSS's live channels. */
export type PurgeKind = (typeof purgeKinds)[number];

/** `id`: version id or upload id; absent where the service names none. */
export type Found = { kind: PurgeKind; key: string; id?: string; bytes: number; modifiedMs?: number };
/** Opaque; what it takes to ask for the next page. */
export type Cursor = Readonly<Record<string, string>>;
export type Page = { found: Found[]; next?: Cursor };

/** "locked": a retention or a hold keeps it; "denied": the keys, or a policy; "failed": anything else. `untilMs`: end of the retention. */
export type Why = { why: "locked" | "denied" | "failed"; untilMs?: number };
/** `code` and `message` as the service said. */
export type Refused = Found & Why & { code: string; message: string };

export type PortOptions = { signal?: AbortSignal | undefined; onRetry?: ((retried: { delayMs: number; reason: string }) => void) | undefined };

export type BucketPort = {
  /** Lists that together are everything in the bucket. */
  lists: readonly ListName[];
  list(name: ListName, prefix: string, after: Cursor | undefined, options: PortOptions): Promise<Page>;
  /** Up to `batchMax` versions, markers or objects in one request; those refused. What was gone already is removed. */
  removeMany(batch: readonly Found[], options: PortOptions): Promise<Refused[]>;
  /** One version, upload or channel; undefined: it is gone. */
  remove(found: Found, options: PortOptions): Promise<Refused | undefined>;
  /** Why it was refused, where asking tells more. */
  explain(refused: Refused, options: PortOptions): Promise<Refused>;
  /** Throws CloudError with the code BucketNotEmpty while anything is in it, NoSuchBucket. */
  removeBucket(options: PortOptions): Promise<void>;
  close(): void;
};
export type ListName = "versions" | "uploads" | "channels";

/** Of one request, as all three services have it. */
export const batchMax = 1_000;
