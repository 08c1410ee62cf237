/** What keeps a bucket from being deleted: exact counts, and one example of each. */
import type { Context, Core } from "../api.ts";
import type { Blockers } from "../errors.ts";
import { type CounterKind, counterKey, currentKeyText, readRestKey, restRange, tables } from "../keys.ts";
import type { Generation } from "../model.ts";
import type { Ports } from "../ports.ts";
import { decodeJson } from "../records.ts";
import { onView, type View } from "../view.ts";

/** Of more open uploads than this the oldest is not looked for any further. */
const uploadsLookedAtMax = 1000;

export async function blockersOf(view: View, generation: Generation): Promise<Blockers> {
  const sum = (kind: CounterKind): Promise<number> => view.sum(counterKey(generation, kind));
  const blockers: Blockers = {
    objects: await sum("objects"),
    versions: await sum("versions"),
    markers: await sum("markers"),
    uploads: await sum("uploads"),
    channels: await sum("channels"),
  };
  const current = await view.first(tables.current.range(generation));
  const rest = current ? undefined : await view.first(restRange(generation));
  if (current) blockers.exampleKey = currentKeyText(current.key);
  else if (rest) blockers.exampleKey = readRestKey(rest.key).key;
  const cursor = view.scan(tables.upload.range(generation));
  for (const { key, value } of await cursor.next(uploadsLookedAtMax)) {
    const [, objectKey, uploadId] = tables.upload.read(key);
    const { initiatedMs } = decodeJson<{ initiatedMs: number }>(value);
    if (blockers.exampleUpload === undefined || initiatedMs < blockers.exampleUpload.initiatedMs) blockers.exampleUpload = { key: objectKey, uploadId, initiatedMs };
  }
  cursor.close();
  return blockers;
}

/** For who may own the bucket (`context.capability`): as the refusal of a delete would say it. */
export async function bucketBlockers(ports: Ports, context: Context, input: Parameters<Core["buckets"]["blockers"]>[1]): Promise<Blockers> {
  return await onView(ports, async (view) => {
    const { state } = await view.bucket(context, input);
    return await blockersOf(view, state.generation);
  });
}
