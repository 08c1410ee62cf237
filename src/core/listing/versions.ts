/**
 * Lists every version and marker: the rows of `current` and `rest` merged by key. Within a key the head comes first and the older ones after
 * it, newest first (S3, OSS), or all of them oldest first (HCP). A page goes on at (key, sequence).
 */

import { compareBytes } from "../../lib/bytes.ts";
import { type Context, type Core, type ListedItem, limits } from "../api.ts";
import { currentKeyText, olderKey, readRestKey, restRange, restUnder, tables } from "../keys.ts";
import type { Account, AccountId, Generation, ObjectKey } from "../model.ts";
import type { Entry, Ports } from "../ports.ts";
import { decodeListed } from "../records.ts";
import { onView, type View } from "../view.ts";
import { ownersOf } from "./owners.ts";
import { commonPrefix, isCommonPrefix } from "./prefixes.ts";
import { RowReader } from "./row-reader.ts";

type Input = Parameters<Core["listing"]["versions"]>[1];
type Page = { items: ListedItem[]; truncated: boolean };

/** Throws bucketMissing, accessDenied. */
export async function listVersions(ports: Ports, context: Context, input: Input): Promise<Page & { owners: Map<AccountId, Account> }> {
  const page = await onView(ports, async (view): Promise<Page> => {
    const { generation } = (await view.bucket(context, input)).state;
    const limit = Math.min(input.limit, limits.pageEntriesMax);
    if (limit <= 0) return { items: [], truncated: false };
    const lister = new Lister(view, generation, input, limit);
    try {
      const items: ListedItem[] = [];
      const truncated = await lister.fill(items);
      return { items, truncated };
    } finally {
      lister.close();
    }
  });
  return { ...page, owners: await ownersOf(ports, page.items) };
}

class Lister {
  readonly #view: View;
  readonly #generation: Generation;
  readonly #input: Input;
  readonly #limit: number;
  readonly #current: RowReader;
  readonly #rest: RowReader;

  constructor(view: View, generation: Generation, input: Input, limit: number) {
    this.#view = view;
    this.#generation = generation;
    this.#input = input;
    this.#limit = limit;
    const { prefix, delimiter, keyAfter, versionAfter } = input;
    const batch = delimiter === "" ? limit + 1 : 32;
    this.#current = new RowReader(view, tables.current.under(generation, prefix as ObjectKey), batch);
    this.#rest = new RowReader(view, restUnder(generation, prefix), batch);
    if (keyAfter === "") return;
    if (isCommonPrefix(keyAfter, prefix, delimiter) && versionAfter === undefined) this.#passPrefix(keyAfter);
    else if (versionAfter === undefined) this.#passKey(keyAfter as ObjectKey);
    else {
      this.#current.seek(tables.current.key(generation, keyAfter as ObjectKey));
      this.#rest.seek(restRange(generation, keyAfter as ObjectKey).from);
    }
  }
  close(): void {
    this.#current.close();
    this.#rest.close();
  }

  /** Gives whether there is more. */
  async fill(items: ListedItem[]): Promise<boolean> {
    const { prefix, delimiter, order } = this.#input;
    for (;;) {
      const key = await this.#nextKey();
      if (key === undefined) return false;
      const rolled = commonPrefix(key, prefix, delimiter);
      if (rolled === undefined) {
        const full = order === "newestFirst" ? await this.#newestFirst(key, items) : await this.#oldestFirst(key, items);
        if (full) return true;
      } else {
        if (items.length === this.#limit) return true;
        items.push({ prefix: rolled });
        this.#passPrefix(rolled);
      }
    }
  }

  async #nextKey(): Promise<ObjectKey | undefined> {
    const current = this.#current.ready ?? (await this.#current.peek());
    const rest = this.#rest.ready ?? (await this.#rest.peek());
    if (!current) return rest && readRestKey(rest.key).key;
    const currentKey = currentKeyText(current.key);
    if (!rest) return currentKey;
    // Tags aside, the rows of one key sort alike in both tables.
    return compareBytes(current.key.subarray(1), rest.key.subarray(1)) < 0 ? currentKey : readRestKey(rest.key).key;
  }

  /** Gives whether the page is full and there is more. */
  async #newestFirst(key: ObjectKey, items: ListedItem[]): Promise<boolean> {
    const from = this.#input.versionAfter !== undefined && key === this.#input.keyAfter ? this.#input.versionAfter : Number.POSITIVE_INFINITY;
    const current = this.#current.ready ?? (await this.#current.peek());
    if (current && currentKeyText(current.key) === key) {
      if (!this.#emit(key, current, true, (sequence) => sequence < from, items)) return true;
      this.#current.advance();
    }
    for (;;) {
      const row = this.#rest.ready ?? (await this.#rest.peek());
      if (!row) return false;
      const place = readRestKey(row.key);
      if (place.key !== key) return false;
      if (place.sequence !== undefined && place.sequence >= from) {
        this.#rest.seek(olderKey(this.#generation, key, from - 1));
        continue;
      }
      if (!this.#emit(key, row, place.sequence === undefined, (sequence) => sequence < from, items)) return true;
      this.#rest.advance();
    }
  }

  async #oldestFirst(key: ObjectKey, items: ListedItem[]): Promise<boolean> {
    const from = this.#input.versionAfter !== undefined && key === this.#input.keyAfter ? this.#input.versionAfter : -1;
    const isWanted = (sequence: number): boolean => sequence > from;
    const older = await this.#olderReversed(key, from, this.#limit + 1 - items.length);
    for (const row of older) if (!this.#emit(key, row, readRestKey(row.key).sequence === undefined, isWanted, items)) return true;
    const current = this.#current.ready ?? (await this.#current.peek());
    if (current && currentKeyText(current.key) === key && !this.#emit(key, current, true, isWanted, items)) return true;
    this.#passKey(key);
    return false;
  }
  /** The older versions of one key above `from`, oldest first, the marker on top last; as many as a page can take and one more. */
  async #olderReversed(key: ObjectKey, from: number, wanted: number): Promise<Entry[]> {
    const row = this.#rest.ready ?? (await this.#rest.peek());
    if (!row || readRestKey(row.key).key !== key) return [];
    const range = restRange(this.#generation, key);
    const cursor = this.#view.scan({ from: range.from, to: from < 0 ? range.to : olderKey(this.#generation, key, from), reverse: true });
    const rows = await cursor.next(wanted);
    cursor.close();
    return rows;
  }

  /** False: the page is full. */
  #emit(key: ObjectKey, row: Entry, isLatest: boolean, isWanted: (sequence: number) => boolean, items: ListedItem[]): boolean {
    const version = decodeListed(key, row.value, isLatest);
    if (!isWanted(version.sequence)) return true;
    if (items.length === this.#limit) return false;
    items.push({ version });
    return true;
  }
  #passKey(key: ObjectKey): void {
    this.#current.seek(Buffer.concat([tables.current.key(this.#generation, key), Buffer.from([0])]));
    this.#rest.seek(restRange(this.#generation, key).to);
  }
  #passPrefix(prefix: string): void {
    this.#current.seek(tables.current.under(this.#generation, prefix as ObjectKey).to);
    this.#rest.seek(restUnder(this.#generation, prefix).to);
  }
}
