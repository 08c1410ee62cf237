/** How long something is retained, from the moment it begins. */
import { fail } from "../errors.ts";
import type { DefaultRetention } from "../model.ts";

export const retentionLimits = { daysMax: 36_500, yearsMax: 100 } as const;
const dayMs = 86_400_000;

/** Until when what is written at `fromMs` is retained. */
export function periodEnd({ count, unit }: Pick<DefaultRetention, "count" | "unit">, fromMs: number): number {
  if (unit === "days") return fromMs + count * dayMs;
  const end = new Date(fromMs);
  return end.setUTCFullYear(end.getUTCFullYear() + count);
}

/** Throws invalidArgument for a period that is no whole number within `retentionLimits`. */
export function judgePeriod({ count, unit }: Pick<DefaultRetention, "count" | "unit">): void {
  const most = unit === "days" ? retentionLimits.daysMax : retentionLimits.yearsMax;
  if (!Number.isInteger(count) || count < 1 || count > most) fail("invalidArgument", { argument: unit, value: String(count), why: `a retention period is 1 to ${most} ${unit}` });
}
