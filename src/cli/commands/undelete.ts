import type { Cloud } from "../../client/cloud.ts";
import { type AdminClient, adminOf, inTenant } from "../admin-client.ts";
import { type Call, command, serverFlags, tenantFlag } from "../command.ts";
import { type ListedVersion, listVersions, objectIn, type Place, placeIn, versioningOf, withData } from "../data-client.ts";
import { type Doomed, deleteKeys } from "../delete-keys.ts";
import { CommandError, exits } from "../exits.ts";
import { countText } from "../table.ts";

const flags = {
  recursive: { type: "boolean", short: "r", help: "Everything that was deleted under BUCKET/PREFIX." },
  "dry-run": { type: "boolean", help: "Says what would come back, and changes nothing." },
  ...tenantFlag,
  ...serverFlags,
} as const;
type UndeleteCall = Call<typeof flags>;

export const undelete = command({
  name: "undelete",
  section: "Deleting, and having back",
  summary: "Brings deleted objects back: by their delete markers, or from the bin of a bucket with soft delete",
  names: "BUCKET/KEY...",
  details:
    "Where there are versions, the delete markers on top of the newest version go. In a bucket without, what soft delete kept is restored (administrators only). An object that is there already is left alone.",
  flags,
  run: (call) =>
    withData(call, async (data) => {
      let came = 0;
      for (const name of call.names) {
        const place = call.flags.recursive ? placeIn(name) : objectIn(name);
        const isVersioned = (await versioningOf(data, place.bucket, call.signal)) !== "Off";
        const found = isVersioned ? await unmark(call, data, place) : await unbin(call, place);
        if (found === 0 && !call.flags.recursive) throw new CommandError("missing", `nothing that was deleted is kept of ${name}`);
        came += found;
      }
      if (call.flags.recursive && !call.out.isJson) await call.out.write(`${countText(came, "object")} ${call.flags["dry-run"] ? "would come back" : "came back"}\n`);
      return exits.done;
    }),
});

/** Of each key with a version under them, the markers on top. */
export async function* topMarkers(pages: AsyncIterable<readonly ListedVersion[]>): AsyncGenerator<{ key: string; markers: Doomed[] }> {
  let key: string | undefined;
  let markers: Doomed[] = [];
  let isOver = false;
  for await (const page of pages) {
    for (const each of page) {
      if (each.key !== key) {
        key = each.key;
        markers = [];
        isOver = false;
      }
      if (isOver) continue;
      if (each.kind === "markers") markers.push({ key, versionId: each.versionId });
      else {
        isOver = true;
        if (markers.length > 0) yield { key, markers };
      }
    }
  }
}

async function unmark(call: UndeleteCall, data: Cloud, { bucket, key }: Place): Promise<number> {
  const { out, signal } = call;
  const { recursive, "dry-run": isDry } = call.flags;
  let came = 0;
  async function* doomed(): AsyncGenerator<Doomed[]> {
    for await (const found of topMarkers(listVersions(data, { bucket, key, signal }))) {
      if (!recursive && found.key !== key) continue;
      came++;
      await out.one({ bucket, ...found, dryRun: isDry }, `${isDry ? "would come back" : "back"}: ${bucket}/${found.key}\n`);
      yield found.markers;
    }
  }
  if (isDry) {
    for await (const _ of doomed());
    return came;
  }
  await deleteKeys(data, bucket, doomed(), {
    signal,
    each(_done, [first]) {
      if (first) throw new CommandError("refused", `${bucket}/${first.key}: ${first.code}: ${first.message}`);
    },
  });
  return came;
}

type Binned = { key: string; sequence: number };
async function* binned(client: AdminClient, path: string, prefix: string, tenant: string | undefined): AsyncGenerator<Binned> {
  for (let after = ""; ; ) {
    const query = `${inTenant(tenant) || "?"}${tenant === undefined ? "" : "&"}prefix=${encodeURIComponent(prefix)}&limit=1000${after}`;
    const page = (await client("GET", `${path}/bin${query}`)) as { binned: Binned[]; truncated: boolean };
    yield* page.binned;
    const last = page.binned.at(-1);
    if (!page.truncated || !last) return;
    after = `&afterKey=${encodeURIComponent(last.key)}&afterSequence=${last.sequence}`;
  }
}

/** The newest of each key, where the key has no object now. */
async function unbin(call: UndeleteCall, { bucket, key: wanted }: Place): Promise<number> {
  const { out } = call;
  const { recursive, tenant, "dry-run": isDry } = call.flags;
  const client = adminOf(call);
  const path = `/buckets/${encodeURIComponent(bucket)}`;
  let came = 0;
  let last: string | undefined;
  for await (const { key, sequence } of binned(client, path, wanted, tenant)) {
    if (key === last || (!recursive && key !== wanted)) continue;
    last = key;
    try {
      if (!isDry) await client("POST", `${path}/bin/restore${inTenant(tenant)}`, { key, sequence });
    } catch (error) {
      // the key has an object: not deleted, but replaced
      if (recursive && error instanceof CommandError && error.exit === exits.refused) continue;
      throw error;
    }
    came++;
    await out.one({ bucket, key, sequence, dryRun: isDry }, `${isDry ? "would come back" : "back"}: ${bucket}/${key}\n`);
  }
  return came;
}
