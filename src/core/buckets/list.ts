/** The caller's own buckets. */

import { compareBytes, successor } from "../../lib/bytes.ts";
import { authorizeUse } from "../access/evaluate.ts";
import { type Context, type Core, limits } from "../api.ts";
import { fail } from "../errors.ts";
import { tables } from "../keys.ts";
import type { BucketName, BucketState, ConfigDocument, DocumentKind, Tags } from "../model.ts";
import type { KeyRange, Ports } from "../ports.ts";
import { decodeJson } from "../records.ts";
import { onView, type View } from "../view.ts";

/** In byte order of their names, after `after`. `limit` 0 gives an empty page. */
export async function listBuckets(ports: Ports, context: Context, input: Parameters<Core["buckets"]["list"]>[1]): ReturnType<Core["buckets"]["list"]> {
  const { caller } = context;
  if (caller.kind === "anonymous") return fail("accessDenied", { reason: "anonymous callers own no buckets" });
  const limit = Math.min(input.limit, limits.pageEntriesMax);
  return await onView(ports, async (view) => {
    await authorizeUse(view, context, input.tenant);
    const owner = await view.owner(caller.account.id);
    if (limit <= 0) return { buckets: [], owner, truncated: false };
    const range = tables.owned.under(caller.account.id, input.tenant, input.prefix as BucketName);
    const after = successor(tables.owned.key(caller.account.id, input.tenant, input.after as BucketName));
    if (input.after !== "" && compareBytes(after, range.from) > 0) range.from = after;
    if (compareBytes(range.from, range.to) >= 0) return { buckets: [], owner, truncated: false };
    const buckets = await take(view, range, limit + 1, (state) => isWanted(view, state, input));
    const page = buckets.slice(0, limit);
    const groups: string[] = [];
    const tags: Tags[] = [];
    for (const state of page) {
      if (input.tellsGroups) groups.push(await groupOf(view, state));
      if (input.tellsTags) tags.push((await modelOf(view, state, "tags")) ?? []);
    }
    return { buckets: page, owner, truncated: buckets.length > limit, ...(input.tellsGroups ? { groups } : {}), ...(input.tellsTags ? { tags } : {}) };
  });
}

async function modelOf<K extends DocumentKind>(view: View, { generation }: BucketState, kind: K): Promise<ConfigDocument<K>["model"] | undefined> {
  const row = await view.get(tables.document.key(generation, kind));
  return row && decodeJson<ConfigDocument<K>>(row).model;
}
const groupOf = async (view: View, state: BucketState): Promise<string> => (await modelOf(view, state, "resourceGroup"))?.id ?? "";

async function isWanted(
  view: View,
  state: BucketState,
  { regions, tags = [], group }: Pick<Parameters<Core["buckets"]["list"]>[1], "regions" | "tags" | "group">,
): Promise<boolean> {
  if (regions !== undefined && !regions.includes(state.region)) return false;
  if (tags.length > 0) {
    const own = (await modelOf(view, state, "tags")) ?? [];
    if (!tags.every(({ name, value }) => own.some((tag) => tag[0] === name && (value === undefined || tag[1] === value)))) return false;
  }
  return group === undefined || (await groupOf(view, state)) === group;
}

/** The first `count` that are wanted. */
async function take(view: View, range: KeyRange, count: number, isWanted: (state: BucketState) => Promise<boolean>): Promise<BucketState[]> {
  const buckets: BucketState[] = [];
  const cursor = view.scan({ ...range, keysOnly: true });
  try {
    for (let rows = await cursor.next(count); rows.length > 0; rows = await cursor.next(count - buckets.length)) {
      for (const { key } of rows) {
        const [, tenant, bucket] = tables.owned.read(key);
        const handle = await view.findBucket({ tenant, bucket });
        if (handle && (await isWanted(handle.state))) buckets.push(handle.state);
      }
      if (buckets.length >= count) break;
    }
  } finally {
    cursor.close();
  }
  return buckets;
}
