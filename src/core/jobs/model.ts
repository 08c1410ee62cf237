/**
 * Work too long for a request, kept in the metadata store: each step is one batch that does a little of it and moves the cursor, so a job that
 * is killed anywhere goes on where its row says. Rows: job/open/id while it may go on, job/ended/id afterwards.
 */
import { tables } from "../keys.ts";
import type { BucketName, Generation, TenantName } from "../model.ts";
import type { Bytes, Ports } from "../ports.ts";
import { decodeJson, encodeJson } from "../records.ts";

export const jobStates = ["queued", "running", "paused", "done", "failed", "cancelled"] as const;
export type JobState = (typeof jobStates)[number];
export type JobKindName = "inventory" | "lifecycle" | "purge";

/** `examined`: what was looked at; `matched`: what it was looked for; `acted`: what was done, `bytes` of it; `locked`: what a lock kept. */
export type JobCounts = { examined: number; matched: number; acted: number; bytes: number; locked: number };
export const noCounts: JobCounts = { examined: 0, matched: 0, acted: 0, bytes: 0, locked: 0 };

/** Who did what to the job, and why. */
export type JobNote = { atMs: number; what: "started" | "paused" | "resumed" | Exclude<JobState, "queued" | "running" | "paused">; by: string; reason?: string };

export type Job = {
  /** Ids made by `newJobId` are in the order of their making. */
  id: string;
  kind: JobKindName;
  state: JobState;
  /** What it is about: this generation of the bucket and no later one. */
  bucket: { tenant: TenantName; name: BucketName; generation: Generation };
  /** The kind's own: what it was told, where it is, what it found. */
  input: unknown;
  cursor?: unknown;
  result?: unknown;
  by: string;
  reason: string;
  createdMs: number;
  startedMs?: number;
  endedMs?: number;
  /** Time it was at work or waiting for its next step, pauses and stand-stills of the server left out. */
  activeMs: number;
  counts: JobCounts;
  /** How much there is to examine, as far as it was known at the start. */
  expected?: number;
  /** Of a job that failed, or whose last step did. */
  error?: string;
  /** Steps that failed one after the other. */
  failures: number;
  notes: JobNote[];
};

/** Who started what begins by itself. */
export const ownJobs = "server";

export const jobLimits = {
  /** Beyond these, jobs are refused; those that the server starts for itself are not counted. */
  openMax: 1_000,
  /** The oldest that ended are forgotten. */
  endedMax: 1_000,
  notesMax: 20,
  reasonCharactersMax: 256,
  pageMax: 1_000,
  /** A job fails after so many steps that threw. */
  failuresMax: 5,
} as const;

export const openJobKey = (id: string): Bytes => tables.job.key("open", id);
export const endedJobKey = (id: string): Bytes => tables.job.key("ended", id);
export const encodeJob = (job: Job): Bytes => encodeJson(job);
export const decodeJob = (value: Bytes): Job => decodeJson<Job>(value);

export function newJobId(ports: Pick<Ports, "clock" | "random">): string {
  return `${ports.clock.wallMs().toString(16).padStart(12, "0")}${Buffer.from(ports.random.bytes(4)).toString("hex")}`;
}

export const isOver = ({ state }: Pick<Job, "state">): boolean => state === "done" || state === "failed" || state === "cancelled";

/** The last notes are kept. */
export function noted(job: Job, note: JobNote): JobNote[] {
  return [...job.notes, note].slice(-jobLimits.notesMax);
}

export const addCounts = (a: JobCounts, b: Partial<JobCounts>): JobCounts => ({
  examined: a.examined + (b.examined ?? 0),
  matched: a.matched + (b.matched ?? 0),
  acted: a.acted + (b.acted ?? 0),
  bytes: a.bytes + (b.bytes ?? 0),
  locked: a.locked + (b.locked ?? 0),
});
