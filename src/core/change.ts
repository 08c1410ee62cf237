/** One batch in the making: everything a verb takes for granted and everything it changes. */
import { equalBytes } from "../lib/bytes.ts";
import type { Batch, Bytes, Cleared, KeyRange } from "./ports.ts";

const same = (a: Bytes | undefined, b: Bytes | undefined): boolean => (a === undefined || b === undefined ? a === b : equalBytes(a, b));

/** Most changes name a handful of keys: up to this many are compared in turn, which costs less than a string per key. */
const comparedMax = 16;

/** Items by their key, in the order in which the keys first came. */
class Keyed<T extends { readonly key: Bytes }> {
  readonly items: T[] = [];
  #places: Map<string, number> | undefined;

  /** Adds the item, or gives the one that is there under its key. */
  add(item: T): T | undefined {
    const name = this.#places && text(item.key);
    const place = name === undefined ? this.#compare(item.key) : (this.#places?.get(name) ?? -1);
    if (place >= 0) return this.items[place];
    this.items.push(item);
    if (name !== undefined) this.#places?.set(name, this.items.length - 1);
    else if (this.items.length > comparedMax) this.#places = new Map(this.items.map(({ key }, index) => [text(key), index]));
    return undefined;
  }
  #compare(key: Bytes): number {
    for (let index = 0; index < this.items.length; index++) if (equalBytes((this.items[index] as T).key, key)) return index;
    return -1;
  }
}
const text = (key: Bytes): string => Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("latin1");

export class Change {
  readonly #expected = new Keyed<{ key: Bytes; is: Bytes | undefined }>();
  readonly #empty = new Keyed<{ key: Bytes; range: KeyRange }>();
  readonly #rows = new Keyed<{ key: Bytes; value: Bytes | undefined }>();
  readonly #counters = new Keyed<{ key: Bytes; delta: number }>();
  readonly #dropped: Bytes[] = [];
  readonly #cleared: Cleared[] = [];
  /**
   * This is tried for the first time: a row whose value is known without reading it need not be read, since the store compares it anyway.
   * After a conflict everything is read, so that a row which is missing is told from one that another request has changed.
   */
  readonly isFirstTry: boolean;

  constructor(options: { isFirstTry?: boolean } = {}) {
    this.isFirstTry = options.isFirstTry ?? false;
  }
  /** The row as it was read; `undefined`: it was not there. Two expectations of one key must agree (else a defect of ours). */
  expect(key: Bytes, is: Bytes | undefined): this {
    const before = this.#expected.add({ key, is });
    if (before !== undefined && !same(before.is, is)) throw new Error(`A batch expects two values of the key ${Buffer.from(key).toString("hex")}`);
    return this;
  }
  expectEmpty(range: KeyRange): this {
    // Of two ranges that begin alike the wider one says all.
    const before = this.#empty.add({ key: range.from, range });
    if (before !== undefined && Buffer.compare(before.range.to, range.to) < 0) before.range = range;
    return this;
  }
  /** The last of several puts and removes of a key holds. */
  put(key: Bytes, value: Bytes): this {
    return this.#write(key, value);
  }
  remove(key: Bytes): this {
    return this.#write(key, undefined);
  }
  #write(key: Bytes, value: Bytes | undefined): this {
    const before = this.#rows.add({ key, value });
    if (before !== undefined) before.value = value;
    return this;
  }
  add(counter: Bytes, delta: number): this {
    const before = this.#counters.add({ key: counter, delta });
    if (before !== undefined) before.delta += delta;
    return this;
  }
  /** The counter ceases to exist. */
  drop(counter: Bytes): this {
    this.#dropped.push(counter);
    return this;
  }
  /** Every row of a range goes, of which there are so many (`Cleared`). */
  clear(range: KeyRange, rows: number): this {
    this.#cleared.push({ range, rows });
    return this;
  }
  /** Nothing would be written: there is nothing to commit. */
  get isEmpty(): boolean {
    return this.#rows.items.length === 0 && this.#dropped.length + this.#cleared.length === 0 && this.#counters.items.every(({ delta }) => delta === 0);
  }
  get operations(): number {
    const cleared = this.#cleared.reduce((sum, { rows }) => sum + rows, 0);
    return this.#expected.items.length + this.#empty.items.length + this.#rows.items.length + this.#counters.items.length + this.#dropped.length + cleared;
  }
  /** What `metadataLimits.batchBytesMax` bounds. */
  get bytes(): number {
    let sum = 0;
    for (const { key, is } of this.#expected.items) sum += key.length + (is?.length ?? 0);
    for (const { key, value } of this.#rows.items) sum += key.length + (value?.length ?? 0);
    return sum;
  }
  toBatch(): Batch {
    const batch: Batch = { expect: this.#expected.items.slice(), put: [], remove: [], add: [], drop: this.#dropped, clear: this.#cleared };
    for (const { range } of this.#empty.items) batch.expect.push({ empty: range });
    for (const { key, value } of this.#rows.items) {
      if (value === undefined) batch.remove.push(key);
      else batch.put.push({ key, value });
    }
    for (const { key, delta } of this.#counters.items) if (delta !== 0) batch.add.push({ counter: key, delta });
    return batch;
  }
}
