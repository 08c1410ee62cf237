/** `rb --force` and `empty`: everything in a bucket goes into the trash in one step. */
import type { Detached, DetachPlan } from "../core/purge/api.ts";
import { adminOf, inTenant } from "./admin-client.ts";
import type { Call, serverFlags, tenantFlag } from "./command.ts";
import { confirmed, type destroyFlags } from "./confirm.ts";
import { exits } from "./exits.ts";
import { bytesText, countText, durationText, timeText } from "./table.ts";

type DetachCall = Call<typeof destroyFlags & typeof serverFlags & typeof tenantFlag>;

/** `3 objects, 1 older version and 2 uploads, 1.0 KiB` */
export function usageText({ objects, versions, markers, uploads, bytes }: DetachPlan["usage"]): string {
  const parts = [
    countText(objects, "object"),
    ...(versions > 0 ? [countText(versions, "older version")] : []),
    ...(markers > 0 ? [countText(markers, "delete marker")] : []),
    ...(uploads > 0 ? [countText(uploads, "upload")] : []),
  ];
  return `${parts.join(", ")}, ${bytesText(bytes)}`;
}

/** Asks for the name before anything happens; gives the exit code. */
export async function detachBucket(call: DetachCall, bucket: string, verb: "delete" | "empty"): Promise<number> {
  const client = adminOf(call);
  const path = `/buckets/${encodeURIComponent(bucket)}/${verb}${inTenant(call.flags.tenant)}`;
  const plan = (await client("POST", path, { dryRun: true })) as DetachPlan;
  const kept = plan.keepMs > 0 ? `it can be had back for ${durationText(plan.keepMs)}` : "it can not be had back";
  if (call.flags["dry-run"]) {
    await call.out.one(plan, planText(bucket, verb, plan, kept));
    return plan.locked ? exits.refused : exits.done;
  }
  const confirm = await confirmed(call, bucket, `${verb} ${bucket} with ${usageText(plan.usage)}; ${kept}`);
  const done = (await client("POST", path, { confirm, reason: call.flags.reason })) as Detached;
  const back = done.untilMs === undefined ? "" : `; until ${timeText(done.untilMs)} it comes back with: amphora trash restore ${done.generation}`;
  await call.out.one(done, `${bucket} ${verb === "delete" ? "deleted" : "emptied"}: ${usageText(done.usage)}${back}\n`);
  return exits.done;
}

function planText(bucket: string, verb: string, { usage, locked }: DetachPlan, kept: string): string {
  if (!locked) return `would ${verb} ${bucket} with ${usageText(usage)}; ${kept}\n`;
  return `cannot ${verb} ${bucket} with ${usageText(usage)}: ${locked.key} (version ${locked.sequence}) is locked ${locked.untilMs === undefined ? "by a legal hold" : `until ${timeText(locked.untilMs)}`}\nWhat is not locked goes with: amphora purge ${bucket}\n`;
}
