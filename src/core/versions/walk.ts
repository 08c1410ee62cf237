/**
 * Goes over every version and marker of a bucket, key by key, the newest of each first, and can go on after any of them in another snapshot: for
 * jobs, which look at everything and change some of it.
 */
import { compareBytes, successor } from "../../lib/bytes.ts";
import type { ListedVersion } from "../api.ts";
import type { Bin } from "../bin/rows.ts";
import type { Change } from "../change.ts";
import { asBuffer, currentKeyText, olderKey, readRestKey, restRange, restUnder, tables } from "../keys.ts";
import { RowReader } from "../listing/row-reader.ts";
import type { Generation, ObjectKey } from "../model.ts";
import type { Bytes, Entry } from "../ports.ts";
import { decodeListed } from "../records.ts";
import type { View } from "../view.ts";
import { Chain } from "./chain.ts";

/** After which version to go on. `modifiedMs`: that version's. */
export type Place = { key: ObjectKey; sequence: number; modifiedMs: number };
export type Walked = {
  listed: ListedVersion;
  /** The row's value. */
  value: Bytes;
  /** The newest of its key, marker or not. */
  isHead: boolean;
  /** It became the newest while the walk was in the middle of its key. */
  isPromoted: boolean;
  /** A delete marker under which there is nothing. */
  isLone: boolean;
  /** Of those that are not the head: how many such ones are newer (not counted further than `rankMax`), and when it ceased to be the head. */
  rank: number;
  sinceMs: number;
};

/** A lifecycle keeps at most 100 versions: beyond that nobody counts. */
export const rankMax = 100;

/** Whether a row of a current version need not be looked at, by what stands in it: its visitor would have nothing to do. */
export type Quiet = (key: Bytes, value: Bytes) => boolean;

export class Walk {
  readonly #generation: Generation;
  readonly #current: RowReader;
  readonly #rest: RowReader;
  /** The key whose older versions come next, and what is known of those passed. */
  #key: ObjectKey | undefined;
  #rank = 0;
  #newerMs = 0;
  #after: Place | undefined;
  #resumedKey: ObjectKey | undefined;
  #passed: Entry | undefined;

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
  /** Passes quiet rows that are at hand, `most` of them: nothing else of them is read. Gives how many. */
  pass(isQuiet: Quiet, most: number): number {
    if (this.#after) return 0;
    const rest = this.#rest.ready;
    if (!rest && !this.#rest.isSpent) return 0;
    let count = 0;
    for (let row = this.#current.ready; row && count < most && (!rest || comesBefore(row.key, rest.key)) && isQuiet(row.key, row.value); row = this.#current.ready) {
      this.#passed = row;
      this.#current.advance();
      count++;
    }
    if (count > 0) this.#key = undefined;
    return count;
  }
  /** The place of the last row that was passed. */
  passedPlace(): Place {
    const { key: row, value } = this.#passed as Entry;
    const key = currentKeyText(row);
    const { sequence, modifiedMs } = decodeListed(key, value, true);
    return { key, sequence, modifiedMs };
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
    const isPromoted = key === this.#resumedKey;
    this.#key = key;
    this.#rank = 0;
    this.#newerMs = listed.modifiedMs;
    return { listed, value, isHead: true, isPromoted, isLone, rank: 0, sinceMs: 0 };
  }
  #older(value: Bytes, key: ObjectKey): Walked {
    const listed = decodeListed(key, value, false);
    const walked = { listed, value, isHead: false, isPromoted: false, isLone: false, rank: this.#rank, sinceMs: this.#newerMs };
    this.#rank = Math.min(rankMax, this.#rank + 1);
    this.#newerMs = listed.modifiedMs;
    return walked;
  }
  /** Passes what is not older than the place, the head or heads among it; what is newer than it is counted anew. */
  async #resume({ key, sequence, modifiedMs }: Place): Promise<void> {
    this.#after = undefined;
    this.#resumedKey = key;
    const isPassed = (value: Bytes): boolean => decodeListed(key, value, true).sequence >= sequence;
    const current = await this.#current.peek();
    if (current && currentKeyText(current.key) === key) {
      // What stood under a head that is gone is the head now, and was not seen yet.
      if (!isPassed(current.value)) return;
      this.#current.advance();
    }
    this.#key = key;
    this.#rank = 0;
    for (let row = await this.#rest.peek(); row; row = await this.#rest.peek()) {
      const at = readRestKey(row.key);
      if (at.key !== key || (at.sequence !== undefined && at.sequence < sequence)) break;
      if (at.sequence === undefined && !isPassed(row.value)) {
        this.#key = undefined;
        return;
      }
      if (at.sequence !== undefined && ++this.#rank >= rankMax) {
        this.#rest.seek(successor(olderKey(this.#generation, key, sequence)));
        break;
      }
      this.#rest.advance();
    }
    this.#newerMs = modifiedMs;
  }
}

/** Is the row of `current` of a key before that of the row of `rest`? */
function comesBefore(current: Bytes, rest: Bytes): boolean {
  const [a, b] = [asBuffer(current), asBuffer(rest)];
  // Rows of one key begin alike, tags aside: the older versions of a current one come right after it.
  const order = a.compare(b, 1, Math.min(a.length, b.length), 1);
  return order < 0;
}

/**
 * One step of a walk: looks at `rows` versions, or fewer once `visit` says so; "before": this one is for the next step. `place`: where to go on;
 * `isEnd`: nothing is left; `examined`: those that were quiet among them.
 */
export async function walkSome(
  view: View,
  generation: Generation,
  { prefix, after, rows, isQuiet }: { prefix: string; after: Place | undefined; rows: number; isQuiet?: Quiet },
  visit: (walked: Walked) => Promise<"enough" | "before" | undefined>,
): Promise<{ place: Place | undefined; isEnd: boolean; examined: number }> {
  const walk = new Walk(view, generation, { prefix, after, rows });
  let place = after;
  let examined = 0;
  try {
    for (;;) {
      const passed = isQuiet ? walk.pass(isQuiet, rows - examined) : 0;
      if (passed > 0) place = walk.passedPlace();
      examined += passed;
      if (examined >= rows) break;
      const walked = await walk.next();
      if (!walked) return { place, isEnd: true, examined };
      const said = await visit(walked);
      if (said === "before") break;
      const { key, sequence, modifiedMs } = walked.listed;
      place = { key, sequence, modifiedMs };
      examined++;
      if (said === "enough") break;
    }
  } finally {
    walk.close();
  }
  return { place, isEnd: false, examined };
}

/** The chains that one batch changes, each loaded once. */
export class Chains {
  readonly #view: View;
  readonly #generation: Generation;
  readonly #chains = new Map<ObjectKey, Chain>();
  constructor(view: View, generation: Generation) {
    this.#view = view;
    this.#generation = generation;
  }
  async of(key: ObjectKey): Promise<Chain> {
    const chain = this.#chains.get(key) ?? (await Chain.load(this.#view, this.#generation, key));
    this.#chains.set(key, chain);
    return chain;
  }
  async writeTo(change: Change, bin?: Bin): Promise<void> {
    for (const chain of this.#chains.values()) await chain.writeTo(change, bin);
  }
}
