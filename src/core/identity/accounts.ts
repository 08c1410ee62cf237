/** Accounts: the owners of buckets and objects. */
import { authorizeAdmin } from "../access/evaluate.ts";
import type { Context, NewAccount } from "../api.ts";
import type { Change } from "../change.ts";
import { fail } from "../errors.ts";
import { tables } from "../keys.ts";
import type { Account, AccountId, TenantName } from "../model.ts";
import { parseTenantName } from "../names.ts";
import type { Ports } from "../ports.ts";
import { decodeAccount, encodeAccount } from "../records.ts";
import type { View } from "../view.ts";
import { newAccountId, newAwsAccountId, newCanonicalId, newUid } from "./ids.ts";
import { change, decodeAccessKey, decodeHcpUser, encodeHcpUser, listRows, moveFieldRows, passwordMd5, requireAccount, requireTenant } from "./rows.ts";
import { accountName, awsAccountId, canonicalId, displayName, email, hcpPassword, hcpUsername, identityLimits, uid } from "./validate.ts";

/** Ids are made when absent. nameTaken when the name, an id, the e-mail or the HCP user name is another's in the tenant. */
export const createAccount = (ports: Ports, context: Context, input: NewAccount): Promise<Account> => change(ports, context, (view, batch) => putNewAccount(view, batch, input));

export async function putNewAccount(view: View, batch: Change, input: NewAccount): Promise<Account> {
  const { random, clock } = view.ports;
  const account: Account = {
    id: newAccountId(random),
    tenant: parseTenantName(input.tenant),
    name: accountName(input.name),
    canonicalId: canonicalId(input.canonicalId ?? newCanonicalId(random)),
    uid: uid(input.uid ?? newUid(random)),
    accountId: awsAccountId(input.accountId ?? newAwsAccountId(random)),
    displayName: displayName(input.displayName ?? input.name),
    email: email(input.email ?? ""),
    root: input.root ?? false,
    epoch: 1,
    createdMs: clock.wallMs(),
  };
  await requireTenant(view, batch, account.tenant);
  if (input.hcp) await putHcpUser(view, batch, account, input.hcp);
  await moveFieldRows(view, batch, undefined, account);
  const key = tables.account.key(account.id);
  batch.expect(key, undefined).put(key, encodeAccount(account));
  return account;
}

/** What the input names is brought into line, the rest stays. Returns whether anything changed. */
export async function bringIntoLine(view: View, batch: Change, id: AccountId, input: NewAccount): Promise<boolean> {
  const before = await requireAccount(view, batch, id);
  const after: Account = { ...before };
  if (input.canonicalId !== undefined) after.canonicalId = canonicalId(input.canonicalId);
  if (input.uid !== undefined) after.uid = uid(input.uid);
  if (input.accountId !== undefined) after.accountId = awsAccountId(input.accountId);
  if (input.displayName !== undefined) after.displayName = displayName(input.displayName);
  if (input.email !== undefined) after.email = email(input.email);
  if (input.root !== undefined) after.root = input.root;
  const hcpChanged = input.hcp ? await putHcpUser(view, batch, after, input.hcp) : false;
  const changed = hcpChanged || JSON.stringify(after) !== JSON.stringify(before);
  if (!changed) return false;
  await moveFieldRows(view, batch, before, after);
  batch.put(tables.account.key(id), encodeAccount({ ...after, epoch: before.epoch + 1 }));
  return true;
}

/** Sets `account.hcp` and puts its log-in row. Returns whether that changed something. */
async function putHcpUser(view: View, batch: Change, account: Account, input: NonNullable<NewAccount["hcp"]>): Promise<boolean> {
  const username = hcpUsername(input.username);
  const md5 = passwordMd5(hcpPassword(input.password));
  const key = tables.hcpUser.key(account.tenant, username);
  const value = await view.get(key);
  const held = value && decodeHcpUser(value);
  if (held && held.account !== account.id) fail("nameTaken", { what: "hcp user name", name: username });
  const before = account.hcp;
  if (before && before.username !== username) {
    const old = tables.hcpUser.key(account.tenant, before.username);
    batch.expect(old, await view.get(old)).remove(old);
  }
  account.hcp = { username, allowNamespaceManagement: input.allowNamespaceManagement ?? before?.allowNamespaceManagement ?? false };
  batch.expect(key, value);
  if (held?.passwordMd5 === md5) return JSON.stringify(before) !== JSON.stringify(account.hcp);
  batch.put(key, encodeHcpUser({ account: account.id, passwordMd5: md5 }));
  return true;
}

/** Refused (conflict) while it owns buckets, and for a root account. Its users and keys go with it, in one batch. */
export const deleteAccount = (ports: Ports, context: Context, id: AccountId): Promise<void> =>
  change(ports, context, async (view, batch) => {
    const account = await requireAccount(view, batch, id);
    if (account.root) fail("conflict", { what: "a root account stays" });
    const owned = tables.owned.range(id);
    if ((await view.first(owned)) !== undefined) fail("conflict", { what: `account ${account.name} owns buckets` });
    batch.expectEmpty(owned).remove(tables.account.key(id));
    await moveFieldRows(view, batch, account, undefined);
    if (account.hcp) batch.remove(tables.hcpUser.key(account.tenant, account.hcp.username));
    // Users and keys come and go only with a change of the account's row, which this batch expects.
    const users = view.scan({ ...tables.user.range(id), keysOnly: true });
    for (const { key } of await users.next(identityLimits.usersPerAccountMax)) batch.remove(key);
    users.close();
    const keys = view.scan({ ...tables.keyOfAccount.range(id), keysOnly: true });
    for (const { key } of await keys.next(identityLimits.keysPerAccountMax)) {
      const [, keyId] = tables.keyOfAccount.read(key);
      const row = tables.accessKey.key(keyId);
      const value = await view.get(row);
      if (value !== undefined && decodeAccessKey(value).account === id) batch.remove(row);
      batch.remove(key);
    }
    keys.close();
    const holders = view.scan({ ...tables.holder.range(id), keysOnly: true });
    const { groupsPerAccountMax, rolesPerAccountMax, policiesPerAccountMax } = identityLimits;
    for (const { key } of await holders.next(groupsPerAccountMax + rolesPerAccountMax + policiesPerAccountMax)) batch.remove(key);
    holders.close();
  });

/** In the order of their ids; of one tenant when it is given. */
export async function listAccounts(ports: Ports, context: Context, tenant?: TenantName): Promise<Account[]> {
  authorizeAdmin(context);
  const accounts = (await listRows(ports, tables.account.range())).map(({ value }) => decodeAccount(value));
  return tenant === undefined ? accounts : accounts.filter((account) => account.tenant === tenant);
}
