/** What keeps a bucket from being deleted: exact counts, and one example of each. */
import type { Context, Core } from "../api.ts";
import type { Blockers, BlockersInFull } from "../errors.ts";
import { type CounterKind, counterKey, currentKeyText, readRestKey, restRange, tables } from "../keys.ts";
import type { Generation } from "../model.ts";
import { pointLimits, pointsOf } from "../points/model.ts";
import type { Ports } from "../ports.ts";
import { firstLock } from "../purge/detach.ts";
import { take } from "../reclaim/slices.ts";
import { decodeJson } from "../records.ts";
import { walkSome } from "../versions/walk.ts";
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
  const points = await take(view, pointsOf(generation), pointLimits.perBucketMax, { keysOnly: true });
  if (points.length > 0) blockers.points = points.length;
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

export const examplesMax = 10;

/** For who may own the bucket (`context.capability`): what the refusal of a delete would say, and more of it. */
export async function bucketBlockers(ports: Ports, context: Context, input: Parameters<Core["buckets"]["blockers"]>[1]): Promise<BlockersInFull> {
  return await onView(ports, async (view) => {
    const { state } = await view.bucket(context, input);
    const { generation } = state;
    const blockers = await blockersOf(view, generation);
    const content = blockers.objects + blockers.versions + blockers.markers;
    const examples: BlockersInFull["examples"] = [];
    await walkSome(view, generation, { prefix: "", after: undefined, rows: examplesMax }, async ({ listed, isHead }) => {
      const kind = listed.kind === "marker" ? "marker" : isHead ? "object" : "version";
      examples.push({ kind, key: listed.key, sequence: listed.sequence, isNull: listed.isNull, modifiedMs: listed.modifiedMs, size: listed.size });
      return undefined;
    });
    const locked = await firstLock(view, generation);
    const full: BlockersInFull = {
      ...blockers,
      bytes: await view.sum(counterKey(generation, "bytes")),
      parts: await view.sum(counterKey(generation, "parts")),
      partBytes: await view.sum(counterKey(generation, "partBytes")),
      blocks: { openUploadsEnd: content + (blockers.points ?? 0) > 0, openUploadsRefuse: content + blockers.uploads + blockers.channels + (blockers.points ?? 0) > 0 },
      examples,
      oldestUploads: await oldestUploads(view, generation),
    };
    if (!locked) return full;
    const { key, sequence, untilMs } = locked;
    return { ...full, locked: { key, sequence, ...(untilMs === undefined ? {} : { untilMs }) } };
  });
}

/** Among the first of them, in the order of their keys. */
async function oldestUploads(view: View, generation: Generation): Promise<BlockersInFull["oldestUploads"]> {
  const cursor = view.scan(tables.upload.range(generation));
  const uploads = (await cursor.next(uploadsLookedAtMax)).map(({ key, value }) => {
    const [, objectKey, uploadId] = tables.upload.read(key);
    return { key: objectKey, uploadId, initiatedMs: decodeJson<{ initiatedMs: number }>(value).initiatedMs };
  });
  cursor.close();
  return uploads.sort((a, b) => a.initiatedMs - b.initiatedMs).slice(0, examplesMax);
}
