/** What a lock forbids. Pure; every path that removes or changes a version comes through `versions/chain.ts`, which asks here. */
import { fail } from "../errors.ts";
import type { Lock, Version } from "../model.ts";

/** `bypass`: the caller may lift governance and said so. `nowMs`: the retention clock's (`retention/clock.ts`), never the wall clock alone. */
export type Judging = { bypass: boolean; nowMs: number };

/** When the lock ends: the end of time for a hold; `undefined`: there is none. Lapsed ones are named too. */
export function lockedUntilMs({ retention, legalHold }: Lock): number | undefined {
  return legalHold ? Number.POSITIVE_INFINITY : retention?.untilMs;
}

type Named = Pick<Version, "key" | "sequence" | "isNull"> & Lock;

function refuse(version: Named, by: "hold" | "governance" | "compliance"): never {
  const versionId = version.isNull ? "null" : String(version.sequence);
  return fail("versionLocked", { key: version.key, versionId, by, untilMs: by === "hold" ? undefined : version.retention?.untilMs });
}

/** May this version be removed for good? Throws versionLocked. A hold binds everybody; governance those who do not bypass; compliance until it lapses. */
export function judgeRemoval(version: Named, { bypass, nowMs }: Judging): void {
  if (version.legalHold) refuse(version, "hold");
  judgeRetention(version, { bypass, nowMs });
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

function judgeRetention(version: Named, { bypass, nowMs }: Judging): void {
  const { retention } = version;
  if (!retention || retention.untilMs <= nowMs) return;
  if (retention.mode === "compliance" || !bypass) refuse(version, retention.mode);
}
