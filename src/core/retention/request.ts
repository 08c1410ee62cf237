/** What a writer asks to hold a version by, and what the bucket holds it by when the writer says nothing. */
import { mayLiftGovernance } from "../access/besides.ts";
import type { Context } from "../api.ts";
import { fail } from "../errors.ts";
import type { BucketState, Lock, LockAsked, ObjectKey, Retention } from "../model.ts";
import type { Removal } from "../versions/chain.ts";
import type { View } from "../view.ts";
import { judgePeriod, periodEnd } from "./period.ts";

/** Throws lockMissing. */
export function requireLocking(state: BucketState): void {
  if (!state.lock) fail("lockMissing", { bucket: state.name });
}

/** Throws invalidArgument for a date that is not ahead. */
export function judgeDate({ untilMs }: Retention, wallMs: number): void {
  if (!(untilMs > wallMs)) fail("invalidArgument", { argument: "retain-until-date", value: String(untilMs), why: "The retain until date must be in the future!" });
}

/** Can there be such a lock? Who may ask for it: `authorizeBesides`. Throws lockMissing, invalidArgument. */
export function judgeLockRequest(state: BucketState, asked: LockAsked | undefined, wallMs: number): void {
  if (!asked) return;
  // Not to be held is what happens anyway where nothing is.
  if (!state.lock && asked.eventHold === "none" && !asked.retention && asked.legalHold === undefined) return;
  requireLocking(state);
  if (asked.retention) judgeDate(asked.retention, wallMs);
  const { eventHold } = asked;
  if (eventHold === "default" && !state.lock?.defaultHold) fail("invalidArgument", { argument: "event-hold", value: "", why: "An event hold needs a duration" });
  if (typeof eventHold === "object") judgePeriod(eventHold);
}

/** The lock of a new version: what was asked for (and judged), else the bucket's defaults: its event hold only to who asks for nothing but a legal hold. */
export function lockOfNew({ lock }: BucketState, asked: LockAsked | undefined, wallMs: number): Lock {
  if (!lock) return {};
  const wanted = asked?.eventHold ?? (asked?.retention === undefined ? "default" : "none");
  const eventHold = wanted === "default" ? lock.defaultHold : wanted === "none" ? undefined : wanted;
  const retention = asked?.retention ?? (lock.default && { mode: lock.default.mode, untilMs: periodEnd(lock.default, wallMs) });
  return { ...(retention ? { retention } : {}), ...(asked?.legalHold === undefined ? {} : { legalHold: asked.legalHold }), ...(eventHold ? { eventHold } : {}) };
}

/** Governance is lifted for who asks for it and may: the bucket's owner, and whom policies allow. */
export const removalOf = async (view: View, context: Context, state: BucketState, { key, bypassGovernance }: Wish): Promise<Removal> => ({
  bypass: bypassGovernance === true && (await mayLiftGovernance(view, context, state, key)),
});
type Wish = { key: ObjectKey; bypassGovernance?: boolean | undefined };
/** Of a removal that is no wish of anybody's. */
export const plainRemoval: Removal = { bypass: false };
