/** What happens to objects, told to others: what a bucket can be told about it, and what is told. */
import type { Account, BucketName, ObjectKey, TenantName, Version, Versioning } from "../model.ts";

/** `expired.*` and `moved`: by the bucket's lifecycle; the rest by requests. */
export const eventKinds = [
  "created.put",
  "created.form",
  "created.copy",
  "created.parts",
  "removed.version",
  "removed.marker",
  "tags.put",
  "tags.removed",
  "acl.put",
  "retention.put",
  "expired.version",
  "expired.marker",
  "moved",
] as const;
export type EventKind = (typeof eventKinds)[number];

/** Events of these kinds about keys that begin and end so go to `target`, a receiver that the operator named. `named` and `asked`: target and kinds in the writer's words. */
export type EventRule = { id: string; target: string; kinds: EventKind[]; prefix: string; suffix: string; named: string; asked: string[] };
/** `bus`: the writer asked for everything to go to its vendor's bus; kept and told, there is none here. */
export type Notifications = { rules: EventRule[]; bus: boolean };

export const eventLimits = { rulesMax: 100, filterBytesMax: 1024, idCharactersMax: 255 } as const;

/** Who made it happen. `account` absent: nobody who signed, or the server itself (`self`). */
export type EventSource = { account?: Pick<Account, "accountId" | "canonicalId">; user?: string; self?: true; address?: string; requestId?: string };

/** One event for one target, as it waits. `sequencer` grows with every event of one key. */
export type WaitingEvent = {
  kind: EventKind | "test";
  ruleId: string;
  timeMs: number;
  tenant: TenantName;
  bucket: BucketName;
  region: string;
  owner: Pick<Account, "accountId" | "canonicalId">;
  source: EventSource;
  /** Absent in a test. */
  object?: { key: ObjectKey; sequencer: number; versioning: Versioning; version?: Pick<Version, "sequence" | "isNull">; size?: number; etag?: string };
};
