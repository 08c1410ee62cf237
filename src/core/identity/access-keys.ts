/** Access keys: what requests are signed with. Their ids are unique on the whole server. */
import { authorizeAdmin } from "../access/evaluate.ts";
import type { Context } from "../api.ts";
import type { Change } from "../change.ts";
import { fail } from "../errors.ts";
import { tables } from "../keys.ts";
import type { AccessKey, AccountId } from "../model.ts";
import type { Ports } from "../ports.ts";
import { presence } from "../records.ts";
import { onView, type View } from "../view.ts";
import { newAccessKeyId, newSecret } from "./ids.ts";
import { change, countRows, decodeAccessKey, encodeAccessKey, listRows, requireAccount, touchAccount } from "./rows.ts";
import { accessKeyId, identityLimits, secret } from "./validate.ts";

export type NewAccessKey = { account: AccountId; user?: string; id?: string; secret?: string };

/** id (20 characters) and secret (40) are made when absent. nameTaken when the id exists. */
export const createKey = (ports: Ports, context: Context, input: NewAccessKey): Promise<AccessKey> => change(ports, context, (view, batch) => putNewKey(view, batch, input));

export async function putNewKey(view: View, batch: Change, input: NewAccessKey): Promise<AccessKey> {
  const { random, clock } = view.ports;
  const account = await requireAccount(view, batch, input.account);
  if (input.user !== undefined) {
    const row = tables.user.key(input.account, input.user);
    const value = await view.get(row);
    if (value === undefined) fail("accountMissing", { name: input.user });
    batch.expect(row, value);
  }
  const key: AccessKey = {
    id: accessKeyId(input.id ?? newAccessKeyId(random)),
    secret: secret(input.secret ?? newSecret(random)),
    account: input.account,
    ...(input.user === undefined ? {} : { user: input.user }),
    status: "active",
    createdMs: clock.wallMs(),
  };
  const row = tables.accessKey.key(key.id);
  if ((await view.get(row)) !== undefined) fail("nameTaken", { what: "access key", name: key.id });
  if ((await countRows(view, tables.keyOfAccount.range(input.account), identityLimits.keysPerAccountMax)) >= identityLimits.keysPerAccountMax) {
    fail("conflict", { what: `an account has at most ${identityLimits.keysPerAccountMax} access keys` });
  }
  batch.expect(row, undefined).put(row, encodeAccessKey(key)).put(tables.keyOfAccount.key(input.account, key.id), presence);
  touchAccount(batch, account);
  return key;
}

/** For the declarative file: the key's secret becomes this one. Returns whether it was another. */
export async function changeSecret(view: View, batch: Change, before: AccessKey, newOne: string): Promise<boolean> {
  if (before.secret === newOne) return false;
  const account = await requireAccount(view, batch, before.account);
  const row = tables.accessKey.key(before.id);
  batch.expect(row, await view.get(row)).put(row, encodeAccessKey({ ...before, secret: secret(newOne) }));
  touchAccount(batch, account);
  return true;
}

export const deleteKey = (ports: Ports, context: Context, id: string): Promise<void> =>
  change(ports, context, async (view, batch) => {
    const row = tables.accessKey.key(id);
    const value = await view.get(row);
    if (value === undefined) fail("accountMissing", { name: id });
    const key = decodeAccessKey(value);
    const account = await requireAccount(view, batch, key.account);
    batch.expect(row, value).remove(row).remove(tables.keyOfAccount.key(key.account, id));
    touchAccount(batch, account);
  });

/** Without their secrets, which are shown once, when a key is made. */
export async function listKeys(ports: Ports, context: Context, account: AccountId): Promise<Omit<AccessKey, "secret">[]> {
  authorizeAdmin(context);
  const ids = (await listRows(ports, tables.keyOfAccount.range(account))).map(({ key }) => tables.keyOfAccount.read(key)[1]);
  return onView(ports, async (view) => {
    const keys: Omit<AccessKey, "secret">[] = [];
    for (const id of ids) {
      const value = await view.get(tables.accessKey.key(id));
      if (value === undefined) continue;
      const { secret: _, ...shown } = decodeAccessKey(value);
      keys.push(shown);
    }
    return keys;
  });
}
