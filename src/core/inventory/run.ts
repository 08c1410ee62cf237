/** When reports are made: when they are due, when their configuration is new, and when an operator says so. */
import { authorizeAdmin } from "../access/evaluate.ts";
import type { BucketAddress, Context } from "../api.ts";
import { fail } from "../errors.ts";
import type { ShownJob } from "../jobs/api.ts";
import { decodeJob, type Job, openJobKey, ownJobs } from "../jobs/model.ts";
import { showJob } from "../jobs/show.ts";
import { audit, boundReason, insertJob, whoAsks } from "../jobs/verbs.ts";
import { tables } from "../keys.ts";
import type { BucketState, Generation, NamedDocument } from "../model.ts";
import { bucketTurn } from "../objects/find.ts";
import type { Bytes, Entry, Ports } from "../ports.ts";
import { slice, take } from "../reclaim/slices.ts";
import { decodeBucketState, decodeJson } from "../records.ts";
import { transact } from "../transact.ts";
import { onView, type View } from "../view.ts";
import { digestOf, type InventoryInput, type InventoryRow, type InventoryStatus, inventoryKind, inventoryRunId, statusKey } from "./report.ts";

const decodeNamed = (value: Bytes): NamedDocument => decodeJson<NamedDocument>(value);
const decodeStatus = (value: Bytes): InventoryRow => decodeJson<InventoryRow>(value);

/** Starts the report if it is due. `document`: a configuration's row. */
export async function startIfReportDue(ports: Ports, generation: Generation, document: Entry): Promise<void> {
  const { id, inventory, writer } = decodeNamed(document.value);
  // Kept by a version of this server that made no reports: to be put again.
  if (inventory?.enabled !== true) return;
  await slice(ports, async (view, change): Promise<Job | undefined> => {
    const statusValue = await view.get(statusKey(generation, id));
    const known = statusValue && decodeStatus(statusValue);
    if (known && known.digest === digestOf(document.value) && known.nextMs > ports.clock.wallMs()) return undefined;
    const run = inventoryRunId(generation, id);
    if ((await view.get(openJobKey(run))) !== undefined) return undefined;
    const stateKey = tables.state.key(generation);
    const stateValue = await view.get(stateKey);
    const state = stateValue && decodeBucketState(stateValue);
    if (state?.status !== "live") return undefined;
    change.expect(stateKey, stateValue).expect(document.key, document.value).expect(statusKey(generation, id), statusValue);
    const input: InventoryInput = { id, form: writer, digest: digestOf(document.value), inventory };
    return insertJob(view, change, { ...ofBucket(state), id: run, input, by: ownJobs, reason: known ? "due" : "new configuration" }, "own");
  });
}

const ofBucket = ({ tenant, name, generation }: BucketState): Pick<Job, "kind" | "bucket"> => ({ kind: "inventory", bucket: { tenant, name, generation } });

/** Makes a report now, enabled or not. */
export async function runInventory(ports: Ports, context: Context, input: BucketAddress & { id: string; reason?: string }): Promise<ShownJob> {
  authorizeAdmin(context);
  const reason = boundReason(input.reason);
  const job = await transact(ports, context, bucketTurn(input), async (view, change) => {
    const bucket = await view.bucket(context, input);
    const { generation } = bucket.state;
    const row = tables.document.key(generation, `${inventoryKind}${input.id}`);
    const value = await view.get(row);
    const document = value && decodeNamed(value);
    if (value === undefined || document?.inventory === undefined) return fail("conflict", { what: `bucket ${input.bucket} has no inventory ${input.id}` });
    const run = inventoryRunId(generation, input.id);
    if ((await view.get(openJobKey(run))) !== undefined) fail("conflict", { what: `a run goes on: job ${run}` });
    change.expect(bucket.stateKey, bucket.stateValue).expect(row, value);
    const told: InventoryInput = { id: input.id, form: document.writer, digest: digestOf(value), inventory: document.inventory };
    return insertJob(view, change, { ...ofBucket(bucket.state), id: run, input: told, by: whoAsks(context), reason });
  });
  audit(ports, "job.started", job, job.by, reason);
  return showJob(job);
}

const shownMax = 1000;
export function inventoryStatus(ports: Ports, context: Context, address: BucketAddress): Promise<InventoryStatus[]> {
  authorizeAdmin(context);
  return onView(ports, async (view) => {
    const { state } = await view.bucket(context, address);
    const rows = await take(view, tables.document.under(state.generation, inventoryKind), shownMax);
    const shown: InventoryStatus[] = [];
    for (const { value } of rows) shown.push(await statusOf(view, state.generation, decodeNamed(value)));
    return shown;
  });
}

async function statusOf(view: View, generation: Generation, { id, inventory }: NamedDocument): Promise<InventoryStatus> {
  const status: InventoryStatus = { id, enabled: inventory?.enabled === true, every: inventory?.every ?? "day", target: inventory?.target.bucket ?? "" };
  const value = await view.get(statusKey(generation, id));
  if (value !== undefined) {
    const { nextMs, last } = decodeStatus(value);
    status.last = last;
    if (status.enabled) status.nextMs = nextMs;
  }
  const open = await view.get(openJobKey(inventoryRunId(generation, id)));
  if (open !== undefined) status.running = showJob(decodeJob(open));
  return status;
}
