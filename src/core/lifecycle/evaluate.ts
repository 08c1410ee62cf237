/** What a lifecycle means for one object or upload: pure, so that answers and whoever carries rules out say the same. */
import type { Version } from "../model.ts";
import type { Lifecycle, LifecycleFilter, LifecycleMoment } from "./model.ts";

const dayMs = 86_400_000;
/** When, and by which rule. */
export type Due = { atMs: number; ruleId: string };

export function matchesFilter({ prefix, tags, sizeAbove, sizeBelow }: LifecycleFilter, { key, size, tags: own = [] }: Pick<Version, "key" | "size" | "tags">): boolean {
  if (prefix !== undefined && !key.startsWith(prefix)) return false;
  if ((sizeAbove !== undefined && size <= sizeAbove) || (sizeBelow !== undefined && size >= sizeBelow)) return false;
  return tags.every(([name, value]) => own.some((tag) => tag[0] === name && tag[1] === value));
}

/** The first midnight at which so many whole days have passed. */
export const daysAfter = (ms: number, days: number): number => Math.ceil((ms + days * dayMs) / dayMs) * dayMs;
const momentMs = (moment: LifecycleMoment, sinceMs: number): number => ("days" in moment ? daysAfter(sinceMs, moment.days) : moment.atMs);
const sooner = (a: Due | undefined, b: Due): Due => (a !== undefined && a.atMs <= b.atMs ? a : b);

/** When the current version of a key expires; `undefined`: no rule says so. */
export function expirationOf({ rules }: Lifecycle, version: Pick<Version, "key" | "size" | "tags" | "modifiedMs">): Due | undefined {
  let due: Due | undefined;
  for (const { enabled, expiration, filter, id } of rules) {
    if (!enabled || expiration === undefined || "loneMarkers" in expiration || !matchesFilter(filter, version)) continue;
    due = sooner(due, { atMs: momentMs(expiration, version.modifiedMs), ruleId: id });
  }
  return due;
}

/** When an upload that is not completed is given up. */
export function abortOf({ rules }: Lifecycle, { key, initiatedMs }: { key: string; initiatedMs: number }): Due | undefined {
  let due: Due | undefined;
  for (const { enabled, abortUploadsDays, filter, id } of rules)
    if (enabled && abortUploadsDays !== undefined && key.startsWith(filter.prefix ?? "")) due = sooner(due, { atMs: daysAfter(initiatedMs, abortUploadsDays), ruleId: id });
  return due;
}

/** What the bucket's state tells every request: whether there is anything to look up. */
export function lifecycleMarks(lifecycle: Lifecycle | undefined): { expires: true | undefined; abortsUploads: true | undefined } {
  const enabled = lifecycle?.rules.filter((rule) => rule.enabled) ?? [];
  return {
    expires: enabled.some(({ expiration }) => expiration !== undefined && !("loneMarkers" in expiration)) || undefined,
    abortsUploads: enabled.some(({ abortUploadsDays }) => abortUploadsDays !== undefined) || undefined,
  };
}
