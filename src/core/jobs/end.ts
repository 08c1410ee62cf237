/** The batch in which a job ends: its row goes among those that ended, and the kind leaves its last word. */
import type { Change } from "../change.ts";
import { leaveInventoryReport } from "../inventory/report.ts";
import { tables } from "../keys.ts";
import { leaveReport } from "../lifecycle/report.ts";
import { take } from "../reclaim/slices.ts";
import type { View } from "../view.ts";
import { encodeJob, endedJobKey, type Job, jobLimits, openJobKey, ownJobs } from "./model.ts";

/** The caller expects the open row. Regular runs of a lifecycle leave a report and no row: there are many of them. Gives the job as it ended. */
export async function endJob(view: View, change: Change, job: Job): Promise<Job> {
  const ended: Job = { ...job, endedMs: view.ports.clock.wallMs() };
  change.remove(openJobKey(job.id));
  if (job.kind === "lifecycle" && leaveReport(view.ports, change, ended)) return ended;
  if (job.kind === "inventory") leaveInventoryReport(view.ports, change, ended);
  // What begins by itself and ends well is told by its report alone.
  if (job.kind === "inventory" && job.by === ownJobs && ended.state === "done") return ended;
  const { cursor: _cursor, ...kept } = ended;
  change.put(endedJobKey(job.id), encodeJob(kept));
  const rows = await take(view, tables.job.range("ended"), jobLimits.endedMax, { keysOnly: true });
  const oldest = rows[0];
  if (oldest && rows.length === jobLimits.endedMax) change.remove(oldest.key);
  return ended;
}
