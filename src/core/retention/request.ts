/** What a writer asks to hold a version by, and what the bucket holds it by when the writer says nothing. */
import { mayLiftGovernance } from "../access/besides.ts";
import type { Context } from "../api.ts";
import { fail } from "../errors.ts";
import type { BucketState, DefaultRetention, Lock, ObjectKey, Retention } from "../model.ts";
import type { Removal } from "../versions/chain.ts";
import type { View } from "../view.ts";

export const retentionLimits = { daysMax: 36_500, yearsMax: 100 } as const;
const dayMs = 86_400_000;

/** Until when what is written at `fromMs` is retained. */
export function periodEnd({ count, unit }: Pick<DefaultRetention, "count" | "unit">, fromMs: number): number {
  if (unit === "days") return fromMs + count * dayMs;
  const end = new Date(fromMs);
  return end.setUTCFullYear(end.getUTCFullYear() + count);
}

/** Throws invalidArgument for a period that is no whole number within `retentionLimits`. */
export function judgePeriod({ count, unit }: DefaultRetention): void {
  const most = unit === "days" ? retentionLimits.daysMax : retentionLimits.yearsMax;
  if (!Number.isInteger(count) || count < 1 || count > most) fail("invalidArgument", { argument: unit, value: String(count), why: `a retention period is 1 to ${most} ${unit}` });
}

/** Throws lockMissing. */
export function requireLocking(state: BucketState): void {
  if (!state.lock) fail("lockMissing", { bucket: state.name });
}

/** Throws invalidArgument for a date that is not ahead. */
export function judgeDate({ untilMs }: Retention, wallMs: number): void {
  if (!(untilMs > wallMs)) fail("invalidArgument", { argument: "retain-until-date", value: String(untilMs), why: "The retain until date must be in the future!" });
}

/** Can there be such a lock? Who may ask for it: `authorizeBesides`. Throws lockMissing, invalidArgument. */
export function judgeLockRequest(state: BucketState, asked: Lock | undefined, wallMs: number): void {
  if (!asked) return;
  requireLocking(state);
  if (asked.retention) judgeDate(asked.retention, wallMs);
}

/** The lock of a new version: what was asked for (and judged), else the bucket's default retention. */
export function lockOfNew({ lock }: BucketState, asked: Lock | undefined, wallMs: number): Lock {
  if (!lock) return {};
  const retention = asked?.retention ?? (lock.default && { mode: lock.default.mode, untilMs: periodEnd(lock.default, wallMs) });
  return { ...(retention ? { retention } : {}), ...(asked?.legalHold === undefined ? {} : { legalHold: asked.legalHold }) };
}

/** Governance is lifted for who asks for it and may: the bucket's owner, and whom policies allow. */
export const removalOf = async (view: View, context: Context, state: BucketState, { key, bypassGovernance }: Wish): Promise<Removal> => ({
  bypass: bypassGovernance === true && (await mayLiftGovernance(view, context, state, key)),
});
type Wish = { key: ObjectKey; bypassGovernance?: boolean | undefined };
/** Of a removal that is no wish of anybody's. */
export const plainRemoval: Removal = { bypass: false };
