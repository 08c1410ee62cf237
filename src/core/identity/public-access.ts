/**
 * What an account keeps closed in all of its buckets. It is carried into the state of each of them, in the same batch, so that no request has
 * to read the account of a bucket's owner. A bucket made meanwhile is met either way: its maker expects the account's row as it was, and the
 * batch here expects that between the buckets it knows there are no others.
 */
import { successor } from "../../lib/bytes.ts";
import { authorizeUse } from "../access/evaluate.ts";
import { type Context, limits } from "../api.ts";
import { changeState } from "../buckets/state.ts";
import { fail } from "../errors.ts";
import { tables } from "../keys.ts";
import type { Account, AccountId, PublicAccess } from "../model.ts";
import type { Ports } from "../ports.ts";
import { onView, type View } from "../view.ts";
import { changeUnasked, requireAccount, touchAccount } from "./rows.ts";

/** Its own, or anybody's for the root account. */
async function authorize(view: View, context: Context, account: Account): Promise<void> {
  const { caller } = context;
  if (caller.kind === "account" && caller.account.root && caller.session === undefined) return;
  await authorizeUse(view, context, account.tenant);
  if (caller.kind !== "account" || caller.account.id !== account.id) fail("accessDenied", { reason: "another account's" });
}

/** `undefined`: it keeps nothing closed. Throws accessDenied, accountMissing. */
export function publicAccess(ports: Ports, context: Context, id: AccountId): Promise<PublicAccess | undefined> {
  return onView(ports, async (view) => {
    const account = (await view.account(id)) ?? fail("accountMissing", { name: id });
    await authorize(view, context, account);
    return account.publicAccess;
  });
}

export function setPublicAccess(ports: Ports, context: Context, input: { account: AccountId; publicAccess: PublicAccess | undefined }): Promise<void> {
  return changeUnasked(ports, context, async (view, change) => {
    const { publicAccess: _before, ...account } = await requireAccount(view, change, input.account);
    await authorize(view, context, account);
    touchAccount(change, input.publicAccess === undefined ? account : { ...account, publicAccess: input.publicAccess });
    const range = tables.owned.range(account.id);
    const cursor = view.scan({ ...range, keysOnly: true });
    const owned = await cursor.next(limits.bucketsPerAccountMax);
    cursor.close();
    let { from } = range;
    for (const { key } of owned) {
      change.expectEmpty({ from, to: key });
      from = successor(key);
      const [, tenant, bucket] = tables.owned.read(key);
      const handle = await view.findBucket({ tenant, bucket });
      if (handle) changeState(change, handle, { accountAccess: input.publicAccess });
    }
    change.expectEmpty({ from, to: range.to });
  });
}
