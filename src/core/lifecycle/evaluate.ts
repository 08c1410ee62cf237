/** What a lifecycle means for one object or upload: pure, so that answers and whoever carries rules out say the same. */
import type { Tags, Version } from "../model.ts";
import type { Lifecycle, LifecycleFilter, LifecycleMoment, LifecycleRule } from "./model.ts";

export const wholeDayMs = 86_400_000;
/** When, and by which rule. */
export type Due = { atMs: number; ruleId: string };

export function matchesFilter(
  { prefix, tags, sizeAbove, sizeBelow, not = [] }: LifecycleFilter,
  { key, size, tags: own = [] }: { key: string } & Pick<Version, "size" | "tags">,
): boolean {
  if (prefix !== undefined && !key.startsWith(prefix)) return false;
  if ((sizeAbove !== undefined && size <= sizeAbove) || (sizeBelow !== undefined && size >= sizeBelow)) return false;
  const has = (wanted: Tags): boolean => wanted.every(([name, value]) => own.some((tag) => tag[0] === name && tag[1] === value));
  return has(tags) && !not.some((left) => key.startsWith(left.prefix ?? "") && has(left.tags));
}

/** The first midnight at which so many whole days have passed; where a day is shorter than a day (`Ports.dayMs`), it has no midnight. */
export const daysAfter = (ms: number, days: number, dayMs = wholeDayMs): number => (dayMs === wholeDayMs ? Math.ceil((ms + days * dayMs) / dayMs) * dayMs : ms + days * dayMs);
/** `undefined`: never. */
export function momentMs(moment: LifecycleMoment, sinceMs: number, dayMs = wholeDayMs): number | undefined {
  if ("days" in moment) return daysAfter(sinceMs, moment.days, dayMs);
  if ("atMs" in moment) return moment.atMs;
  return sinceMs < moment.beforeMs ? daysAfter(sinceMs, 0, dayMs) : undefined;
}
/** The latest time of writing for which `momentMs` has come by now. */
export function latestDueMs(moment: LifecycleMoment, nowMs: number, dayMs = wholeDayMs): number {
  const lastMs = dayMs === wholeDayMs ? Math.floor(nowMs / dayMs) * dayMs : nowMs;
  if ("days" in moment) return lastMs - moment.days * dayMs;
  if ("atMs" in moment) return moment.atMs <= nowMs ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  return Math.min(moment.beforeMs - 1, lastMs);
}
const sooner = (a: Due | undefined, b: Due): Due => (a !== undefined && a.atMs <= b.atMs ? a : b);

/** When a rule in force ends current versions written then, its filter aside; `undefined`: never. */
export function expiresAtMs({ enabled, expiration }: Pick<LifecycleRule, "enabled" | "expiration">, modifiedMs: number, dayMs?: number): number | undefined {
  return !enabled || expiration === undefined || "loneMarkers" in expiration ? undefined : momentMs(expiration, modifiedMs, dayMs);
}

/** When the current version of a key expires; `undefined`: no rule says so. */
export function expirationOf({ rules }: Lifecycle, version: Pick<Version, "key" | "size" | "tags" | "modifiedMs">, dayMs?: number): Due | undefined {
  let due: Due | undefined;
  for (const rule of rules) {
    const atMs = expiresAtMs(rule, version.modifiedMs, dayMs);
    if (atMs !== undefined && matchesFilter(rule.filter, version)) due = sooner(due, { atMs, ruleId: rule.id });
  }
  return due;
}

export const givesUpUploads = ({ enabled, abortUploadsDays, abortUploadsBeforeMs }: LifecycleRule): boolean =>
  enabled && (abortUploadsDays !== undefined || abortUploadsBeforeMs !== undefined);

/** When an upload that is not completed is given up. */
export function abortOf({ rules }: Lifecycle, { key, initiatedMs }: { key: string; initiatedMs: number }, dayMs?: number): Due | undefined {
  let due: Due | undefined;
  for (const rule of rules) {
    const { abortUploadsDays: days, abortUploadsBeforeMs: beforeMs, filter, id } = rule;
    if (!givesUpUploads(rule) || !matchesFilter({ ...filter, tags: [] }, { key, size: 0 })) continue;
    const atMs = momentMs(days === undefined ? { beforeMs: beforeMs ?? 0 } : { days }, initiatedMs, dayMs);
    if (atMs !== undefined) due = sooner(due, { atMs, ruleId: id });
  }
  return due;
}

/** What the bucket's state tells every request: whether there is anything to look up. */
export function lifecycleMarks(lifecycle: Lifecycle | undefined): { expires: true | undefined; abortsUploads: true | undefined } {
  const enabled = lifecycle?.rules.filter((rule) => rule.enabled) ?? [];
  return {
    expires: enabled.some(({ expiration }) => expiration !== undefined && !("loneMarkers" in expiration)) || undefined,
    abortsUploads: enabled.some(givesUpUploads) || undefined,
  };
}
