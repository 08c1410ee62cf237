import type { Cloud } from "../../client/cloud.ts";
import { type Call, command, serverFlags } from "../command.ts";
import { confirmed, destroyFlags } from "../confirm.ts";
import { type ListedObject, listObjects, listVersions, objectIn, type Place, placeIn, withData } from "../data-client.ts";
import { type Doomed, deleteKeys } from "../delete-keys.ts";
import { exits, UsageError } from "../exits.ts";
import { countText } from "../table.ts";

const flags = {
  recursive: { type: "boolean", short: "r", help: "Everything under BUCKET/PREFIX; a whole bucket asks for its name." },
  versions: { type: "boolean", help: "With --recursive: all versions and delete markers, for good." },
  "version-id": { type: "string", value: "ID", help: "This version, for good." },
  "bypass-governance": { type: "boolean", help: "Versions under governance retention too, if the key may." },
  "dry-run": destroyFlags["dry-run"],
  confirm: destroyFlags.confirm,
  ...serverFlags,
} as const;
type RmCall = Call<typeof flags>;

export const rm = command({
  name: "rm",
  section: "Buckets and objects",
  summary: "Deletes objects; where there are versions, they can be had back",
  names: "BUCKET/KEY...",
  details:
    "What was never there is no failure, as in S3. What a lock or a policy keeps is said on standard error, and the exit code is 6. Large scopes go faster, and as a job of the server, with amphora purge or amphora empty.",
  flags,
  run: (call) =>
    withData(call, async (data) => {
      const { recursive, versions, "version-id": versionId } = call.flags;
      if (recursive && versionId !== undefined) throw new UsageError("--version-id is of one object");
      if (versions && !recursive) throw new UsageError("--versions goes with --recursive; one version is named by --version-id");
      if (versionId !== undefined && call.names.length > 1) throw new UsageError("--version-id is of one object");
      let kept = 0;
      for (const name of call.names) kept += recursive ? await removeAll(call, data, placeIn(name)) : await removeOne(call, data, objectIn(name));
      return kept > 0 ? exits.partly : exits.done;
    }),
});

const headersOf = ({ flags: { "bypass-governance": bypass } }: RmCall): Record<string, string> => (bypass ? { "x-amz-bypass-governance-retention": "true" } : {});

async function removeOne(call: RmCall, data: Cloud, { bucket, key }: Place): Promise<0> {
  const { out, signal } = call;
  const { "dry-run": isDry, "version-id": versionId } = call.flags;
  const where = `${bucket}/${key}`;
  if (isDry) {
    const { headers } = await data.send({ method: "HEAD", bucket, key, query: { versionId } }, { signal });
    await out.one({ bucket, key, versionId, size: Number(headers["content-length"]), dryRun: true }, `would delete ${where}\n`);
    return 0;
  }
  const { headers } = await data.send({ method: "DELETE", bucket, key, query: { versionId }, headers: headersOf(call) }, { signal });
  const isMarked = headers["x-amz-delete-marker"] === "true" && versionId === undefined;
  await out.one(
    { bucket, key, versionId: headers["x-amz-version-id"], marker: isMarked },
    `deleted ${where}${isMarked ? " (under a delete marker: amphora undelete brings it back)" : ""}\n`,
  );
  return 0;
}

/** Gives how many stayed. */
async function removeAll(call: RmCall, data: Cloud, { bucket, key: prefix }: Place): Promise<number> {
  const { out, signal } = call;
  const { versions, "dry-run": isDry } = call.flags;
  const what = versions ? "all versions" : "all objects";
  if (prefix === "" && !isDry) await confirmed(call, bucket, `delete ${what} in ${bucket}`);
  const pages = doomed(data, { bucket, key: prefix, versions, signal });
  const where = prefix === "" ? bucket : `${bucket}/${prefix}`;
  let done = 0;
  let kept = 0;
  if (isDry) {
    for await (const page of pages) {
      done += page.length;
      if (out.isJson) await out.write(page.map((row) => `${JSON.stringify({ bucket, ...row, dryRun: true })}\n`).join(""));
      else await out.write(page.map(({ key, versionId }) => `would delete ${bucket}/${key}${versionId === undefined ? "" : ` (version ${versionId})`}\n`).join(""));
    }
    out.note(`${countText(done, versions ? "version" : "object")} under ${where}\n`);
    return 0;
  }
  const progress = out.progress(`deleting ${where}`);
  try {
    await deleteKeys(data, bucket, pages, {
      headers: headersOf(call),
      signal,
      each(deleted, failed) {
        done += deleted;
        kept += failed.length;
        for (const { key, versionId, code, message } of failed) out.note(`kept ${bucket}/${key}${versionId === undefined ? "" : ` (version ${versionId})`}: ${code}: ${message}\n`);
        progress.show({ done });
      },
    });
  } finally {
    progress.end();
  }
  await out.one({ bucket, prefix, deleted: done, kept }, `deleted ${countText(done, versions ? "version" : "object")} under ${where}${kept > 0 ? `, ${kept} stayed` : ""}\n`);
  return kept;
}

async function* doomed(data: Cloud, { versions, ...where }: Place & { versions: boolean; signal: AbortSignal }): AsyncGenerator<Doomed[]> {
  if (versions) for await (const page of listVersions(data, where)) yield page.map(({ key, versionId }) => ({ key, versionId }));
  else for await (const page of listObjects(data, { ...where, recursive: true })) yield page.map((row) => ({ key: (row as ListedObject).key }));
}
