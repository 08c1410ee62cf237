/** Whether and for how long a bucket keeps what is deleted and replaced in it. */
import { authorizeAdmin } from "../access/evaluate.ts";
import type { BucketAddress, Context } from "../api.ts";
import { changeState } from "../buckets/state.ts";
import { fail } from "../errors.ts";
import { whoAsks } from "../jobs/verbs.ts";
import { counterKey } from "../keys.ts";
import type { BucketState } from "../model.ts";
import { bucketTurn } from "../objects/find.ts";
import type { Ports } from "../ports.ts";
import { transact } from "../transact.ts";
import { onView, type View } from "../view.ts";
import type { BinShown } from "./api.ts";

export const binLimits = { keepMsMax: 3_650 * 86_400_000, pageMax: 1_000 } as const;

async function show(view: View, { generation, binKeepMs, versioning }: BucketState): Promise<BinShown> {
  return {
    ...(binKeepMs === undefined ? {} : { keepMs: binKeepMs }),
    active: binKeepMs !== undefined && versioning === "off",
    binned: await view.sum(counterKey(generation, "binned")),
    binnedBytes: await view.sum(counterKey(generation, "binnedBytes")),
  };
}

/** Throws bucketMissing, accessDenied, invalidArgument, conflict. */
export async function setBinKeep(ports: Ports, context: Context, input: BucketAddress & { keepMs: number | undefined }): Promise<BinShown> {
  authorizeAdmin(context);
  const { keepMs = 0 } = input;
  if (!(Number.isSafeInteger(keepMs) && keepMs >= 0 && keepMs <= binLimits.keepMsMax))
    fail("invalidArgument", { argument: "keep", value: String(keepMs), why: `0 to ${binLimits.keepMsMax} milliseconds` });
  const binKeepMs = keepMs === 0 ? undefined : keepMs;
  const { shown, changed } = await transact(ports, context, bucketTurn(input), async (view, change) => {
    const bucket = await view.bucket(context, input);
    const { state } = bucket;
    if (binKeepMs !== undefined && state.versioning !== "off") return fail("conflict", { what: `bucket ${state.name} keeps versions: what is deleted in it is one of them still` });
    const changed = state.binKeepMs !== binKeepMs;
    return { shown: await show(view, changed ? changeState(change, bucket, { binKeepMs }) : state), changed };
  });
  if (changed) ports.log.info("audit", { what: "bucket.softDelete", tenant: input.tenant, bucket: input.bucket, keepMs, by: whoAsks(context) });
  return shown;
}

export async function getBin(ports: Ports, context: Context, input: BucketAddress): Promise<BinShown> {
  authorizeAdmin(context);
  return await onView(ports, async (view) => show(view, (await view.bucket(context, input)).state));
}
