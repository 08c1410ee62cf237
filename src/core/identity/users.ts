/** Users inside an account (IAM, RAM). They have no right of their own until policies give them one. */
import { authorizeAdmin } from "../access/evaluate.ts";
import type { Context } from "../api.ts";
import type { Change } from "../change.ts";
import { fail } from "../errors.ts";
import { tables } from "../keys.ts";
import type { AccountId, User } from "../model.ts";
import type { Ports } from "../ports.ts";
import type { View } from "../view.ts";
import { change, countRows, decodeAccessKey, decodeUser, encodeUser, listRows, requireAccount, touchAccount } from "./rows.ts";
import { identityLimits, userName } from "./validate.ts";

/** nameTaken when the account has one of that name. */
export const createUser = (ports: Ports, context: Context, input: { account: AccountId; name: string }): Promise<User> =>
  change(ports, context, async (view, batch) => (await putUser(view, batch, input)) ?? fail("nameTaken", { what: "user", name: input.name }));

/** Puts the user's row; `undefined` when it is there already. */
export async function putUser(view: View, batch: Change, { account: id, name }: { account: AccountId; name: string }): Promise<User | undefined> {
  const account = await requireAccount(view, batch, id);
  const key = tables.user.key(id, userName(name));
  if ((await view.get(key)) !== undefined) return undefined;
  if ((await countRows(view, tables.user.range(id), identityLimits.usersPerAccountMax)) >= identityLimits.usersPerAccountMax) {
    fail("conflict", { what: `an account has at most ${identityLimits.usersPerAccountMax} users` });
  }
  const user: User = { account: id, name, createdMs: view.ports.clock.wallMs() };
  batch.expect(key, undefined).put(key, encodeUser(user));
  touchAccount(batch, account);
  return user;
}

/** With its access keys. */
export const deleteUser = (ports: Ports, context: Context, { account: id, name }: { account: AccountId; name: string }): Promise<void> =>
  change(ports, context, async (view, batch) => {
    const account = await requireAccount(view, batch, id);
    const key = tables.user.key(id, name);
    const value = await view.get(key);
    if (value === undefined) fail("accountMissing", { name });
    batch.expect(key, value).remove(key);
    const cursor = view.scan({ ...tables.keyOfAccount.range(id), keysOnly: true });
    for (const { key: row } of await cursor.next(identityLimits.keysPerAccountMax)) {
      const [, keyId] = tables.keyOfAccount.read(row);
      const record = await view.get(tables.accessKey.key(keyId));
      if (record !== undefined && decodeAccessKey(record).user === name) batch.remove(row).remove(tables.accessKey.key(keyId));
    }
    cursor.close();
    touchAccount(batch, account);
  });

export async function listUsers(ports: Ports, context: Context, account: AccountId): Promise<User[]> {
  authorizeAdmin(context);
  return (await listRows(ports, tables.user.range(account))).map(({ value }) => decodeUser(value));
}
