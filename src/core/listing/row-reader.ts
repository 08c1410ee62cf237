/** Rows of a range in order, in batches that grow while rows are wanted one after the other and shrink after a seek. */
import { compareBytes, successor } from "../../lib/bytes.ts";
import type { Bytes, Cursor, Entry, KeyRange } from "../ports.ts";
import type { View } from "../view.ts";

/**
 * A page emits at most `limits.pageEntriesMax` items; what is read beyond them is at most as much again and two rows a seek, so that one page,
 * over two tables, stays within `metadataLimits.snapshotRowsMax`.
 */
export const readerLimits = { batchRowsMax: 1001, batchRowsAfterSeek: 2 } as const;

export class RowReader {
  readonly #to: Bytes;
  readonly #cursor: Cursor | undefined;
  /** Where the next batch begins. */
  #from: Bytes;
  #rows: Entry[] = [];
  #at = 0;
  #batch: number;
  #ended = false;

  /** `batch`: how many rows are likely wanted. */
  constructor(view: View, range: KeyRange, batch: number) {
    this.#from = range.from;
    this.#to = range.to;
    this.#batch = Math.max(1, Math.min(batch, readerLimits.batchRowsMax));
    if (compareBytes(range.from, range.to) >= 0) this.#ended = true;
    else this.#cursor = view.scan(range);
  }
  /** The next row, without taking it, when it is at hand: else ask `peek`. */
  get ready(): Entry | undefined {
    return this.#rows[this.#at];
  }
  /** Nothing comes any more. */
  get isSpent(): boolean {
    return this.#ended && this.#at >= this.#rows.length;
  }
  async peek(): Promise<Entry | undefined> {
    if (this.#at >= this.#rows.length && !this.#ended) await this.#fill();
    return this.#rows[this.#at];
  }
  advance(): void {
    this.#at++;
  }
  /** The next row is the first at or after `key`; never goes back. */
  seek(key: Bytes): void {
    while (this.#at < this.#rows.length) {
      if (compareBytes((this.#rows[this.#at] as Entry).key, key) >= 0) return;
      this.#at++;
    }
    if (this.#ended || compareBytes(key, this.#from) <= 0) return;
    this.#from = key;
    this.#batch = readerLimits.batchRowsAfterSeek;
    if (compareBytes(key, this.#to) >= 0) this.#ended = true;
    else this.#cursor?.seek(key);
  }
  close(): void {
    this.#cursor?.close();
    this.#ended = true;
  }

  async #fill(): Promise<void> {
    const wanted = this.#batch;
    this.#rows = (await this.#cursor?.next(wanted)) ?? [];
    this.#at = 0;
    this.#batch = Math.min(wanted * 2, readerLimits.batchRowsMax);
    const last = this.#rows[this.#rows.length - 1];
    if (last) this.#from = successor(last.key);
    if (this.#rows.length < wanted) this.#ended = true;
  }
}
