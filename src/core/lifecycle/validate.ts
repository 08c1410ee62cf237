/** What no lifecycle can be, whoever wrote it: https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html */
import { fail } from "../errors.ts";
import type { StorageClass } from "../model.ts";
import type { Lifecycle, LifecycleFilter, LifecycleMoment, LifecycleRule } from "./model.ts";

/** Where the vendors differ. */
export type LifecycleBounds = { tagsMax: number; infrequentDaysMin: number };

export const lifecycleLimits = { rulesMax: 1000, idCharactersMax: 255, prefixBytesMax: 1024, keepMax: 100, daysMax: 2 ** 31 - 1 } as const;
const dayMs = 86_400_000;

/** `argument` empty: the rule as a whole contradicts itself; otherwise it is the value of that name. */
const refuse = (why: string, argument = "", value: string | number = ""): never => fail("invalidArgument", { argument, value: String(value).slice(0, 64), why });
const named = ({ prefix }: LifecycleFilter): string => `'(prefix=${prefix ?? ""})'`;

function boundDays(days: number, least: 0 | 1, action: string, name = "Days"): void {
  if (Number.isSafeInteger(days) && days >= least && days <= lifecycleLimits.daysMax) return;
  refuse(`'${name}' for ${action} action must be a ${least === 0 ? "nonnegative" : "positive"} integer`, name, days);
}
function boundMoment(moment: LifecycleMoment, least: 0 | 1, action: string): void {
  if ("days" in moment) boundDays(moment.days, least, action);
  else {
    const atMs = "atMs" in moment ? moment.atMs : moment.beforeMs;
    if (atMs % dayMs !== 0) refuse("'Date' must be at midnight GMT", "Date", new Date(atMs).toISOString());
  }
}
function boundKeep(keep: number | undefined, action: string): void {
  if (keep === undefined || (Number.isSafeInteger(keep) && keep >= 1 && keep <= lifecycleLimits.keepMax)) return;
  refuse(`'NewerNoncurrentVersions' for ${action} action must be a positive integer not above ${lifecycleLimits.keepMax}`, "NewerNoncurrentVersions", keep);
}

function boundFilter({ prefix, tags, sizeAbove, sizeBelow }: LifecycleFilter, { tagsMax }: LifecycleBounds): void {
  if (prefix !== undefined && Buffer.byteLength(prefix) > lifecycleLimits.prefixBytesMax) refuse(`The maximum size of a prefix is ${lifecycleLimits.prefixBytesMax}.`);
  if (tags.length > tagsMax) refuse(`A filter can have at most ${tagsMax} tags.`);
  if (new Set(tags.map(([name]) => name)).size < tags.length) refuse("Duplicate Tag Keys are not allowed.");
  if (sizeAbove !== undefined && sizeBelow !== undefined && sizeBelow <= sizeAbove + 1) refuse("'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.");
}

/** How cold a class is; what was moved only ever becomes colder. */
export const coldness: Record<StorageClass, number> = {
  standard: 0,
  reduced: 0,
  infrequent: 1,
  intelligent: 2,
  infrequentOneZone: 3,
  archiveInstant: 4,
  archive: 5,
  coldArchive: 6,
  deepColdArchive: 7,
};
const needsThirtyDays = (storageClass: StorageClass): boolean => storageClass === "infrequent" || storageClass === "infrequentOneZone";

/** Each class once, and the colder one later. `at`: when, in days or milliseconds. */
function boundOrder(moves: { storageClass: StorageClass; at: number }[], action: string, unit: string, filter: LifecycleFilter): void {
  const ordered = [...moves].sort((a, b) => coldness[a.storageClass] - coldness[b.storageClass]);
  ordered.forEach((move, index) => {
    const before = ordered[index - 1];
    if (before === undefined) return;
    if (before.storageClass === move.storageClass) refuse(`'StorageClass' must be different for '${action}' actions in same 'Rule' with filter ${named(filter)}`);
    if (before.at >= move.at)
      refuse(`'${unit}' in the '${action}' action of a colder StorageClass for filter ${named(filter)} must be greater than that of the one before`, unit, move.at);
  });
}

function boundTransitions({ transitions, expiration, filter }: LifecycleRule, { infrequentDaysMin }: LifecycleBounds): void {
  for (const move of transitions) {
    boundMoment(move, 0, "Transition");
    if (move.storageClass === "standard" || move.storageClass === "reduced")
      refuse("'StorageClass' of a Transition action must be a colder one.", "StorageClass", move.storageClass);
    if ("days" in move && needsThirtyDays(move.storageClass) && move.days < infrequentDaysMin)
      refuse(`'Days' in Transition action must be greater than or equal to ${infrequentDaysMin} for infrequent access`, "Days", move.days);
  }
  const timed = expiration === undefined || "loneMarkers" in expiration ? [] : [expiration];
  const all: LifecycleMoment[] = [...transitions, ...timed];
  const dated = all.filter((moment) => !("days" in moment)).length;
  if (dated > 0 && dated < all.length) refuse(`Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule for filter ${named(filter)}`);
  const unit = dated > 0 ? "Date" : "Days";
  // What was written before an earlier day is older: the order is the other way round.
  const at = (moment: LifecycleMoment): number => ("days" in moment ? moment.days : "atMs" in moment ? moment.atMs : -moment.beforeMs);
  boundOrder(
    transitions.map((move) => ({ storageClass: move.storageClass, at: at(move) })),
    "Transition",
    unit,
    filter,
  );
  for (const end of timed)
    if (transitions.some((move) => at(move) >= at(end)))
      refuse(`'${unit}' in the Expiration action for filter ${named(filter)} must be greater than '${unit}' in the Transition action`, unit, Math.abs(at(end)));
}

function boundNoncurrent({ noncurrentExpiration: end, noncurrentTransitions: moves, filter }: LifecycleRule, { infrequentDaysMin }: LifecycleBounds): void {
  for (const { days, keep, storageClass } of moves) {
    boundDays(days, 0, "NoncurrentVersionTransition", "NoncurrentDays");
    boundKeep(keep, "NoncurrentVersionTransition");
    if (needsThirtyDays(storageClass) && days < infrequentDaysMin)
      refuse(`'NoncurrentDays' in NoncurrentVersionTransition action must be greater than or equal to ${infrequentDaysMin} for infrequent access`, "NoncurrentDays", days);
  }
  boundOrder(
    moves.map(({ storageClass, days }) => ({ storageClass, at: days })),
    "NoncurrentVersionTransition",
    "NoncurrentDays",
    filter,
  );
  if (end === undefined) return;
  boundDays(end.days, 1, "NoncurrentVersionExpiration", "NoncurrentDays");
  boundKeep(end.keep, "NoncurrentVersionExpiration");
  if (moves.some(({ days }) => days >= end.days))
    refuse(
      `'NoncurrentDays' in the NoncurrentVersionExpiration action for filter ${named(filter)} must be greater than 'NoncurrentDays' in the NoncurrentVersionTransition action`,
      "NoncurrentDays",
      end.days,
    );
}

function boundRule(rule: LifecycleRule, bounds: LifecycleBounds): void {
  const { id, filter, expiration, abortUploadsDays } = rule;
  if (id.length > lifecycleLimits.idCharactersMax) refuse(`ID length should not exceed allowed limit of ${lifecycleLimits.idCharactersMax}`, "ID", id);
  boundFilter(filter, bounds);
  const abortsUploads = abortUploadsDays !== undefined || rule.abortUploadsBeforeMs !== undefined;
  if (!expiration && !rule.noncurrentExpiration && !abortsUploads && rule.transitions.length + rule.noncurrentTransitions.length === 0)
    refuse("At least one action needs to be specified in a rule");
  const isNarrow = filter.tags.length > 0 || filter.sizeAbove !== undefined || filter.sizeBelow !== undefined;
  if (expiration && "loneMarkers" in expiration) {
    if (isNarrow) refuse("ExpiredObjectDeleteMarker cannot be specified with Tags or object sizes.");
  } else if (expiration) boundMoment(expiration, 1, "Expiration");
  if (abortsUploads) {
    if (isNarrow) refuse("AbortIncompleteMultipartUpload cannot be specified with Tags or object sizes.");
    if (abortUploadsDays === undefined) boundMoment({ beforeMs: rule.abortUploadsBeforeMs ?? 0 }, 1, "AbortIncompleteMultipartUpload");
    else boundDays(abortUploadsDays, 1, "AbortIncompleteMultipartUpload", "DaysAfterInitiation");
  }
  boundTransitions(rule, bounds);
  boundNoncurrent(rule, bounds);
}

/** Throws invalidArgument; gives it back. */
export function boundLifecycle(lifecycle: Lifecycle, bounds: LifecycleBounds): Lifecycle {
  const { rules } = lifecycle;
  if (rules.length === 0 || rules.length > lifecycleLimits.rulesMax) refuse(`There must be 1 to ${lifecycleLimits.rulesMax} rules.`);
  const ids = new Set<string>();
  for (const rule of rules) {
    if (ids.has(rule.id)) refuse("RuleId must be unique. Found same ID for more than one rule", "ID", rule.id);
    ids.add(rule.id);
    boundRule(rule, bounds);
  }
  return lifecycle;
}
