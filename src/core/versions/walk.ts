/**
 * Goes over every version and marker of a bucket, key by key, the newest of each first, and can go on after any of them in another snapshot: for
 * jobs, which look at everything and change some of it.
 */
import { compareBytes, successor } from "../../lib/bytes.ts";
import type { ListedVersion } from "../api.ts";
import { currentKeyText, olderKey, readRestKey, restRange, restUnder, tables } from "../keys.ts";
import { RowReader } from "../listing/row-reader.ts";
import type { Generation, ObjectKey } from "../model.ts";
import type { Bytes } from "../ports.ts";
import { decodeListed } from "../records.ts";
import type { View } from "../view.ts";

/** After which version to go on. `modifiedMs`: that version's. */
export type Place = { key: ObjectKey; sequence: number; modifiedMs: number };
export type Walked = {
  listed: ListedVersion;
  /** The row's value. */
  value: Bytes;
  /** The newest of its key, marker or not. */
  isHead: boolean;
  /** A delete marker under which there is nothing. */
  isLone: boolean;
  /** Of those that are not the head: how many such ones are newer (not counted further than `rankMax`), and when it ceased to be the head. */
  rank: number;
  sinceMs: number;
};

/** A lifecycle keeps at most 100 versions: beyond that nobody counts. */
export const rankMax = 100;

export class Walk {
  readonly #generation: Generation;
  readonly #current: RowReader;
  readonly #rest: RowReader;
  /** The key whose older versions come next, and what is known of those passed. */
  #key: ObjectKey | undefined;
  #rank = 0;
  #newerMs = 0;
  #after: Place | undefined;

  /** `rows`: how many are likely wanted. Must be closed. */
  constructor(view: View, generation: Generation, options: { prefix: string; after?: Place | undefined; rows: number }) {
    const { prefix, after, rows } = options;
    this.#generation = generation;
    this.#current = new RowReader(view, tables.current.under(generation, prefix as ObjectKey), rows);
    this.#rest = new RowReader(view, restUnder(generation, prefix), rows);
    this.#after = after;
    if (!after) return;
    this.#current.seek(tables.current.key(generation, after.key));
    this.#rest.seek(restRange(generation, after.key).from);
  }
  close(): void {
    this.#current.close();
    this.#rest.close();
  }
  async next(): Promise<Walked | undefined> {
    if (this.#after) await this.#resume(this.#after);
    const current = this.#current.ready ?? (await this.#current.peek());
    const rest = this.#rest.ready ?? (await this.#rest.peek());
    const restAt = rest && readRestKey(rest.key);
    if (rest && restAt && restAt.key === this.#key && restAt.sequence !== undefined) {
      this.#rest.advance();
      return this.#older(rest.value, restAt.key);
    }
    // Tags aside, the rows of one key sort alike in both tables; a key's current version comes before what is older.
    if (current && (!rest || compareBytes(current.key.subarray(1), rest.key.subarray(1)) < 0)) {
      this.#current.advance();
      return this.#head(current.value, currentKeyText(current.key), false);
    }
    if (!rest || !restAt) return undefined;
    this.#rest.advance();
    const below = this.#rest.ready ?? (await this.#rest.peek());
    return this.#head(rest.value, restAt.key, !below || readRestKey(below.key).key !== restAt.key);
  }

  #head(value: Bytes, key: ObjectKey, isLone: boolean): Walked {
    const listed = decodeListed(key, value, true);
    this.#key = key;
    this.#rank = 0;
    this.#newerMs = listed.modifiedMs;
    return { listed, value, isHead: true, isLone, rank: 0, sinceMs: 0 };
  }
  #older(value: Bytes, key: ObjectKey): Walked {
    const listed = decodeListed(key, value, false);
    const walked = { listed, value, isHead: false, isLone: false, rank: this.#rank, sinceMs: this.#newerMs };
    this.#rank = Math.min(rankMax, this.#rank + 1);
    this.#newerMs = listed.modifiedMs;
    return walked;
  }
  /** Passes the head of the key, whichever it is by now, and what is newer than the place; those are counted anew. */
  async #resume({ key, sequence, modifiedMs }: Place): Promise<void> {
    this.#after = undefined;
    this.#key = key;
    this.#rank = 0;
    const current = await this.#current.peek();
    if (current && currentKeyText(current.key) === key) this.#current.advance();
    for (let row = await this.#rest.peek(); row; row = await this.#rest.peek()) {
      const at = readRestKey(row.key);
      if (at.key !== key || (at.sequence !== undefined && at.sequence < sequence)) break;
      if (at.sequence !== undefined && ++this.#rank >= rankMax) {
        this.#rest.seek(successor(olderKey(this.#generation, key, sequence)));
        break;
      }
      this.#rest.advance();
    }
    this.#newerMs = modifiedMs;
  }
}
