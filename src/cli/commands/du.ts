import { command, serverFlags } from "../command.ts";
import { type ListedObject, listObjects, listVersions, placeIn, withData } from "../data-client.ts";
import { UsageError } from "../exits.ts";
import { bytesText, numberText } from "../table.ts";

type Sum = { prefix: string; objects: number; bytes: number; markers?: number };
/** Folders that one run tells apart; what is in others is added to the one above. */
const foldersMax = 10_000;

export const du = command({
  name: "du",
  section: "Buckets and objects",
  summary: "Adds up what objects take, by folder if wanted",
  names: "BUCKET[/PREFIX]",
  details: "By listing everything; what all of the server takes tells amphora space.",
  flags: {
    depth: { type: "string", value: "N", help: "A line for each folder, so many levels deep; default: 0, the sum alone." },
    versions: { type: "boolean", help: "All versions, not only what a list shows." },
    ...serverFlags,
  },
  run: (call) =>
    withData(call, async (data) => {
      const { flags, out, signal } = call;
      const { depth = "0" } = flags;
      if (!/^\d{1,2}$/.test(depth)) throw new UsageError("--depth is a number of levels");
      const place = placeIn(call.names[0] as string);
      const whole: Sum = { prefix: place.key, objects: 0, bytes: 0 };
      const sums = new Map<string, Sum>([["", whole]]);
      const progress = out.progress(`adding up ${place.bucket}`);
      const add = (key: string, bytes: number): void => {
        for (const folder of foldersOf(key.slice(place.key.length), Number(depth))) {
          let sum = sums.get(folder);
          if (sum === undefined) {
            if (sums.size >= foldersMax) continue;
            sums.set(folder, (sum = { prefix: place.key + folder, objects: 0, bytes: 0 }));
          }
          sum.objects++;
          sum.bytes += bytes;
        }
        progress.show({ done: whole.objects, bytes: whole.bytes });
      };
      try {
        if (flags.versions) {
          whole.markers = 0;
          for await (const page of listVersions(data, { ...place, signal }))
            for (const { kind, key, size } of page) {
              if (kind === "markers") whole.markers++;
              else add(key, size);
            }
        } else
          for await (const page of listObjects(data, { ...place, recursive: true, signal })) for (const row of page) add((row as ListedObject).key, (row as ListedObject).size);
      } finally {
        progress.end();
      }
      const rows = [...sums.values()].sort((a, b) => (a.prefix < b.prefix ? -1 : 1));
      const shown = rows.map(({ prefix, objects, bytes, markers }) => ({ objects: numberText(objects), bytes: bytesText(bytes), markers, prefix: `${place.bucket}/${prefix}` }));
      await out.rows(out.isJson ? rows : shown, ["objects", "bytes", ...(flags.versions ? ["markers"] : []), "prefix"]);
    }),
});

/** "", and the folders that the rest of a key lies in, at most so many levels. */
export function foldersOf(rest: string, depth: number): string[] {
  const folders = [""];
  for (let at = rest.indexOf("/"); at >= 0 && folders.length <= depth; at = rest.indexOf("/", at + 1)) folders.push(rest.slice(0, at + 1));
  return folders;
}
