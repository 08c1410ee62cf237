import { command, serverFlags } from "../command.ts";
import { listBuckets, listObjects, listUploads, listVersions, placeIn, withData } from "../data-client.ts";
import { UsageError } from "../exits.ts";
import type { Output } from "../output.ts";
import { bytesText } from "../table.ts";

const sizeWidth = 11;

export const ls = command({
  name: "ls",
  section: "Buckets and objects",
  summary: "Lists buckets, or what is in one: folder by folder, or all of it",
  names: "[BUCKET[/PREFIX]]",
  flags: {
    recursive: { type: "boolean", short: "r", help: "All under the prefix, not folder by folder." },
    versions: { type: "boolean", help: "All versions and delete markers under the prefix." },
    uploads: { type: "boolean", help: "Unfinished uploads under the prefix." },
    ...serverFlags,
  },
  run: (call) =>
    withData(call, async (data) => {
      const { flags, out, signal } = call;
      const [name] = call.names;
      if (flags.versions && flags.uploads) throw new UsageError("--versions or --uploads");
      if (name === undefined) return await out.rows(await listBuckets(data, signal), ["created", "name"]);
      const where = { ...placeIn(name), recursive: flags.recursive, signal };
      if (flags.uploads) {
        for await (const page of listUploads(data, where)) await lines(out, page, ({ initiated, uploadId, key }) => `${initiated}  ${uploadId}  ${key}`);
      } else if (flags.versions) {
        for await (const page of listVersions(data, where))
          await lines(out, page, ({ kind, modified, size, versionId, key }) => {
            const what = kind === "markers" ? "(marker)" : bytesText(size);
            return `${modified}  ${what.padStart(sizeWidth)}  ${versionId.padEnd(16)} ${kind === "current" ? "*" : " "} ${key}`;
          });
      } else {
        for await (const page of listObjects(data, where))
          await lines(out, page, (row) =>
            row.kind === "prefix" ? `${" ".repeat(24)}  ${" ".repeat(sizeWidth)}  ${row.prefix}` : `${row.modified}  ${bytesText(row.size).padStart(sizeWidth)}  ${row.key}`,
          );
      }
    }),
});

/** A page at a time: a bucket may hold more than fits into memory. */
async function lines<T extends object>(out: Output, page: readonly T[], words: (row: T) => string): Promise<void> {
  await out.write(page.map((row) => `${out.isJson ? JSON.stringify(row) : printable(words(row))}\n`).join(""));
}
/** Keys may hold what a terminal would obey. */
const printable = (text: string): string => text.replace(/[\u0000-\u001f\u007f]/g, "?");
