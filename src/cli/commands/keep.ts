import type { DetachPlan } from "../../core/purge/api.ts";
import { adminOf, inTenant } from "../admin-client.ts";
import { command, serverFlags, tenantFlag } from "../command.ts";
import { secondsIn } from "../durations.ts";
import { bytesText, countText, durationText } from "../table.ts";

const secondsMax = 3_650 * 86_400;

type Kept = { seconds: number | null; active: boolean; binned: number; binnedBytes: number };

export const keep = command({
  name: "keep",
  section: "Deleting, and having back",
  summary: "Shows, or sets, for how long what is deleted in a bucket, and the bucket itself, can be had back",
  names: "BUCKET",
  details: "Times are seconds, or 15m, 12h, 7d; off: not at all. What is in the bin or the trash already keeps its time. Soft delete is for buckets without versions.",
  flags: {
    "soft-delete": { type: "string", value: "TIME|off", help: "For so long, objects that are deleted or replaced can be had back (amphora undelete)." },
    trash: {
      type: "string",
      value: "TIME|off|default",
      help: "For so long, the bucket stays in the trash once it is deleted or emptied; default: as the server's --trash-keep says.",
    },
    ...tenantFlag,
    ...serverFlags,
  },
  async run(call) {
    const { flags, out } = call;
    const client = adminOf(call);
    const [bucket = ""] = call.names;
    const path = (what: string): string => `/buckets/${encodeURIComponent(bucket)}/${what}${inTenant(flags.tenant)}`;
    const seconds = (text: string, flag: string): number => (text === "off" ? 0 : secondsIn(text, flag, secondsMax));
    const soft = flags["soft-delete"];
    const softSeconds = soft === undefined ? undefined : seconds(soft, "--soft-delete");
    const trashSeconds = flags.trash === undefined || flags.trash === "default" ? undefined : seconds(flags.trash, "--trash");
    if (flags.trash !== undefined) await client("POST", path("trash-keep"), trashSeconds === undefined ? {} : { seconds: trashSeconds });
    if (softSeconds !== undefined) await client("POST", path("soft-delete"), { seconds: softSeconds });
    const { keepMs } = (await client("POST", path("delete"), { dryRun: true })) as DetachPlan;
    const bin = (await client("GET", path("soft-delete"))) as Kept;
    const objects = bin.seconds === null || bin.seconds === 0 ? "not kept" : `${durationText(bin.seconds * 1_000)}${bin.active ? "" : ", once it has no versions any more"}`;
    await out.one(
      { bucket, trashSeconds: keepMs / 1_000, softDelete: bin },
      `the bucket, deleted or emptied: ${keepMs === 0 ? "not kept" : `${durationText(keepMs)} in the trash`}\nobjects, deleted or replaced: ${objects}; in the bin now: ${countText(bin.binned, "object")}, ${bytesText(bin.binnedBytes)}\n`,
    );
  },
});
