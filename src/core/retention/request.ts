/** What a writer asks to hold a version by, and what the bucket holds it by when the writer says nothing. */
import { evaluate } from "../access/evaluate.ts";
import type { Context } from "../api.ts";
import { fail } from "../errors.ts";
import type { BucketState, DefaultRetention, Lock, Retention } from "../model.ts";
import type { Removal } from "../versions/chain.ts";

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

const owns = ({ caller }: Context, state: BucketState): boolean => evaluate({ caller, capability: "bucket.own", bucket: state }).allowed;

/** May the writer ask for this lock? Who may write into a bucket may not therefore keep its owner from deleting. Throws lockMissing, accessDenied, invalidArgument. */
export function judgeLockRequest(context: Context, state: BucketState, asked: Lock | undefined, wallMs: number): void {
  if (!asked) return;
  requireLocking(state);
  if (!owns(context, state)) fail("accessDenied", { reason: "only the bucket's owner locks versions" });
  if (asked.retention) judgeDate(asked.retention, wallMs);
}

/** The lock of a new version: what was asked for (and judged), else the bucket's default retention. */
export function lockOfNew({ lock }: BucketState, asked: Lock | undefined, wallMs: number): Lock {
  if (!lock) return {};
  const retention = asked?.retention ?? (lock.default && { mode: lock.default.mode, untilMs: periodEnd(lock.default, wallMs) });
  return { ...(retention ? { retention } : {}), ...(asked?.legalHold === undefined ? {} : { legalHold: asked.legalHold }) };
}

/** Governance is lifted for who asks for it and owns the bucket; for anybody else the wish counts for nothing. */
export const removalOf = (context: Context, state: BucketState, bypassGovernance: boolean | undefined): Removal => ({ bypass: bypassGovernance === true && owns(context, state) });
