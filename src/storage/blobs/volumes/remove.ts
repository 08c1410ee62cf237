import type { BlobRef } from "../../../core/ports.ts";
import { type Context, writeFailure } from "./context.ts";
import { appendDead, type DeadEntry } from "./dead-list.ts";
import { isFull } from "./files.ts";
import { compactingOffset, decodeRef, flagSet, type Header, headerBytes, type Place, readHeader, recordBytes, recordStates, stateOffset, view } from "./format.ts";
import { readSuperblock, type Volume } from "./handles.ts";
import { acquireOrMissing } from "./locate.ts";
import { scanVolume } from "./scan.ts";
import { unlinkVolume } from "./volume-file.ts";

/** `ref`: as the core knows it; `place`: where the record is thought to be. */
type Item = { ref: BlobRef; place: Place };

const tombstone = Buffer.of(recordStates.dead);
/** How often a record may be moved while it is being removed. */
const movesMax = 8;
/** What lies between two headers is read in vain: not much more than a read costs by itself. */
const headerWindowBytes = 16 * 1024;

/**
 * Removal is durable in the volume's dead list and visible to every thread in the record's header. Against a compaction that runs at the same time:
 * the dead entry is flushed BEFORE the moved index is asked, and the compactor fills the moved index BEFORE it reads the dead list; so at least one
 * of the two sees the other and removes the copy.
 */
export const removeBlobs = async (context: Context, refs: readonly BlobRef[]): Promise<void> => {
  let items: Item[] = refs.map((ref) => ({ ref, place: decodeRef(ref) }));
  const hadMoved = new Map<string, BlobRef>();
  for (let moves = 0; items.length > 0 && moves < movesMax; moves++) {
    const elsewhere: Item[] = [];
    for (const [name, group] of groupByVolume(items)) elsewhere.push(...(await removeFrom(context, name, group)));
    items = [];
    if (!context.moved) break;
    for (const { ref, place } of elsewhere) {
      const found = await context.moved.get(ref);
      if (!found) continue;
      hadMoved.set(view(ref).toString("latin1"), ref);
      const next = decodeRef(found);
      if (next.volume !== place.volume || next.offset !== place.offset) items.push({ ref, place: next });
    }
  }
  if (items.length > 0) throw new Error("a blob moved faster than it could be removed");
  const gone = [...hadMoved.values()];
  for (let at = 0; at < gone.length; at += context.limits.compactSliceRecords) await context.moved?.remove(gone.slice(at, at + context.limits.compactSliceRecords));
};

const groupByVolume = (items: Item[]): Map<string, Item[]> => {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(item.place.volume);
    if (group) group.push(item);
    else groups.set(item.place.volume, [item]);
  }
  return groups;
};

/** Gives those that may (also) stand elsewhere. */
const removeFrom = async (context: Context, name: string, items: Item[]): Promise<Item[]> => {
  const volume = acquireOrMissing(context, name);
  if (!volume) return items;
  try {
    const elsewhere: Item[] = [];
    const dead: DeadEntry[] = [];
    const seen = new Set<number>();
    const headerAt = headersOf(context, volume);
    for (const item of items.sort((a, b) => a.place.offset - b.place.offset)) {
      const { offset, check, length } = item.place;
      const header = headerAt(offset);
      if (!header || header.length !== length || view(check).compare(header.check) !== 0) continue; // never was one, or damaged: nothing can read it
      if (header.state === "moved") elsewhere.push(item);
      else if (header.state !== "dead" && !seen.has(offset)) {
        seen.add(offset);
        dead.push({ offset, bytes: recordBytes(volume.kind, length), check: Buffer.from(check) });
      }
    }
    const mayBeEmpty = dead.length > 0 && (await makeDead(context, volume, dead));
    context.figures.removedBlobs += dead.length;
    if (mayBeEmpty) await unlinkWhenEmpty(context, volume);
    const flag = Buffer.alloc(1);
    context.files.readSync(volume.fd, flag, compactingOffset);
    return flag[0] === flagSet ? items : elsewhere;
  } finally {
    context.handles.release(volume);
  }
};

/** Small records stand close together: their headers are read by the window. Ask in the order of the offsets. */
const headersOf = (context: Context, volume: Volume): ((offset: number) => Header | undefined) => {
  const window = Buffer.allocUnsafe(headerWindowBytes);
  let from = 0;
  let to = 0;
  return (offset) => {
    if (offset + headerBytes > to) {
      from = offset;
      to = offset + context.files.readSync(volume.fd, window, offset);
    }
    return readHeader(window.subarray(0, to - from), offset - from, { offset, salt: volume.salt });
  };
};

/** Flushed when it resolves. Says whether, by its count, nothing may be left alive in the volume. */
export const makeDead = async (context: Context, volume: Volume, dead: DeadEntry[]): Promise<boolean> => {
  const { files, handles } = context;
  const tombstones = (): void => {
    for (const { offset } of dead) files.writeSync(volume.fd, tombstone, offset + stateOffset);
  };
  try {
    const entries = await appendDead(files, handles.folder, volume.name, dead);
    tombstones();
    const sealed = readSuperblock(files, volume.fd, volume.name).sealed;
    return sealed !== undefined && entries >= sealed.records;
  } catch (error) {
    if (!isFull(error)) throw writeFailure(context, error);
    // A full disk must not keep anybody from deleting: the headers are already allocated, so they alone say it, flushed.
    try {
      tombstones();
      await files.datasync(volume.fd);
    } catch (second) {
      throw writeFailure(context, second);
    }
    return true;
  }
};

/** Unlinks a volume whose epoch was swept and in which a whole scan finds every record dead. */
export const unlinkWhenEmpty = async (context: Context, volume: Volume): Promise<boolean> => {
  const { sealed, swept } = readSuperblock(context.files, volume.fd, volume.name);
  if (!sealed || !swept) return false;
  let whole = 0;
  for await (const record of scanVolume(context.files, volume, { trailers: true })) {
    if (record.header.state !== "dead") return false;
    if (record.whole) whole++;
  }
  if (whole < sealed.records) return false; // a damaged header may hide a living record
  await unlinkVolume(context.files, context.handles.folder, volume.name);
  context.handles.forget(volume.name);
  return true;
};
