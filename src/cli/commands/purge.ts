import type { ShownJob } from "../../core/jobs/api.ts";
import { type PurgeResult, purgeKinds } from "../../core/purge/api.ts";
import { adminOf, inTenant } from "../admin-client.ts";
import { command, serverFlags, tenantFlag } from "../command.ts";
import { confirmed, destroyFlags } from "../confirm.ts";
import { exits, UsageError } from "../exits.ts";
import { exitOfJob, followJob, jobWords, startedJob, waitFlags } from "../jobs.ts";
import { bytesText, numberText, table } from "../table.ts";

export const purge = command({
  name: "purge",
  section: "Deleting, and having back",
  summary: "Removes for good what is in scope, version by version, as a job; what a lock keeps stays and is counted",
  names: "BUCKET[/PREFIX]",
  details: "Without a scope it is all of the bucket; what goes does not go into the trash. Exit code 6: locks kept some of it.",
  flags: {
    kind: { type: "string", value: purgeKinds.join("|"), multiple: true, help: "Only these kinds; may be given several times. Default: all." },
    "older-than": { type: "string", value: "DAYS", help: "Only what was written (or begun) more than so many days ago." },
    before: { type: "string", value: "DATE", help: "Only what was written (or begun) before this date, in ISO 8601." },
    ...destroyFlags,
    ...waitFlags,
    ...tenantFlag,
    ...serverFlags,
  },
  async run(call) {
    const { flags, out } = call;
    const [, bucket = "", prefix = ""] = /^([^/]*)\/?([^]*)$/.exec(call.names[0] as string) ?? [];
    const unknown = flags.kind.find((kind) => !purgeKinds.some((known) => known === kind));
    if (unknown !== undefined) throw new UsageError(`--kind ${unknown}: one of ${purgeKinds.join(", ")}`);
    const days = flags["older-than"];
    if (days !== undefined && !/^\d+(\.\d+)?$/.test(days)) throw new UsageError("--older-than is a number of days");
    const client = adminOf(call);
    const path = `/buckets/${encodeURIComponent(bucket)}/purge${inTenant(flags.tenant)}`;
    const scope = {
      ...(flags.kind.length === 0 ? {} : { kinds: flags.kind }),
      ...(days === undefined ? {} : { olderThanDays: Number(days) }),
      ...(flags.before === undefined ? {} : { before: flags.before }),
      prefix,
      reason: flags.reason,
    };
    const start = async (more: { dryRun: true } | { confirm: string }): Promise<ShownJob> => (await client("POST", path, { ...scope, ...more })) as ShownJob;
    if (flags["dry-run"]) {
      const job = await followJob(call, client, (await start({ dryRun: true })).id);
      await out.one(job, `${jobWords(job)}${foundText(job.result as PurgeResult | undefined)}`);
      return job.state === "done" ? exits.done : exitOfJob(job);
    }
    const what = `${flags.kind.length === 0 ? "everything" : flags.kind.join(" and ")}${prefix === "" ? "" : ` under ${prefix}`}${days === undefined ? "" : ` older than ${days} days`}${flags.before === undefined ? "" : ` from before ${flags.before}`}`;
    const confirm = await confirmed(call, bucket, `remove ${what} from ${bucket}, for good`);
    return await startedJob(call, client, await start({ confirm }));
  },
});

function foundText(result: PurgeResult | undefined): string {
  if (result === undefined) return "";
  const counts = Object.entries(result.found).map(([kind, n]) => `  ${kind}: ${numberText(n)}\n`);
  const rows = result.sample.map(({ kind, key, sequence, size, locked }) => ({
    kind,
    key,
    version: sequence,
    size: size === undefined ? undefined : bytesText(size),
    locked: locked ? "locked" : undefined,
  }));
  return `${counts.join("")}${rows.length === 0 ? "" : table(rows, ["kind", "size", "version", "locked", "key"])}`;
}
