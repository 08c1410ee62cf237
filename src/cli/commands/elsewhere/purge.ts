import { countBucket, emptyBucket, type PurgeKind, purgeBucket, purgeKinds, type Scope } from "../../../client/library.ts";
import { command } from "../../command.ts";
import { confirmed } from "../../confirm.ts";
import { countsText, elsewhereFlags, placeIn, sayDone, withProgress } from "../../elsewhere.ts";
import { exits, UsageError } from "../../exits.ts";
import { table } from "../../table.ts";

const scopeFlags = {
  kind: { type: "string", value: purgeKinds.join("|"), multiple: true, help: "Only these kinds; may be given several times. Default: all." },
  "older-than": { type: "string", value: "DAYS", help: "Only what was written (or begun) more than so many days ago." },
  before: { type: "string", value: "DATE", help: "Only what was written (or begun) before this date, in ISO 8601." },
} as const;
const dayMs = 86_400_000;

export const purge = command({
  name: "purge",
  section: "Deleting, and having back",
  summary: "Removes for good what is in scope from a bucket of any OSS, S3 or HCP service; the bucket stays",
  names: "oss://BUCKET[/PREFIX]|s3://BUCKET[/PREFIX]|hcp://BUCKET[/PREFIX]",
  details:
    "Version by version. Without a scope it is everything in the bucket. Interrupted, the same command goes on with what is left. Exit code 6: some of it could not be removed; what and why stands on standard error.",
  flags: { ...scopeFlags, ...elsewhereFlags },
  async run(call) {
    const { bucket, prefix, shown, target } = placeIn(call);
    const { flags, out } = call;
    const scope = scopeIn(flags, prefix);
    if (flags["dry-run"]) {
      const counted = await withProgress(call, `counting ${shown}`, (options) => countBucket(target, bucket, scope, options));
      await out.one(
        counted,
        `would remove ${countsText(counted.found)} from ${shown}\n${counted.sample.length === 0 ? "" : table(counted.sample, ["kind", "bytes", "id", "key"])}`,
      );
      return exits.done;
    }
    const kinds = flags.kind.length === 0 ? "everything" : flags.kind.join(" and ");
    const old = scope.before === undefined ? "" : ` from before ${scope.before.toISOString()}`;
    await confirmed(
      call,
      bucket,
      `remove ${kinds}${prefix === "" ? "" : ` under ${prefix}`}${old} from ${shown} at ${target.endpoint ?? target.region ?? "the public cloud"}, for good`,
    );
    const isWhole = prefix === "" && scope.kinds === undefined && scope.before === undefined;
    const done = await withProgress(call, `purging ${shown}`, (options) => (isWhole ? emptyBucket(target, bucket, options) : purgeBucket(target, bucket, scope, options)));
    return await sayDone(call, "purged", shown, done);
  },
});

function scopeIn(flags: { kind: readonly string[]; "older-than"?: string | undefined; before?: string | undefined }, prefix: string): Scope {
  const unknown = flags.kind.find((kind) => !purgeKinds.some((known) => known === kind));
  if (unknown !== undefined) throw new UsageError(`--kind ${unknown}: one of ${purgeKinds.join(", ")}`);
  const days = flags["older-than"];
  if (days !== undefined && !/^\d+(\.\d+)?$/.test(days)) throw new UsageError("--older-than is a number of days");
  const beforeMs = flags.before === undefined ? undefined : Date.parse(flags.before);
  if (beforeMs !== undefined && Number.isNaN(beforeMs)) throw new UsageError("--before is a date in ISO 8601");
  const limits = [...(days === undefined ? [] : [Date.now() - Number(days) * dayMs]), ...(beforeMs === undefined ? [] : [beforeMs])];
  return { prefix, kinds: flags.kind.length === 0 ? undefined : (flags.kind as PurgeKind[]), before: limits.length === 0 ? undefined : new Date(Math.min(...limits)) };
}
