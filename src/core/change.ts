/** One batch in the making: everything a verb takes for granted and everything it changes. */
import type { Batch, Bytes, KeyRange } from "./ports.ts";

const text = (key: Bytes): string => Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("latin1");
const same = (a: Bytes | undefined, b: Bytes | undefined): boolean => (a === undefined || b === undefined ? a === b : Buffer.compare(a, b) === 0);

export class Change {
  readonly #expected = new Map<string, { key: Bytes; is: Bytes | undefined }>();
  readonly #empty = new Map<string, KeyRange>();
  readonly #rows = new Map<string, { key: Bytes; value: Bytes | undefined }>();
  readonly #counters = new Map<string, { counter: Bytes; delta: number }>();
  readonly #dropped: Bytes[] = [];

  /** The row as it was read; `undefined`: it was not there. Two expectations of one key must agree (else a defect of ours). */
  expect(key: Bytes, is: Bytes | undefined): this {
    const name = text(key);
    const before = this.#expected.get(name);
    if (before && !same(before.is, is)) throw new Error(`A batch expects two values of the key ${Buffer.from(key).toString("hex")}`);
    this.#expected.set(name, { key, is });
    return this;
  }
  expectEmpty(range: KeyRange): this {
    this.#empty.set(`${text(range.from)}..${text(range.to)}`, range);
    return this;
  }
  /** The last of several puts and removes of a key holds. */
  put(key: Bytes, value: Bytes): this {
    this.#rows.set(text(key), { key, value });
    return this;
  }
  remove(key: Bytes): this {
    this.#rows.set(text(key), { key, value: undefined });
    return this;
  }
  add(counter: Bytes, delta: number): this {
    const name = text(counter);
    this.#counters.set(name, { counter, delta: (this.#counters.get(name)?.delta ?? 0) + delta });
    return this;
  }
  /** The counter ceases to exist. */
  drop(counter: Bytes): this {
    this.#dropped.push(counter);
    return this;
  }
  /** Nothing would be written: there is nothing to commit. */
  get isEmpty(): boolean {
    return this.#rows.size === 0 && this.#dropped.length === 0 && [...this.#counters.values()].every(({ delta }) => delta === 0);
  }
  get operations(): number {
    return this.#expected.size + this.#empty.size + this.#rows.size + this.#counters.size + this.#dropped.length;
  }
  /** What `metadataLimits.batchBytesMax` bounds. */
  get bytes(): number {
    let sum = 0;
    for (const { key, is } of this.#expected.values()) sum += key.length + (is?.length ?? 0);
    for (const { key, value } of this.#rows.values()) sum += key.length + (value?.length ?? 0);
    return sum;
  }
  toBatch(): Batch {
    const batch: Batch = { expect: [], put: [], remove: [], add: [], drop: this.#dropped };
    for (const { key, is } of this.#expected.values()) batch.expect.push({ key, is });
    for (const empty of this.#empty.values()) batch.expect.push({ empty });
    for (const { key, value } of this.#rows.values()) {
      if (value === undefined) batch.remove.push(key);
      else batch.put.push({ key, value });
    }
    for (const entry of this.#counters.values()) if (entry.delta !== 0) batch.add.push(entry);
    return batch;
  }
}
