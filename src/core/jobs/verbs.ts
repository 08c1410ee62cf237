/** What an operator does with jobs: looks at them, pauses, resumes and cancels them. */

import { authorizeAdmin } from "../access/evaluate.ts";
import type { Context } from "../api.ts";
import type { Change } from "../change.ts";
import { fail } from "../errors.ts";
import { personOf } from "../identity/model.ts";
import { tables } from "../keys.ts";
import type { Ports } from "../ports.ts";
import { take } from "../reclaim/slices.ts";
import { transact } from "../transact.ts";
import { onView, type View } from "../view.ts";
import type { ShownJob } from "./api.ts";
import { endJob } from "./end.ts";
import { decodeJob, encodeJob, endedJobKey, isOver, type Job, type JobNote, type JobState, jobLimits, noCounts, noted, openJobKey } from "./model.ts";
import { showJob } from "./show.ts";

/** The name of who asks, for the record. */
export const whoAsks = ({ caller }: Pick<Context, "caller">): string =>
  caller.kind === "anonymous" ? "nobody" : `${[caller.account.name, personOf(caller)].filter((part) => part !== undefined).join("/")} (${caller.accessKeyId})`;

export function audit(ports: Ports, what: string, { id, kind, bucket, counts }: Pick<Job, "id" | "kind" | "bucket" | "counts">, by: string, reason = ""): void {
  const { acted, bytes, locked } = counts;
  ports.log.info("audit", { what, job: id, kind, tenant: bucket.tenant, bucket: bucket.name, by, reason, acted, bytes, locked });
}

/** Throws invalidArgument for more than a sentence. */
export function boundReason(reason: string | undefined): string {
  if (reason !== undefined && reason.length > jobLimits.reasonCharactersMax)
    fail("invalidArgument", { argument: "reason", value: reason.slice(0, 64), why: `a reason has at most ${jobLimits.reasonCharactersMax} characters` });
  return reason ?? "";
}

/** A new job's row, expected to be absent. `whose` "asked": throws conflict past `jobLimits.openMax`. */
export async function insertJob(
  view: View,
  change: Change,
  job: Pick<Job, "id" | "kind" | "bucket" | "input" | "by" | "reason" | "expected">,
  whose: "asked" | "own" = "asked",
): Promise<Job> {
  const open = whose === "asked" ? await take(view, tables.job.range("open"), jobLimits.openMax, { keysOnly: true }) : [];
  if (open.length >= jobLimits.openMax) fail("conflict", { what: `there are ${jobLimits.openMax} open jobs already` });
  const nowMs = view.ports.clock.wallMs();
  const made: Job = {
    ...job,
    state: "queued",
    createdMs: nowMs,
    activeMs: 0,
    counts: noCounts,
    failures: 0,
    notes: [{ atMs: nowMs, what: "started", by: job.by, ...(job.reason === "" ? {} : { reason: job.reason }) }],
  };
  change.expect(openJobKey(job.id), undefined).put(openJobKey(job.id), encodeJob(made));
  return made;
}

export async function listJobs(ports: Ports, context: Context, { limit, open }: { limit: number; open?: boolean }): Promise<ShownJob[]> {
  authorizeAdmin(context);
  const most = Math.max(0, Math.min(limit, jobLimits.pageMax));
  return await onView(ports, async (view) => {
    const jobs: ShownJob[] = [];
    for (const list of open === true ? ["open"] : open === false ? ["ended"] : ["open", "ended"]) {
      if (jobs.length >= most) break;
      const cursor = view.scan({ ...tables.job.range(list), reverse: true });
      for (const { value } of await cursor.next(most - jobs.length)) jobs.push(showJob(decodeJob(value)));
      cursor.close();
    }
    return jobs;
  });
}

export async function getJob(ports: Ports, context: Context, id: string): Promise<ShownJob> {
  authorizeAdmin(context);
  return showJob(await onView(ports, (view) => findJob(view, id)));
}

async function findJob(view: View, id: string): Promise<Job> {
  const value = (await view.get(openJobKey(id))) ?? (await view.get(endedJobKey(id)));
  return value === undefined ? fail("jobMissing", { job: id }) : decodeJob(value);
}

type Turned = { job: string; reason?: string };

/** `to` undefined: nothing is to change. */
async function turn(ports: Ports, context: Context, { job: id, reason }: Turned, what: JobNote["what"], to: (state: JobState) => JobState | undefined): Promise<ShownJob> {
  authorizeAdmin(context);
  const why = boundReason(reason);
  const by = whoAsks(context);
  const { job, changed } = await transact(ports, context, openJobKey(id), async (view, change) => {
    const value = await view.get(openJobKey(id));
    const before = value === undefined ? await findJob(view, id) : decodeJob(value);
    if (value === undefined || isOver(before)) return fail("conflict", { what: `job ${id} is ${before.state}` });
    const state = to(before.state);
    if (state === undefined) return { job: before, changed: false };
    const after: Job = { ...before, state, notes: noted(before, { atMs: ports.clock.wallMs(), what, by, ...(why === "" ? {} : { reason: why }) }) };
    change.expect(openJobKey(id), value);
    if (isOver(after)) return { job: await endJob(view, change, after), changed: true };
    change.put(openJobKey(id), encodeJob(after));
    return { job: after, changed: true };
  });
  if (changed) audit(ports, `job.${what}`, job, by, why);
  return showJob(job);
}

export const pauseJob = (ports: Ports, context: Context, input: Turned): Promise<ShownJob> =>
  turn(ports, context, input, "paused", (state) => (state === "paused" ? undefined : "paused"));
export const resumeJob = (ports: Ports, context: Context, input: Turned): Promise<ShownJob> =>
  turn(ports, context, input, "resumed", (state) => (state === "paused" ? "queued" : undefined));
export const cancelJob = (ports: Ports, context: Context, input: Turned): Promise<ShownJob> => turn(ports, context, input, "cancelled", () => "cancelled");
