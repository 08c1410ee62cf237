import { countBucket, deleteBucket } from "../../../client/library.ts";
import { command } from "../../command.ts";
import { confirmed } from "../../confirm.ts";
import { countsText, elsewhereFlags, placeIn, sayDone, withProgress } from "../../elsewhere.ts";
import { exits, UsageError } from "../../exits.ts";

export const rb = command({
  name: "rb",
  section: "Deleting, and having back",
  summary: "Deletes a bucket of any OSS, S3 or HCP service; with --force whatever is in it, for good",
  names: "oss://BUCKET|s3://BUCKET|hcp://BUCKET",
  details:
    "Removes versions, delete markers, objects, uploads and live channels, then the bucket; waits and tries again where the service is busy. Interrupted or refused half-way, the same command goes on with what is left. What cannot be removed is named with its reason, and the bucket stays (exit code 4). There is no way back.",
  flags: { force: { type: "boolean", short: "f", help: "With everything in it; asks for the name." }, ...elsewhereFlags },
  async run(call) {
    const { bucket, prefix, shown, target } = placeIn(call);
    const { flags, out } = call;
    if (prefix !== "") throw new UsageError(`rb deletes whole buckets: for what begins with ${prefix}, amphora purge`);
    if (flags["dry-run"]) {
      const counted = await withProgress(call, `counting ${shown}`, (options) => countBucket(target, bucket, {}, options));
      await out.one(counted, `would delete ${shown} with ${countsText(counted.found)}\n`);
      return exits.done;
    }
    if (flags.force) await confirmed(call, bucket, `delete ${shown} at ${target.endpoint ?? target.region ?? "the public cloud"} with everything in it, for good`);
    const done = await withProgress(call, `deleting ${shown}`, (options) => deleteBucket(target, bucket, { ...options, contents: flags.force ? "remove" : "refuse" }));
    return await sayDone(call, "deleted", shown, done);
  },
});
