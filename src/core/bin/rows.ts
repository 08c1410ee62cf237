/**
 * The bin: what was deleted or replaced in a bucket without versions, for as long as its state said then. A row binned/gen/key/~seq holds all of the
 * object that its chain held, a row binEnd/until/gen/key/seq says when it goes, and its content is used by both names in turn: in no list, in no
 * emptiness range, in counters of its own.
 */
import type { Change } from "../change.ts";
import { binnedUser, counterKey, tables } from "../keys.ts";
import type { BucketState, ContentId, Generation, ObjectKey, Version } from "../model.ts";
import { type Bytes, type Entry, type Ports, StoreCorrupt } from "../ports.ts";
import { readNumber, writeNumber } from "../record-fields.ts";
import { checkFormat, decodeVersion, encodeDead, presence, withNullSequence } from "../records.ts";
import { isStoredApart } from "../versions/stored-apart.ts";
import type { View } from "../view.ts";

/** Since when, until when. */
export type Bin = { deletedMs: number; untilMs: number };
/** `replaced`: another object came in its place. */
export type Binned = Bin & { replaced: boolean; version: Version };

/** What leaves a chain of this bucket now is kept so; `undefined`: it goes for good. Older versions are kept where there is versioning, so nothing is binned there. */
export function binOf({ binKeepMs, versioning }: BucketState, { clock }: Pick<Ports, "clock">): Bin | undefined {
  if (binKeepMs === undefined || versioning !== "off") return undefined;
  const deletedMs = clock.wallMs();
  return { deletedMs, untilMs: deletedMs + binKeepMs };
}

const headBytes = 22;

/** Format, whether replaced, the times, the length of the version's record, that record, and its detail row. */
function encodeBinned({ deletedMs, untilMs }: Bin, replaced: boolean, record: Bytes, detail: Bytes | undefined): Bytes {
  const head = Buffer.alloc(headBytes);
  head.set(presence);
  head[1] = replaced ? 1 : 0;
  writeNumber(head, deletedMs, 2);
  writeNumber(head, untilMs, 10);
  head.writeUInt32BE(record.length, 18);
  return Buffer.concat([head, withNullSequence(record, undefined), detail ?? new Uint8Array(0)]);
}
export function decodeBinned(key: ObjectKey, value: Bytes): Binned {
  checkFormat(value);
  const raw = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const end = headBytes + raw.readUInt32BE(18);
  const detail = end < raw.length ? raw.subarray(end) : undefined;
  const { version } = decodeVersion(key, raw.subarray(headBytes, end), detail);
  return { deletedMs: readNumber(raw, 2), untilMs: readNumber(raw, 10), replaced: raw[1] === 1, version };
}

export const binnedUse = (generation: Generation, { key, sequence }: Pick<Version, "key" | "sequence">, content: ContentId): Bytes =>
  tables.use.key(content, binnedUser(generation, key, sequence));

/** The chain has let go of its rows: record, detail and use. */
export function putIntoBin(
  change: Change,
  generation: Generation,
  bin: Bin,
  { version, record, detail, replaced }: { version: Version; record: Bytes; detail: Bytes | undefined; replaced: boolean },
): void {
  const { key, sequence, size, content } = version;
  change
    .put(tables.binned.key(generation, key, sequence), encodeBinned(bin, replaced, record, detail))
    .put(tables.binEnd.key(bin.untilMs, generation, key, sequence), presence)
    .add(counterKey(generation, "binned"), 1)
    .add(counterKey(generation, "binnedBytes"), size);
  if (isStoredApart(content)) change.put(binnedUse(generation, version, content.id), presence);
}

/** The row goes, with its counters where they are still kept. What its content is to be afterwards is the caller's. */
async function takeOut(view: View, change: Change, generation: Generation, row: Entry, options: { counts: boolean }): Promise<Binned> {
  const [, key, sequence] = tables.binned.read(row.key);
  const binned = decodeBinned(key, row.value);
  const { version, untilMs } = binned;
  change
    .expect(row.key, row.value)
    .remove(row.key)
    .remove(tables.binEnd.key(untilMs, generation, key, sequence));
  if (options.counts) change.add(counterKey(generation, "binned"), -1).add(counterKey(generation, "binnedBytes"), -version.size);
  if (!isStoredApart(version.content)) return binned;
  const use = binnedUse(generation, version, version.content.id);
  const value = await view.get(use);
  if (value === undefined) throw new StoreCorrupt("A binned object's row of use is missing");
  change.expect(use, value).remove(use);
  return binned;
}

/** For who gives its content and annotations another user in the same change. */
export const takeBack = (view: View, change: Change, generation: Generation, row: Entry): Promise<Binned> => takeOut(view, change, generation, row, { counts: true });

/** For good. `counts`: the generation's counters are still kept. */
export async function endBinned(view: View, change: Change, generation: Generation, row: Entry, options: { counts: boolean }): Promise<Binned> {
  const binned = await takeOut(view, change, generation, row, options);
  const { annotations, content } = binned.version;
  if (annotations) change.put(tables.endedAnnotations.key(annotations.set), presence);
  if (isStoredApart(content)) change.put(tables.dead.key(content.id), encodeDead(content));
  return binned;
}
