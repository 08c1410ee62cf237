/** Lists current objects: rows of `current` in order; a common prefix is passed over by seeking, never by reading what is under it. */

import { compareBytes, successor } from "../../lib/bytes.ts";
import { type Context, type Core, type ListedItem, limits } from "../api.ts";
import { currentKeyText, tables } from "../keys.ts";
import type { Account, AccountId, Generation, ObjectKey } from "../model.ts";
import type { Bytes, KeyRange, Ports } from "../ports.ts";
import { decodeListed } from "../records.ts";
import { onView } from "../view.ts";
import { ownersOf } from "./owners.ts";
import { commonPrefix, isCommonPrefix } from "./prefixes.ts";
import { RowReader } from "./row-reader.ts";

type Input = Parameters<Core["listing"]["objects"]>[1];
type Page = { items: ListedItem[]; truncated: boolean };

/** Throws bucketMissing, accessDenied. */
export async function listObjects(ports: Ports, context: Context, input: Input): Promise<Page & { owners: Map<AccountId, Account> }> {
  const page = await onView(ports, async (view): Promise<Page> => {
    const { generation } = (await view.bucket(context, input)).state;
    const limit = Math.min(input.limit, limits.pageEntriesMax);
    if (limit <= 0) return { items: [], truncated: false };
    const reader = new RowReader(view, rangeAfter(generation, input), input.delimiter === "" ? limit + 1 : 32);
    try {
      return await fill(reader, generation, input, limit);
    } finally {
      reader.close();
    }
  });
  return { ...page, owners: await ownersOf(ports, page.items) };
}

function rangeAfter(generation: Generation, { prefix, delimiter, after }: Input): KeyRange {
  const range = tables.current.under(generation, prefix as ObjectKey);
  if (after === "") return range;
  const from = isCommonPrefix(after, prefix, delimiter) ? tables.current.under(generation, after as ObjectKey).to : successor(tables.current.key(generation, after as ObjectKey));
  return compareBytes(from, range.from) > 0 ? { from, to: range.to } : range;
}

async function fill(reader: RowReader, generation: Generation, { prefix, delimiter }: Input, limit: number): Promise<Page> {
  const items: ListedItem[] = [];
  for (;;) {
    const row = reader.ready ?? (await reader.peek());
    if (!row) return { items, truncated: false };
    if (items.length === limit) return { items, truncated: true };
    const key = currentKeyText(row.key);
    const rolled = commonPrefix(key, prefix, delimiter);
    if (rolled === undefined) {
      items.push({ version: decodeListed(key, row.value, true) });
      reader.advance();
    } else {
      items.push({ prefix: rolled });
      reader.seek(pastPrefix(generation, rolled));
    }
  }
}

const pastPrefix = (generation: Generation, prefix: string): Bytes => tables.current.under(generation, prefix as ObjectKey).to;
