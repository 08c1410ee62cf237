/** What the runs of a bucket's lifecycle came to: one row a bucket (job/report/generation), written in the batch in which a run ends. */
import type { Change } from "../change.ts";
import type { ShownJob } from "../jobs/api.ts";
import type { Job, JobState } from "../jobs/model.ts";
import { tables } from "../keys.ts";
import type { Generation } from "../model.ts";
import type { Bytes, Ports } from "../ports.ts";
import { decodeJson, encodeJson } from "../records.ts";
import { wholeDayMs } from "./evaluate.ts";

/**
 * `matched`: due under the rule; `acted`: what was done of it, `bytes` of removed versions; `locked`: what a lock kept. `moved`: bytes that were written to
 * the folder of another class; `left`: versions whose bytes could not be: no room there, or unreadable where they are.
 */
export type RuleCounts = { matched: number; acted: number; bytes: number; locked: number; moved?: number; left?: number };
export function addRuleCounts(a: RuleCounts | undefined, b: Partial<RuleCounts>): RuleCounts {
  const sum = (name: keyof RuleCounts): number => (a?.[name] ?? 0) + (b[name] ?? 0);
  const counts: RuleCounts = { matched: sum("matched"), acted: sum("acted"), bytes: sum("bytes"), locked: sum("locked") };
  for (const name of ["moved", "left"] as const) if (sum(name) > 0) counts[name] = sum(name);
  return counts;
}
export type LastRun = { state: JobState; startedMs: number; endedMs: number; examined: number; rules: Record<string, RuleCounts>; error?: string };
/** `digest`: of the rules that ran. */
export type ReportRow = { digest: string; nextMs: number; last: LastRun };

/** As it is shown: each rule with what its last run came to; `nextMs`: when the next run begins, at the latest. */
export type LifecycleReport = {
  rules: ({ id: string; enabled: boolean } & RuleCounts)[];
  /** Where what was retained goes by itself once that is over. */
  disposition?: RuleCounts;
  lastRun?: Omit<LastRun, "rules">;
  nextMs?: number;
  running?: ShownJob;
};

export type LifecycleInput = { dryRun?: boolean };
/** `digest`: of the rules in force when the pass began; others begin it anew. */
export type LifecycleCursor = { digest: string; phase: "versions" | "uploads"; place?: unknown; upload?: string };
export type LifecycleResult = { rules: Record<string, RuleCounts> };

export const reportKey = (generation: Generation): Bytes => tables.job.key("report", generation);
export const decodeReport = (value: Bytes): ReportRow => decodeJson<ReportRow>(value);

/** The id of the run that a bucket has at most one of. */
export const runId = (generation: Generation): string => `lifecycle-${generation}`;

export const schedule = {
  /** Of a shortened day. */
  runsPerShortDay: 10,
  runMsMin: 200,
  tickMsMax: 15_000,
} as const;

/** Rules come due at midnights: the next run begins with the next one after the last run began. */
export function nextRunMs(startedMs: number, endedMs: number, dayMs = wholeDayMs): number {
  if (dayMs === wholeDayMs) return (Math.floor(startedMs / dayMs) + 1) * dayMs;
  return endedMs + Math.max(schedule.runMsMin, dayMs / schedule.runsPerShortDay);
}

/** False: it was a dry run, of which its own row tells. A run without a digest found no rules, or no bucket. */
export function leaveReport(ports: Ports, change: Change, job: Job): boolean {
  if (job.id !== runId(job.bucket.generation)) return false;
  const cursor = job.cursor as LifecycleCursor | undefined;
  if (cursor === undefined) return true;
  if (cursor.digest === "") {
    change.remove(reportKey(job.bucket.generation));
    return true;
  }
  const endedMs = job.endedMs ?? ports.clock.wallMs();
  const startedMs = job.startedMs ?? endedMs;
  const { rules } = (job.result as LifecycleResult | undefined) ?? { rules: {} };
  const last: LastRun = { state: job.state, startedMs, endedMs, examined: job.counts.examined, rules, ...(job.error === undefined ? {} : { error: job.error }) };
  const row: ReportRow = { digest: cursor.digest, nextMs: nextRunMs(startedMs, endedMs, ports.dayMs), last };
  change.put(reportKey(job.bucket.generation), encodeJson(row));
  return true;
}
