/** A job with what can be worked out from it. */
import type { ShownJob } from "./api.ts";
import { isOver, type Job } from "./model.ts";

export function showJob({ cursor: _cursor, ...job }: Job): ShownJob {
  const { examined } = job.counts;
  const rate = job.activeMs > 0 ? Math.round((examined * 10_000) / job.activeMs) / 10 : 0;
  const shown: ShownJob = { ...job, rate };
  if (job.state === "done") shown.percent = 100;
  else if (job.expected !== undefined && job.expected > 0) {
    // More may have come since the start: it is never said to be done before it is.
    shown.percent = Math.min(99, Math.floor((100 * examined) / job.expected));
    if (!isOver(job) && rate > 0) shown.etaMs = Math.round((Math.max(0, job.expected - examined) / rate) * 1_000);
  }
  return shown;
}
