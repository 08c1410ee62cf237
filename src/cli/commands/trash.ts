import type { Trashed } from "../../core/purge/api.ts";
import { type AdminClient, adminOf } from "../admin-client.ts";
import { command, serverFlags, tenantFlag } from "../command.ts";
import { confirmed, destroyFlags } from "../confirm.ts";
import { usageText } from "../detach.ts";
import { CommandError, UsageError } from "../exits.ts";
import { bytesText, numberText, type Row } from "../table.ts";

const section = "Deleting, and having back";
const pageRows = 500;

/** All of it, what was deleted last at the end. */
async function trashed(client: AdminClient): Promise<Trashed[]> {
  const all: Trashed[] = [];
  for (let after = ""; ; ) {
    const page = (await client("GET", `/trash?limit=${pageRows}${after === "" ? "" : `&after=${after}`}`)) as { trashed: Trashed[]; truncated: boolean };
    all.push(...page.trashed);
    after = page.trashed.at(-1)?.generation ?? "";
    if (!page.truncated || after === "") return all.sort((a, b) => a.deletedMs - b.deletedMs);
  }
}

/** What a generation, or the name of a bucket that is in the trash once, means. */
async function meant(client: AdminClient, wanted: string, tenant = "default"): Promise<Trashed> {
  const all = await trashed(client);
  const exact = all.find(({ generation }) => generation === wanted);
  if (exact) return exact;
  const named = all.filter((each) => each.name === wanted && each.tenant === tenant);
  const [first, ...others] = named;
  if (!first) throw new CommandError("missing", `${wanted} is not in the trash (see: amphora trash list)`);
  if (others.length > 0)
    throw new CommandError(
      "failed",
      `${wanted} is in the trash ${named.length} times; which one?\n${named.map(({ generation, deletedMs, usage }) => `  ${generation}  deleted ${new Date(deletedMs).toISOString()}, ${usageText(usage)}\n`).join("")}`.trimEnd(),
    );
  return first;
}

export const trashList = command({
  name: "trash list",
  section,
  summary: "Lists deleted and emptied buckets that can still be had back",
  flags: serverFlags,
  async run(call) {
    const all = await trashed(adminOf(call));
    const shown = all.map((each): Row => {
      const { objects, versions, bytes } = each.usage;
      return { ...each, objects: numberText(objects), versions: numberText(versions), size: bytesText(bytes) };
    });
    await call.out.rows(call.out.isJson ? all : shown, ["generation", "tenant", "name", "objects", "versions", "size", "deletedMs", "untilMs", "by"]);
  },
});

export const trashRestore = command({
  name: "trash restore",
  section,
  summary: "Brings a bucket back as it was: objects, versions, uploads, configuration",
  names: "GENERATION|NAME [NEW-NAME]",
  details: "A name that is taken is refused with whose it is, and with one that is free.",
  flags: { reason: destroyFlags.reason, ...tenantFlag, ...serverFlags },
  async run(call) {
    const client = adminOf(call);
    const [wanted = "", bucket] = call.names;
    const { generation } = await meant(client, wanted, call.flags.tenant);
    const back = (await client("POST", `/trash/${generation}/restore`, { bucket, reason: call.flags.reason })) as { tenant: string; bucket: string };
    await call.out.one(back, `${back.bucket} is back${back.tenant === "default" ? "" : ` in ${back.tenant}`}\n`);
  },
});

export const trashEmpty = command({
  name: "trash empty",
  section,
  summary: "Gives up a bucket in the trash, or all of them: their bytes begin to go now",
  names: "[GENERATION|NAME]",
  flags: { all: { type: "boolean", help: "All of them; confirmed with the word all." }, ...destroyFlags, ...tenantFlag, ...serverFlags },
  async run(call) {
    const client = adminOf(call);
    const [wanted] = call.names;
    const { all, "dry-run": isDry, reason } = call.flags;
    if ((wanted === undefined) !== all) throw new UsageError("name a bucket in the trash, or say --all");
    const found = wanted === undefined ? await trashed(client) : [await meant(client, wanted, call.flags.tenant)];
    const [first] = found;
    if (!isDry && first)
      await confirmed(call, all ? "all" : first.name, all ? `give up all ${found.length} buckets in the trash` : `give up ${first.name} with ${usageText(first.usage)}`);
    for (const each of found) {
      if (!isDry) await client("POST", `/trash/${each.generation}/delete`, { confirm: each.name, reason });
      await call.out.one({ ...each, dryRun: isDry }, `${isDry ? "would give up" : "given up"}: ${each.name} (${each.generation}), ${usageText(each.usage)}\n`);
    }
  },
});
