/**
 * One key's chain of versions, changed in memory and then written as one difference. A chain is `current` (the visible newest version) or the
 * delete marker on top, exactly one of them (the head), and the older versions. The head carries the sequence of the chain's null version.
 * What is written expects the head and every row it replaces, moves or removes as they were read. Nothing leaves a chain, and no retention
 * is weakened, but through `#take` and `replace`, which ask the locks.
 */
import { equalBytes, successor } from "../../lib/bytes.ts";
import { type Bin, putIntoBin } from "../bin/rows.ts";
import type { Change } from "../change.ts";
import { type CounterKind, counterKey, olderKey, olderRange, readRestKey, tables, topKey, versionUser } from "../keys.ts";
import type { Content, Generation, ObjectKey, Version, VersionSelector } from "../model.ts";
import { parseObjectKey } from "../names.ts";
import { type Bytes, type KeyRange, StoreCorrupt } from "../ports.ts";
import { decodeVersion, encodeDead, encodeVersion, presence, withNullSequence } from "../records.ts";
import { judgeAge } from "../retention/age.ts";
import { retentionNowMs } from "../retention/clock.ts";
import { judgeLockChange, judgeRemoval, lockedUntilMs } from "../retention/judge.ts";
import { moveLock } from "../retention/rows.ts";
import type { View } from "../view.ts";
import { isStoredApart } from "./stored-apart.ts";

/** `record` is its row's value but for the null sequence. `version` may lack what stands in the detail row until `whole` was asked. */
type Entry = { version: Version; record: Bytes; hasDetail: boolean; detail?: Bytes | undefined };
/** `place`: where it stands, the sequence for an older version. `key`: its row's. */
type Row = { place: number; key: Bytes; value: Bytes; entry: Entry; nullSequence?: number | undefined };
const places = { current: -1, top: -2 } as const;

/** `bypass`: governance does not bind, for whom it may not bind and who said so. */
export type Removal = { bypass: boolean };
const bound: Removal = { bypass: false };

const olderScanRows = { least: 2, most: 128 } as const;

export class Chain {
  readonly #view: View;
  readonly generation: Generation;
  readonly key: ObjectKey;
  #beforeRows: Map<number, Row> | undefined;
  #headRow: Row | undefined;
  #currentKey: Bytes | undefined;
  #topKey: Bytes | undefined;
  #head: Entry | undefined;
  #olderEntries: Map<number, Entry | undefined> | undefined;
  #nullSequence: number | undefined;
  /** The older versions in the store, newest first, as far as they were looked for: what is next in line, and the rows not yet read. */
  readonly #stored: number[] = [];
  #storedRange: KeyRange | undefined | "whole" = "whole";
  #storedBatch: number = olderScanRows.least;
  readonly #promoted = new Set<number>();

  private constructor(view: View, generation: Generation, key: ObjectKey) {
    this.#view = view;
    this.generation = generation;
    this.key = key;
  }

  /** Throws invalidArgument for what no row could be keyed by: nothing is read or made under such a key. */
  static async load(view: View, generation: Generation, key: ObjectKey): Promise<Chain> {
    parseObjectKey(key);
    const chain = new Chain(view, generation, key);
    for (const place of [places.current, places.top]) {
      const rowKey = chain.#rowKey(place);
      const value = await view.get(rowKey);
      if (value === undefined) continue;
      chain.#headRow = chain.#read(place, rowKey, value);
      chain.#head = chain.#headRow.entry;
      chain.#nullSequence = chain.#headRow.nullSequence;
      break;
    }
    return chain;
  }

  // Most chains are only asked for their head, which needs neither of these.
  /** Every row that was read, by its sequence. */
  get #before(): Map<number, Row> {
    if (!this.#beforeRows) {
      this.#beforeRows = new Map();
      if (this.#headRow) this.#beforeRows.set(this.#headRow.entry.version.sequence, this.#headRow);
    }
    return this.#beforeRows;
  }
  /** Older versions as far as they are known or changed; `undefined`: there is none of this sequence (any more). */
  get #older(): Map<number, Entry | undefined> {
    return (this.#olderEntries ??= new Map());
  }

  /** The newest version, be it a marker. Its headers, metadata and parts may be missing: `whole` brings them. */
  get head(): Version | undefined {
    return this.#head?.version;
  }
  get nullSequence(): number | undefined {
    return this.#nullSequence;
  }
  async find(selector: VersionSelector): Promise<Version | undefined> {
    const sequence = selector === undefined ? this.#head?.version.sequence : selector === "null" ? this.#nullSequence : selector;
    return sequence === undefined ? undefined : (await this.#entry(sequence))?.version;
  }
  /** Is that all of the version? Then `whole` gives it as it is. */
  isWhole(version: Version): boolean {
    return this.#head?.version === version && !this.#head.hasDetail;
  }
  /** The version with its headers, metadata and parts, wherever they stand. */
  async whole(version: Version): Promise<Version> {
    if (this.isWhole(version)) return version;
    const entry = await this.#entry(version.sequence);
    if (!entry) throw new Error("Only a version that is there can be read");
    if (!entry.hasDetail) return entry.version;
    entry.detail ??= await this.#detailRow(version.sequence);
    return decodeVersion(this.key, entry.record, entry.detail).version;
  }

  /** For who builds on a version without changing it: expects its row, and the row of its use, as read. */
  async expectVersion(change: Change, sequence: number): Promise<void> {
    const row = this.#before.get(sequence);
    if (!row) throw new Error("Only a version that was read can be expected");
    change.expect(row.key, row.value);
    const { version } = row.entry;
    if (!isStoredApart(version.content)) return;
    const use = this.#useKey(version, version.content);
    const value = await this.#view.get(use);
    if (value === undefined) throw new StoreCorrupt("A version's row of use is missing");
    change.expect(use, value);
  }

  /** Puts a version on top. A null one replaces the chain's null version, wherever that stands; versionLocked when that is locked. */
  async put(version: Version): Promise<void> {
    if (this.#head && version.sequence <= this.#head.version.sequence) throw new Error("A new version's sequence is not above its chain's");
    if (version.isNull && this.#nullSequence !== undefined) await this.#take(this.#nullSequence, bound);
    if (this.#head) this.#older.set(this.#head.version.sequence, this.#head);
    const { record, detail } = encodeVersion(version, undefined);
    this.#head = { version, record, hasDetail: detail !== undefined, detail };
    if (version.isNull) this.#nullSequence = version.sequence;
  }

  /** Takes a version out; when it was the head, the newest older one comes in its place. Gives what was taken. Throws versionLocked, and then nothing has changed. */
  async remove(sequence: number, removal: Removal = bound): Promise<Version | undefined> {
    const taken = await this.#take(sequence, removal);
    if (taken && !this.#head) await this.#promote();
    return taken;
  }

  /** The same version (sequence, size, content) with other attributes. Give it whole. Throws versionLocked when its retention would become weaker. */
  async replace(version: Version, removal: Removal = bound): Promise<void> {
    const old = await this.#entry(version.sequence);
    if (!old) throw new Error("Only a version that is there can be replaced");
    if (lockedUntilMs(old.version) !== undefined) judgeLockChange(old.version, version, { ...removal, nowMs: await retentionNowMs(this.#view) });
    // Content that grows in place is content that changes.
    if (version.size !== old.version.size) await judgeAge(this.#view, this.generation, old.version);
    const { record, detail } = encodeVersion(version, undefined);
    const entry: Entry = { version, record, hasDetail: detail !== undefined, detail };
    if (this.#head === old) this.#head = entry;
    else this.#older.set(version.sequence, entry);
  }

  /** Adds the difference, if any, to the change: rows, details, uses, counters, and what is now dead. `bin` (`binOf`): there what left the chain is kept. */
  async writeTo(change: Change, bin?: Bin): Promise<void> {
    const before = new Map<number, Row>();
    for (const row of this.#before.values()) before.set(row.place, row);
    const after = this.#rows();
    const changed = [...before.values()].filter((row) => !sameValue(after.get(row.place), row));
    const written = [...after.values()].filter((row) => !sameValue(before.get(row.place), row));
    if (changed.length === 0 && written.length === 0) return;
    if (this.#headRow) change.expect(this.#headRow.key, this.#headRow.value);
    else change.expect(this.#rowKey(places.current), undefined).expect(this.#rowKey(places.top), undefined);
    const counts = new Map<CounterKind, number>();
    for (const row of changed) {
      change.expect(row.key, row.value);
      if (!after.has(row.place)) change.remove(row.key);
      count(counts, row, -1);
    }
    for (const row of written) {
      change.put(row.key, row.value);
      count(counts, row, 1);
    }
    for (const [kind, by] of counts) if (by !== 0) change.add(counterKey(this.generation, kind), by);
    const left = new Map<number, Entry>();
    for (const { entry } of after.values()) left.set(entry.version.sequence, entry);
    for (const [sequence, { entry }] of this.#before) {
      const kept = left.get(sequence);
      if (!kept) await this.#forget(change, entry, bin && { bin, replaced: left.size > 0 });
      else if (kept !== entry) await this.#redetail(change, entry, kept);
      if (kept !== entry) await moveLock(this.#view, change, this.generation, entry.version, kept?.version);
    }
    for (const [sequence, entry] of left) {
      if (this.#before.has(sequence)) continue;
      this.#introduce(change, entry);
      await moveLock(this.#view, change, this.generation, undefined, entry.version);
    }
  }

  /** The key of the row at a place; that of a head is made once. */
  #rowKey(place: number): Bytes {
    if (place >= 0) return olderKey(this.generation, this.key, place);
    if (place === places.top) return (this.#topKey ??= topKey(this.generation, this.key));
    return (this.#currentKey ??= tables.current.key(this.generation, this.key));
  }
  #read(place: number, rowKey: Bytes, value: Bytes): Row {
    const { version, nullSequence, hasDetail } = this.#view.decoded(value, (bytes) => decodeVersion(this.key, bytes));
    return { place, key: rowKey, value, entry: { version, record: value, hasDetail }, nullSequence };
  }
  async #entry(sequence: number): Promise<Entry | undefined> {
    if (this.#head?.version.sequence === sequence) return this.#head;
    // A head as read that is none any more stands in #older, or was taken.
    if (this.#older.has(sequence) || this.#headRow?.entry.version.sequence === sequence) return this.#older.get(sequence);
    if (!Number.isSafeInteger(sequence) || sequence < 0) return undefined;
    const rowKey = this.#rowKey(sequence);
    const value = await this.#view.get(rowKey);
    const row = value === undefined ? undefined : this.#read(sequence, rowKey, value);
    if (row) this.#before.set(row.entry.version.sequence, row);
    this.#older.set(sequence, row?.entry);
    return row?.entry;
  }
  /** The one way out of a chain. */
  async #take(sequence: number, { bypass }: Removal): Promise<Version | undefined> {
    const entry = await this.#entry(sequence);
    if (!entry) return undefined;
    if (lockedUntilMs(entry.version) !== undefined) judgeRemoval(entry.version, { bypass, nowMs: await retentionNowMs(this.#view) });
    if (entry.version.kind !== "marker") await judgeAge(this.#view, this.generation, entry.version);
    if (this.#nullSequence === sequence) this.#nullSequence = undefined;
    if (this.#head === entry) this.#head = undefined;
    this.#older.set(sequence, undefined);
    return entry.version;
  }
  async #promote(): Promise<void> {
    let newest = -1;
    for (const [sequence, entry] of this.#older) if (entry && sequence > newest) newest = sequence;
    const stored = await this.#newestStored();
    if (stored !== undefined && stored > newest) newest = stored;
    if (newest < 0) return;
    this.#head = await this.#entry(newest);
    this.#older.delete(newest);
    this.#promoted.add(newest);
  }
  /**
   * The newest row of the older versions that was neither taken nor promoted. What was passed over is never looked at again: deleting a long
   * chain from its top reads each row once.
   */
  async #newestStored(): Promise<number | undefined> {
    for (;;) {
      for (let next = this.#stored[0]; next !== undefined; next = this.#stored[0]) {
        const isTaken = this.#older.has(next) && this.#older.get(next) === undefined;
        if (!isTaken && !this.#promoted.has(next)) return next;
        this.#stored.shift();
      }
      if (this.#storedRange === "whole") this.#storedRange = olderRange(this.generation, this.key);
      if (!this.#storedRange || !this.#headRow) return undefined;
      const cursor = this.#view.scan(this.#storedRange);
      const rows = await cursor.next(this.#storedBatch);
      cursor.close();
      for (const { key } of rows) this.#stored.push(readRestKey(key).sequence as number);
      const last = rows[rows.length - 1];
      this.#storedRange = last && rows.length === this.#storedBatch ? { from: successor(last.key), to: this.#storedRange.to } : undefined;
      this.#storedBatch = Math.min(this.#storedBatch * 2, olderScanRows.most);
    }
  }
  /** Every row as it shall stand, as far as it is known, by its place. */
  #rows(): Map<number, Row> {
    const rows = new Map<number, Row>();
    const add = (place: number, value: Bytes, entry: Entry): void => void rows.set(place, { place, key: this.#rowKey(place), value, entry });
    if (this.#head) add(this.#head.version.kind === "marker" ? places.top : places.current, withNullSequence(this.#head.record, this.#nullSequence), this.#head);
    for (const [sequence, entry] of this.#older) {
      if (entry) add(sequence, withNullSequence(entry.record, undefined), entry);
    }
    return rows;
  }
  #introduce(change: Change, { version, detail }: Entry): void {
    if (detail !== undefined) change.put(tables.detail.key(this.generation, this.key, version.sequence), detail);
    if (isStoredApart(version.content)) change.put(this.#useKey(version, version.content), presence);
  }
  async #forget(change: Change, { version, record, hasDetail }: Entry, binned: { bin: Bin; replaced: boolean } | undefined): Promise<void> {
    const detail = hasDetail ? await this.#detailRow(version.sequence) : undefined;
    const detailKey = tables.detail.key(this.generation, this.key, version.sequence);
    if (detail) change.expect(detailKey, detail).remove(detailKey);
    if (binned) putIntoBin(change, this.generation, binned.bin, { version, record, detail, replaced: binned.replaced });
    // However many they are: a job takes them apart.
    else if (version.annotations) change.put(tables.endedAnnotations.key(version.annotations.set), presence);
    if (!isStoredApart(version.content)) return;
    const use = this.#useKey(version, version.content);
    // Whoever ends a version's use changes its record, which is expected: this row need not be. `check` finds one that is missing.
    change.remove(use);
    if (!binned) change.put(tables.dead.key(version.content.id), encodeDead(version.content));
  }
  async #redetail(change: Change, before: Entry, after: Entry): Promise<void> {
    const key = tables.detail.key(this.generation, this.key, before.version.sequence);
    if (!before.hasDetail && !after.hasDetail) return;
    change.expect(key, before.hasDetail ? await this.#detailRow(before.version.sequence) : undefined);
    if (after.detail === undefined) change.remove(key);
    else change.put(key, after.detail);
  }
  #useKey(version: Version, content: Content): Bytes {
    return tables.use.key(content.id, versionUser(this.generation, this.key, version.sequence));
  }
  async #detailRow(sequence: number): Promise<Bytes> {
    const detail = await this.#view.get(tables.detail.key(this.generation, this.key, sequence));
    if (detail === undefined) throw new StoreCorrupt("A version's detail row is missing");
    return detail;
  }
}

const sameValue = (a: Row | undefined, b: Row | undefined): boolean => a !== undefined && b !== undefined && equalBytes(a.value, b.value);

function count(counts: Map<CounterKind, number>, { place, entry: { version } }: Row, by: 1 | -1): void {
  const kind: CounterKind = version.kind === "marker" ? "markers" : place === places.current ? "objects" : "versions";
  counts.set(kind, (counts.get(kind) ?? 0) + by);
  counts.set("bytes", (counts.get("bytes") ?? 0) + by * version.size);
}
