/** The figures of background jobs as rows for /-/metrics. */
import type { JobFigures } from "../core/jobs/run.ts";
import type { GaugeRow } from "./metrics.ts";

export function jobRows(figures: JobFigures): GaugeRow[] {
  const inState = (state: "queued" | "running" | "paused"): GaugeRow => ({
    name: "amphora_jobs",
    help: "Open jobs, by state.",
    type: "gauge",
    value: figures[state],
    labels: { state },
  });
  const ended = (state: "done" | "failed"): GaugeRow => ({
    name: "amphora_jobs_ended_total",
    help: "Jobs that ended by themselves since the start, by how.",
    type: "counter",
    value: figures[state],
    labels: { state },
  });
  const total = (name: "steps" | "lost" | "examined" | "acted" | "bytes" | "locked", help: string): GaugeRow => ({
    name: `amphora_jobs_${name}_total`,
    help,
    type: "counter",
    value: figures[name],
  });
  return [
    inState("queued"),
    inState("running"),
    inState("paused"),
    ended("done"),
    ended("failed"),
    total("steps", "Steps of jobs, each one batch."),
    total("lost", "Steps that another batch overtook; they are tried again."),
    total("examined", "Versions, markers and uploads that jobs looked at."),
    total("acted", "What jobs removed or moved."),
    total("bytes", "Size of what jobs removed."),
    total("locked", "What a lock kept from jobs."),
  ];
}
