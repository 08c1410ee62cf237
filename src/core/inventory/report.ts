/** When a configuration's next report is due and what the last one came to: a row beside the configuration, written in the batch in which a run ends. */
import { createHash } from "node:crypto";
import type { Change } from "../change.ts";
import type { ShownJob } from "../jobs/api.ts";
import type { Job, JobState } from "../jobs/model.ts";
import { tables } from "../keys.ts";
import { wholeDayMs } from "../lifecycle/evaluate.ts";
import type { Generation } from "../model.ts";
import type { Bytes, Ports } from "../ports.ts";
import { encodeJson } from "../records.ts";
import type { Place } from "../versions/walk.ts";
import type { Inventory } from "./model.ts";

/** `form`: whose words (form.ts). `digest`: of the configuration that runs. */
export type InventoryInput = { id: string; form: string; digest: string; inventory: Inventory };
/** `files`: each one's size and digest. */
export type InventoryCursor = { phase: "files" | "manifest"; startedMs: number; place?: Place | undefined; files: [size: number, md5: string][] };
/** `manifest`: its key in the target. */
export type InventoryResult = { files: number; manifest?: string };

export type LastReport = { state: JobState; startedMs: number; endedMs: number; rows: number; files: number; manifest?: string; error?: string };
export type InventoryRow = { digest: string; nextMs: number; last: LastReport };
/** As it is shown. `nextMs`: when the next one begins, at the latest. */
export type InventoryStatus = { id: string; enabled: boolean; every: Inventory["every"]; target: string; nextMs?: number; last?: LastReport; running?: ShownJob };

export const inventoryKind = "inventory/";
// No kind of a document begins like this but these.
export const statusKey = (generation: Generation, id: string): Bytes => tables.document.key(generation, `inventory-report/${id}`);

export const digestOf = (document: Bytes): string => createHash("sha256").update(document).digest("hex").slice(0, 16);
/** Of the run that a configuration has at most one of. */
export const inventoryRunId = (generation: Generation, id: string): string => `inventory-${generation}-${createHash("sha256").update(id).digest("hex").slice(0, 12)}`;

const soonestMs = 200;
/** Days and weeks begin at midnight, weeks on Sundays; where a day is shorter than a day (`Ports.dayMs`), it begins with the run before. */
export function nextReportMs(startedMs: number, every: Inventory["every"], dayMs = wholeDayMs): number {
  const days = every === "day" ? 1 : 7;
  if (dayMs !== wholeDayMs) return startedMs + Math.max(soonestMs, days * dayMs);
  if (every === "day") return (Math.floor(startedMs / dayMs) + 1) * dayMs;
  // 1970-01-04 was a Sunday.
  const firstSundayMs = 3 * dayMs;
  return firstSundayMs + (Math.floor((startedMs - firstSundayMs) / (7 * dayMs)) + 1) * 7 * dayMs;
}

/** In the batch in which the job ends. */
export function leaveInventoryReport(ports: Ports, change: Change, job: Job): void {
  const { id, digest, inventory } = job.input as InventoryInput;
  const endedMs = job.endedMs ?? ports.clock.wallMs();
  const startedMs = job.startedMs ?? endedMs;
  const { files = 0, manifest } = (job.result as InventoryResult | undefined) ?? {};
  const last: LastReport = { state: job.state, startedMs, endedMs, rows: job.counts.acted, files };
  if (manifest !== undefined) last.manifest = manifest;
  if (job.error !== undefined) last.error = job.error;
  const row: InventoryRow = { digest, nextMs: nextReportMs(startedMs, inventory.every, ports.dayMs), last };
  change.put(statusKey(job.bucket.generation, id), encodeJson(row));
}
