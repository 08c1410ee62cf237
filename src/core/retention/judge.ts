/** What a lock forbids. Pure; every path that removes or changes a version comes through `versions/chain.ts`, which asks here. */
import { fail } from "../errors.ts";
import type { Lock, RetentionMode, Version } from "../model.ts";
import { periodEnd } from "./period.ts";

/** Of what was held without a retention, once it is released: the vendor does not say; this one its owner can lift. */
export const releasedMode: RetentionMode = "governance";

/** `bypass`: the caller may lift governance and said so. `nowMs`: the retention clock's (`retention/clock.ts`), never the wall clock alone. */
export type Judging = { bypass: boolean; nowMs: number };

/** When the lock ends: the end of time for a hold; `undefined`: there is none. Lapsed ones are named too. */
export function lockedUntilMs({ retention, legalHold, eventHold }: Lock): number | undefined {
  return legalHold || eventHold ? Number.POSITIVE_INFINITY : retention?.untilMs;
}

type Named = Pick<Version, "key" | "sequence" | "isNull"> & Lock;

function refuse(version: Named, by: "hold" | "governance" | "compliance"): never {
  const versionId = version.isNull ? "null" : String(version.sequence);
  return fail("versionLocked", { key: version.key, versionId, by, untilMs: by === "hold" ? undefined : version.retention?.untilMs });
}

/** May this version be removed for good? Throws versionLocked. A hold, of either kind, binds everybody; governance those who do not bypass; compliance until it lapses. */
export function judgeRemoval(version: Named, { bypass, nowMs }: Judging): void {
  if (version.legalHold || version.eventHold) refuse(version, "hold");
  judgeRetention(version, { bypass, nowMs });
}

/** May what holds the version become what `next` has? Throws versionLocked. A legal hold is lifted freely by whoever may. */
export function judgeLockChange(before: Named, next: Lock, judging: Judging): void {
  judgeRetentionChange(before, next.retention, judging);
  judgeEventHoldChange(before, next, judging);
}

/**
 * May the version's retention become `next`? Throws versionLocked. Setting one and lengthening it are free; shortening it, removing it and
 * changing its mode are as removing the version, holds apart: those are lifted by themselves.
 */
export function judgeRetentionChange(before: Named, next: Lock["retention"], judging: Judging): void {
  const { retention } = before;
  if (!retention) return;
  if (next && next.mode === retention.mode && next.untilMs >= retention.untilMs) return;
  judgeRetention(before, judging);
}

/**
 * May the version's event hold become `next`? Throws versionLocked. One is set and made longer freely; it ends only by a retention that lasts its
 * period from now on. Making it shorter is as shortening a retention, in the mode that it will have.
 */
export function judgeEventHoldChange(before: Named, next: Lock, { bypass, nowMs }: Judging): void {
  const { eventHold } = before;
  if (!eventHold) return;
  const endMs = periodEnd(eventHold, nowMs);
  const nextMs = next.eventHold ? periodEnd(next.eventHold, nowMs) : (next.retention?.untilMs ?? 0);
  if (nextMs >= endMs) return;
  const mode = before.retention?.mode ?? releasedMode;
  if (!next.eventHold || mode === "compliance" || !bypass) refuse(before, "hold");
}

function judgeRetention(version: Named, { bypass, nowMs }: Judging): void {
  const { retention } = version;
  if (!retention || retention.untilMs <= nowMs) return;
  if (retention.mode === "compliance" || !bypass) refuse(version, retention.mode);
}
