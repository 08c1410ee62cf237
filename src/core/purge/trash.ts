/** Detached generations: had back under a name, or given to the reclaim job when their time is over or somebody says so. */
import { authorizeAdmin } from "../access/evaluate.ts";
import type { Context } from "../api.ts";
import { ownedKey, roomFor } from "../buckets/create.ts";
import { usageOf } from "../buckets/read.ts";
import { changeState } from "../buckets/state.ts";
import type { Change } from "../change.ts";
import { fail } from "../errors.ts";
import { boundReason, whoAsks } from "../jobs/verbs.ts";
import { generationBytes, tables } from "../keys.ts";
import type { BucketName, BucketState, Generation, TenantName } from "../model.ts";
import { parseBucketName } from "../names.ts";
import type { Ports } from "../ports.ts";
import { rowsOf, slice, take } from "../reclaim/slices.ts";
import { decodeAccount, decodeBucketState, decodeJson, presence } from "../records.ts";
import { transact } from "../transact.ts";
import { type BucketHandle, onView, type View } from "../view.ts";
import type { Confirmed, PurgeVerbs, Trashed, TrashRow } from "./api.ts";
import { judgeConfirmation } from "./detach.ts";

export const trashLimits = { pageMax: 500, namesTriedMax: 100 } as const;

type Found = { row: TrashRow; rowKey: Uint8Array; rowValue: Uint8Array; bucket: BucketHandle };

/** Throws trashMissing. */
async function findTrashed(view: View, generation: Generation): Promise<Found> {
  const missing = (): never => fail("trashMissing", { generation });
  if (!/^[0-9a-f]{24}$/.test(generation)) return missing();
  const rowKey = tables.trash.key(generation);
  const rowValue = await view.get(rowKey);
  const stateKey = tables.state.key(generation);
  const stateValue = await view.get(stateKey);
  if (rowValue === undefined || stateValue === undefined) return missing();
  return { row: decodeJson<TrashRow>(rowValue), rowKey, rowValue, bucket: { state: decodeBucketState(stateValue), stateKey, stateValue } };
}

export async function listTrash(ports: Ports, context: Context, input: Parameters<PurgeVerbs["trash"]>[1]): Promise<{ trashed: Trashed[]; truncated: boolean }> {
  authorizeAdmin(context);
  const limit = Math.max(0, Math.min(input.limit, trashLimits.pageMax));
  return await onView(ports, async (view) => {
    const range = tables.trash.range();
    const from = input.after === undefined ? range.from : tables.trash.range(input.after).to;
    const rows = await take(view, { from, to: range.to }, limit + 1);
    const trashed: Trashed[] = [];
    for (const { key, value } of rows.slice(0, limit)) {
      const [generation] = tables.trash.read(key);
      const { bucket } = await findTrashed(view, generation);
      trashed.push({ ...decodeJson<TrashRow>(value), generation, owner: bucket.state.owner, usage: await usageOf(view, generation) });
    }
    return { trashed, truncated: rows.length > limit };
  });
}

/** Everything as it was: objects, versions, uploads, configuration, counters. Throws trashMissing, nameTaken, tooManyBuckets, accessDenied (its account is gone). */
export async function restoreBucket(ports: Ports, context: Context, input: Parameters<PurgeVerbs["restore"]>[1]): Promise<BucketState> {
  authorizeAdmin(context);
  const reason = boundReason(input.reason);
  const { generation } = input;
  const state = await transact(ports, context, tables.trash.key("0".repeat(24) as Generation), async (view, change) => {
    const { row, rowKey, rowValue, bucket } = await findTrashed(view, generation);
    const name = input.bucket === undefined ? row.name : parseBucketName(input.bucket);
    const { tenant } = bucket.state;
    const nameKey = tables.name.key(tenant, name);
    if ((await view.get(nameKey)) !== undefined) return await refuseName(view, tenant, name);
    // What the account keeps closed may have changed since: its buckets in the trash are not told.
    const { publicAccess: accountAccess } = decodeAccount(await roomFor(view, change, bucket.state.owner));
    change.expect(rowKey, rowValue).remove(rowKey).expect(nameKey, undefined).put(nameKey, generationBytes(generation));
    change.put(ownedKey(bucket.state.owner, { tenant, bucket: name }), generationBytes(generation));
    return changeState(change, bucket, { status: "live", name, accountAccess });
  });
  ports.log.info("audit", { what: "bucket.restored", tenant: state.tenant, bucket: state.name, generation, by: whoAsks(context), reason });
  return state;
}

async function refuseName(view: View, tenant: TenantName, name: BucketName): Promise<never> {
  const holder = await view.findBucket({ tenant, bucket: name });
  const owner = holder && (await view.owner(holder.state.owner)).name;
  for (let n = 1; n <= trashLimits.namesTriedMax; n++) {
    const free = `${name.slice(0, 52)}-restored${n === 1 ? "" : `-${n}`}`;
    if ((await view.get(tables.name.key(tenant, free as BucketName))) === undefined)
      return fail("nameTaken", { what: "bucket", name, free, ...(owner === undefined ? {} : { holder: owner }) });
  }
  return fail("nameTaken", { what: "bucket", name });
}

/** To the reclaim job. */
function giveUp(change: Change, { rowKey, rowValue, bucket }: Found): void {
  change.expect(rowKey, rowValue).remove(rowKey).put(tables.deadGeneration.key(bucket.state.generation), presence);
  changeState(change, bucket, { status: "reclaiming" });
}

export async function emptyTrash(ports: Ports, context: Context, input: { generation: Generation } & Confirmed): Promise<void> {
  authorizeAdmin(context);
  const reason = boundReason(input.reason);
  const row = await transact(ports, context, tables.trash.key("0".repeat(24) as Generation), async (view, change) => {
    const found = await findTrashed(view, input.generation);
    judgeConfirmation(found.row.name, input);
    giveUp(change, found);
    return found.row;
  });
  ports.log.info("audit", { what: "trash.emptied", tenant: row.tenant, bucket: row.name, generation: input.generation, by: whoAsks(context), reason });
}

/** Those whose time is over go to the reclaim job. */
export async function expireTrash(ports: Ports): Promise<void> {
  for await (const { key, value } of rowsOf(ports, tables.trash.range())) {
    if (decodeJson<TrashRow>(value).untilMs > ports.clock.wallMs()) continue;
    const [generation] = tables.trash.read(key);
    const gone = await slice(ports, async (view, change) => {
      if ((await view.get(key)) === undefined) return undefined;
      const found = await findTrashed(view, generation);
      giveUp(change, found);
      return found.row;
    });
    if (gone) ports.log.info("audit", { what: "trash.expired", tenant: gone.tenant, bucket: gone.name, generation, by: "server" });
  }
}
