import type { ShownJob } from "../../core/jobs/api.ts";
import type { LifecycleReport } from "../../core/lifecycle/report.ts";
import { adminOf, inTenant } from "../admin-client.ts";
import { command, serverFlags, tenantFlag } from "../command.ts";
import { destroyFlags } from "../confirm.ts";
import { CommandError, exits } from "../exits.ts";
import { followJob, startedJob, waitFlags } from "../jobs.ts";
import { bytesText, numberText, table, timeText } from "../table.ts";

const section = "Background work";

export const lifecycleShow = command({
  name: "lifecycle show",
  section,
  summary: "Shows what the last run of a bucket's lifecycle did, rule by rule, and when the next begins",
  names: "BUCKET",
  flags: { ...tenantFlag, ...serverFlags },
  async run(call) {
    const report = (await adminOf(call)("GET", `/buckets/${encodeURIComponent(call.names[0] as string)}/lifecycle${inTenant(call.flags.tenant)}`)) as LifecycleReport;
    await call.out.one(report, reportText(report));
  },
});

export function reportText({ rules, lastRun, nextMs, running }: LifecycleReport): string {
  const rows = rules.map(({ id, enabled, matched, acted, bytes, locked }) => ({
    rule: id,
    enabled,
    matched: numberText(matched),
    acted: numberText(acted),
    bytes: bytesText(bytes),
    locked: numberText(locked),
  }));
  const last = lastRun
    ? `last run: ${lastRun.state}, ${timeText(lastRun.startedMs)} to ${timeText(lastRun.endedMs)}, ${numberText(lastRun.examined)} examined${lastRun.error === undefined ? "" : `; ${lastRun.error}`}\n`
    : "never run\n";
  const next = nextMs === undefined ? "" : `next run: ${timeText(nextMs)}\n`;
  return `${table(rows, ["rule", "enabled", "matched", "acted", "bytes", "locked"])}${last}${next}${running === undefined ? "" : `running now: job ${running.id}\n`}`;
}

export const lifecycleRun = command({
  name: "lifecycle run",
  section,
  summary: "Runs a bucket's lifecycle now",
  names: "BUCKET",
  flags: { "dry-run": destroyFlags["dry-run"], reason: destroyFlags.reason, ...waitFlags, ...tenantFlag, ...serverFlags },
  async run(call) {
    const client = adminOf(call);
    const { "dry-run": dryRun, "no-wait": isBegun, reason, tenant } = call.flags;
    const path = `/buckets/${encodeURIComponent(call.names[0] as string)}/lifecycle`;
    const job = (await client("POST", `${path}/run${inTenant(tenant)}`, { dryRun, reason })) as ShownJob;
    if (dryRun || isBegun) return await startedJob(call, client, job);
    // A run leaves a report and no job behind.
    await followJob(call, client, job.id).catch((error: unknown) => {
      if (!(error instanceof CommandError && error.exit === exits.missing)) throw error;
    });
    const report = (await client("GET", `${path}${inTenant(tenant)}`)) as LifecycleReport;
    await call.out.one(report, reportText(report));
    if (report.lastRun?.state !== "done") return exits.failed;
    return report.rules.some(({ locked }) => locked > 0) ? exits.partly : exits.done;
  },
});
