import { setTimeout as sleep } from "node:timers/promises";
import type { ReclaimRow, SpaceOf, SpaceReport } from "../../core/space/api.ts";
import { type AdminClient, adminOf } from "../admin-client.ts";
import { command, serverFlags } from "../command.ts";
import { destroyFlags } from "../confirm.ts";
import { CommandError, exits } from "../exits.ts";
import { waitFlags } from "../jobs.ts";
import { bytesText, numberText, table, timeText } from "../table.ts";

const section = "The server";
const pollMs = 500;

const reportOf = async (client: AdminClient): Promise<SpaceReport> => (await client("GET", "/space")) as SpaceReport;

export const space = command({
  name: "space",
  section,
  summary: "Shows which bytes are live, dead or in the trash, and when they will be free",
  flags: serverFlags,
  async run(call) {
    const report = await reportOf(adminOf(call));
    await call.out.one(report, spaceText(report));
  },
});

export const spaceReclaim = command({
  name: "space reclaim",
  section,
  summary: "Gives back at once what nobody needs any more: dead contents, and dead bytes in volumes",
  details:
    "Without --now it only says what there is. What is in the trash stays (amphora trash empty), and nothing is taken from under a reader. Volumes with live bytes in them are written anew: that takes the disk's time, and room for one volume.",
  flags: { now: { type: "boolean", help: "Do it, and wait until it is done." }, reason: destroyFlags.reason, ...waitFlags, ...serverFlags },
  async run(call) {
    const client = adminOf(call);
    const before = await reportOf(client);
    if (!call.flags.now) {
      await call.out.one(before, spaceText(before));
      return exits.done;
    }
    const { asked } = (await client("POST", "/space/reclaim", { reason: call.flags.reason })) as ReclaimRow;
    if (call.flags["no-wait"]) {
      await call.out.one({ asked }, "begun: amphora space shows what came of it\n");
      return exits.done;
    }
    const progress = call.out.progress("reclaiming");
    try {
      for (let report = await reportOf(client); ; report = await reportOf(client)) {
        const { reclaim, disk } = report;
        if (reclaim !== undefined && reclaim.done >= asked) {
          progress.end();
          await call.out.one(report, `${reclaimText(reclaim)}${spaceText(report)}`);
          return exits.done;
        }
        if (reclaim === undefined) throw new CommandError("failed", "the server has forgotten that it was asked");
        progress.show({ done: disk?.volumes ?? 0, note: `${bytesText(disk?.deadBytes ?? 0)} dead` });
        await sleep(pollMs, undefined, { signal: call.signal });
      }
    } finally {
      progress.end();
    }
  },
});

const reclaimText = ({ freedBytes = 0, copiedBytes = 0, volumes = 0 }: ReclaimRow): string =>
  `${bytesText(Math.max(0, freedBytes))} given back from ${numberText(volumes)} volumes, ${bytesText(copiedBytes)} written anew\n`;

export function spaceText({ live, trash, reclaiming, waiting, disk, reclaim }: SpaceReport): string {
  const row = (what: string, of: SpaceOf, free: string) => ({
    what,
    buckets: numberText(of.buckets),
    objects: numberText(of.objects),
    versions: numberText(of.versions),
    bytes: bytesText(of.bytes + of.partBytes),
    free,
  });
  const trashEnds = trash.nextMs === undefined ? "-" : `from ${timeText(trash.nextMs)}${trash.lastMs === trash.nextMs ? "" : ` to ${timeText(trash.lastMs as number)}`}`;
  const rows = [row("live", live, "-"), row("trash", trash, trashEnds), row("reclaiming", reclaiming, reclaiming.buckets > 0 ? "under way" : "-")];
  const lines = [table(rows, ["what", "buckets", "objects", "versions", "bytes", "free"]).trimEnd()];
  if (live.binned > 0) lines.push(`besides, soft delete keeps ${numberText(live.binned)} objects (${bytesText(live.binnedBytes)}) in bins, each until its time is over`);
  if (waiting.contents > 0)
    lines.push(`${numberText(waiting.contents)}${waiting.more ? " or more" : ""} contents (${bytesText(waiting.bytes)}) are removed next, once nobody reads them any more`);
  if (disk) {
    lines.push(`on disk: ${bytesText(disk.fileBytes)} in ${numberText(disk.volumes)} volumes, ${bytesText(disk.liveBytes)} live, ${bytesText(disk.deadBytes)} dead`);
    if (disk.deadBytes > 0) lines.push("dead bytes come back when half of their volume is dead, or now: amphora space reclaim --now");
  }
  if (reclaim && reclaim.done < reclaim.asked) lines.push(`asked for at once by ${reclaim.by} at ${timeText(reclaim.askedMs)}: under way`);
  return `${lines.join("\n")}\n`;
}
