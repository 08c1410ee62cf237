/** When lifecycles run: each bucket's when it is due or its rules have changed, and when an operator says so. */
import { authorizeAdmin } from "../access/evaluate.ts";
import type { BucketAddress, Context } from "../api.ts";
import { decodeDocument } from "../buckets/documents.ts";
import { fail } from "../errors.ts";
import { inventoryKind } from "../inventory/report.ts";
import { startIfReportDue } from "../inventory/run.ts";
import type { ShownJob } from "../jobs/api.ts";
import { decodeJob, type Job, newJobId, openJobKey, ownJobs } from "../jobs/model.ts";
import { showJob } from "../jobs/show.ts";
import { audit, boundReason, insertJob, whoAsks } from "../jobs/verbs.ts";
import { tables } from "../keys.ts";
import type { BucketState, Generation } from "../model.ts";
import { bucketTurn } from "../objects/find.ts";
import type { Ports } from "../ports.ts";
import { rowsOf, slice } from "../reclaim/slices.ts";
import { decodeBucketState } from "../records.ts";
import { transact } from "../transact.ts";
import { onView, type View } from "../view.ts";
import { disposal, type RunRows, runRows } from "./disposition.ts";
import { wholeDayMs } from "./evaluate.ts";
import type { LifecycleRule } from "./model.ts";
import { digestOf } from "./pass.ts";
import { decodeReport, type LifecycleReport, reportKey, runId, schedule } from "./report.ts";

/** Starts the runs that are due, and says after how many milliseconds to look again. */
export async function startDueRuns(ports: Ports): Promise<number> {
  for await (const row of rowsOf(ports, tables.document.range())) {
    const [generation, kind] = tables.document.read(row.key);
    if (kind === "lifecycle" || kind === "disposition") await startIfDue(ports, generation);
    else if (kind.startsWith(inventoryKind)) await startIfReportDue(ports, generation, row);
  }
  const { dayMs = wholeDayMs } = ports;
  return Math.max(schedule.runMsMin / 2, Math.min(schedule.tickMsMax, dayMs / (2 * schedule.runsPerShortDay)));
}

async function startIfDue(ports: Ports, generation: Generation): Promise<void> {
  await slice(ports, async (view, change): Promise<Job | undefined> => {
    const id = runId(generation);
    const report = await view.get(reportKey(generation));
    const known = report && decodeReport(report);
    const rows = await runRows(view, generation, change);
    if (known && known.digest === digestOf(rows) && known.nextMs > ports.clock.wallMs()) return undefined;
    if ((await view.get(openJobKey(id))) !== undefined) return undefined;
    if (!hasWork(rows)) return undefined;
    const stateKey = tables.state.key(generation);
    const stateValue = await view.get(stateKey);
    const state = stateValue && decodeBucketState(stateValue);
    if (state?.status !== "live") return undefined;
    change.expect(stateKey, stateValue).expect(reportKey(generation), report);
    return insertJob(view, change, { ...ofBucket(state), id, input: {}, by: ownJobs, reason: known ? "due" : "new rules" }, "own");
  });
}

const ofBucket = ({ tenant, name, generation }: BucketState): Pick<Job, "kind" | "bucket"> => ({ kind: "lifecycle", bucket: { tenant, name, generation } });

export async function runLifecycle(ports: Ports, context: Context, input: BucketAddress & { dryRun?: boolean; reason?: string }): Promise<ShownJob> {
  authorizeAdmin(context);
  const reason = boundReason(input.reason);
  const job = await transact(ports, context, bucketTurn(input), async (view, change) => {
    const bucket = await view.bucket(context, input);
    const { generation } = bucket.state;
    const { lifecycle, disposition } = await runRows(view, generation);
    if (lifecycle === undefined && disposition === undefined) fail("conflict", { what: `bucket ${input.bucket} has no lifecycle` });
    const id = input.dryRun === true ? newJobId(ports) : runId(generation);
    if ((await view.get(openJobKey(id))) !== undefined) fail("conflict", { what: `a run goes on: job ${id}` });
    change.expect(bucket.stateKey, bucket.stateValue);
    return insertJob(view, change, { ...ofBucket(bucket.state), id, input: { dryRun: input.dryRun === true }, by: whoAsks(context), reason });
  });
  audit(ports, "job.started", job, job.by, reason);
  return showJob(job);
}

const rulesIn = ({ lifecycle }: RunRows): LifecycleRule[] => (lifecycle === undefined ? [] : decodeDocument<"lifecycle">(lifecycle).model.rules);
const hasWork = (rows: RunRows): boolean => rows.disposition !== undefined || rulesIn(rows).some(({ enabled }) => enabled);

export async function lifecycleReport(ports: Ports, context: Context, address: BucketAddress): Promise<LifecycleReport> {
  authorizeAdmin(context);
  return await onView(ports, async (view) => {
    const { state } = await view.bucket(context, address);
    return await reportOf(view, state);
  });
}

async function reportOf(view: View, { generation }: BucketState): Promise<LifecycleReport> {
  const rows = await runRows(view, generation);
  const row = await view.get(reportKey(generation));
  const open = await view.get(openJobKey(runId(generation)));
  const known = row && decodeReport(row);
  const none = { matched: 0, acted: 0, bytes: 0, locked: 0 };
  const rules = rulesIn(rows);
  const report: LifecycleReport = { rules: rules.map(({ id, enabled }) => ({ id, enabled, ...(known?.last.rules[id] ?? none) })) };
  if (rows.disposition !== undefined) report.disposition = known?.last.rules[disposal.rule] ?? none;
  if (known) {
    const { rules: _rules, ...last } = known.last;
    report.lastRun = last;
    if (hasWork(rows)) report.nextMs = known.nextMs;
  }
  if (open !== undefined) report.running = showJob(decodeJob(open));
  return report;
}
