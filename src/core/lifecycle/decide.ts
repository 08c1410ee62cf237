/** What the rules say about one version at one moment. Pure: the batch that acts on it expects what was looked at. */
import { startsWith } from "../../lib/bytes.ts";
import { tables } from "../keys.ts";
import type { Generation, ObjectKey, StorageClass, Version } from "../model.ts";
import type { Bytes } from "../ports.ts";
import { modifiedMsIn } from "../records.ts";
import type { Quiet, Walked } from "../versions/walk.ts";
import { daysAfter, expiresAtMs, latestDueMs, matchesFilter, momentMs } from "./evaluate.ts";
import type { Lifecycle, LifecycleMoment, LifecycleMove, LifecycleRule } from "./model.ts";
import { coldness } from "./validate.ts";

/** "expire": the current version, as a delete by name does; "remove": this version for good; "move": to a colder class. */
export type Verdict = { rule: string; act: "expire" | "remove" } | { rule: string; act: "move"; storageClass: StorageClass };
/** `smallBytes`: without a size in their filter, transitions leave smaller objects alone. */
export type Now = { nowMs: number; dayMs?: number | undefined; smallBytes?: number | undefined };
const smallBytesUsual = 128 * 1024;

/** Rows of current versions that were written too late for anything to be due under a rule that is about their key. Cheap: it is asked of every object. */
export function quietUnder(generation: Generation, { rules }: Lifecycle, { nowMs, dayMs }: Now): Quiet {
  /** `under`: with what a row begins that the rule is about. */
  const bounds: { under: Bytes; dueMs: number }[] = [];
  for (const { enabled, filter, expiration, transitions } of rules) {
    if (!enabled) continue;
    const moments: LifecycleMoment[] = transitions.filter(isTimed);
    if (expiration && !("loneMarkers" in expiration)) moments.push(expiration);
    const dueMs = Math.max(Number.NEGATIVE_INFINITY, ...moments.map((moment) => latestDueMs(moment, nowMs, dayMs)));
    if (dueMs > Number.NEGATIVE_INFINITY) bounds.push({ under: tables.current.under(generation, (filter.prefix ?? "") as ObjectKey).from, dueMs });
  }
  return (key, value) => {
    const modifiedMs = modifiedMsIn(value);
    for (const { under, dueMs } of bounds) if (modifiedMs <= dueMs && startsWith(key, under)) return false;
    return true;
  };
}

type Candidate = { rule: LifecycleRule; atMs: number; verdict: Verdict };

/** The first thing that is due; removal comes before a move. `whole`: the version with its tags, asked only where a filter needs them. */
export async function decide(lifecycle: Lifecycle, walked: Walked, whole: () => Promise<Version>, now: Now): Promise<Verdict | undefined> {
  const due = candidatesOf(lifecycle, walked, now);
  if (due.length === 0) return undefined;
  const isRemoval = ({ verdict }: Candidate): number => (verdict.act === "move" ? 1 : 0);
  // Of moves the latest that is due: what it goes through on its way is of no use.
  due.sort((a, b) => isRemoval(a) - isRemoval(b) || (a.verdict.act === "move" ? b.atMs - a.atMs : a.atMs - b.atMs));
  for (const { rule, verdict } of due) if (await fits(rule, walked, whole)) return verdict;
  return undefined;
}

function candidatesOf({ rules, smallObjects }: Lifecycle, walked: Walked, { nowMs, dayMs, smallBytes = smallBytesUsual }: Now): Candidate[] {
  const due: Candidate[] = [];
  const { listed, isHead, isLone } = walked;
  const isMarker = listed.kind === "marker";
  for (const rule of rules) {
    if (!rule.enabled || (rule.filter.prefix !== undefined && !listed.key.startsWith(rule.filter.prefix))) continue;
    const add = (atMs: number | undefined, verdict: Verdict): void => {
      if (atMs !== undefined && atMs <= nowMs) due.push({ rule, atMs, verdict });
    };
    if (isHead && isMarker) {
      if (isLone && !isNarrow(rule)) add(markerEndsAtMs(rule, listed.modifiedMs, dayMs), { rule: rule.id, act: "remove" });
      continue;
    }
    if (isHead) add(expiresAtMs(rule, listed.modifiedMs, dayMs), { rule: rule.id, act: "expire" });
    else addNoncurrent(rule, walked, dayMs, add);
    if (isMarker) continue;
    for (const { storageClass, bytesMin = 0, atMs } of movesOf(rule, walked, dayMs)) {
      const isSmall = listed.size < bytesMin || (listed.size < smallBytes && smallObjects === "stay" && rule.filter.sizeAbove === undefined && rule.filter.sizeBelow === undefined);
      if (coldness[storageClass] > coldness[listed.storageClass] && !isSmall) add(atMs, { rule: rule.id, act: "move", storageClass });
    }
  }
  return due;
}

function addNoncurrent(
  { noncurrentExpiration: end, id }: LifecycleRule,
  { rank, sinceMs }: Walked,
  dayMs: number | undefined,
  add: (atMs: number, verdict: Verdict) => void,
): void {
  if (end && rank >= (end.keep ?? 0)) add(daysAfter(sinceMs, end.days, dayMs), { rule: id, act: "remove" });
}
function movesOf(rule: LifecycleRule, { isHead, listed, rank, sinceMs }: Walked, dayMs: number | undefined): (LifecycleMove & { atMs: number | undefined })[] {
  if (isHead) return rule.transitions.filter(isTimed).map((move) => ({ ...move, atMs: momentMs(move, listed.modifiedMs, dayMs) }));
  return rule.noncurrentTransitions.filter((move) => isTimed(move) && rank >= (move.keep ?? 0)).map((move) => ({ ...move, atMs: daysAfter(sinceMs, move.days, dayMs) }));
}
const isTimed = ({ sinceAccess }: LifecycleMove): boolean => sinceAccess === undefined;

/** A marker with nothing under it goes at once where the rule says so, and with age where the rule ends objects by age. */
function markerEndsAtMs(rule: LifecycleRule, modifiedMs: number, dayMs: number | undefined): number | undefined {
  if (rule.expiration && "loneMarkers" in rule.expiration) return rule.expiration.loneMarkers ? 0 : undefined;
  return expiresAtMs(rule, modifiedMs, dayMs);
}

/** Markers have neither tags nor a size: rules that ask for these are not about them. */
const isNarrow = ({ filter }: LifecycleRule): boolean => filter.tags.length > 0 || filter.sizeAbove !== undefined || filter.sizeBelow !== undefined;

async function fits({ filter }: LifecycleRule, { listed }: Walked, whole: () => Promise<Version>): Promise<boolean> {
  const asksTags = filter.tags.length > 0 || filter.not?.some(({ tags }) => tags.length > 0) === true;
  if (!matchesFilter({ ...filter, tags: [] }, listed)) return false;
  return !asksTags || matchesFilter(filter, await whole());
}
