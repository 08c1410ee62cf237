/** The caller's own buckets. */

import { compareBytes, successor } from "../../lib/bytes.ts";
import { authorizeUse } from "../access/evaluate.ts";
import { type Context, type Core, limits } from "../api.ts";
import { fail } from "../errors.ts";
import { tables } from "../keys.ts";
import type { Account, BucketName, BucketState } from "../model.ts";
import type { KeyRange, Ports } from "../ports.ts";
import { onView, type View } from "../view.ts";

/** In byte order of their names, after `after`. `limit` 0 gives an empty page. */
export async function listBuckets(
  ports: Ports,
  context: Context,
  input: Parameters<Core["buckets"]["list"]>[1],
): Promise<{ buckets: BucketState[]; owner: Account; truncated: boolean }> {
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
    const buckets = await take(view, range, limit + 1, ({ region }) => input.regions?.includes(region) ?? true);
    return { buckets: buckets.slice(0, limit), owner, truncated: buckets.length > limit };
  });
}

/** The first `count` that are wanted. */
async function take(view: View, range: KeyRange, count: number, isWanted: (state: BucketState) => boolean): Promise<BucketState[]> {
  const buckets: BucketState[] = [];
  const cursor = view.scan({ ...range, keysOnly: true });
  try {
    for (let rows = await cursor.next(count); rows.length > 0; rows = await cursor.next(count - buckets.length)) {
      for (const { key } of rows) {
        const [, tenant, bucket] = tables.owned.read(key);
        const handle = await view.findBucket({ tenant, bucket });
        if (handle && isWanted(handle.state)) buckets.push(handle.state);
      }
      if (buckets.length >= count) break;
    }
  } finally {
    cursor.close();
  }
  return buckets;
}
