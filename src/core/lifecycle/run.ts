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
import type { Entry, Ports } from "../ports.ts";
import { rowsOf, slice } from "../reclaim/slices.ts";
import { decodeBucketState } from "../records.ts";
import { transact } from "../transact.ts";
import { onView, type View } from "../view.ts";
import { wholeDayMs } from "./evaluate.ts";
import { digestOf } from "./pass.ts";
import { decodeReport, type LifecycleReport, reportKey, runId, schedule } from "./report.ts";

/** Starts the runs that are due, and says after how many milliseconds to look again. */
export async function startDueRuns(ports: Ports): Promise<number> {
  for await (const row of rowsOf(ports, tables.document.range())) {
    const [generation, kind] = tables.document.read(row.key);
    if (kind === "lifecycle") await startIfDue(ports, generation, row);
    else if (kind.startsWith(inventoryKind)) await startIfReportDue(ports, generation, row);
  }
  const { dayMs = wholeDayMs } = ports;
  return Math.max(schedule.runMsMin / 2, Math.min(schedule.tickMsMax, dayMs / (2 * schedule.runsPerShortDay)));
}

async function startIfDue(ports: Ports, generation: Generation, document: Entry): Promise<void> {
  await slice(ports, async (view, change): Promise<Job | undefined> => {
    const id = runId(generation);
    const report = await view.get(reportKey(generation));
    const known = report && decodeReport(report);
    if (known && known.digest === digestOf(document.value) && known.nextMs > ports.clock.wallMs()) return undefined;
    if ((await view.get(openJobKey(id))) !== undefined) return undefined;
    if (!decodeDocument<"lifecycle">(document.value).model.rules.some(({ enabled }) => enabled)) return undefined;
    const stateKey = tables.state.key(generation);
    const stateValue = await view.get(stateKey);
    const state = stateValue && decodeBucketState(stateValue);
    if (state?.status !== "live") return undefined;
    change.expect(stateKey, stateValue).expect(document.key, document.value).expect(reportKey(generation), report);
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
    if ((await view.get(tables.document.key(generation, "lifecycle"))) === undefined) fail("conflict", { what: `bucket ${input.bucket} has no lifecycle` });
    const id = input.dryRun === true ? newJobId(ports) : runId(generation);
    if ((await view.get(openJobKey(id))) !== undefined) fail("conflict", { what: `a run goes on: job ${id}` });
    change.expect(bucket.stateKey, bucket.stateValue);
    return insertJob(view, change, { ...ofBucket(bucket.state), id, input: { dryRun: input.dryRun === true }, by: whoAsks(context), reason });
  });
  audit(ports, "job.started", job, job.by, reason);
  return showJob(job);
}

export async function lifecycleReport(ports: Ports, context: Context, address: BucketAddress): Promise<LifecycleReport> {
  authorizeAdmin(context);
  return await onView(ports, async (view) => {
    const { state } = await view.bucket(context, address);
    return await reportOf(view, state);
  });
}

async function reportOf(view: View, { generation }: BucketState): Promise<LifecycleReport> {
  const document = await view.get(tables.document.key(generation, "lifecycle"));
  const row = await view.get(reportKey(generation));
  const open = await view.get(openJobKey(runId(generation)));
  const known = row && decodeReport(row);
  const none = { matched: 0, acted: 0, bytes: 0, locked: 0 };
  const rules = document === undefined ? [] : decodeDocument<"lifecycle">(document).model.rules;
  const report: LifecycleReport = { rules: rules.map(({ id, enabled }) => ({ id, enabled, ...(known?.last.rules[id] ?? none) })) };
  if (known) {
    const { rules: _rules, ...last } = known.last;
    report.lastRun = last;
    if (rules.some(({ enabled }) => enabled)) report.nextMs = known.nextMs;
  }
  if (open !== undefined) report.running = showJob(decodeJob(open));
  return report;
}
